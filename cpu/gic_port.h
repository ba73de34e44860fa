// The GIC as a core sees it: the CPU interface system registers (ICC_*, ICH_*), the lines into the
// core and the private peripheral interrupts the core's own timers and counters raise.
// platform/gic implements it; unit tests of the cpu use a few lines.
#pragma once

#include <cstdint>

#include "sim/arch/sysreg.h"
#include "sim/base/types.h"

namespace armature::cpu {

class GicPort {
 public:
  // Level of the interrupt requests into one core. virq and vfiq come from the List registers only:
  // the cpu ORs HCR_EL2.VI and HCR_EL2.VF.
  struct Lines {
    bool irq = false;
    bool fiq = false;
    bool virq = false;
    bool vfiq = false;
    bool operator==(const Lines&) const = default;
  };

  virtual ~GicPort() = default;

  // One read or write of an ICC_* or ICH_* register after every trap and access check of the cpu.
  // `virtual_access` says that the ICC encoding names the ICV register: EL1 with HCR_EL2.FMO for
  // Group 0 registers, HCR_EL2.IMO for Group 1 registers, either of them for the common ones
  // (ICC_PMR, CTLR, RPR, DIR; SGI generation is trapped by the cpu instead).
  virtual std::uint64_t read(CoreId core, SysReg reg, bool virtual_access) = 0;
  virtual void write(CoreId core, SysReg reg, std::uint64_t value, bool virtual_access) = 0;

  // True when ICH_HCR_EL2 (TC, TALL0, TALL1, TDIR) traps an EL1 access to this ICC register to EL2.
  // The traps of HCR_EL2.{IMO,FMO} (SGI registers) and ICC_SRE are the cpu's own check.
  virtual bool hypervisor_traps(CoreId core, SysReg reg) const = 0;

  virtual Lines lines(CoreId core) = 0;

  // The level of a private peripheral interrupt, intid 16..31.
  virtual void set_ppi(CoreId core, unsigned intid, bool level) = 0;

  // Incremented whenever any core's lines may have changed, so that polling costs one comparison.
  virtual std::uint64_t changes() const = 0;
};

}  // namespace armature::cpu
