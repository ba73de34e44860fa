"""The PEP 517 and 660 backend: runs CMake and packs the package into a wheel. Standard library only."""

from __future__ import annotations

import base64
import hashlib
import os
import pathlib
import re
import subprocess
import sys
import sysconfig
import zipfile

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
NAME = "armature"


def _version() -> str:
    found = re.search(r"project\(armature VERSION ([0-9.]+)", (TOP / "CMakeLists.txt").read_text())
    if found is None:
        raise RuntimeError("CMakeLists.txt names no version")
    return found.group(1)


def _metadata() -> str:
    return (f"Metadata-Version: 2.1\nName: {NAME}\nVersion: {_version()}\n"
            "Summary: A full-system Armv8-A simulator that shows every translation event\n"
            "Requires-Python: >=3.9\nRequires-Dist: numpy\nRequires-Dist: pandas\n")


def _interpreter() -> str:
    """The Python under the virtual environment: the one with headers and NumPy."""
    return os.path.realpath(getattr(sys, "_base_executable", sys.executable))


def _is_for(build: pathlib.Path, python: str) -> bool:
    cache = build / "CMakeCache.txt"
    found = re.search(r"^Python3_EXECUTABLE:\w+=(.+)$", cache.read_text(), re.M) if cache.exists() else None
    return found is not None and os.path.realpath(found.group(1)) == python


def _build() -> pathlib.Path:
    """Builds the package and returns the folder that holds it."""
    python = _interpreter()
    build, choice = TOP / "build" / "release", []
    if not _is_for(build, python):
        build, choice = TOP / "build" / "wheel", [f"-DPython3_EXECUTABLE={python}"]
    # pip's isolation puts a path here that hides Debian's packages from every Python below.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    for command in (["cmake", "-S", TOP, "-B", build, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release", *choice],
                    ["cmake", "--build", build, "--target", "_armature"]):
        subprocess.run([str(word) for word in command], check=True, env=environment, stdout=sys.stderr)
    return build / "python"


def _tag() -> str:
    python = f"cp{sys.version_info.major}{sys.version_info.minor}"
    return f"{python}-{python}-{sysconfig.get_platform().replace('-', '_').replace('.', '_')}"


def _write_wheel(folder: str, files: dict[str, bytes]) -> str:
    info = f"{NAME}-{_version()}.dist-info"
    files[f"{info}/METADATA"] = _metadata().encode()
    files[f"{info}/WHEEL"] = f"Wheel-Version: 1.0\nGenerator: {NAME}\nRoot-Is-Purelib: false\nTag: {_tag()}\n".encode()
    record = []
    for name, data in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        record.append(f"{name},sha256={digest},{len(data)}")
    record.append(f"{info}/RECORD,,")
    files[f"{info}/RECORD"] = ("\n".join(record) + "\n").encode()
    wheel = f"{NAME}-{_version()}-{_tag()}.whl"
    with zipfile.ZipFile(pathlib.Path(folder) / wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return wheel


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    package = _build() / NAME
    suffixes = (".py", ".pyi", ".typed", ".so")
    files = {f"{NAME}/{file.name}": file.read_bytes() for file in sorted(package.iterdir())
             if file.name.endswith(suffixes)}
    # What Machine(vm=...) runs under, when it is built.
    for firmware in ("kcore.elf", "kserv.img"):
        file = package.parent.parent / "hyp" / firmware
        if file.exists():
            files[f"{NAME}/hyp/{firmware}"] = file.read_bytes()
    return _write_wheel(wheel_directory, files)


def build_editable(wheel_directory, config_settings=None, metadata_directory=None):
    return _write_wheel(wheel_directory, {f"{NAME}.pth": f"{_build()}\n".encode()})


def get_requires_for_build_wheel(config_settings=None):
    return []


def get_requires_for_build_editable(config_settings=None):
    return []
