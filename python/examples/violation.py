"""Runs a program that changes a mapping without break-before-make, and shows the proof.  usage: violation.py [build/release]"""
import sys

import armature

build = sys.argv[1] if len(sys.argv) > 1 else "build/release"
m = armature.Machine(kernel=f"{build}/firmware/a_stale_translation_is_used_until_its_tlbi.elf", memory="64M", check="guest")
try:
    m.run(timeout=1)
except armature.Violation as found:
    print(found.verdict)
    found.verdict.plot().figure.savefig("violation.png", bbox_inches="tight")
m.run(timeout=1)  # goes on behind it
print(m.verdicts.frame()[["rule", "severity", "core", "pc", "cycle", "proof"]].pipe(armature.in_hex).to_string())
