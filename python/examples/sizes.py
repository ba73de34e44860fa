"""Sweeps CPU presets and cores; a process a CPU of the host.  usage: sizes.py [build/release]"""
import sys

import armature

build = sys.argv[1] if len(sys.argv) > 1 else "build/release"


def cost(cpu, smp):
    m = armature.Machine(cpu, smp=smp, kernel=f"{build}/firmware/no_increment_is_lost_between_cores.elf", memory="64M")
    m.run(timeout=10)
    return {"cycles": m.cycle, "instructions": m.instructions, "snoops": m.stats.l2.snoops}


if __name__ == "__main__":
    print(armature.sweep(cost, {"cpu": ["cortex-a53", "cortex-a72"], "smp": [1, 2, 4]}))
