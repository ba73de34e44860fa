#!/usr/bin/env python3
"""Runs the bare-metal programs on QEMU and on Armature and compares what they print.

A program's first comment says how it runs:
  // runs at: el1 el2        levels to start at (default both)
  // cores: 2 4              one run for each number (default 1)
  // cpus: cortex-a57        (default cortex-a57)
  // options: -semihosting   more words for both command lines
  // status: 37              how the program ends (default 0)
  // quanta: insn 100        one run of Armature for each --quantum (default: its default)
  // armature only           QEMU does not model what it shows; the text follows:
  // prints:
  //   first line
  // ends: halted            KCore halts the machine instead of a power-off
Programs in under_kcore/ are kernels that KCore runs at EL1. Lines that begin with "# " are not compared.
"""
import argparse
import concurrent.futures
import difflib
import itertools
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent


def compared(text):
    return "".join(line for line in text.splitlines(keepends=True) if not line.startswith("# "))


HALTED = "kcore: the machine is halted\n"


class Program:
    def __init__(self, source):
        self.name = source.stem
        header = []
        for line in source.read_text().splitlines():
            if not line.startswith("//"):
                break
            header.append(line[2:].removeprefix(" "))
        self.under_kcore = source.parent.name == "under_kcore"
        fields = dict(re.findall(r"^(runs at|cores|cpus|ends|options|status|quanta): *(.*)$", "\n".join(header), re.M))
        self.levels = [2] if self.under_kcore else [int(e[2:]) for e in fields.get("runs at", "el1 el2").split()]
        self.halts = fields.get("ends") == "halted"
        self.cores = [int(n) for n in fields.get("cores", "1").split()]
        self.cpus = fields.get("cpus", "cortex-a57").split()
        self.more = fields.get("options", "").split()
        self.quanta = fields.get("quanta", "").split() or [None]
        self.status = int(fields.get("status", "0"))
        self.expected = None
        if "armature only" in header:
            at = header.index("prints:")
            lines = itertools.takewhile(lambda line: line.startswith("  "), header[at + 1:])
            self.expected = "".join(line[2:] + "\n" for line in lines)


