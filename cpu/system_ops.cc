// Barriers and the hints that wait or signal.
#include "cpu/system_ops.h"

#include "cpu/core.h"
#include "cpu/exception.h"
#include "cpu/exception_routing.h"
#include "cpu/syndrome.h"
#include "sim/base/bits.h"

namespace armature::cpu {
namespace {

// MBReqDomain, CRm<3:2>; in the order of HCR_EL2.BSU it would be NSH < ISH < OSH < SY.
enum class Domain : std::uint8_t {
  outer_shareable = 0,
  non_shareable = 1,
  inner_shareable = 2,
  full = 3
};
// MBReqTypes, CRm<1:0>. CHOICE: the reserved 0b00 behaves as all types, full system.
constexpr unsigned kTypeReserved = 0b00, kTypeAll = 0b11;

// HCR_EL2.BSU raises the shareability of barriers executed at EL1 and EL0.
mmu::DsbScope dsb_scope(const Core& core, unsigned crm) {
  const bool upgraded = core.state.ps.el != El::el2 && effective_hcr(core)[hcr_el2::BSU] != 0;
  const auto domain = static_cast<Domain>(bits(crm, 3, 2));
  const bool reserved = bits(crm, 1, 0) == kTypeReserved;
  return domain == Domain::non_shareable && !upgraded && !reserved ? mmu::DsbScope::non_shareable
                                                                   : mmu::DsbScope::inner_or_wider;
}

// B2.3 Data Synchronization Barrier: only a DSB whose required access types are reads and writes
// waits for TLB and cache maintenance; DSB xxLD and xxST do not complete a TLBI.
void data_synchronization_barrier(Core& core, unsigned crm) {
  const unsigned types = static_cast<unsigned>(bits(crm, 1, 0));
  if (types != kTypeAll && types != kTypeReserved) return;
  Machine& machine = core.machine;
  unsigned broadcasts = 0;
  machine.shootdown.complete(core.id, dsb_scope(core, crm), broadcasts);
  if (broadcasts == 0) return;
  const Costs& costs = machine.preset.costs;
  const std::uint64_t others = machine.cores.empty() ? 0 : machine.cores.size() - 1;
  core.charge(Cycles::whole(costs.dsb_broadcast + costs.dsb_per_core * others));
}

// AArch64.CheckForWFxTrap, first SCTLR_EL1 for EL0, then HCR_EL2 below EL2. Only an instruction
// that would really wait traps.
bool wait_is_trapped(Core& core, TrappedWait wait) {
  const El el = core.state.ps.el;
  if (el == El::el2) return false;
  const bool wfe = wait == TrappedWait::wfe;
  const Sctlr sctlr{core.state[SysReg::SCTLR_EL1]};
  if (el == El::el0 && !(wfe ? sctlr.has(sctlr_el1::nTWE) : sctlr.has(sctlr_el1::nTWI))) {
    trap_system(core, El::el1, ExceptionClass::wfx, wfx_iss(wait));
    return true;
  }
  const HcrEl2 hcr = effective_hcr(core);
  if (wfe ? hcr.has(hcr_el2::TWE) : hcr.has(hcr_el2::TWI)) {
    trap_system(core, El::el2, ExceptionClass::wfx, wfx_iss(wait));
    return true;
  }
  return false;
}

Outcome wait(Core& core, Sleep sleep, WaitType type) {
  core.machine.part_windows();
  core.state.sleep = sleep;
  core.machine.events.publish(EventKind::wait, 0, 0, 0, static_cast<std::uint32_t>(type));
  return Outcome::sync;
}

}  // namespace

Outcome execute_barrier(Core& core, const Insn& insn) {
  const auto crm = static_cast<unsigned>(bits(insn.imm, 3, 0));
  const auto type = static_cast<BarrierType>(bits(insn.imm, 7, 4));
  if (type == BarrierType::clrex) {
    core.clear_exclusive();
    return Outcome::next;
  }
  core.machine.events.publish(EventKind::barrier, 0, 0, 0,
                              static_cast<std::uint32_t>(insn.imm & 0xff));
  switch (type) {
    case BarrierType::dsb:
      data_synchronization_barrier(core, crm);
      break;
    case BarrierType::isb:
      return Outcome::sync;
    // The default memory model is sequentially consistent: DMB orders what is ordered already.
    case BarrierType::dmb:
    case BarrierType::clrex:
      break;
  }
  return Outcome::next;
}

Outcome execute_wfi(Core& core, const Insn&) {
  if (wfi_wakeup_pending(core)) return Outcome::next;
  if (wait_is_trapped(core, TrappedWait::wfi)) return Outcome::fault;
  return wait(core, Sleep::wfi, WaitType::wfi);
}

Outcome execute_wfe(Core& core, const Insn&) {
  if (core.state.event_register) {
    core.state.event_register = false;
    return Outcome::next;
  }
  if (wait_is_trapped(core, TrappedWait::wfe)) return Outcome::fault;
  return wait(core, Sleep::wfe, WaitType::wfe);
}

// A sleeping core looks at its event register when its time comes (Core::run).
Outcome execute_sev(Core& core, const Insn&) {
  core.machine.part_windows();
  for (Core* other : core.machine.cores) other->state.event_register = true;
  core.state.event_register = true;
  return Outcome::next;
}

Outcome execute_sevl(Core& core, const Insn&) {
  core.state.event_register = true;
  return Outcome::next;
}

// CHOICE: no multithreading: YIELD is a NOP.
Outcome execute_yield(Core&, const Insn&) { return Outcome::next; }

}  // namespace armature::cpu
