#include "cpu/sysreg_traps.h"

#include "cpu/core.h"
#include "sim/arch/registers/control.h"
#include "sim/arch/registers/debug.h"
#include "sim/arch/registers/exception.h"
#include "sim/arch/registers/pmu.h"
#include "sim/arch/registers/timer.h"

namespace armature::cpu {
namespace {

using Kind = AccessDecision::Kind;

constexpr AccessDecision kAllowed{Kind::allowed, El::el1};
constexpr AccessDecision kUndefined{Kind::undefined, El::el1};
constexpr AccessDecision kFpTrapped{Kind::fp_trapped, El::el1};
constexpr AccessDecision kTrapEl2{Kind::trapped, El::el2};

// The registers a decision depends on, as they take effect here and now.
struct Controls {
  const CoreState& s;
  bool has_el2;
  El el;
  bool below_el2;  // EL0 or EL1 with EL2 implemented
  HcrEl2 hcr;
  MdcrEl2 mdcr;

  explicit Controls(const Core& core)
      : s(core.state),
        has_el2(core.machine.has_el2),
        el(core.state.ps.el),
        below_el2(has_el2 && el < El::el2),
        hcr{has_el2 ? core.state[SysReg::HCR_EL2] : 0},
        mdcr{has_el2 ? core.state[SysReg::MDCR_EL2] : 0} {}

  bool at(El level) const { return el == level; }

