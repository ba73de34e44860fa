#!/usr/bin/python3
"""Reads the include graph and fails on any arrow that the house does not have.

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
# Only these may see SystemC.
SYSTEMC = ("platform", "python")


def room(path):
    parts = path.split("/")
    for depth in (2, 1):
        candidate = "/".join(parts[:depth])
        if candidate in ARROWS:
            return candidate
    return None


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
    for error in errors:
        print(error)
    if files < 50:
        sys.exit(f"layers: only {files} files found: wrong folder?")
    print(f"layers: {files} files, {len(errors)} wrong includes")
    sys.exit(1 if errors else 0)


main()
