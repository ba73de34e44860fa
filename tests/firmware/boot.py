#!/usr/bin/env python3
"""Boots Linux under KCore on QEMU and on Armature, to its init and the end of the machine.

The images folder holds Image-KIND and initrd-KIND.cpio; init prints `INIT <release> cpus <N>` and, with quick=1 on the
command line, powers off.
"""
import argparse
import pathlib
import re
import subprocess
import sys
import tempfile

BUILD = pathlib.Path(__file__).resolve().parent.parent.parent / "build" / "release"


def boot(command, cores, timeout):
    """None when the kernel came to its init on all cores and powered off, else what happened."""
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=timeout)
    except subprocess.TimeoutExpired as late:
        return f"no end within {timeout} s; last lines:\n{tail(late.stdout or b'')}"
    text = done.stdout.decode(errors="replace")
    if done.returncode != 0:
        return f"exit code {done.returncode}; last lines:\n{tail(done.stdout)}{tail(done.stderr)}"
    if not text.startswith("kcore: EL2"):
        return f"KCore did not start first:\n{text[:400]}"
    if not re.search(rf"^INIT \S+ cpus {cores}\r?$", text, re.M):
        return f"no INIT line with {cores} cores; last lines:\n{tail(done.stdout)}"
    return None


def tail(output):
    return "\n".join(output.decode(errors="replace").splitlines()[-15:]) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", required=True, help="folder with the kernels")
    parser.add_argument("--armature", default=str(BUILD / "armature"))
    parser.add_argument("--kcore", default=str(BUILD / "hyp" / "kcore.elf"))
    parser.add_argument("--machines", nargs="+", default=["qemu", "armature"], choices=["qemu", "armature"])
    parser.add_argument("--kernels", nargs="+", default=["cloud", "generic"])
    parser.add_argument("--cores", nargs="+", type=int, default=[1, 2, 4])
    parser.add_argument("--cpus", nargs="+", default=["cortex-a57", "cortex-a72"])
    parser.add_argument("--timeout", type=int, default=300, help="seconds for one boot")
    options = parser.parse_args()
    passed = failed = 0
    for kernel in options.kernels:
        for cpu in options.cpus:
            for cores in options.cores:
                command = [options.armature, "run", "--firmware", options.kcore, "--el", "2",
                           "-kernel", f"{options.images}/Image-{kernel}", "-initrd", f"{options.images}/initrd-{kernel}.cpio",
                           "-append", "console=ttyAMA0 quick=1 cryptomgr.notests", "-smp", str(cores), "-m", "1G", "--cpu", cpu]
                for machine in options.machines:
                    with tempfile.TemporaryDirectory() as folder:
                        if machine == "qemu":
                            subprocess.run([*command, "--emit-qemu", folder], check=True)
                        wrong = boot([f"{folder}/run.sh"] if machine == "qemu" else command, cores, options.timeout)
                    what = f"{kernel} under KCore on {machine}, {cpu}, {cores} core{'s' * (cores > 1)}"
                    print(f"FAILED {what}: {wrong}" if wrong else f"passed {what}", flush=True)
                    failed += wrong is not None
                    passed += wrong is None
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
