// MRS and MSR: permission and traps first, then one effect. SYS and SYSL are system_ops'.
//   sysreg_traps.h   who may access a register (a decision without effects)
//   sysreg_values.h  what it reads and what writing does
#pragma once

#include <cstdint>

#include "cpu/insn.h"
#include "sim/arch/sysreg.h"

namespace armature::cpu {

class Core;
struct CoreState;

// Handlers used by the decode rows; operands: rd = Rt, imm = encoding (sysreg_encoding).
Outcome execute_mrs(Core& core, const Insn& insn);
Outcome execute_msr(Core& core, const Insn& insn);
Outcome execute_msr_immediate(Core& core, const Insn& insn);  // imm = op1:CRm:op2 (3:4:3)
Outcome execute_sys(Core& core, const Insn& insn);            // SYS: imm = encoding with op0 = 1
Outcome execute_sysl(Core& core, const Insn& insn);  // none is allocated in v8.0: UNDEFINED

// The handler for an MRS or MSR of this encoding: execute_mrs and execute_msr, or one made for a
// register that kernels access often; same operands, same meaning.
Handler mrs_handler(std::uint16_t encoding);
Handler msr_handler(std::uint16_t encoding);

// The value MRS would give at the highest EL, without checks or side effects (debugger, Python,
// indirect reads of assembled registers). Writing sets state as MSR would; read-only registers
// keep their value.
std::uint64_t peek_sysreg(const Core& core, SysReg reg);
void poke_sysreg(Core& core, SysReg reg, std::uint64_t value);

// Reset values of every register for this preset and core.
void reset_sysregs(Core& core);

}  // namespace armature::cpu
