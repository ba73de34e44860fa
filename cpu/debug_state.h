// The pieces of self-hosted debug that exception entry and return need.
#pragma once

#include <cstdint>

#include "cpu/state.h"
#include "sim/arch/registers/debug.h"

namespace armature::cpu {

class Core;

// AArch64.GenerateDebugExceptionsFrom: from `from` with PSTATE.D = `masked`.
bool debug_exceptions_enabled_from(const Core& core, El from, bool masked);

inline bool software_step_enabled(const CoreState& state) {
  return MdscrEl1{state[SysReg::MDSCR_EL1]}.has(mdscr_el1::SS);
}

// What the step before the Software Step exception was: its ISS.{ISV, EX}.
enum class StepSyndrome : std::uint8_t { none = 0, stepped = 1, stepped_exclusive = 2 };

// Kept between the step and its exception in the CoreState entry of CurrentEL, which lives in
// PState and uses no storage of its own.
inline void note_stepped(CoreState& state, StepSyndrome syndrome) {
  state[SysReg::CurrentEL] = static_cast<std::uint64_t>(syndrome);
}
inline void forget_stepped(CoreState& state) { note_stepped(state, StepSyndrome::none); }
inline StepSyndrome stepped(const CoreState& state) {
  return static_cast<StepSyndrome>(state[SysReg::CurrentEL]);
}

}  // namespace armature::cpu
