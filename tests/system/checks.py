#!/usr/bin/python3
"""What the checkers say about whole machines: planted faults, firmware without one, stock kernels.

usage: tests/system/checks.py [--tier quick|full|matrix|long] [--build DIRECTORY] [--only SUBSTRING]

kill_matrix.txt is what `armature bugs --stable --explain` printed; when KCore or a checker has changed for a
reason, make it anew: build/release/armature bugs --jobs 2 --stable --explain > tests/system/kill_matrix.txt
"""
import difflib
import pathlib
import re
import shlex
import subprocess

from harness import LONG, check, main, test

GOLDEN = pathlib.Path(__file__).with_name("kill_matrix.txt")
MODES = ["normal", "tiny", "infinite", "random-evict", "prefetch", "stale"]


def bugs(c, *arguments, expect=0, timeout=900):
    done = subprocess.run([str(c.armature), "bugs", "--jobs", "2", *arguments], capture_output=True, text=True,
                          timeout=timeout)
    check(done.returncode == expect, f"bugs {arguments}: exit code {done.returncode}: {done.stdout[-3000:]}{done.stderr}")
    return done.stdout


def certain(text):
    """Without what hangs on chance: whether somebody uses a stale translation before the run ends."""
    kept = [re.sub(r"stale-translation, |, stale-translation", "", line) for line in text.splitlines(True)]
    kept = [re.sub(r"^( ?\d+ [a-z0-9_]+ (?: +[.\d]){2}) +[.\d]", r"\1", line) for line in kept]
    return [line for line in kept if "stale-translation:" not in line and "code of EL" not in line]


@test()
def every_planted_bug_is_caught_as_recorded_and_nothing_else_raises_an_alarm(c):
    text = bugs(c, "--stable", "--explain")
    check("0 false alarms" in text, text[-500:])
    difference = "".join(difflib.unified_diff(certain(GOLDEN.read_text()), certain(text), "recorded", "now"))
    check(not difference, f"the kill matrix has changed:\n{difference[:4000]}")
    for bug in ("no_tlbi", "local_tlbi", "only_ipas2"):
        uses = re.search(rf"^ *\d+ {bug}:.*?(?=^ *\d+ \w+:)", text, re.M | re.S)[0]
        check(uses.count("stale-translation") > 1, f"nobody uses what {bug} leaves: {uses}")


@test()
def each_violation_of_a_planted_bug_names_core_instruction_and_missing_step(c):
    text = bugs(c, "--modes", "normal", "--clean-seeds", "0", "--explain")
    said = re.findall(r"^     ([a-z0-9-]+): (.*)\n       found by core \d at pc 0x[0-9a-f]+: (.+)$", text, re.M)
    check(len(said) > 30, f"only {len(said)} violations: {text[:2000]}")
    for rule, what, instruction in said:
        check(re.search(r"core \d", what) and re.search(r"pc 0x[0-9a-f]+", what), f"{rule} names no core or pc: {what}")
        check(re.search(r"\b(no|not|without|never|while|again)\b", what), f"{rule} names no missing step: {what}")
        check(instruction.strip(), f"{rule}: no instruction at its pc")


TOUR = ["-append", "kserv.ring=on", "-m", "64M"]


def tour(c):
    return [*TOUR, "--vm", f"guest={c.build}/hyp/tour.guest,vcpus=3,memory=4M"]


@test()
def a_run_stops_at_the_first_violation_with_a_proof_that_its_own_command_shows_again(c):
    planted = c.build / "hyp" / "planted" / "kcore-no_tlbi.elf"
    _, messages = c.run("--firmware", planted, "--el", 2, "-smp", 2, *tour(c), "--check", "all", expect=3)
    proof = messages[messages.index("armature: violation of invalidation"):]
    for words in ("no DSB orders the store", "rule: Arm ARM D8", "table_write", "lock_release", "replay: armature run"):
        check(words in proof, f"'{words}' is not in the proof: {proof}")
    command = shlex.split(re.search(r"replay: armature (.*)", proof)[1])
    again = subprocess.run([str(c.armature), *command], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    check(again.returncode == 3 and proof in again.stderr, f"{again.returncode}: {again.stderr[-2000:]}")


def guest_lines(console):
    """What guests say, without times: each VM's own in their order."""
    lines = [re.sub(r"in \d+ ticks", "", line) for line in console.splitlines()
             if re.search(r"tour: |hello|ipi: |ring: |secret: |shootdown: ", line) and "kserv|" not in line]
    return sorted(lines, key=lambda line: line.split("|")[0])


@test()
def correct_firmware_ends_the_same_in_every_tlb_mode_without_a_violation(c):
    g = c.build / "hyp"
    loads = [tour(c),
             ["-append", "kserv.ring=on", "-m", "192M", "--vm", f"guest={g}/ipi.guest,vcpus=2,memory=4M",
              "--vm", f"guest={g}/shootdown.guest,vcpus=2,memory=32M,runs=2",
              "--vm", f"guest={g}/ring.guest,vcpus=2,memory=8M"],
             ["-m", "128M", "--vm", f"guest={g}/glimpse.guest,vcpus=2,memory=8M", "--vm",
              f"guest={g}/hello.guest,vcpus=2,memory=4M,runs=2"]]
    for load in loads:
        said = {}
        for mode in MODES:
            console, messages = c.run("-smp", 2, *load, "--tlb", mode, "--check", "all")
            check(", 0 violations" in messages, f"{mode}: {messages[-2000:]}")
            said[mode] = guest_lines(console)
            check(any("done" in line for line in said[mode]), f"{mode}: no guest is done: {console[-1500:]}")
        for mode in MODES:
            check(said[mode] == said["normal"], f"{mode}: {said[mode]}\nnormal: {said['normal']}")


@test()
def a_stock_kernel_raises_no_violation(c):
    _, messages = c.run(*c.linux(), "-smp", 2, "--check", "all")
    check(", 0 violations" in messages, messages[-2000:])


@test()
def two_vms_under_kcore_one_a_stock_kernel_raise_no_violation(c):
    linux = (f"kernel={c.images}/Image-cloud,initrd={c.images}/initrd-cloud.cpio,"
             "append=console=ttyAMA0 cryptomgr.notests quick=1,vcpus=2,memory=256M")
    console, messages = c.run("-smp", 2, "-m", "512M", "--vm", linux, "--vm",
                              f"guest={c.build}/hyp/ipi.guest,vcpus=2,memory=8M", "--check", "all")
    check(", 0 violations" in messages, messages[-2000:])
    check("all VMs have ended" in console and "ipi: done" in console, console[-2000:])


@test(LONG)
def two_stock_kernels_under_kcore_raise_no_violation(c):
    linux = (f"kernel={c.images}/Image-cloud,initrd={c.images}/initrd-cloud.cpio,"
             "append=console=ttyAMA0 cryptomgr.notests quick=1,vcpus=2,memory=256M")
    _, messages = c.run("-smp", 2, "-m", "1G", "--vm", linux, "--vm", linux, "--check", "all")
    check(", 0 violations" in messages, messages[-2000:])


@test(LONG)
def two_hundred_seeds_in_every_tlb_mode_raise_no_violation(c):
    text = bugs(c, "--only", "^$", "--clean-seeds", "200", "--clean-modes", ",".join(MODES), timeout=7200)
    check(text.count("200 seeds  clean") == len(MODES), text)


main(__doc__)
