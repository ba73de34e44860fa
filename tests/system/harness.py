"""What the files of whole-machine tests share: tests by name, the command, the end of a run."""
import argparse
import pathlib
import re
import subprocess
import sys
import tempfile
import time

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
TESTS = []
QUICK, FULL, LONG, MATRIX = 0, 1, 2, 3


def test(tier=FULL):
    def add(function):
        TESTS.append((tier, function))
        return function
    return add


class Context:
    def __init__(self, build, work):
        self.build = build
        self.armature = build / "armature"
        self.images = TOP / "build" / "images"
        self.kcore = build / "hyp" / "kcore.elf"
        self.work = work

    def run(self, *arguments, expect=0, timeout=900, stdin=""):
        """Runs `armature run`; returns (console, messages)."""
        command = [str(self.armature), "run", *map(str, arguments)]
        done = subprocess.run(command, input=stdin, capture_output=True, timeout=timeout, text=True,
                              errors="replace")
        if done.returncode != expect:
            raise AssertionError(f"exit code {done.returncode}, expected {expect}\n  command: {' '.join(command)}\n"
                                 f"  console: ...{done.stdout[-1500:]}\n  messages: {done.stderr[-1500:]}")
        return done.stdout, done.stderr

    def linux(self, kernel="cloud", append="", quick=True, **_):
        line = "console=ttyAMA0 cryptomgr.notests" + (" quick=1" if quick else "") + (" " + append if append else "")
        return ["-kernel", self.images / f"Image-{kernel}", "-initrd", self.images / f"initrd-{kernel}.cpio",
                "-append", line, "-m", "512M"]


def check(condition, message):
    if not condition:
        raise AssertionError(message)


def summary(messages):
    match = re.search(r"instructions (\d+)  cycles (\d+)  events (\d+)(?:  digest (\w+))?", messages)
    check(match, f"no summary line in: {messages[-500:]}")
    return match.groups()


def refused(c, *arguments, says):
    _, messages = c.run(*arguments, expect=2)
    lines = [line for line in messages.splitlines() if line]
    check(len(lines) == 1, f"not one line: {messages}")
    for word in says:
        check(word in lines[0], f"'{word}' is not in: {lines[0]}")


def main(description):
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tier", default="full", choices=["quick", "full", "matrix", "long"])
    parser.add_argument("--build", default=str(TOP / "build" / "release"))
    parser.add_argument("--images", default=None)
    parser.add_argument("--only", default="")
    arguments = parser.parse_args()
    tier = {"quick": QUICK, "full": FULL, "long": LONG, "matrix": MATRIX}[arguments.tier]
    passed, failed = 0, 0
    with tempfile.TemporaryDirectory() as work:
        context = Context(pathlib.Path(arguments.build), pathlib.Path(work))
        if arguments.images:
            context.images = pathlib.Path(arguments.images)
        for level, function in TESTS:
            if level > tier or arguments.only not in function.__name__:
                continue
            start = time.monotonic()
            try:
                function(context)
                passed += 1
                print(f"  ok    {function.__name__} ({time.monotonic() - start:.0f} s)", flush=True)
            except (AssertionError, subprocess.TimeoutExpired, OSError) as error:
                failed += 1
                print(f"  FAIL  {function.__name__}: {error}", flush=True)
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed or not passed else 0)
