// Self-hosted debug: breakpoints, watchpoints, software step, OS lock. No external debug.
#pragma once

#include <cstdint>

#include "cpu/insn.h"
#include "sim/arch/access.h"

namespace armature::cpu {

class Core;

// Whether anything of it is active, so that the engine must look before each instruction.
bool breakpoints_active(const Core& core);
bool watchpoints_active(const Core& core);
bool software_step_active(const Core& core);

// Takes the Breakpoint exception if one matches at state.pc: true when taken.
bool check_breakpoints(Core& core);
// Takes the Watchpoint exception if one matches: true when taken.
bool check_watchpoints(Core& core, std::uint64_t va, unsigned bytes, const AccessDescriptor& access);
// Software step: call before an instruction (active-pending -> takes the exception, true) ...
bool check_software_step(Core& core);
// ... and after one that ran in the active-not-pending state.
void software_step_advance(Core& core);
// GenerateDebugExceptions: whether debug exceptions are enabled from the current state.
bool debug_exceptions_enabled(const Core& core);

}  // namespace armature::cpu
