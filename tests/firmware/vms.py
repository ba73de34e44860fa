#!/usr/bin/env python3
"""Runs VMs over KCore and KServ on QEMU and on Armature and compares what each VM prints.

A VM's lines are compared in their order, numbers of ticks aside; of Linux VMs those of their init. With
--images FOLDER also two stock cloud kernels of two vCPUs each on two cores. What else VMs do is in
tests/system/vms.py; here are the builds of KCore, and Linux on both machines.
"""
import argparse
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

BUILD = pathlib.Path(__file__).resolve().parent.parent.parent / "build" / "release"
HALTED = "kcore: the machine is halted"


class Scenario:
    def __init__(self, name, vms, lines, *more, halts=False, compared=r""):
        self.name, self.vms, self.more = name, vms, list(more)
        self.lines = lines          # regular expressions, each to be found in some line
        self.halts = halts          # KCore halts the machine, and no VM runs
        self.compared = compared    # which lines of a VM are the same on both machines


def scenarios(options):
    def guest(file, **keys):
        return ",".join([f"guest={options.guests}/{file}.guest", *(f"{k}={v}" for k, v in keys.items())])

    def kcore(build):
        return ["--firmware", str(pathlib.Path(options.kcore).with_name(build))]

    small = dict(vcpus=2, memory="32M")
    guests = [guest("hello", **small), guest("ipi", **small), guest("memory", runs=2, **small),
              guest("shootdown", **small)]
    yield Scenario("guests run under four levels of stage 2, one again on cleared pages", guests,
                   ["stage 2 of 44 bits", "VMID 5, .* verified",
                    *(rf"^vm{n}\| {name}: done" for n, name in enumerate(["hello", "ipi", "memory", "shootdown"]))],
                   *kcore("kcore4.elf"))
    yield Scenario("four levels are refused below 44 bits of physical address", guests,
                   [r"^kcore: panic: 4-level stage 2 needs 44 bits of physical address, this core has 40$"],
                   *kcore("kcore4.elf"), "--cpu", "cortex-a53", halts=True)
    yield Scenario("the baseline of the measurements runs the same guests",
                   [guest("bench", **small), guest("memory", runs=2, **small)],
                   ["trusted: a baseline", r"^vm0\| bench: done", r"^vm1\| memory: done"],
                   *kcore("kcore-baseline.elf"))
    if options.images:
        linux = (f"kernel={options.images}/Image-cloud,initrd={options.images}/initrd-cloud.cpio,"
                 "append=console=ttyAMA0 quick=1 cryptomgr.notests,vcpus=2,memory=256M,name=")
        yield Scenario("two stock kernels of two vCPUs each power off", [linux + "alpha", linux + "beta"],
                       [rf"^vm{n}\| INIT \S+ cpus 2" for n in (0, 1)] + [r"all VMs have ended"], "-m", "1G",
                       compared=r"^vm\d\| INIT ")


def so_far(out):
    """What a process has written; a read at the file's own position would move where it writes next."""
    return os.pread(out.fileno(), os.fstat(out.fileno()).st_size, 0).decode(errors="replace")


def until_the_end(command, halts, timeout):
    """(console, exit code or None when it had to be stopped)"""
    with tempfile.TemporaryFile() as out:
        started = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT)
        deadline = time.monotonic() + timeout
        text = ""
        while started.poll() is None and time.monotonic() < deadline and not (halts and HALTED in text):
            time.sleep(0.05)
            text = so_far(out)
        code = started.poll()
        if code is None:
            started.kill()
            started.wait()
        return so_far(out).replace("\r", ""), code


def of_vm(n, console, pattern):
    """What VM n printed, without times."""
    lines = [line for line in console.splitlines() if line.startswith(f"vm{n}| ") and re.search(pattern, line)]
    return [re.sub(r"\d+ ticks", "ticks", line) for line in lines]


def fault_of(scenario, console, code):
    if scenario.halts:
        if HALTED not in console:
            return "the machine was not halted"
    elif code != 0:
        return f"exit code {code}"
    for pattern in scenario.lines:
        if not re.search(pattern, console, re.M):
            return f"no line that fits {pattern}"
    return "a VM ran" if scenario.halts and re.search(r"^vm\d+\|", console, re.M) else None


def run(scenario, options, folder):
    command = [options.armature, "run", "--firmware", options.kcore, "-kernel", options.kserv, "-smp", "2", "-m",
               "512M", *(word for vm in scenario.vms for word in ("--vm", vm)), *scenario.more]
    emitted = folder / "qemu"
    subprocess.run([*command, "--emit-qemu", emitted], check=True)
    consoles = {}
    for machine, words in (("QEMU", [emitted / "run.sh"]), ("Armature", command)):
        consoles[machine], code = until_the_end(words, scenario.halts, options.timeout)
        fault = fault_of(scenario, consoles[machine], code)
        if fault:
            return f"{machine}: {fault}; it printed\n" + "\n".join(consoles[machine].splitlines()[-30:])
    for n in range(len(scenario.vms)):
        qemu, armature = (of_vm(n, console, scenario.compared) for console in consoles.values())
        if qemu != armature:
            return f"VM {n} prints something else on each machine:\n" + "\n".join([*qemu, "--", *armature])
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--armature", default=str(BUILD / "armature"))
    parser.add_argument("--kcore", default=str(BUILD / "hyp" / "kcore.elf"), help="beside it lies kcore4.elf")
    parser.add_argument("--kserv", default=str(BUILD / "hyp" / "kserv.img"))
    parser.add_argument("--guests", default=str(BUILD / "hyp"), help="folder with the .guest files")
    parser.add_argument("--images", help="folder with the kernels, for the scenarios with Linux")
    parser.add_argument("--only", default="", help="regular expression on the scenarios' names")
    parser.add_argument("--timeout", type=int, default=300, help="seconds for one run")
    options = parser.parse_args()
    failed = ran = 0
    with tempfile.TemporaryDirectory() as folder:
        for scenario in scenarios(options):
            if not re.search(options.only, scenario.name):
                continue
            wrong = run(scenario, options, pathlib.Path(folder))
            print(f"FAILED {scenario.name}: {wrong}" if wrong else f"passed {scenario.name}", flush=True)
            ran += 1
            failed += wrong is not None
    print(f"{ran - failed} passed, {failed} failed")
    sys.exit(1 if failed or not ran else 0)


if __name__ == "__main__":
    main()
