// Exceptions: AArch64.TakeException and what leads to it. Every function that takes one sets
// state.pc to the vector, publishes exception_entry and returns the Outcome for the handler.
#pragma once

#include <cstdint>

#include "cpu/insn.h"
#include "sim/arch/access.h"
#include "sim/base/types.h"

namespace armature::cpu {

class Core;

// Exception classes (ESR_ELx.EC) of Armv8.0 AArch64.
enum class ExceptionClass : std::uint8_t {
  unknown = 0x00, wfx = 0x01, fp_simd_access = 0x07, illegal_state = 0x0e, svc = 0x15, hvc = 0x16,
  smc = 0x17, msr_mrs = 0x18, instruction_abort_lower = 0x20, instruction_abort_same = 0x21,
  pc_alignment = 0x22, data_abort_lower = 0x24, data_abort_same = 0x25, sp_alignment = 0x26,
  fp_exception = 0x2c, serror = 0x2f, breakpoint_lower = 0x30, breakpoint_same = 0x31,
  software_step_lower = 0x32, software_step_same = 0x33, watchpoint_lower = 0x34,
  watchpoint_same = 0x35, brk = 0x3c,
};

enum class VectorKind : std::uint16_t { synchronous = 0x000, irq = 0x080, fiq = 0x100, serror = 0x180 };

// AArch64.TakeException: to `target`, with ESR.{EC,ISS} (ignored for IRQ/FIQ), FAR, HPFAR and the
// preferred return address.
struct ExceptionRecord {
  ExceptionClass exception_class = ExceptionClass::unknown;
  std::uint32_t iss = 0;
  bool il = true;                 // ESR.IL (32-bit instruction)
  VectorKind vector = VectorKind::synchronous;
  bool far_valid = false;
  std::uint64_t far = 0;
  bool hpfar_valid = false;
  IntermediateAddress ipa{};
  std::uint64_t preferred_return = 0;
};
void take_exception(Core& core, El target, const ExceptionRecord& record);

// The usual causes, with routing (HCR_EL2.TGE, TDE, stage 2 faults, ...). Preferred return address
// is the current instruction unless noted.
Outcome undefined(Core& core);                                 // EC 0x00, Outcome::fault
Outcome trap_fp_access(Core& core);                            // EC 0x07 to the EL that traps
Outcome trap_system(Core& core, El target, ExceptionClass exception_class, std::uint32_t iss);
Outcome data_abort(Core& core, std::uint64_t va, const FaultRecord& fault,
                   const AccessDescriptor& access);
Outcome instruction_abort(Core& core, std::uint64_t va, const FaultRecord& fault);  // no current insn
Outcome pc_alignment_fault(Core& core, std::uint64_t va);      // no current insn
Outcome sp_alignment_fault(Core& core);
Outcome illegal_state(Core& core, std::uint64_t pc);           // PSTATE.IL set; no current insn

// SVC/HVC/SMC/BRK with their immediate; preferred return is the next instruction except for BRK.
Outcome supervisor_call(Core& core, std::uint16_t imm);
Outcome hypervisor_call(Core& core, std::uint16_t imm);
Outcome secure_monitor_call(Core& core, std::uint16_t imm);
Outcome software_breakpoint(Core& core, std::uint16_t imm);
Outcome halting_breakpoint(Core& core, std::uint16_t imm);  // HLT
Outcome exception_return(Core& core);                          // ERET

// Asynchronous exceptions: looks at lines, masks and routing; takes at most one at state.pc.
// Returns true when one was taken. Called between instructions with no current one.
bool take_pending_interrupt(Core& core);
// Whether an interrupt or SError is pending in the sense of WFI wake-up (masks ignored).
bool wfi_wakeup_pending(const Core& core);

}  // namespace armature::cpu
