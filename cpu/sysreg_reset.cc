// Values after a reset, by the rules of the table.
#include <algorithm>

#include "cpu/core.h"
#include "cpu/sysreg_access.h"
#include "sim/arch/registers/debug.h"
#include "sim/arch/registers/identification.h"
#include "sim/arch/registers/pmu.h"

namespace armature::cpu {
namespace {

// CHOICE: affinity level 0 is the core's number, as QEMU has it for up to 16 cores on GICv3.
std::uint64_t affinity(CoreId id) {
  return Mpidr{}.with(mpidr::RES1, 1).with(mpidr::Aff0, id.value).value;
}

std::uint64_t preset_value(const Core& core, SysReg reg) {
  const IdRegisters& id = core.machine.preset.id;
  switch (reg) {
    case SysReg::MIDR_EL1:
    case SysReg::VPIDR_EL2:
      return id.midr;
    case SysReg::MPIDR_EL1:
    case SysReg::VMPIDR_EL2:
      return affinity(core.id);
    case SysReg::REVIDR_EL1:
      return id.revidr;
    case SysReg::CTR_EL0:
      return id.ctr;
    case SysReg::CLIDR_EL1:
      return id.clidr;
    case SysReg::DCZID_EL0:
      return id.dczid;
    case SysReg::ID_AA64PFR0_EL1:
      return core.machine.has_el2 ? id.pfr0 : IdAa64pfr0{id.pfr0}.with(id_aa64pfr0::EL2, 0).value;
    case SysReg::ID_AA64PFR1_EL1:
      return id.pfr1;
    case SysReg::ID_AA64DFR0_EL1:
      return id.dfr0;
    case SysReg::ID_AA64DFR1_EL1:
      return id.dfr1;
    case SysReg::ID_AA64ISAR0_EL1:
      return id.isar0;
    case SysReg::ID_AA64ISAR1_EL1:
      return id.isar1;
    case SysReg::ID_AA64ISAR2_EL1:
      return id.isar2;
    case SysReg::ID_AA64MMFR0_EL1:
      return id.mmfr0;
    case SysReg::ID_AA64MMFR1_EL1:
      return id.mmfr1;
    case SysReg::ID_AA64MMFR2_EL1:
      return id.mmfr2;
    case SysReg::ID_AA64AFR0_EL1:
      return id.afr0;
    case SysReg::ID_AA64AFR1_EL1:
      return id.afr1;
    case SysReg::L2CTLR_EL1:  // of the cluster: it has two bits for the number of its other cores
      return std::min<std::uint64_t>(core.machine.cores.size() - 1, 3) << 24;
    case SysReg::PMCEID0_EL0:
      return id.pmceid0;
    case SysReg::PMCEID1_EL0:
      return id.pmceid1;
    case SysReg::PMCR_EL0:
      return id.pmcr_reset;
    case SysReg::MDCR_EL2:
      return MdcrEl2{}.with(mdcr_el2::HPMN, Pmcr{id.pmcr_reset}[pmcr::N]).value;
    // CHOICE: firmware would set it; there is none below.
    case SysReg::CNTFRQ_EL0:
      return kCounterHertz;
    default:
      return 0;
  }
}

}  // namespace

void reset_sysregs(Core& core) {
  for (const SysRegInfo& info : sysreg_table()) {
    std::uint64_t& value = core.state[info.reg];
    // Without EL2 its registers do not exist: 0 keeps their controls from taking effect.
    const bool exists = core.machine.has_el2 || info.read_el < 2;
    switch (info.rule) {
      case ResetRule::fixed:
        value = exists ? info.reset : 0;
        break;
      case ResetRule::preset:
        value = exists ? preset_value(core, info.reg) : 0;
        break;
      case ResetRule::unknown:
      case ResetRule::computed:
        value = 0;
        break;
    }
  }
  core.state.nzcv = 0;
  core.state.fpcr = 0;
  core.state.fpsr = 0;
}

}  // namespace armature::cpu
