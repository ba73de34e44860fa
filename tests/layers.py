#!/usr/bin/python3
"""Reads the include graph and fails on any arrow that the house does not have, and on a KCore that grows.

usage: tests/layers.py [--show]
"""
import pathlib
import re
import sys

TOP = pathlib.Path(__file__).resolve().parent.parent

# A folder may include itself and these.
ARROWS = {
    "sim": set(),
    "tlb": {"sim"},
    "cache": {"sim"},
    "mmu": {"sim", "tlb", "cache"},
    "cpu": {"sim", "tlb", "cache", "mmu"},
    "platform": {"sim", "tlb", "cache", "mmu", "cpu", "hyp/abi"},
    "platform/cli": {"sim", "tlb", "cache", "mmu", "cpu", "platform", "hyp/abi", "hyp/check"},
    "hyp/abi": set(),
    "hyp/kcore": {"hyp/abi"},
    "hyp/kserv": {"hyp/abi"},
    "hyp/guests": {"hyp/abi"},
    "hyp/model": {"sim", "hyp/abi"},
    "hyp/check": {"sim", "hyp/abi"},
    "python": {"sim", "tlb", "cache", "mmu", "cpu", "platform", "hyp/abi", "hyp/check"},
}
# Lines of C++ and assembly that are neither blank nor comment. The same ruler gives SeKVM's public tree 4.1 K
# (published: 3.8 K); like there libsodium itself does not count.
KCORE_LINES_MOST = 4000
# Only these may see SystemC.
SYSTEMC = ("platform", "python")


def room(path):
    parts = path.split("/")
    for depth in (2, 1):
        candidate = "/".join(parts[:depth])
        if candidate in ARROWS:
            return candidate
    return None


def kcore_lines():
    """What runs at EL2 on the machine: not the processor of the unit tests, nor the seam for planted faults, of
    which nothing is in an ordinary image."""
    count = 0
    for file in (TOP / "hyp" / "kcore").rglob("*"):
        inside = str(file.relative_to(TOP / "hyp" / "kcore"))
        if file.suffix not in (".h", ".cc", ".S") or inside.startswith(("fake/", "planted")):
            continue
        text = re.sub(r"/\*.*?\*/|//[^\n]*", "", file.read_text(), flags=re.S)
        count += sum(1 for line in text.splitlines() if line.strip() and "planted" not in line and "Bug::" not in line)
    return count


def main():
    errors = []
    files = 0
    arrows = set()
    for top in ("sim", "tlb", "cache", "mmu", "cpu", "platform", "hyp", "python"):
        for file in sorted((TOP / top).rglob("*")):
            if file.suffix not in (".h", ".cc", ".S", ".c"):
                continue
            files += 1
            name = str(file.relative_to(TOP))
            home = room(name)
            text = file.read_text()
            if home is None:
                errors.append(f"{name}: lies in no room of the house")
                continue
            for include in re.findall(r'^\s*#\s*include\s+"([^"]+)"', text, re.M):
                target = room(include)
                if target is None:
                    continue
                if target != home:
                    arrows.add((home, target))
                inside = target == home or target.startswith(home + "/") or home.startswith(target + "/")
                if not inside and target not in ARROWS[home]:
                    errors.append(f"{name}: {home} may not include {include}")
            for include in re.findall(r"^\s*#\s*include\s+<(systemc|systemc\.h|tlm|tlm_utils/[^>]+)>", text, re.M):
                if not home.startswith(SYSTEMC):
                    errors.append(f"{name}: only {' and '.join(SYSTEMC)} know SystemC ({include})")
    if "--show" in sys.argv:
        for home, target in sorted(arrows):
            print(f"{home} -> {target}")
    if kcore_lines() > KCORE_LINES_MOST:
        errors.append(f"hyp/kcore: {kcore_lines()} lines, at most {KCORE_LINES_MOST}")
    for error in errors:
        print(error)
    if files < 50:
        sys.exit(f"layers: only {files} files found: wrong folder?")
    print(f"layers: {files} files, {len(errors)} errors; KCore has {kcore_lines()} lines of {KCORE_LINES_MOST}")
    sys.exit(1 if errors else 0)


main()
