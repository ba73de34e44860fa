// SVC, HVC, SMC, HLT and ERET.
#include "cpu/core.h"
#include "cpu/debug.h"
#include "cpu/debug_state.h"
#include "cpu/exception.h"
#include "cpu/exception_routing.h"
#include "cpu/pmu.h"
#include "sim/arch/registers/exception.h"
#include "sim/arch/registers/translation.h"
#include "sim/base/bits.h"

namespace armature::cpu {
namespace {

enum class CallType : std::uint8_t { svc = 1, hvc = 2, smc = 3, hlt = 4 };  // `type` of the hypercall event

void publish_call(Core& core, CallType type, std::uint16_t imm) {
  const auto& x = core.state.x;
  core.machine.events.publish(EventKind::hypercall, x[0], x[1], x[2],
                              imm | static_cast<std::uint32_t>(type) << 16);
}

// The call completes (SSAdvance) and returns to the next instruction.
Outcome call(Core& core, El target, ExceptionClass exception_class, std::uint16_t imm) {
  software_step_advance(core);
  ExceptionRecord record;
  record.exception_class = exception_class;
  record.iss = imm;
  record.preferred_return = core.pc() + 4;
  take_exception(core, target, record);
  return Outcome::branch;
}

// A call that firmware below the highest implemented Exception level answers. It may put this core
// to sleep or restart it, so the handler leaves the pc to it.
Outcome firmware_call(Core& core) {
  software_step_advance(core);
  core.state.pc = core.pc() + 4;
  core.machine.part_windows();
  core.machine.firmware.call(core);
  core.interrupts_changed = true;
  core.context_changed();
  return Outcome::branch;
}

bool conduit_is(const Core& core, FirmwarePort::Conduit conduit) {
  return core.machine.firmware.conduit() == conduit;
}

// ELFromSPSR: the Exception level that SPSR names, if it is a legal one.
bool el_from_spsr(const Core& core, Spsr value, El& target) {
  target = static_cast<El>(value[spsr::EL]);
  if (value.has(spsr::nRW)) return false;  // AArch32 is not implemented
  if (bit(value.value, 1)) return false;   // M[1] is RES0 in every AArch64 mode
  switch (target) {
    case El::el0:
      return !value.has(spsr::SP);
    case El::el1:
      return true;
    case El::el2:
      return core.machine.has_el2;
    case El::el3:
      return false;
  }
  return false;
}

// IllegalExceptionReturn
bool illegal_exception_return(const Core& core, Spsr value, El& target) {
  if (!el_from_spsr(core, value, target)) return true;
  if (target > core.state.ps.el) return true;
  return target == El::el1 && effective_hcr(core).has(hcr_el2::TGE);
}

// DebugExceptionReturnSS: PSTATE.SS is restored only on the way from where debug exceptions are
// disabled to where they are enabled.
bool restored_ss(const Core& core, Spsr value, El destination) {
  if (!software_step_enabled(core.state)) return false;
  if (debug_exceptions_enabled(core)) return false;
  return debug_exceptions_enabled_from(core, destination, value.has(spsr::D)) &&
         value.has(spsr::SS);
}

// AArch64.BranchAddr: a tag byte does not become part of the pc.
std::uint64_t branch_address(const CoreState& state, std::uint64_t address) {
  if (state.ps.el == El::el2) {
    const bool tbi = Tcr{state[SysReg::TCR_EL2]}.has(tcr_el2::TBI);
    return tbi ? bits(address, 55, 0) : address;
  }
  const Tcr tcr{state[SysReg::TCR_EL1]};
  const bool tbi = bit(address, 55) ? tcr.has(tcr_el1::TBI1) : tcr.has(tcr_el1::TBI0);
  return tbi ? static_cast<std::uint64_t>(sign_extend(bits(address, 55, 0), 56)) : address;
}

// SetPSTATEFromPSR
void set_pstate_from_psr(Core& core, Spsr value) {
  CoreState& state = core.state;
  El target = state.ps.el;
  const bool illegal = illegal_exception_return(core, value, target);
  const bool ss = restored_ss(core, value, illegal ? state.ps.el : target);
  if (illegal) {
    state.ps.il = true;  // Exception level and stack pointer stay as they are
  } else {
    state.ps.il = value.has(spsr::IL);
    select_stack(state, target, static_cast<unsigned>(value[spsr::SP]));
  }
  state.ps.ss = ss;
  state.ps.daif = static_cast<std::uint8_t>(value[spsr::DAIF]);
  state.nzcv = static_cast<std::uint32_t>(value.value & mask(31, 28));
}

}  // namespace

// AArch64.CallSupervisor
Outcome supervisor_call(Core& core, std::uint16_t imm) {
  publish_call(core, CallType::svc, imm);
  return call(core, default_target(core), ExceptionClass::svc, imm);
}

// AArch64.CallHypervisor. Without EL2, firmware may use HVC as its conduit.
Outcome hypervisor_call(Core& core, std::uint16_t imm) {
  if (core.state.ps.el == El::el0) return undefined(core);
  if (!core.machine.has_el2) {
    if (!conduit_is(core, FirmwarePort::Conduit::hvc)) return undefined(core);
    publish_call(core, CallType::hvc, imm);
    return firmware_call(core);
  }
  if (effective_hcr(core).has(hcr_el2::HCD)) return undefined(core);
  publish_call(core, CallType::hvc, imm);
  return call(core, El::el2, ExceptionClass::hvc, imm);
}

// AArch64.CheckForSMCUndefOrTrap. EL3 is not implemented: SMC is the conduit of the firmware or
// UNDEFINED. CHOICE: with the firmware behind SMC, HCR_EL2.TSC traps as if EL3 were there (a
// hypervisor must be able to filter PSCI); otherwise UNDEFINED has priority. QEMU does the same.
Outcome secure_monitor_call(Core& core, std::uint16_t imm) {
  const El el = core.state.ps.el;
  if (el == El::el0 || !conduit_is(core, FirmwarePort::Conduit::smc)) return undefined(core);
  if (el == El::el1 && effective_hcr(core).has(hcr_el2::TSC)) {
    // A trap, not a call: the preferred return address is the SMC itself.
    return trap_system(core, El::el2, ExceptionClass::smc, imm);
  }
  publish_call(core, CallType::smc, imm);
  return firmware_call(core);
}

// HLT. There is no halting debug, so it is UNDEFINED, unless a host answers HLT #0xF000.
Outcome halting_breakpoint(Core& core, std::uint16_t imm) {
  constexpr std::uint16_t kSemihosting = 0xf000;
  SemihostingPort* const host = core.machine.semihosting;
  if (host == nullptr || imm != kSemihosting) return undefined(core);
  if (core.state.ps.el == El::el0 && !host->answers_at_el0()) return undefined(core);
  const std::uint64_t pc = core.pc();
  const auto x = core.state.x;
  core.machine.part_windows();
  if (host->call(core)) {
    core.machine.events.publish(EventKind::hypercall, x[0], x[1], x[2],
                                imm | static_cast<std::uint32_t>(CallType::hlt) << 16);
    software_step_advance(core);
    core.state.pc = pc + 4;
  } else {
    core.state.pc = pc;
  }
  core.interrupts_changed = true;
  core.context_changed();
  return Outcome::branch;
}

// AArch64.ExceptionReturn
Outcome exception_return(Core& core) {
  CoreState& state = core.state;
  if (state.ps.el == El::el0) return undefined(core);
  const El from = state.ps.el;
  const bool at_el2 = from == El::el2;
  const Spsr value{state[at_el2 ? SysReg::SPSR_EL2 : SysReg::SPSR_EL1]};
  const std::uint64_t elr = state[at_el2 ? SysReg::ELR_EL2 : SysReg::ELR_EL1];
  const bool stepped = software_step_enabled(state) && state.ps.ss;
  pmu_synchronise(core);
  set_pstate_from_psr(core, value);
  if (stepped)
    note_stepped(state, StepSyndrome::stepped);
  else
    forget_stepped(state);
  state.pc = branch_address(state, elr);
  core.clear_exclusive();
  state.event_register = true;  // SendEventLocal
  core.machine.events.publish(
      EventKind::exception_return, value.value, state.pc, 0,
      static_cast<std::uint32_t>(from) << 16 | static_cast<std::uint32_t>(state.ps.el) << 18);
  core.charge(Cycles::whole(core.machine.preset.costs.exception_return));
  core.interrupts_changed = true;
  core.context_changed();
  return Outcome::branch;
}

}  // namespace armature::cpu