  // A trap of EL0 to EL1, which HCR_EL2.TGE routes to EL2.
  AccessDecision trap_el0() const {
    return {Kind::trapped, hcr.has(hcr_el2::TGE) ? El::el2 : El::el1};
  }
  AccessDecision trap_el1_if(bool control) const {
    return control && below_el2 && at(El::el1) ? kTrapEl2 : kAllowed;
  }
  AccessDecision trap_below_el2_if(bool control) const {
    return control && below_el2 ? kTrapEl2 : kAllowed;
  }
  // D2 Routing debug exceptions: TDE and TGE imply the traps of the debug registers.
  bool debug_trap(bool control) const {
    return control || mdcr.has(mdcr_el2::TDE) || hcr.has(hcr_el2::TGE);
  }
};

AccessDecision decide_cache_type(const Controls& c) {
  if (c.at(El::el0) && !Sctlr{c.s[SysReg::SCTLR_EL1]}.has(sctlr_el1::UCT)) return c.trap_el0();
  return c.trap_below_el2_if(c.hcr.has(hcr_el2::TID2));
}

AccessDecision decide_counter(const Controls& c, TrapGroup group, Direction direction) {
  const CntkctlEl1 kctl{c.s[SysReg::CNTKCTL_EL1]};
  const CnthctlEl2 hctl{c.s[SysReg::CNTHCTL_EL2]};
  const bool el0 = c.at(El::el0);
  switch (group) {
    case TrapGroup::counter_physical:
      if (el0 && !kctl.has(cntkctl_el1::EL0PCTEN)) return c.trap_el0();
      return c.trap_below_el2_if(!hctl.has(cnthctl_el2::EL1PCTEN));
    case TrapGroup::counter_virtual:
      return el0 && !kctl.has(cntkctl_el1::EL0VCTEN) ? c.trap_el0() : kAllowed;
    case TrapGroup::counter_frequency:
      if (direction == Direction::write) {
        const El highest = c.has_el2 ? El::el2 : El::el1;
        return c.at(highest) ? kAllowed : kUndefined;
      }
      return el0 && !kctl.has(cntkctl_el1::EL0PCTEN) && !kctl.has(cntkctl_el1::EL0VCTEN)
                 ? c.trap_el0()
                 : kAllowed;
    case TrapGroup::timer_physical:
      if (el0 && !kctl.has(cntkctl_el1::EL0PTEN)) return c.trap_el0();
      return c.trap_below_el2_if(!hctl.has(cnthctl_el2::EL1PCEN));
    default:  // timer_virtual
      return el0 && !kctl.has(cntkctl_el1::EL0VTEN) ? c.trap_el0() : kAllowed;
  }
}

AccessDecision decide_pmu(const Controls& c, TrapGroup group, Direction direction) {
  if (c.at(El::el0) && group != TrapGroup::pmu_user) {
    const Pmuserenr user{c.s[SysReg::PMUSERENR_EL0]};
    const bool read = direction == Direction::read;
    const bool enabled = user.has(pmuserenr::EN) ||
                         (group == TrapGroup::pmu_cycle && read && user.has(pmuserenr::CR)) ||
                         (group == TrapGroup::pmu_event && read && user.has(pmuserenr::ER)) ||
                         (group == TrapGroup::pmu_select && user.has(pmuserenr::ER)) ||
                         (group == TrapGroup::pmu_software && user.has(pmuserenr::SW));
    if (!enabled) return c.trap_el0();
  }
  const bool control = group == TrapGroup::pmu_control && c.mdcr.has(mdcr_el2::TPMCR);
  return c.trap_below_el2_if(control || c.mdcr.has(mdcr_el2::TPM));
}

AccessDecision decide_debug(const Controls& c, TrapGroup group) {
  switch (group) {
    case TrapGroup::debug_os:
      return c.trap_below_el2_if(c.debug_trap(c.mdcr.has(mdcr_el2::TDOSA)));
    case TrapGroup::debug_rom:
      return c.trap_below_el2_if(c.debug_trap(c.mdcr.has(mdcr_el2::TDRA)));
    case TrapGroup::debug_channel:
      if (c.at(El::el0) && MdscrEl1{c.s[SysReg::MDSCR_EL1]}.has(mdscr_el1::TDCC)) {
        return c.trap_el0();
      }
      [[fallthrough]];
    default:
      return c.trap_below_el2_if(c.debug_trap(c.mdcr.has(mdcr_el2::TDA)));
  }
}

// ICC_SRE_ELx.SRE and ICC_SRE_EL2.Enable are RAO/WI: there is no GICv2 interface to fall back to.
AccessDecision decide_gic(const Controls& c, const Core& core, SysReg reg, TrapGroup group) {
  if (!c.below_el2) return kAllowed;
  if (core.machine.gic.hypervisor_traps(core.id, reg)) return kTrapEl2;
  const bool sgi_trapped =
      group == TrapGroup::gic_sgi && (c.hcr.has(hcr_el2::FMO) || c.hcr.has(hcr_el2::IMO));
  return sgi_trapped ? kTrapEl2 : kAllowed;
}

AccessDecision decide_group(const Controls& c, const Core& core, const SysRegInfo& info,
                            Direction direction) {
  switch (info.trap) {
    case TrapGroup::none:
      return kAllowed;
    case TrapGroup::id1:
      return c.trap_el1_if(c.hcr.has(hcr_el2::TID1));
    case TrapGroup::id2:
      return c.trap_el1_if(c.hcr.has(hcr_el2::TID2));
    case TrapGroup::id3:
      return c.trap_el1_if(c.hcr.has(hcr_el2::TID3));
    case TrapGroup::cache_type:
      return decide_cache_type(c);
    case TrapGroup::virtual_memory:
      return c.trap_el1_if(direction == Direction::read ? c.hcr.has(hcr_el2::TRVM)
                                                        : c.hcr.has(hcr_el2::TVM));
    case TrapGroup::implementation_defined:
      return c.trap_el1_if(c.hcr.has(hcr_el2::TIDCP));
    case TrapGroup::auxiliary_control:
      return c.trap_el1_if(c.hcr.has(hcr_el2::TACR));
    case TrapGroup::architectural_feature:
      return c.trap_el1_if(CptrEl2{c.s[SysReg::CPTR_EL2]}.has(cptr_el2::TCPAC));
    case TrapGroup::floating_point:
      return fp_simd_access_trapped(core) ? kFpTrapped : kAllowed;
    case TrapGroup::interrupt_mask:
      return decide_interrupt_mask(core);
    case TrapGroup::stack_pointer:
      return c.s.ps.sp_sel == 0 ? kUndefined : kAllowed;
    case TrapGroup::reset_vector:
      return c.has_el2 ? kUndefined : kAllowed;
    case TrapGroup::counter_physical:
    case TrapGroup::counter_virtual:
    case TrapGroup::counter_frequency:
    case TrapGroup::timer_physical:
    case TrapGroup::timer_virtual:
      return decide_counter(c, info.trap, direction);
    case TrapGroup::pmu:
    case TrapGroup::pmu_control:
    case TrapGroup::pmu_cycle:
    case TrapGroup::pmu_event:
    case TrapGroup::pmu_select:
    case TrapGroup::pmu_software:
    case TrapGroup::pmu_user:
      return decide_pmu(c, info.trap, direction);
    case TrapGroup::debug:
    case TrapGroup::debug_os:
    case TrapGroup::debug_rom:
    case TrapGroup::debug_channel:
      return decide_debug(c, info.trap);
    case TrapGroup::gic_group0:
    case TrapGroup::gic_group1:
    case TrapGroup::gic_common:
    case TrapGroup::gic_sgi:
      return decide_gic(c, core, info.reg, info.trap);
    case TrapGroup::gic_list: {
      const auto n = static_cast<unsigned>(info.reg) - static_cast<unsigned>(SysReg::ICH_LR0_EL2);
      return n < core.machine.preset.gic_list_registers ? kAllowed : kUndefined;
    }
    case TrapGroup::absent:
      return kUndefined;
  }
  return kUndefined;
}

}  // namespace

AccessDecision decide_access(const Core& core, SysReg reg, Direction direction) {
  const SysRegInfo& info = sysreg_info(reg);
  const unsigned lowest = direction == Direction::read ? info.read_el : info.write_el;
  if (static_cast<unsigned>(core.state.ps.el) < lowest) return kUndefined;
  if (info.trap == TrapGroup::none) return kAllowed;
  return decide_group(Controls{core}, core, info, direction);
}

AccessDecision decide_unallocated(const Core& core, std::uint16_t encoding, Direction direction) {
  const Controls c{core};
  if (c.at(El::el0)) return kUndefined;
  const std::uint64_t op0 = bits(encoding, 15, 14), op1 = bits(encoding, 13, 11);
  const std::uint64_t crn = bits(encoding, 10, 7), crm = bits(encoding, 6, 3);
  // Reserved encodings among the identification registers are RAZ. CHOICE: HCR_EL2.TID3 traps them.
  if (op0 == 3 && op1 == 0 && crn == 0 && crm >= 1 && crm <= 7) {
    if (direction == Direction::write) return kUndefined;
    return c.trap_el1_if(c.hcr.has(hcr_el2::TID3));
  }
  // S3_<op1>_C11_<Cm>_<op2> and S3_<op1>_C15_<Cm>_<op2>: IMPLEMENTATION DEFINED, none of these.
  // CHOICE: HCR_EL2.TIDCP traps them from EL1 only; from EL0 they are UNDEFINED.
  if (op0 == 3 && (crn == 11 || crn == 15) &&
      c.trap_el1_if(c.hcr.has(hcr_el2::TIDCP)) == kTrapEl2) {
    return kTrapEl2;
  }
  return kUndefined;
}

AccessDecision decide_interrupt_mask(const Core& core) {
  const Controls c{core};
  return c.at(El::el0) && !Sctlr{c.s[SysReg::SCTLR_EL1]}.has(sctlr_el1::UMA) ? c.trap_el0()
                                                                             : kAllowed;
}

bool fp_simd_access_trapped(const Core& core) {
  const CoreState& s = core.state;
  if (s.ps.el < El::el2) {
    const std::uint64_t fpen = CpacrEl1{s[SysReg::CPACR_EL1]}[cpacr_el1::FPEN];
    if ((fpen & 1) == 0 || (fpen == 1 && s.ps.el == El::el0)) return true;
  }
  return core.machine.has_el2 && CptrEl2{s[SysReg::CPTR_EL2]}.has(cptr_el2::TFP);
}

std::uint32_t system_access_iss(std::uint32_t word) {
  const IssSystem iss = IssSystem{}
                            .with(iss_system::Op0, bits(word, 20, 19))
                            .with(iss_system::Op1, bits(word, 18, 16))
                            .with(iss_system::CRn, bits(word, 15, 12))
                            .with(iss_system::CRm, bits(word, 11, 8))
                            .with(iss_system::Op2, bits(word, 7, 5))
                            .with(iss_system::Rt, bits(word, 4, 0))
                            .with(iss_system::Direction, bits(word, 21, 21));
  return static_cast<std::uint32_t>(iss.value);
}

bool is_virtual_gic_access(const Core& core, SysReg reg) {
  if (!core.machine.has_el2 || core.state.ps.el != El::el1) return false;
  const HcrEl2 hcr{core.state[SysReg::HCR_EL2]};
  switch (sysreg_info(reg).trap) {
    case TrapGroup::gic_group0:
      return hcr.has(hcr_el2::FMO);
    case TrapGroup::gic_group1:
      return hcr.has(hcr_el2::IMO);
    case TrapGroup::gic_common:
      return hcr.has(hcr_el2::FMO) || hcr.has(hcr_el2::IMO);
    default:
      return false;
  }
}

}  // namespace armature::cpu
