"""Boots two VMs under KCore and plots TLB fills by VMID.  usage: hello.py [build/release]"""
import sys

import armature

build = sys.argv[1] if len(sys.argv) > 1 else "build/release"
guest = f"{build}/hyp/hello.guest"

m = armature.Machine("cortex-a72", smp=2, vm=[{"guest": guest, "vcpus": 2}, {"guest": guest, "vcpus": 1}])
fills = m.record("tlb_fill")
m.run(timeout=10)
by_vmid = fills.frame().groupby(["vmid", "structure"]).size().unstack()
by_vmid.plot.bar(stacked=True, ylabel="TLB fills").figure.savefig("fills.png")

print(m.console())
print(by_vmid)
