"""Lab 7: whether the VM's secrets lie in KServ's loot, or its data were altered; and which step is missing."""
import subprocess

import machine

TITLE = "Isolation: an attacking KServ against a KCore with one hole"
CRITERIA = {"the attack gets through": 60, "the missing step": 30, "it ends by itself": 10}
THROUGH, MISSING, ENDS = CRITERIA
LIMIT = 30_000_000
CHECKERS = "page-observers,page-lines,ownership"
PANICKED_CLASSES = {0x20: "a fetch from", 0x24: "an access to"}

# The hole of a seed: the planted fault (hyp/abi/planted_bugs.def), and the step of attack.h that is missing.
STEPS = ["NOT_FOUND", "TAKE_TLBI", "TAKE_BROADCAST", "TAKE_COMBINED", "TAKE_CLEAN", "TAKE_ORDER", "FAULT_OWNER",
         "RETURN_SCRUB", "RETURN_CLEAN", "TAKE_DSB", "RETURN_INSTRUCTIONS"]
HOLES = [("no_tlbi", "TAKE_TLBI"), ("local_tlbi", "TAKE_BROADCAST"), ("only_ipas2", "TAKE_COMBINED"),
         ("assign_not_cleaned", "TAKE_CLEAN"), ("tlbi_before_unmap", "TAKE_ORDER"), ("kcore_page_for_kserv", "FAULT_OWNER"),
         ("no_scrub", "RETURN_SCRUB"), ("scrub_not_cleaned", "RETURN_CLEAN")]


def hole_of(seed):
    return HOLES[(seed * 0x9e3779b97f4a7c15 % 2 ** 64 >> 32) % len(HOLES)]


def kcore(armature, fault):
    image = armature.parent / "hyp" / "planted" / f"kcore-{fault}.elf"
    if not image.is_file():
        raise machine.CannotGrade("the simulator was built without KCore's planted faults: ./platform/setup build release "
                                  "planted_firmware")
    return image


def files_to_start_with(armature, seed):
    """What a student gets besides the sources: {name: file}."""
    return {"kcore.elf": kcore(armature, hole_of(seed)[0])}


def program(context):
    """(ELF, arm64 Image) of the KServ with the student's attack; the VM's image is signed as any other."""
    work = context.work
    guest_elf, guest, manifest = work / "guest.elf", work / "guest.bin", work / "manifest"
    machine.cross_compile([context.folder / "victim" / "guest.c"], [context.folder], context.seed, guest_elf,
                          ["-mstrict-align", "-T", context.folder / "victim" / "guest.ld"])
    machine.flat_image(guest_elf, guest)
    subprocess.run([str(context.armature), "sign", "--vm", f"guest={guest},memory=8M,name=victim", "-o", str(manifest)],
                   check=True, capture_output=True)
    payload, elf, image = work / "payload.o", work / "lab.elf", work / "lab.img"
    machine.cross_compile([context.folder / "payload.S"], [], context.seed, payload,
                          ["-c", f'-DVICTIM_IMAGE="{guest}"', f'-DVICTIM_MANIFEST="{manifest}"'])
    machine.compile_program([context.folder / "harness.c", payload], context.student, [context.folder], context.seed, elf,
                            ["-DLAB_UNDER_KCORE", "-Wl,--defsym=load_address=0x42000000"])
    machine.flat_image(elf, image)
    return elf, image, guest_elf


