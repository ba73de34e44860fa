#!/usr/bin/env python3
"""The labs.

usage: armature lab list
       armature lab start N [DIRECTORY] [--seed S]     a folder to work in
       armature lab check [DIRECTORY] [--keep FILE]    compile, run, and say what the hardware saw; no points
       armature lab grade [DIRECTORY] [--json FILE]    the points, also as Gradescope's results.json

A grade is a function of the program and the seed: it comes from events, from checkers and from the state of
the machine at the end, never from printed text.
"""
import argparse
import difflib
import importlib.util
import json
import pathlib
import shutil
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import grading  # noqa: E402
import machine  # noqa: E402

NOTE = "lab.json"  # what `start` leaves in the student's folder


class UserError(Exception):
    """One line for the user; exit code 2."""


def labs():
    """Numbers of the labs that are here."""
    return sorted(int(p.name.removeprefix("lab")) for p in HERE.glob("lab[0-9]*") if (p / "grade.py").is_file())


def module_of(number):
    spec = importlib.util.spec_from_file_location(f"lab{number}_grade", HERE / f"lab{number}" / "grade.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Context:
    """What a lab's grade() gets: how to run the student's program."""

    def __init__(self, number, student, seed, armature, work, flags=()):
        self.number, self.student, self.seed, self.armature, self.work = number, student, seed, armature, pathlib.Path(work)
        self.folder, self.flags = HERE / f"lab{number}", flags
        self._elf = None
        self.kept = None  # the file for `armature run -kernel`, when it is not the ELF

    @property
    def elf(self):
        if self._elf is None:
            target = self.work / "lab.elf"
            fixed = [*sorted(self.folder.glob("*.S")), self.folder / "harness.c"]
            machine.compile_program(fixed, self.student, [self.folder], self.seed, target, self.flags)
            self._elf = target
        return self._elf

    def run(self, **options):
        return machine.Run(self.armature, self.elf, **options)


def grade_file(number, student, seed, build=None, keep=None):
    """The Grade of one source file. Never raises for what a student can do. `keep`: where the program goes."""
    module = module_of(number)
    grade = grading.Grade(number, seed, module.CRITERIA)
    with tempfile.TemporaryDirectory() as work:
        try:
            context = Context(number, student, seed, machine.find_armature(build), work, getattr(module, "FLAGS", ()))
            module.grade(context, grade)
            if keep:
                shutil.copy(context.kept or context.elf, keep)
        except machine.CannotGrade as reason:
            for criterion in grade.criteria.values():
                criterion.earned = 0.0
            grade.reason = str(reason)
    return grade


def read_note(directory):
    path = pathlib.Path(directory) / NOTE
    try:
        note = json.loads(path.read_text())
        number, seed = int(note["lab"]), int(note["seed"])
    except (OSError, ValueError, KeyError, TypeError):
        raise UserError(f"{path}: not the folder of a lab; make one with: armature lab start N") from None
    if number not in labs():
        raise UserError(f"{path}: there is no lab {number}; allowed: {', '.join(map(str, labs()))}")
    return number, seed


def command_list(_):
    for number in labs():
        print(f"{number}  {module_of(number).TITLE}")


def command_start(options):
    if options.number not in labs():
        raise UserError(f"lab: {options.number} is not allowed; allowed: {', '.join(map(str, labs()))}")
    target = pathlib.Path(options.directory or f"lab{options.number}")
    if target.exists() and any(target.iterdir()):
        raise UserError(f"{target}: exists and is not empty")
    module = module_of(options.number)
    try:
        armature = machine.find_armature(options.build)
        more = module.files_to_start_with(armature, options.seed) if hasattr(module, "files_to_start_with") else {}
    except machine.CannotGrade as reason:
        raise UserError(f"lab {options.number}: {reason}") from None
    target.mkdir(parents=True, exist_ok=True)
    for name, file in more.items():
        machine.strip(file, target / name)
    source = HERE / f"lab{options.number}"
    shutil.copy(source / "starter.c", target / "lab.c")
    for name in ("README.md", "notebook.ipynb"):
        if (source / name).is_file():
            shutil.copy(source / name, target / name)
    for header in [*source.glob("*.h"), HERE / "support" / "lab.h"]:
        shutil.copy(header, target / header.name)
    (target / NOTE).write_text(json.dumps({"lab": options.number, "seed": options.seed}) + "\n")
    print(f"{target}: edit lab.c, then: armature lab check {target}")


def graded(options):
    number, seed = read_note(options.directory)
    student = pathlib.Path(options.directory) / "lab.c"
    if not student.is_file():
        raise UserError(f"{student}: cannot be opened")
    return grade_file(number, student, seed, options.build, getattr(options, "keep", None))


def command_check(options):
    grade = graded(options)
    if grade.reason:
        print(grade.reason)
    for criterion in grade.criteria.values():
        print(f"{'done' if criterion.earned == criterion.points else 'open'}  {criterion.name}")
        for line in criterion.feedback:
            print(f"      {line}")
    if options.keep and not grade.reason:
        print(f"{options.keep}: the program, for armature run -kernel")


def command_grade(options):
    grade = graded(options)
    print(grade.table())
    if options.json:
        pathlib.Path(options.json).write_text(grade.gradescope() + "\n")


def seed_of(text):
    value = int(text, 0)
    if not 0 < value < 2 ** 63:
        raise argparse.ArgumentTypeError("allowed: 1..2^63-1")
    return value


class Parser(argparse.ArgumentParser):
    def error(self, message):
        match = message.split("invalid choice: '")
        if len(match) == 2:
            word = match[1].split("'")[0]
            near = difflib.get_close_matches(word, COMMANDS, 1)
            message = f"no command '{word}'" + (f"; did you mean '{near[0]}'?" if near else
                                                f"; allowed: {', '.join(COMMANDS)}")
        raise UserError(f"lab: {message}")


COMMANDS = {"list": command_list, "start": command_start, "check": command_check, "grade": command_grade}


def main(arguments):
    parser = Parser(prog="armature lab", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", help="the simulator's build directory")
    commands = parser.add_subparsers(dest="command", required=True, parser_class=Parser)
    commands.add_parser("list")
    start = commands.add_parser("start")
    start.add_argument("number", type=int)
    start.add_argument("directory", nargs="?")
    start.add_argument("--seed", type=seed_of, default=1, help="your number: decides addresses and values")
    for name in ("check", "grade"):
        command = commands.add_parser(name)
        command.add_argument("directory", nargs="?", default=".")
        if name == "check":
            command.add_argument("--keep", help="leave the program here, for armature run -kernel")
        else:
            command.add_argument("--json", help="write Gradescope's results.json here")
    try:
        options = parser.parse_args(arguments)
        COMMANDS[options.command](options)
        return 0
    except UserError as error:
        print(f"armature: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
