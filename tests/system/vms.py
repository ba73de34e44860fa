#!/usr/bin/python3
"""VMs under KCore and KServ: guests, Linux, attacks, bad input, the same on QEMU.

usage: tests/system/vms.py [--tier quick|full|matrix|long] [--build DIRECTORY] [--only SUBSTRING]
"""
import concurrent.futures
import functools
import os
import re
import select
import struct
import subprocess
import time

import halted
from harness import LONG, QUICK, TOP, check, main, refused, summary, test

def guest(c, program, **keys):
    keys = {"vcpus": 2, **keys}
    file = keys.pop("file", c.build / "hyp" / f"{program}.guest")
    return ["--vm", ",".join([f"guest={file}", *(f"{key}={value}" for key, value in keys.items())])]


def linux_vm(c, append="", **keys):
    line = ("console=ttyAMA0 cryptomgr.notests " + append).strip()
    more = "".join(f",{key}={value}" for key, value in keys.items())
    return ["--vm", f"kernel={c.images}/Image-cloud,initrd={c.images}/initrd-cloud.cpio,append={line},"
                    f"vcpus=2,memory=256M{more}"]


SMALL_GUESTS = {"ipi": {}, "memory": {"memory": "32M"}, "shootdown": {"memory": "32M"}, "ring": {}}


def small_guests(c):
    vms = [word for name, keys in SMALL_GUESTS.items() for word in guest(c, name, **keys)]
    return [*vms, "-append", "kserv.ring=on", "-m", "384M"]


def on_qemu(c, *arguments, timeout=300):
    """The console of the same machine on QEMU; it must end by itself with code 0."""
    folder = c.work / f"qemu{time.monotonic_ns()}"
    c.run(*arguments, "--emit-qemu", folder)
    console = folder / "console"
    with console.open("wb") as out:  # not a pipe: QEMU makes what it inherits non-blocking
        done = subprocess.run([str(folder / "run.sh")], stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                              timeout=timeout)
    text = console.read_text(errors="replace").replace("\r", "")
    check(done.returncode == 0, f"QEMU's exit code {done.returncode}: {text[-800:]}")
    return text


def checked(c, *arguments, **keys):
    """A run with all checkers on, those of page ownership and of the architecture: (console, messages)."""
    console, messages = c.run(*arguments, "--check", "all", **keys)
    verdict = re.search(r"^armature: (\d+) checkers, (\d+) violations", messages, re.M)
    check(verdict and int(verdict[1]) >= 14 and verdict[2] == "0", f"no good verdict: {messages[-1500:]}")
    return console, messages


def lines_of(vm, console, pattern=r".*"):
    """What VM number `vm` printed, whole lines that match."""
    prefix = f"vm{vm}| "
    texts = [line[len(prefix):].rstrip() for line in console.splitlines() if line.startswith(prefix)]
    return [text for text in texts if re.fullmatch(pattern, text)]


def all_done(console, names):
    for number, name in enumerate(names):
        check(lines_of(number, console, f"{name}: done.*"), f"vm{number} ({name}) is not done:\n{console[-2500:]}")
    check("FAILED" not in console, console[-2500:])


@test(QUICK)
def a_hostile_kserv_is_refused_wherever_it_can_be(c):
    check_refused_attacks(checked(c, *hostile(c, "all"))[0], c)


@test(QUICK)
def four_vms_of_two_vcpus_finish_on_two_cores(c):
    all_done(checked(c, *small_guests(c), "-smp", 2)[0], SMALL_GUESTS)


@test()
def four_vms_of_two_vcpus_finish_on_four_cores(c):
    all_done(checked(c, *small_guests(c), "-smp", 4)[0], SMALL_GUESTS)


@test()
def vms_of_eight_vcpus_finish_on_one_core(c):
    vms = [*guest(c, "hello", vcpus=8), *guest(c, "shootdown", vcpus=8, memory="32M")]
    all_done(checked(c, *vms, "-m", "256M", "-smp", 1)[0], ["hello", "shootdown"])


