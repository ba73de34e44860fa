#include "cpu/sysreg_values.h"

#include "cpu/core.h"
#include "cpu/exception_routing.h"
#include "cpu/pmu.h"
#include "cpu/sysreg_access.h"
#include "cpu/sysreg_traps.h"
#include "cpu/timer.h"
#include "sim/arch/registers/control.h"
#include "sim/arch/registers/debug.h"
#include "sim/arch/registers/exception.h"
#include "sim/arch/registers/identification.h"

namespace armature::cpu {
namespace {

bool is_pmu(SysReg reg) { return reg >= SysReg::PMCR_EL0 && reg <= SysReg::PMCCFILTR_EL0; }
bool is_gic(SysReg reg) { return reg >= SysReg::ICC_PMR_EL1 && reg <= SysReg::ICH_LR15_EL2; }
static_assert(static_cast<unsigned>(SysReg::ICH_LR15_EL2) + 1 ==
              static_cast<unsigned>(SysReg::L2ACTLR_EL1));

constexpr unsigned kDaifShift = 6;  // DAIF<9:6>

// ISR_EL1: what is pending for the current Exception level; at EL1 the virtual interrupt of each
// kind that HCR_EL2 routes to EL2.
std::uint64_t interrupt_status(const Core& core) {
  const bool el1 = core.state.ps.el == El::el1;
  const HcrEl2 hcr = effective_hcr(core);
  const auto pending = [&](bool routed, Interrupt physical, Interrupt virtual_interrupt) {
    return interrupt_pending(core, el1 && routed ? virtual_interrupt : physical) ? 1u : 0u;
  };
  return IsrEl1{}
      .with(isr_el1::A,
            pending(hcr.has(hcr_el2::AMO), Interrupt::serror, Interrupt::virtual_serror))
      .with(isr_el1::I, pending(hcr.has(hcr_el2::IMO), Interrupt::irq, Interrupt::virtual_irq))
      .with(isr_el1::F, pending(hcr.has(hcr_el2::FMO), Interrupt::fiq, Interrupt::virtual_fiq))
      .value;
}

std::uint64_t cache_size_id(const Core& core) {
  const IdRegisters& id = core.machine.preset.id;
  const Csselr selected{core.state[SysReg::CSSELR_EL1]};
  const bool instruction = selected.has(csselr::InD);
  switch (selected[csselr::Level]) {
    case 0:
      return instruction ? id.ccsidr_l1i : id.ccsidr_l1d;
    case 1:
      return instruction ? 0 : id.ccsidr_l2;
    default:
      return 0;  // UNKNOWN
  }
}

// DCZID_EL0.DZP: whether DC ZVA is prohibited from here.
std::uint64_t zero_block_id(const Core& core) {
  const El el = core.state.ps.el;
  const bool el0_off = el == El::el0 && !Sctlr{core.state[SysReg::SCTLR_EL1]}.has(sctlr_el1::DZE);
  const bool el2_off = el < El::el2 && effective_hcr(core).has(hcr_el2::TDZ);
  return Dczid{core.state[SysReg::DCZID_EL0]}.with(dczid::DZP, el0_off || el2_off ? 1 : 0).value;
}

// The registers whose value is not simply what is stored, except timers, PMU and GIC.
std::uint64_t peek_at(const Core& core, SysReg reg, El el) {
  const CoreState& s = core.state;
  switch (reg) {
    case SysReg::CurrentEL:
      return static_cast<std::uint64_t>(s.ps.el) << 2;
    case SysReg::SPSel:
      return s.ps.sp_sel;
    case SysReg::NZCV:
      return s.nzcv;
    case SysReg::DAIF:
      return static_cast<std::uint64_t>(s.ps.daif) << kDaifShift;
    case SysReg::FPCR:
      return s.fpcr;
    case SysReg::FPSR:
      return s.fpsr;
    case SysReg::SP_EL0:
    case SysReg::SP_EL1:
    case SysReg::SP_EL2:
      return sp_bank(s.ps.el, s.ps.sp_sel) == reg ? s.x[kSp] : s[reg];
    case SysReg::MIDR_EL1:
      return el == El::el1 && core.machine.has_el2 ? s[SysReg::VPIDR_EL2] : s[reg];
    case SysReg::MPIDR_EL1:
      return el == El::el1 && core.machine.has_el2 ? s[SysReg::VMPIDR_EL2] : s[reg];
    case SysReg::CCSIDR_EL1:
      return cache_size_id(core);
    case SysReg::DCZID_EL0:
      return zero_block_id(core);
    case SysReg::ISR_EL1:
      return interrupt_status(core);
    case SysReg::DBGCLAIMSET_EL1:
      return sysreg_info(reg).writable;  // the tags that exist
    // CHOICE: no external debugger: the channel is never full and reads as 0.
    case SysReg::DBGDTR_EL0:
    case SysReg::DBGDTRRX_EL0:
    case SysReg::OSLAR_EL1:
      return 0;
    default:
      return s[reg];
  }
}

// While the OS Lock is locked, software saves and restores the external view of debug through here.
constexpr MdscrEl1 kSavedByOs = MdscrEl1{}
                                    .with(mdscr_el1::RXfull, 1)
                                    .with(mdscr_el1::TXfull, 1)
                                    .with(mdscr_el1::RXO, 1)
                                    .with(mdscr_el1::TXU, 1)
                                    .with(mdscr_el1::INTdis, 3)
                                    .with(mdscr_el1::TDA, 1)
                                    .with(mdscr_el1::HDE, 1)
                                    .with(mdscr_el1::ERR, 1);

Outcome write_debug(Core& core, SysReg reg, std::uint64_t value) {
  CoreState& s = core.state;
  switch (reg) {
    case SysReg::MDSCR_EL1: {
      const bool locked = OslsrEl1{s[SysReg::OSLSR_EL1]}.has(oslsr_el1::OSLK);
      const std::uint64_t mask = sysreg_info(reg).writable | (locked ? kSavedByOs.value : 0);
      s[reg] = (s[reg] & ~mask) | (value & mask);
      break;
    }
    case SysReg::OSLAR_EL1:
      s[SysReg::OSLSR_EL1] = OslsrEl1{s[SysReg::OSLSR_EL1]}
                                 .with(oslsr_el1::OSLK, OslarEl1{value}[oslar_el1::OSLK])
                                 .value;
      break;
    case SysReg::DBGCLAIMSET_EL1:
      s[SysReg::DBGCLAIMCLR_EL1] |= value & sysreg_info(reg).writable;
      return Outcome::next;
    case SysReg::DBGCLAIMCLR_EL1:
      s[reg] &= ~value;
      return Outcome::next;
    case SysReg::DBGDTR_EL0:
    case SysReg::DBGDTRRX_EL0:
      return Outcome::next;  // DBGDTRTX_EL0: nobody reads it
    default:
      store_writable(core, reg, value);
      break;
  }
  core.context_changed();
  return Outcome::sync;
}

Outcome write_gic(Core& core, SysReg reg, std::uint64_t value) {
  core.machine.part_windows();
  core.machine.gic.write(core.id, reg, value, is_virtual_gic_access(core, reg));
  core.interrupts_changed = true;
  return Outcome::sync;
}

Outcome changed_context(Core& core) {
  core.context_changed();
  return Outcome::sync;
}

bool is_debug(SysReg reg) { return reg >= SysReg::OSDTRRX_EL1 && reg <= SysReg::DBGVCR32_EL2; }

}  // namespace

void store_writable(Core& core, SysReg reg, std::uint64_t value) {
  const std::uint64_t mask = sysreg_info(reg).writable;
  core.state[reg] = (core.state[reg] & ~mask) | (value & mask);
}

void write_interrupt_masks(Core& core, unsigned daif) {
  constexpr unsigned kMaskD = 0b1000;
  PState& ps = core.state.ps;
  // PSTATE.D enables breakpoints and software step.
  if (((ps.daif ^ daif) & kMaskD) != 0) core.context_changed();
  ps.daif = static_cast<std::uint8_t>(daif & 0xf);
  core.interrupts_changed = true;
}

std::uint64_t read_sysreg(Core& core, SysReg reg) {
  if (is_timer_register(reg)) {
    return peek_timer(core, reg, core.machine.counter.read(core.now()));
  }
  if (is_pmu(reg)) return pmu_read(core, reg);
  if (is_gic(reg)) {
    core.machine.part_windows();
    const std::uint64_t value =
        core.machine.gic.read(core.id, reg, is_virtual_gic_access(core, reg));
    if (reg == SysReg::ICC_IAR0_EL1 || reg == SysReg::ICC_IAR1_EL1) core.interrupts_changed = true;
    return value;
  }
  return peek_at(core, reg, core.state.ps.el);
}

Outcome write_sysreg(Core& core, SysReg reg, std::uint64_t value) {
  CoreState& s = core.state;
  if (is_gic(reg)) return write_gic(core, reg, value);
  if (is_debug(reg)) return write_debug(core, reg, value);
  if (is_pmu(reg) || is_timer_register(reg)) {
    if (is_pmu(reg)) {
      pmu_write(core, reg, value);
    } else {
      write_timer(core, reg, value);
    }
    update_timers(core, core.now());
    core.interrupts_changed = true;  // deadlines moved
    return Outcome::sync;
  }
  switch (reg) {
    case SysReg::TTBR0_EL1:
    case SysReg::TTBR1_EL1:
    case SysReg::TTBR0_EL2:
    case SysReg::VTTBR_EL2: {
      const std::uint64_t old = s[reg];
      store_writable(core, reg, value);
      if (s[reg] != old) table_root_written(core, reg);
      return changed_context(core);
    }
    case SysReg::MDCR_EL2:
      pmu_synchronise(core);
      store_writable(core, reg, value);
      update_timers(core, core.now());
      return changed_context(core);
    case SysReg::HCR_EL2:
      core.interrupts_changed = true;
      [[fallthrough]];
    case SysReg::SCTLR_EL1:
    case SysReg::SCTLR_EL2:
    case SysReg::CPACR_EL1:
    case SysReg::CPTR_EL2:
    case SysReg::TCR_EL1:
    case SysReg::TCR_EL2:
    case SysReg::VTCR_EL2:
    case SysReg::MAIR_EL1:
    case SysReg::MAIR_EL2:
    case SysReg::CONTEXTIDR_EL1:
      store_writable(core, reg, value);
      return changed_context(core);
    case SysReg::NZCV:
      s.nzcv = static_cast<std::uint32_t>(value & sysreg_info(reg).writable);
      return Outcome::next;
    case SysReg::FPCR:
      s.fpcr = static_cast<std::uint32_t>(value & sysreg_info(reg).writable);
      return Outcome::next;
    case SysReg::FPSR:
      s.fpsr = static_cast<std::uint32_t>(value & sysreg_info(reg).writable);
      return Outcome::next;
    case SysReg::DAIF:
      write_interrupt_masks(core, static_cast<unsigned>(value >> kDaifShift));
      return Outcome::sync;
    case SysReg::SPSel:
      select_stack(s, s.ps.el, value & 1);
      return Outcome::next;
    case SysReg::SP_EL0:
    case SysReg::SP_EL1:
    case SysReg::SP_EL2:
      (sp_bank(s.ps.el, s.ps.sp_sel) == reg ? s.x[kSp] : s[reg]) = value;
      return Outcome::next;
    default:
      store_writable(core, reg, value);
      return Outcome::next;
  }
}

std::uint64_t peek_sysreg(const Core& core, SysReg reg) {
  if (is_timer_register(reg)) {
    const SystemCounter& counter = core.machine.counter;
    return peek_timer(core, reg, SystemCounter{counter}.read(core.now()));
  }
  if (is_pmu(reg)) return pmu_peek(core, reg);
  if (is_gic(reg)) {
    if (sysreg_info(reg).access == SysRegAccess::WO) return 0;
    // Acknowledging is an effect: show what would be acknowledged if priorities allowed it.
    if (reg == SysReg::ICC_IAR0_EL1) reg = SysReg::ICC_HPPIR0_EL1;
    if (reg == SysReg::ICC_IAR1_EL1) reg = SysReg::ICC_HPPIR1_EL1;
    return core.machine.gic.read(core.id, reg, false);
  }
  return peek_at(core, reg, El::el2);
}

void poke_sysreg(Core& core, SysReg reg, std::uint64_t value) {
  if (sysreg_info(reg).access == SysRegAccess::RO) return;
  write_sysreg(core, reg, value);
}

}  // namespace armature::cpu
