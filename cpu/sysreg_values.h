// What system registers read and what writing them does, after every permission check. The three
// parts of an access are apart: sysreg_traps.h decides, read_sysreg reads, write_sysreg writes.
#pragma once

#include <cstdint>

#include "cpu/insn.h"
#include "sim/arch/sysreg.h"

namespace armature::cpu {

class Core;

// The value as the current Exception level reads it. Reading ICC_IAR<n>_EL1 acknowledges.
std::uint64_t read_sysreg(Core& core, SysReg reg);

// Writes, and says how the core goes on: Outcome::next when nothing that fetching, translation or
// interrupts depend on changed, otherwise Outcome::sync.
Outcome write_sysreg(Core& core, SysReg reg, std::uint64_t value);

// CNT*_EL* (sysreg_timer.cc).
bool is_timer_register(SysReg reg);
std::uint64_t peek_timer(const Core& core, SysReg reg, std::uint64_t physical_count);
void write_timer(Core& core, SysReg reg, std::uint64_t value);

// TTBRn_ELx and VTTBR_EL2 (sysreg_roots.cc): tells the table frames which root `reg` holds now.
void table_root_written(Core& core, SysReg reg);

// PSTATE.{D,A,I,F} <- `daif` (bits 3..0).
void write_interrupt_masks(Core& core, unsigned daif);

// A masked write without side effects: the bits outside `writable` keep their value.
void store_writable(Core& core, SysReg reg, std::uint64_t value);

}  // namespace armature::cpu