@test()
def a_vm_made_again_on_the_pages_of_another_sees_only_zeroes(c):
    # So little memory that the pages must be the same.
    vms = [*guest(c, "secret", memory="32M", runs=2), *guest(c, "memory", memory="32M", runs=3)]
    console, _ = checked(c, *vms, "-smp", 2, "-m", "128M")
    check(lines_of(1, console, "memory: [^d].*") == ["memory: 0 words were not zero, 0 were wrong"] * 3, console)
    check(lines_of(0, console) == ["secret: 0 words changed, 0 registers changed", "secret: done"] * 2, console)


@test()
def small_guests_print_the_same_on_qemu(c):
    others = [*guest(c, "hello"), *guest(c, "secret", memory="16M"), *guest(c, "crash"), "-m", "384M"]
    for vms in (small_guests(c), others):
        ours, theirs = checked(c, *vms, "-smp", 2)[0], on_qemu(c, *vms, "-smp", 2)
        for number in range(vms.count("--vm")):
            # How long it took is the machine's own.
            texts = [[re.sub(r"in \d+ ticks", "", line) for line in lines_of(number, console)]
                     for console in (ours, theirs)]
            check(texts[0] and texts[0] == texts[1], f"{texts[0]} and on QEMU {texts[1]}")
    theirs = on_qemu(c, *hostile(c, "all"))
    check_refused_attacks(theirs, c)
    check_random(on_qemu(c, *random_kserv(c, 1)))


@test()
def the_demo_runs_two_linux_vms_to_their_shells_and_off_and_prints_events_by_vm(c):
    done = subprocess.run([str(TOP / "platform" / "demo"), "--check", "all"], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          errors="replace", timeout=900)
    console = done.stdout
    check(" checkers, 0 violations" in done.stderr, f"no good verdict: {done.stderr[-800:]}")
    check(done.returncode == 0, f"exit code {done.returncode}: {console[-800:]}{done.stderr[-800:]}")
    check(lines_of(0, console, r"Linux \(none\) 6\..* aarch64 GNU/Linux"), f"no uname in vm0: {console[-2500:]}")
    check(lines_of(1, console, r" +CPU0 +CPU1 *"), f"no interrupts in vm1: {console[-2500:]}")
    for number in (0, 1):
        check(lines_of(number, console, r"\[.*\] reboot: Power down"), f"vm{number} did not power down")
    for vmid in (0, 1, 2):
        check(re.search(rf"^ +1 and 2 +EL1&0 +{vmid} ", done.stderr, re.M), f"no row for VMID {vmid}: {done.stderr}")
    # The same on QEMU, as far as init goes.
    theirs = on_qemu(c, *linux_vm(c, "quick=1"), *linux_vm(c, "quick=1"), "-smp", 2, "-m", "1G")
    for number in (0, 1):
        markers = [lines_of(number, text, "INIT .*") for text in (console, theirs)]
        check(len(markers[0]) == 1 and markers[0] == markers[1], f"{markers}")


def hostile(c, attack):
    return ["-smp", 2, "-m", "256M", "-kernel", c.build / "hyp" / "kserv-hostile.img", "-append", f"attack={attack}",
            *guest(c, "secret", memory="16M")]


def attacks(c):
    """Every attack and how it must end."""
    listed = re.findall(r"ATTACK (\S+): expected (refused|halted)", c.run(*hostile(c, "list"))[0])
    check(len(listed) > 80, f"only {len(listed)} attacks")
    return listed


def check_refused_attacks(console, c):
    for name, end in attacks(c):
        if end == "refused" and name != "read-granted-page":
            check(f"ATTACK {name}: refused" in console, f"{name} did not end in a refusal:\n{console[-2500:]}")
    check("got through" not in console, console[-2500:])
    check("secret: 0 words changed, 0 registers changed" in console and "secret: done" in console, console[-2500:])


@test()
def an_access_to_what_is_not_kservs_halts_the_machine_and_the_vms_memory_is_unread_and_unchanged(c):
    names = [name for name, end in attacks(c) if end == "halted"]
    check(len(names) > 20, f"{names}")
    with concurrent.futures.ProcessPoolExecutor(2) as pool:
        wrong = [result for result in pool.map(functools.partial(halted.play, c.build), names) if result]
    check(not wrong, "\n".join(wrong))


@test()
def ten_thousand_calls_of_a_guided_random_kserv_break_nothing(c):
    play_random(c, 1)