class Run:
    """One program at one level with one number of cores on one CPU."""

    def __init__(self, program, el, cores, cpu, options):
        self.program, self.el, self.cores, self.cpu, self.options = program, el, cores, cpu, options
        self.file = pathlib.Path(options.programs) / f"{program.name}.{'img' if program.under_kcore else 'elf'}"

    def __str__(self):
        where = "under KCore" if self.program.under_kcore else f"EL{self.el}"
        return f"{self.program.name} ({where}, {self.cores} core{'s' * (self.cores > 1)}, {self.cpu})"

    def qemu(self, folder):
        """The command; what it needs lies in `folder`."""
        if self.program.under_kcore:
            made = subprocess.run(self.armature("--emit-qemu", folder), capture_output=True, text=True)
            if made.returncode != 0:
                raise SystemExit(f"run.py: --emit-qemu: {made.stderr}")
            return [f"{folder}/run.sh"]
        board = "virt,gic-version=3" + (",virtualization=on" if self.el == 2 else "")
        return ["qemu-system-aarch64", "-M", board, "-cpu", self.cpu, "-smp", str(self.cores), "-m", "256",
                "-nographic", "-nodefaults", "-serial", "stdio", "-kernel", str(self.file), *self.program.more]

    def armature(self, *more):
        firmware = ["--firmware", self.options.kcore] if self.program.under_kcore else []
        return [self.options.armature, "run", *firmware, "-kernel", str(self.file), "--el", str(self.el), "-smp",
                str(self.cores), "-m", "256M", "--cpu", self.cpu, "--max-instructions", "200000000", *self.program.more, *more]

    def output_of_qemu(self):
        """(console, what went wrong or None)"""
        with tempfile.TemporaryDirectory() as folder:
            console = pathlib.Path(folder) / "console"
            with console.open("wb") as out:
                started = subprocess.Popen(self.qemu(folder), stdin=subprocess.DEVNULL, stdout=out, stderr=out)
            deadline = time.monotonic() + self.options.timeout
            text = ""
            halted_at = None
            while started.poll() is None and time.monotonic() < deadline:
                time.sleep(0.02)
                text = console.read_bytes().decode(errors="replace").replace("\r", "")
                if self.program.halts and HALTED in text:
                    halted_at = halted_at or time.monotonic()
                    # A machine that is halted stays silent.
                    if time.monotonic() > halted_at + 1:
                        break
            ended = started.poll()
            if ended is None:
                started.kill()
                started.wait()
            text = console.read_bytes().decode(errors="replace").replace("\r", "")
        if self.program.halts:
            return text, None if halted_at else "the machine was not halted"
        if ended is None:
            return text, f"no end within {self.options.timeout} s"
        return text, None if ended == self.program.status else f"exit code {ended}"

    def output_of_armature(self, *more):
        """(console, everything else, what went wrong or None)"""
        try:
            done = subprocess.run(self.armature(*more), stdin=subprocess.DEVNULL, capture_output=True,
                                  timeout=self.options.timeout)
        except subprocess.TimeoutExpired as late:
            return (late.stdout or b"").decode(errors="replace"), "", f"no end within {self.options.timeout} s"
        console = done.stdout.decode(errors="replace").replace("\r", "")
        errors = done.stderr.decode(errors="replace")
        wrong = None
        if done.returncode != (1 if self.program.halts else self.program.status):
            wrong = f"exit code {done.returncode}\n{errors}"
        elif self.program.halts and "every core sleeps" not in errors:
            wrong = f"no machine whose cores all sleep\n{errors}"
        return console, errors, wrong

    def verdict(self):
        """None when all is well, else what is wrong."""
        if self.program.expected is not None:
            expected = self.program.expected
        else:
            expected, wrong = self.output_of_qemu()
            if wrong:
                return f"QEMU: {wrong}\n{expected}"
            if re.search(r"UNEXPECTED|\bNO(:|$)", expected, re.M):
                return f"the program itself finds a fault on QEMU:\n{expected}"
        if not self.options.armature:
            return None
        for quantum in self.program.quanta:
            wrong = self.difference(expected, ["--quantum", quantum] if quantum else [])
            if wrong:
                return (f"quantum {quantum}: " if quantum else "") + wrong
        return None

    def difference(self, expected, options):
        """None when Armature prints `expected`, and the same with --no-fast if that was asked for."""
        both = [*options, "--digest"]
        seen, errors, wrong = self.output_of_armature(*(both if self.options.both_engines else options))
        expected, shown = compared(expected), compared(seen)
        if shown != expected:
            diff = difflib.unified_diff(expected.splitlines(), shown.splitlines(), "expected", "armature", lineterm="")
            return "\n".join(itertools.islice(diff, 60)) + (f"\n{wrong}" if wrong else "")
        if wrong:
            return f"armature: {wrong}"
        if self.options.both_engines:
            slow, slow_errors, _ = self.output_of_armature(*both, "--no-fast")
            if (slow, slow_errors) != (seen, errors):
                return f"--no-fast differs:\n{slow}{slow_errors}instead of\n{seen}{errors}"
        return None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    build = HERE.parent.parent / "build" / "release"
    parser.add_argument("--armature", default=str(build / "armature"), help="the simulator; '' runs QEMU only")
    parser.add_argument("--programs", default=str(build / "firmware"), help="folder with the .elf files")
    parser.add_argument("--kcore", default=str(build / "hyp" / "kcore.elf"), help="KCore, for under_kcore/")
    parser.add_argument("--only", default="", help="regular expression on program names")
    parser.add_argument("--cpu", help="instead of the programs' own choice")
    parser.add_argument("--both-engines", action="store_true", help="also compare with --no-fast, digest included")
    parser.add_argument("--timeout", type=int, default=120, help="seconds for one run")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--show", action="store_true", help="print what QEMU prints and stop")
    options = parser.parse_args()
    if shutil.which("qemu-system-aarch64") is None:
        sys.exit("run.py: qemu-system-aarch64 is not installed")
    if options.armature and not pathlib.Path(options.armature).is_file():
        sys.exit(f"run.py: {options.armature} does not exist; build it or give --armature")
    if not any(pathlib.Path(options.programs).glob("*.elf")):
        sys.exit(f"run.py: no .elf in {options.programs}; build test_firmware or give --programs")
    programs = [Program(source) for source in sorted([*HERE.glob("*.c"), *HERE.glob("under_kcore/*.c")])
                if re.search(options.only, source.stem)]
    if not options.armature:
        programs = [program for program in programs if not program.under_kcore]
    runs = [Run(program, el, cores, cpu, options) for program in programs for el in program.levels
            for cores in program.cores for cpu in ([options.cpu] if options.cpu else program.cpus)]
    if options.show:
        for run in runs:
            console, wrong = run.output_of_qemu()
            print(f"== {run}\n{console}{wrong or ''}")
        return
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for run, wrong in zip(runs, pool.map(Run.verdict, runs)):
            if wrong:
                failed += 1
                print(f"FAILED {run}\n  " + wrong.replace("\n", "\n  "))
            else:
                print(f"passed {run}")
    print(f"{len(runs) - failed} passed, {failed} failed")
    sys.exit(1 if failed or not runs else 0)


if __name__ == "__main__":
    main()
