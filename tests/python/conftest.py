"""Where the package and the programs are, and small machines for the tests.

ARMATURE_BUILD names the build folder (default build/release of this tree).
"""
import os
import pathlib
import struct
import sys

import pytest

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
BUILD = pathlib.Path(os.environ.get("ARMATURE_BUILD", TOP / "build" / "release"))
sys.path.insert(0, str(BUILD / "python"))
# For workers and notebooks too.
os.environ["PYTHONPATH"] = os.pathsep.join([str(BUILD / "python"), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)
os.environ["ARMATURE_BUILD"] = str(BUILD)

import armature  # noqa: E402

WFI, BRANCH_TO_SELF = 0xd503207f, 0x14000000


@pytest.fixture
def program():
    """The file of one of tests/firmware's programs."""
    def find(name):
        file = BUILD / "firmware" / f"{name}.elf"
        assert file.exists(), f"{file} is not built (target test_firmware)"
        return file
    return find


@pytest.fixture
def machine(program):
    """A machine with one of tests/firmware's programs."""
    def build(name, **keys):
        return armature.Machine(kernel=program(name), **{"memory": "64M", **keys})
    return build


@pytest.fixture
def raw(tmp_path):
    """A machine that runs these instruction words (at 0x40080000 by QEMU's rules for raw images)."""
    def build(*words, **keys):
        file = tmp_path / "program.bin"
        file.write_bytes(struct.pack(f"<{len(words)}I", *words))
        return armature.Machine(kernel=file, **{"memory": "64M", **keys})
    return build