@test(LONG)
def a_guided_random_kserv_breaks_nothing_with_other_seeds_either(c):
    for seed in range(2, 42):
        play_random(c, seed, ("enable_s2_trans", "register_kvm"))  # not every seed uses up all VMs


def random_kserv(c, seed):
    return ["-smp", 2, "-m", "512M", "-kernel", c.build / "hyp" / "kserv-random.img", "-append",
            f"random.seed={seed} random.calls=10000", *guest(c, "puppet", memory="16M"),
            *guest(c, "secret", memory="16M", runs=2)]


def check_random(console, never_refused=("enable_s2_trans",)):
    line = re.search(r"RANDOM seed \d+: (\d+) calls, (\d+) accepted, (\d+) refused, (\d+) wrong", console)
    check(line, f"it did not come to its end: {console[-2500:]}")
    made, accepted, refused, wrong = map(int, line.groups())
    check(made >= 10000 and min(accepted, refused) > 2000, line[0])
    check(wrong == 0 and "RANDOM wrong" not in console, console[-2500:])
    # Of every call KCore has done some and refused some.
    calls = re.findall(r"RANDOM (\w+): (\d+) accepted, (\d+) refused", console)
    check(len(calls) == 15, f"{calls}")
    check(all(int(yes) > 0 and (int(no) > 0 or name in never_refused) for name, yes, no in calls), f"{calls}")
    # On QEMU's one UART KCore's own lines fall into those of the first life.
    check(lines_of(1, console)[-2:] == INTACT and "FAILED" not in console, console[-2500:])


INTACT = ["secret: 0 words changed, 0 registers changed", "secret: done"]


def play_random(c, seed, *never_refused):
    console, _ = checked(c, *random_kserv(c, seed))
    check_random(console, *never_refused)
    check(lines_of(1, console) == INTACT * 2, console[-2500:])


def sign(c, *arguments, expect=0):
    done = subprocess.run([str(c.armature), "sign", *map(str, arguments)], capture_output=True, text=True)
    check(done.returncode == expect, f"sign {arguments}: {done.returncode}: {done.stdout}{done.stderr}")
    return done.stdout + done.stderr


TEST_KEY_DER = bytes.fromhex("302e020100300506032b657004220420") + b"armature test key: not a secret!"


def signed_by_openssl(c, body):
    """A manifest that another tool than ours has signed, with the test key."""
    key, message, signature = (c.work / name for name in ("test.key", "body", "signature"))
    key.write_bytes(TEST_KEY_DER)
    message.write_bytes(body)
    subprocess.run(["openssl", "pkeyutl", "-sign", "-rawin", "-inkey", key, "-keyform", "DER", "-in", message,
                    "-out", signature], check=True)
    return body + signature.read_bytes()


@test()
def an_altered_image_is_refused_by_name_and_the_others_run_on(c):
    w = c.work
    hello = (c.build / "hyp" / "hello.guest").read_bytes()
    manifest = w / "hello.manifest"
    said = sign(c, *guest(c, "hello"), "-o", manifest)
    check("2 vCPUs" in said, said)
    check("signature: good" in sign(c, "--verify", manifest), "its own signature is bad")
    altered = w / "altered.guest"
    altered.write_bytes(hello[:-1] + bytes([hello[-1] ^ 1]))
    vms = [*guest(c, "altered", file=altered, manifest=manifest), *guest(c, "hello", manifest=manifest),
           *guest(c, "hello", name="nobody", unsigned="on")]
    console, _ = checked(c, *vms, "-smp", 2, "-m", "384M")
    for number, name in ((0, "hello"), (2, "nobody")):
        check(f"kserv| vm{number} ({name}): verify_vm_images refused: bad_image" in console, console)
        check(not lines_of(number, console), f"vm{number} ran:\n{console}")
    check(re.search(r"^kcore: VM \d+ 'hello': .*refused", console, re.M), console)
    all_done(console.replace("vm1| ", "vm0| "), ["hello"])


