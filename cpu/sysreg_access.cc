#include "cpu/sysreg_access.h"

#include "cpu/core.h"
#include "cpu/exception.h"
#include "cpu/sysreg_traps.h"
#include "cpu/sysreg_values.h"

namespace armature::cpu {
namespace {

using Kind = AccessDecision::Kind;

// Takes the exception that a refused access generates.
Outcome refuse(Core& core, const Insn& insn, AccessDecision decision) {
  switch (decision.kind) {
    case Kind::trapped:
      return trap_system(core, decision.target, ExceptionClass::msr_mrs,
                         system_access_iss(insn.word));
    case Kind::fp_trapped:
      return trap_fp_access(core);
    default:
      return undefined(core);
  }
}

void publish_write(Core& core, SysReg reg, std::uint64_t value, std::uint64_t old) {
  core.machine.events.publish(EventKind::sysreg_write, value, old, 0,
                              static_cast<std::uint32_t>(reg));
}

// The old value of the event: what was stored or selected, without effects; 0 where nothing is.
std::uint64_t old_value(const Core& core, SysReg reg) {
  const SysRegInfo& info = sysreg_info(reg);
  if (info.rule != ResetRule::computed) return core.state[reg];
  switch (reg) {
    case SysReg::NZCV:
    case SysReg::DAIF:
    case SysReg::SPSel:
    case SysReg::FPCR:
    case SysReg::FPSR:
      return peek_sysreg(core, reg);
    default:
      return 0;
  }
}

Outcome execute_unallocated(Core& core, const Insn& insn, Direction direction) {
  const auto encoding = static_cast<std::uint16_t>(insn.imm);
  const AccessDecision decision = decide_unallocated(core, encoding, direction);
  if (decision.kind == Kind::allowed) {
    core.state.x[insn.rd] = 0;  // reserved identification register
    return Outcome::next;
  }
  if (decision.kind == Kind::undefined && core.machine.unimplemented != nullptr) {
    core.machine.unimplemented->note({encoding, direction == Direction::write, core.pc()});
  }
  return refuse(core, insn, decision);
}

// ---- handlers for single registers

template <SysReg reg, El lowest>
Outcome mrs_stored(Core& core, const Insn& insn) {
  if (core.state.ps.el < lowest) [[unlikely]]
    return undefined(core);
  core.state.x[insn.rd] = core.state[reg];
  return Outcome::next;
}

template <SysReg reg, El lowest>
Outcome msr_stored(Core& core, const Insn& insn) {
  if (core.state.ps.el < lowest) [[unlikely]]
    return undefined(core);
  const std::uint64_t old = core.state[reg];
  core.state[reg] = core.state.x[insn.rd];
  publish_write(core, reg, core.state[reg], old);
  return Outcome::next;
}

// SP_EL0 is the kernel's pointer to the current task.
Outcome mrs_sp_el0(Core& core, const Insn& insn) {
  const PState& ps = core.state.ps;
  if (ps.el == El::el0 || ps.sp_sel == 0) [[unlikely]]
    return undefined(core);
  core.state.x[insn.rd] = core.state[SysReg::SP_EL0];
  return Outcome::next;
}

Outcome mrs_daif(Core& core, const Insn& insn) {
  if (core.state.ps.el == El::el0) [[unlikely]]
    return execute_mrs(core, insn);
  core.state.x[insn.rd] = static_cast<std::uint64_t>(core.state.ps.daif) << 6;
  return Outcome::next;
}

Outcome mrs_nzcv(Core& core, const Insn& insn) {
  core.state.x[insn.rd] = core.state.nzcv;
  return Outcome::next;
}

Outcome mrs_current_el(Core& core, const Insn& insn) {
  const El el = core.state.ps.el;
  if (el == El::el0) [[unlikely]]
    return undefined(core);
  core.state.x[insn.rd] = static_cast<std::uint64_t>(el) << 2;
  return Outcome::next;
}

template <bool status>
Outcome mrs_fp(Core& core, const Insn& insn) {
  if (fp_simd_access_trapped(core)) [[unlikely]]
    return trap_fp_access(core);
  core.state.x[insn.rd] = status ? core.state.fpsr : core.state.fpcr;
  return Outcome::next;
}

}  // namespace

Outcome execute_mrs(Core& core, const Insn& insn) {
  const auto reg = find_sysreg(static_cast<std::uint16_t>(insn.imm));
  if (!reg) return execute_unallocated(core, insn, Direction::read);
  const AccessDecision decision = decide_access(core, *reg, Direction::read);
  if (decision.kind != Kind::allowed) [[unlikely]]
    return refuse(core, insn, decision);
  core.state.x[insn.rd] = read_sysreg(core, *reg);
  return Outcome::next;
}

Outcome execute_msr(Core& core, const Insn& insn) {
  const auto reg = find_sysreg(static_cast<std::uint16_t>(insn.imm));
  if (!reg) return execute_unallocated(core, insn, Direction::write);
  const AccessDecision decision = decide_access(core, *reg, Direction::write);
  if (decision.kind != Kind::allowed) [[unlikely]]
    return refuse(core, insn, decision);
  const std::uint64_t old = old_value(core, *reg);
  const std::uint64_t value = core.state.x[insn.rd];
  const Outcome outcome = write_sysreg(core, *reg, value);
  const bool stored = sysreg_info(*reg).rule != ResetRule::computed;
  publish_write(core, *reg, stored ? core.state[*reg] : value, old);
  return outcome;
}

Outcome execute_msr_immediate(Core& core, const Insn& insn) {
  constexpr unsigned kSpSel = 0b000'101, kDaifSet = 0b011'110, kDaifClr = 0b011'111;  // op1:op2
  const auto op1 = static_cast<unsigned>(bits(insn.imm, 9, 7));
  const auto crm = static_cast<unsigned>(bits(insn.imm, 6, 3));
  const auto op2 = static_cast<unsigned>(bits(insn.imm, 2, 0));
  const unsigned field = op1 << 3 | op2;
  CoreState& s = core.state;
  switch (field) {
    case kSpSel: {
      if (s.ps.el == El::el0) return undefined(core);
      const std::uint64_t old = s.ps.sp_sel;
      select_stack(s, s.ps.el, crm & 1);
      publish_write(core, SysReg::SPSel, s.ps.sp_sel, old);
      return Outcome::next;
    }
    case kDaifSet:
    case kDaifClr: {
      const AccessDecision decision = decide_interrupt_mask(core);
      if (decision.kind != Kind::allowed) return refuse(core, insn, decision);
      const std::uint64_t old = peek_sysreg(core, SysReg::DAIF);
      write_interrupt_masks(core, field == kDaifSet ? s.ps.daif | crm : s.ps.daif & ~crm);
      publish_write(core, SysReg::DAIF, peek_sysreg(core, SysReg::DAIF), old);
      return Outcome::sync;
    }
    default:
      return undefined(core);  // PAN, UAO, DIT, SSBS, TCO: not in Armv8.0
  }
}

Handler mrs_handler(std::uint16_t encoding) {
  const auto reg = find_sysreg(encoding);
  if (!reg) return execute_mrs;
  switch (*reg) {
    case SysReg::SP_EL0:
      return mrs_sp_el0;
    case SysReg::TPIDR_EL0:
      return mrs_stored<SysReg::TPIDR_EL0, El::el0>;
    case SysReg::TPIDRRO_EL0:
      return mrs_stored<SysReg::TPIDRRO_EL0, El::el0>;
    case SysReg::TPIDR_EL1:
      return mrs_stored<SysReg::TPIDR_EL1, El::el1>;
    case SysReg::TPIDR_EL2:
      return mrs_stored<SysReg::TPIDR_EL2, El::el2>;
    case SysReg::ELR_EL1:
      return mrs_stored<SysReg::ELR_EL1, El::el1>;
    case SysReg::SPSR_EL1:
      return mrs_stored<SysReg::SPSR_EL1, El::el1>;
    case SysReg::DAIF:
      return mrs_daif;
    case SysReg::NZCV:
      return mrs_nzcv;
    case SysReg::CurrentEL:
      return mrs_current_el;
    case SysReg::FPCR:
      return mrs_fp<false>;
    case SysReg::FPSR:
      return mrs_fp<true>;
    default:
      return execute_mrs;
  }
}

Handler msr_handler(std::uint16_t encoding) {
  const auto reg = find_sysreg(encoding);
  if (!reg) return execute_msr;
  switch (*reg) {
    case SysReg::TPIDR_EL0:
      return msr_stored<SysReg::TPIDR_EL0, El::el0>;
    case SysReg::TPIDRRO_EL0:
      return msr_stored<SysReg::TPIDRRO_EL0, El::el1>;
    case SysReg::TPIDR_EL1:
      return msr_stored<SysReg::TPIDR_EL1, El::el1>;
    case SysReg::TPIDR_EL2:
      return msr_stored<SysReg::TPIDR_EL2, El::el2>;
    case SysReg::ELR_EL1:
      return msr_stored<SysReg::ELR_EL1, El::el1>;
    default:
      return execute_msr;
  }
}

}  // namespace armature::cpu
