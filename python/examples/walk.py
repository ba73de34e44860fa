"""Explains a translation and the TLB entry made from it.  usage: walk.py [build/release]"""
import sys

import armature
from armature import until

build = sys.argv[1] if len(sys.argv) > 1 else "build/release"
m = armature.Machine(kernel=f"{build}/firmware/a_walk_that_faults_at_stage_2_reports_the_stage_2_level.elf", memory="64M",
                     el=2)
stop = m.run(until.event("exception_entry", to_el=2, el=1))
print(stop.event)
print(m.walk(stop.event["far"], el=1))
print(m.tlb()[["structure", "kind", "vmid", "va", "pa", "size", "filled_by_pc", "filled_at_cycle"]].to_string())
