// AArch64.TakeException and the synchronous exceptions of the AArch64.* pseudocode.
#include "cpu/exception.h"

#include "cpu/core.h"
#include "cpu/debug.h"
#include "cpu/debug_state.h"
#include "cpu/exception_routing.h"
#include "cpu/pmu.h"
#include "cpu/syndrome.h"
#include "sim/arch/registers/debug.h"
#include "sim/arch/registers/exception.h"

namespace armature::cpu {
namespace {

struct Bank {
  SysReg spsr, elr, esr, far, vbar;
};

constexpr Bank bank_of(El el) {
  return el == El::el2 ? Bank{SysReg::SPSR_EL2, SysReg::ELR_EL2, SysReg::ESR_EL2, SysReg::FAR_EL2,
                              SysReg::VBAR_EL2}
                       : Bank{SysReg::SPSR_EL1, SysReg::ELR_EL1, SysReg::ESR_EL1, SysReg::FAR_EL1,
                              SysReg::VBAR_EL1};
}

// The four groups of a vector table (D1.10.2 Exception vectors).
constexpr std::uint32_t kFromSp0 = 0x000, kFromSpx = 0x200, kFromLowerAArch64 = 0x400;
constexpr std::uint64_t kVectorTableBytes = 0x800;

std::uint32_t vector_offset(const PState& ps, El target, VectorKind kind) {
  const std::uint32_t group =
      target > ps.el ? kFromLowerAArch64 : (ps.sp_sel != 0 ? kFromSpx : kFromSp0);
  return group + static_cast<std::uint32_t>(kind);
}

// GetPSRFromPSTATE for AArch64 state.
std::uint64_t spsr_of(const CoreState& state) {
  return Spsr{state.nzcv}
      .with(spsr::SS, state.ps.ss)
      .with(spsr::IL, state.ps.il)
      .with(spsr::DAIF, state.ps.daif)
      .with(spsr::EL, static_cast<std::uint64_t>(state.ps.el))
      .with(spsr::SP, state.ps.sp_sel)
      .value;
}

bool has_syndrome(VectorKind kind) {
  return kind == VectorKind::synchronous || kind == VectorKind::serror;
}

// The abort classes and some others come in pairs: from a lower EL, and without a change of EL.
ExceptionClass lower_or_same(const Core& core, El target, ExceptionClass lower) {
  return core.state.ps.el == target ? static_cast<ExceptionClass>(static_cast<unsigned>(lower) + 1)
                                    : lower;
}

Outcome take_at(Core& core, El target, ExceptionClass exception_class, std::uint32_t iss,
                std::uint64_t preferred_return) {
  ExceptionRecord record;
  record.exception_class = exception_class;
  record.iss = iss;
  record.preferred_return = preferred_return;
  take_exception(core, target, record);
  return Outcome::fault;
}

// Aborts: to EL2 from EL2, for stage 2 faults, and from EL0 with TGE; otherwise to EL1.
El abort_target(const Core& core, const FaultRecord& fault) {
  return fault.stage == Stage::stage2 ? El::el2 : default_target(core);
}

Outcome abort(Core& core, El target, ExceptionClass lower, std::uint32_t iss, std::uint64_t va,
              const FaultRecord& fault, std::uint64_t preferred_return) {
  ExceptionRecord record;
  record.exception_class = lower_or_same(core, target, lower);
  record.iss = iss;
  record.far_valid = true;
  record.far = va;
  record.hpfar_valid = target == El::el2 && ipa_valid(fault);
  record.ipa = fault.ipa;
  record.preferred_return = preferred_return;
  take_exception(core, target, record);
  return Outcome::fault;
}

}  // namespace

void take_exception(Core& core, El target, const ExceptionRecord& record) {
  CoreState& state = core.state;
  const Bank bank = bank_of(target);
  const std::uint32_t offset = vector_offset(state.ps, target, record.vector);
  std::uint64_t esr_value = 0;
  if (has_syndrome(record.vector)) {
    esr_value = Esr{}
                    .with(esr::EC, static_cast<std::uint64_t>(record.exception_class))
                    .with(esr::IL, record.il)
                    .with(esr::ISS, record.iss)
                    .value;
  }
  // Published before the change, so that the event is stamped with where it came from.
  core.machine.events.publish(
      EventKind::exception_entry, esr_value, record.far_valid ? record.far : 0,
      record.preferred_return,
      offset | static_cast<std::uint32_t>(state.ps.el) << 16 |
          static_cast<std::uint32_t>(target) << 18 |
          static_cast<std::uint32_t>(has_syndrome(record.vector) ? record.exception_class
                                                                 : ExceptionClass::unknown)
              << 20);
  pmu_synchronise(core);

  state[bank.spsr] = spsr_of(state);
  state[bank.elr] = record.preferred_return;
  if (has_syndrome(record.vector)) state[bank.esr] = esr_value;
  // CHOICE: a FAR_ELx or HPFAR_EL2 that becomes UNKNOWN keeps its value. In particular a direct
  // stage 2 Permission fault leaves HPFAR_EL2 unchanged.
  if (record.far_valid) state[bank.far] = record.far;
  if (record.hpfar_valid && target == El::el2) {
    state[SysReg::HPFAR_EL2] = HpfarEl2{}.with(hpfar_el2::FIPA, record.ipa.value >> 12).value;
  }

  // CHOICE: the local exclusive monitor, UNKNOWN after exception entry, is left as it is; only the
  // exception return clears it.
  select_stack(state, target, 1);
  state.ps.daif = 0xf;
  state.ps.ss = false;
  state.ps.il = false;
  forget_stepped(state);
  state.pc = (state[bank.vbar] & ~(kVectorTableBytes - 1)) + offset;
  core.charge(Cycles::whole(core.machine.preset.costs.exception_entry));
  core.interrupts_changed = true;
  core.context_changed();
}

// AArch64.UndefinedFault
Outcome undefined(Core& core) {
  return take_at(core, default_target(core), ExceptionClass::unknown, 0, core.pc());
}

// AArch64.CheckFPEnabled, CheckFPAdvSIMDTrap, AArch64.AdvSIMDFPAccessTrap: CPACR_EL1 first.
Outcome trap_fp_access(Core& core) {
  const El el = core.state.ps.el;
  const std::uint64_t fpen = CpacrEl1{core.state[SysReg::CPACR_EL1]}[cpacr_el1::FPEN];
  const bool by_cpacr = el == El::el0 ? fpen != 0b11 : el == El::el1 && (fpen & 1) == 0;
  if (by_cpacr && default_target(core) == El::el2) {
    // TGE = 1: the trap to EL1 is taken to EL2, as an exception with an unknown reason.
    return take_at(core, El::el2, ExceptionClass::unknown, 0, core.pc());
  }
  return take_at(core, by_cpacr ? El::el1 : El::el2, ExceptionClass::fp_simd_access,
                 fp_access_iss(), core.pc());
}

// AArch64.SystemAccessTrap and AArch64.WFxTrap: what would trap from EL0 to EL1 goes to EL2 with
// TGE.
Outcome trap_system(Core& core, El target, ExceptionClass exception_class, std::uint32_t iss) {
  if (target < default_target(core)) target = El::el2;
  return take_at(core, target, exception_class, iss, core.pc());
}

// AArch64.DataAbort
Outcome data_abort(Core& core, std::uint64_t va, const FaultRecord& fault,
                   const AccessDescriptor& access) {
  const El target = abort_target(core, fault);
  // FAR holds the address given in the register argument also when DC ZVA aligns it.
  if (access.zeroing && core.current != nullptr) va = core.state.x[core.current->word & 31];
  const std::uint32_t word = core.current != nullptr ? core.current->word : 0;
  return abort(core, target, ExceptionClass::data_abort_lower,
               data_abort_iss(fault, access, word, target == El::el2), va, fault, core.pc());
}

// AArch64.InstructionAbort
Outcome instruction_abort(Core& core, std::uint64_t va, const FaultRecord& fault) {
  return abort(core, abort_target(core, fault), ExceptionClass::instruction_abort_lower,
               instruction_abort_iss(fault), va, fault, va);
}

// AArch64.PCAlignmentFault
Outcome pc_alignment_fault(Core& core, std::uint64_t va) {
  ExceptionRecord record;
  record.exception_class = ExceptionClass::pc_alignment;
  record.far_valid = true;
  record.far = va;
  record.preferred_return = va;
  take_exception(core, default_target(core), record);
  return Outcome::fault;
}

// AArch64.SPAlignmentFault
Outcome sp_alignment_fault(Core& core) {
  return take_at(core, default_target(core), ExceptionClass::sp_alignment, 0, core.pc());
}

// AArch64.CheckIllegalState
Outcome illegal_state(Core& core, std::uint64_t pc) {
  return take_at(core, default_target(core), ExceptionClass::illegal_state, 0, pc);
}

// AArch64.SoftwareBreakpoint: routed as the debug exceptions, but never disabled.
Outcome software_breakpoint(Core& core, std::uint16_t imm) {
  const El target = core.state.ps.el == El::el2 ? El::el2 : debug_target(core);
  return take_at(core, target, ExceptionClass::brk, imm, core.pc());
}

}  // namespace armature::cpu
