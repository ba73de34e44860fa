"""An attack of a hostile KServ that must halt the machine, and what it leaves of its victim's memory."""
import re
import sys

RAM, RAM_BYTES, PAGE = 0x4000_0000, 128 << 20, 4096
SECRET = 0x5EC2_E70F_7415_B4A1          # hyp/abi/guest.h, kGuestSecret
KSERV, VICTIM = "KServ", "VM 1"          # as events name principals
STEP = 16                               # hyp/guests/secret.cc: every 16th word of 2 MiB of each of two vCPUs
SECRET_PAGES = 2 * (2 << 20) // PAGE


def owners_at(records):
    """Page -> who owns it, as far as it is not KServ's since boot."""
    if not len(records):
        return {}
    frame = records.frame()
    return {int(page): new for page, new in zip(frame["page"], frame["new"])}


def words_of(machine, point):
    import numpy
    return numpy.frombuffer(machine.read(RAM, RAM_BYTES, point=point), dtype="<u8")


def secrets_of_kserv(machine, owners, point):
    """Where the secret lies in pages that are KServ's."""
    import numpy
    places = numpy.flatnonzero(words_of(machine, point) == SECRET) * 8 + RAM
    return {int(at) for at in places if owners.get(int(at) & ~(PAGE - 1), KSERV) == KSERV}


def play(build, name):
    """None, or what went wrong. The machine stands still at the first word of the attack, and again when it
    is halted: every page of the victim that holds its secret is the same, and KServ has no copy of it, in
    the caches or behind them."""
    sys.path.insert(0, str(build / "python"))
    import armature
    import numpy

    machine = armature.Machine(
        smp=2, memory="128M", kernel=str(build / "hyp" / "kserv-hostile.img"), append=f"attack={name}",
        vm=[{"guest": str(build / "hyp" / "secret.guest"), "vcpus": 2, "memory": "16M"}], check="all",
        quantum="100")  # short: the attack comes windows after the word that says so
    changes = machine.record("owner_change")
    try:
        machine.run(f"ATTACK {name}:", timeout=5)
    except armature.ArmatureError as error:
        return f"{name}: it does not begin: {error}"
    owners = owners_at(changes.take())
    victims = sorted(page for page, owner in owners.items() if owner == VICTIM)
    memory = {page: machine.read(page, PAGE) for page in victims}
    secret = [page for page in victims if (numpy.frombuffer(memory[page], dtype="<u8")[::STEP] == SECRET).all()]
    if len(secret) < SECRET_PAGES:
        return f"{name}: the secret lies in {len(secret)} pages of the VM, expected {SECRET_PAGES}"
    points = ("coherent", "poc")
    known = {point: secrets_of_kserv(machine, owners, point) for point in points}
    try:
        stop = machine.run(timeout=5)
        return f"{name}: no halt but {stop.reason}: {machine.console(0)[-800:]}"
    except armature.GuestDied:
        pass
    except armature.ArmatureError as error:
        return f"{name}: {error}: {machine.console(0)[-800:]}"
    owners.update(owners_at(changes.take()))
    changed = [page for page in secret if machine.read(page, PAGE) != memory[page]]
    if changed:
        return f"{name}: pages of the VM changed: {', '.join(map(hex, changed[:8]))}"
    taken = [page for page in secret if owners[page] != VICTIM]
    if taken:
        return f"{name}: pages of the VM changed hands: {', '.join(map(hex, taken[:8]))}"
    for point in points:
        copies = secrets_of_kserv(machine, owners, point) - known[point]
        if copies:
            return f"{name}: KServ holds the secret at {', '.join(map(hex, sorted(copies)[:8]))} ({point})"
    return why_not_halted(name, machine.console(0))


def why_not_halted(name, console):
    begins = console.find(f"ATTACK {name}: begins")
    panic = re.search(r"kcore: panic: KServ on core \d reached for .*\n", console[begins:])
    if begins < 0 or not panic or "kcore: the machine is halted" not in console[begins:]:
        return f"{name}: no halt: {console[-800:]}"
    if "got through" in console or f"ATTACK {name}: refused" in console:
        return f"{name}: it went on: {console[-800:]}"
    return None