class Outcome:
    """What one run came to."""

    def __init__(self, context, elf, image, guest_elf, fault):
        guest = machine.symbols_of(guest_elf)
        with machine.Run(context.armature, elf, kernel=image, cores=2, memory="128M", limit=LIMIT, el=2,
                         events="exception_entry,exception_return",
                         options=["--quantum", "insn", "--check", CHECKERS, "--firmware",
                                  str(kcore(context.armature, fault))]) as run:
            self.unfinished = run.why_unfinished()
            self.elf = elf
            count = run.physical_words("loot_count", 1)[0]
            self.loot = run.physical_words("loot", 16)[:count]
            self.is_off = run.physical_words("vm_is_off", 1)[0] == 1
            self.refused = run.physical_words("refused", 2)
            self.pages = run.physical_words("pages", 2)
            self.missing = run.physical_words("missing_step", 1)[0] & 0xffffffff
            pages = run.physical_words("image_pages", 4)
            self.secrets, self.altered = [0, 0], 0
            if pages[0]:
                # The image's pages stay the VM's, which writes past the caches.
                def word(name, index=0):
                    offset = guest[name] + 8 * index - 0x40200000
                    return run.physical_words(pages[offset >> 12] + (offset & 0xfff), 1, "PoC")[0]
                self.secrets = [word("secrets", n) for n in range(2)]
                self.altered = word("altered")
            self.verdicts = run.verdicts()
            self.events = run.events()

    def stolen(self):
        """Numbers of the secrets that KServ has."""
        return [n for n, secret in enumerate(self.secrets) if secret and secret in self.loot]

    def about_pages(self):
        """The checkers' verdicts about the two pages."""
        return [(rule, what) for rule, what in self.verdicts if any(f"page {page:#x}" in what for page in self.pages)]

    def got_through(self):
        return bool(self.stolen() or self.altered)

    def halted_by(self):
        """The exception that KCore did not return from, if there is one: KServ reached for what is not its own."""
        last = {}
        for event in self.events:
            if event.kind == "exception_entry" and event["to_el"] == 2:
                last[event.core] = event
            elif event.kind == "exception_return" and event["from_el"] == 2:
                last.pop(event.core, None)
        found = [e for e in last.values() if e["esr"] >> 26 in PANICKED_CLASSES]
        return min(found, key=lambda e: int(e.number.split(".")[0]), default=None)

    def why_halted(self):
        event = self.halted_by()
        if event is None:
            return self.unfinished
        where = machine.function_at(self.elf, event["elr"])
        return (f"KCore halted the machine: {PANICKED_CLASSES[event['esr'] >> 26]} {event['far']:#x} by KServ on core "
                f"{event.core}, in {where} (event {event.number})")


def describe_success(outcome):
    for number in outcome.stolen():
        yield (f"secret {number + 1}, {outcome.secrets[number]:#x}, is in KServ's loot; the VM wrote it into page "
               f"{outcome.pages[number]:#x}")
    if outcome.altered:
        yield f"the VM found {outcome.altered} words altered in its own pages"
    rule, what = outcome.about_pages()[0]
    # The checker also says which step is missing; here that is for the student to say.
    yield f"checker {rule}: " + what.split(", by what core " if rule == "page-observers" else ": ")[0]


def describe_failure(outcome):
    if outcome.unfinished:
        return outcome.why_halted()
    if outcome.refused[0]:
        return f"KCore refused call {outcome.refused[0]}"
    if outcome.loot:
        return (f"{len(outcome.loot)} values were stolen, and none of them is a secret of the VM: the first is "
                f"{outcome.loot[0]:#x}")
    return "nothing was stolen, and the VM found its data as it had left them"


def grade(context, grade):
    fault, step = hole_of(context.seed)
    elf, image, guest_elf = program(context)
    context.kept = image
    outcome = Outcome(context, elf, image, guest_elf, fault)
    if outcome.unfinished:
        grade[ENDS].feedback.append(outcome.why_halted())
    else:
        grade[ENDS].give(1)
    if not outcome.got_through():
        grade[THROUGH].feedback.append(describe_failure(outcome))
    elif not outcome.about_pages():
        grade[THROUGH].feedback.append("the secret is there, but no checker saw its page's isolation broken: not by an attack")
    else:
        grade[THROUGH].feedback += describe_success(outcome)
        # The same attack on a KCore without the hole: it was the hole, and nothing else.
        intact = Outcome(context, elf, image, guest_elf, "none")
        if intact.got_through():
            grade[THROUGH].feedback.append("but it gets through a KCore without a hole too: not by the hole")
        else:
            grade[THROUGH].give(1)
            grade[THROUGH].feedback.append("on a KCore without the hole: " + describe_failure(intact))
    named = STEPS[outcome.missing] if outcome.missing < len(STEPS) else "no step of attack.h"
    if named == step:
        grade[MISSING].give(1)
    elif named == "NOT_FOUND":
        grade[MISSING].feedback.append("you have not named it")
    else:
        grade[MISSING].feedback.append(f"your KCore takes {named}; compare with what its events show at the page's turn where "
                                       "your attack gets through")