@test()
def only_a_manifest_of_the_right_key_with_an_entry_inside_its_images_runs(c):
    w = c.work
    key, manifest = w / "other.pem", w / "other.manifest"
    subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", key], check=True)
    sign(c, *guest(c, "hello"), "--key", key, "-o", manifest)
    check("BAD" in sign(c, "--verify", manifest, expect=1), "a foreign signature is good")
    body = bytearray(manifest.read_bytes()[:-64])
    good, outside = w / "good.manifest", w / "outside.manifest"
    good.write_bytes(signed_by_openssl(c, bytes(body)))
    struct.pack_into("<Q", body, 56, 0x4070_0000)  # VmManifest::entry
    outside.write_bytes(signed_by_openssl(c, bytes(body)))
    for file in (good, outside):
        check("signature: good" in sign(c, "--verify", file), f"{file}: openssl's signature is bad")
    vms = [word for file in (good, outside, manifest) for word in guest(c, "hello", manifest=file)]
    console, _ = checked(c, *vms, "-smp", 2, "-m", "384M")
    for number in (1, 2):
        check(f"kserv| vm{number} (hello): verify_vm_images refused" in console, console)
        check(not lines_of(number, console), f"vm{number} ran:\n{console}")
    all_done(console, ["hello"])


@test()
def a_vm_that_crashes_or_spins_harms_nobody_and_is_reported(c):
    nonsense = c.work / "nonsense.guest"
    nonsense.write_bytes(bytes(4096))
    vms = [*guest(c, "spins", file=nonsense, memory="16M", vcpus=1), *guest(c, "crash"), *guest(c, "hello")]
    console, _ = checked(c, *vms, "-smp", 2, "-m", "256M", "--until", "without a call, an access or a wait")
    check("vm0 (nonsense): vCPU 0 has run for" in console, console)
    check(lines_of(1, console, r"exception, syndrome \d+"), console)
    check("vm1 (crash): powered off" in console, console)
    all_done(console.replace("vm2| ", "vm0| "), ["hello"])


@test()
def a_console_that_goes_to_a_file_is_not_on_standard_output(c):
    out = c.work / "second.txt"
    vms = [*guest(c, "ipi"), *guest(c, "hello")]
    console, _ = c.run(*vms, "-smp", 2, "-m", "256M", "--console", f"vm1=file:{out}", "--until", r"vm1 .hello.: powered off")
    check("hello from" not in console, console[-800:])
    check(out.read_text().replace("\r", "").splitlines()[-1] == "hello: done", out.read_text())


@test()
def a_vm_that_resets_itself_lives_again_under_a_new_vmid_and_sees_only_zeroes(c):
    vms = [*guest(c, "reset", memory="16M"), *guest(c, "hello", memory="16M")]
    console, _ = checked(c, *vms, "-smp", 2, "-m", "96M", "--until", r"vm0 .reset.: VMID 6,")
    lives = re.findall(r"kserv\| vm0 \(reset\): VMID (\d+),", console)
    check(lives == ["1", "3", "4", "5", "6"], f"VMIDs {lives}")
    check(lines_of(0, console) == ["reset: 0 words were not zero"] * 4, console)
    all_done(console.replace("vm1| ", "vm0| "), ["hello"])


@test()
def a_console_that_is_a_pseudo_terminal_takes_and_shows_lines(c):
    arguments = [*guest(c, "ipi"), *guest(c, "echo", vcpus=1), "-smp", 2, "-m", "256M", "--console", "vm1=pty"]
    run = subprocess.Popen([str(c.armature), "run", *map(str, arguments)], stdin=subprocess.DEVNULL,
                           stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace")
    try:
        name = re.search(r"the console of vm1 is (\S+)", run.stderr.readline())
        check(name, "the name of the terminal is not said")
        terminal = os.open(name[1], os.O_RDWR | os.O_NOCTTY)
        text = read_until(terminal, "echo: say something")
        os.write(terminal, b"nobody else hears this\r")
        text += read_until(terminal, "echo: done")
        console, messages = run.communicate(timeout=300)
    finally:
        run.kill()
    check(text.replace("\r", "").splitlines()[-2:] == ["echo: nobody else hears this", "echo: done"], text)
    check(run.returncode == 0, f"exit code {run.returncode}: {messages[-800:]}")
    check("nobody" not in console and "ipi: done" in console, console[-800:])


def read_until(terminal, wanted, seconds=120):
    """What the pseudo terminal says, with `wanted` at the end of it."""
    text, deadline = "", time.monotonic() + seconds
    while wanted not in text:
        left = deadline - time.monotonic()
        check(left > 0 and select.select([terminal], [], [], left)[0], f"no {wanted!r} in {text!r}")
        text += os.read(terminal, 1024).decode(errors="replace")
    return text


TWO = ["-smp", 2, "-m", "256M", "--digest"]


@test()
def two_runs_with_vms_and_a_run_without_the_fast_path_have_one_digest(c):
    arguments = [*guest(c, "ipi"), *guest(c, "secret", memory="16M"), *TWO]
    results = [summary(c.run(*arguments, *more)[1]) for more in ([], [], ["--no-fast"], ["--table"])]
    check(len(set(results)) == 1, f"{results}")


@test()
def a_snapshot_taken_while_vms_run_continues_to_the_same_digest(c):
    arguments = [*guest(c, "ipi"), *guest(c, "shootdown", memory="32M"), *TWO]
    snapshot = c.work / "vms.snapshot"
    whole = summary(c.run(*arguments)[1])
    middle = int(whole[0]) * 3 // 4
    c.run(*arguments, "--max-instructions", middle, "--save", snapshot)
    rest = summary(c.run(*arguments, "--restore", snapshot)[1])
    check(whole == rest, f"{whole} and {rest}")


@test(QUICK)
def bad_input_about_vms_is_one_clear_line_and_exit_code_2(c):
    w = c.work
    hello = c.build / "hyp" / "hello.guest"
    (w / "empty").write_bytes(b"")
    (w / "junk").write_bytes(b"junk")
    (w / "vms.toml").write_text(f"smp = 2\n[[vm]]\nguest = '{hello}'\nvcpu = 2\n")
    refused(c, "--vm", f"guest={hello},vcpu=2", says=["vcpu", "vcpus"])
    refused(c, "--config", w / "vms.toml", says=["vms.toml:2", "vcpu", "vcpus"])
    refused(c, "--vm", f"guest={hello},vcpus=9", says=["vcpus", "1..8"])
    refused(c, "--vm", f"guest={hello},memory=3M", says=["memory", "4M"])
    refused(c, "--vm", f"guest={hello},memory=lots", says=["memory", "lots"])
    refused(c, "--vm", "guest", says=["guest", "KEY=VALUE"])
    refused(c, "--vm", "vcpus=2", says=["guest=FILE", "kernel=FILE"])
    refused(c, "--vm", f"guest={w}/absent", says=["absent"])
    refused(c, "--vm", f"guest={w}/empty", says=["empty"])
    refused(c, "--vm", f"kernel={hello}", says=["hello.guest", "Image"])
    refused(c, "--vm", f"kernel={c.images}/Image-cloud,memory=16M", says=["Image-cloud", "16 MiB", "memory="])
    refused(c, "--vm", f"guest={hello},manifest={w}/junk", says=["junk", "manifest"])
    refused(c, "--vm", f"guest={hello},key={w}/junk", says=["junk", "private key"])
    refused(c, *["--vm", f"guest={hello},memory=256M"] * 4, "-m", "1G", says=["1024 MiB", "vm3 256", "of 1024 MiB"])
    refused(c, *["--vm", f"guest={hello},memory=4M"] * 17, says=["17 VMs", "1..16"])
    refused(c, "--vm", f"guest={hello}", "--console", "vm1=tty", says=["vm1=tty", "pty"])
    refused(c, "--vm", f"guest={hello}", "--console", f"vm0=file:{w}/absent/file", says=["absent/file"])
    refused(c, "--vm", f"guest={hello}", "--type", "vm1:x::y", says=["vm1"])
    refused(c, "--vm", f"guest={hello}", "-bios", c.images / "u-boot.bin", says=["bios"])
    for arguments in (["--vm", f"guest={hello}"], [], ["--verify", w / "junk"], ["--vm", f"guest={w}/absent", "-o", w / "m"]):
        lines = sign(c, *arguments, expect=2).splitlines()
        check(len(lines) == 1 and lines[0].startswith("armature: "), f"{arguments}: {lines}")
    check(not (w / "m").exists(), "a refused command left a file")


main(__doc__)
