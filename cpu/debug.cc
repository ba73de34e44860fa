// Self-hosted debug (D2): what enables debug exceptions, taking them, software step.
#include "cpu/debug.h"

#include "cpu/core.h"
#include "cpu/debug_match.h"
#include "cpu/debug_state.h"
#include "cpu/exception.h"
#include "cpu/exception_routing.h"
#include "cpu/syndrome.h"
#include "sim/arch/registers/debug.h"
#include "sim/arch/registers/exception.h"
#include "sim/base/bits.h"

namespace armature::cpu {
namespace {

constexpr std::uint8_t kMaskD = 0b1000;  // of PState::daif

// The OS Double Lock locks only while no powerup request holds the core (DBGPRCR_EL1.CORENPDRQ).
bool double_lock_status(const CoreState& state) {
  constexpr unsigned kCorenpdrq = 0;
  return OsdlrEl1{state[SysReg::OSDLR_EL1]}.has(osdlr_el1::DLK) &&
         !bit(state[SysReg::DBGPRCR_EL1], kCorenpdrq);
}

bool monitor_debug_enabled(const Core& core) {
  return MdscrEl1{core.state[SysReg::MDSCR_EL1]}.has(mdscr_el1::MDE) &&
         debug_exceptions_enabled(core);
}

// A debug exception: EC pairs "from a lower EL" and "without a change of EL".
void take_debug_exception(Core& core, ExceptionClass lower, std::uint32_t iss,
                          std::uint64_t preferred_return, const std::uint64_t* far) {
  const El target = core.state.ps.el == El::el2 ? El::el2 : debug_target(core);
  ExceptionRecord record;
  record.exception_class = core.state.ps.el == target
                               ? static_cast<ExceptionClass>(static_cast<unsigned>(lower) + 1)
                               : lower;
  record.iss = iss;
  record.preferred_return = preferred_return;
  if (far != nullptr) {
    record.far_valid = true;
    record.far = *far;
  }
  take_exception(core, target, record);
}

// Whether the instruction before state.pc was a Load-Exclusive, for ISS.EX of a step: its word is
// still in the fetch buffer, which only straight-line execution keeps valid within a line.
bool load_exclusive_before_pc(const CoreState& state) {
  const std::uint64_t previous = state.pc - 4;
  const bool straight = state.fetch.valid || bits(state.pc, 5, 0) == 0;
  if (!straight || state.fetch.va != (previous & ~(kLineBytes - 1))) return false;
  const std::uint32_t word = state.fetch.words[(previous >> 2) & 15];
  constexpr std::uint32_t kLoadExclusiveMask = 0x3fc0'0000 & ~0x0020'0000u;  // o1 is free
  constexpr std::uint32_t kLoadExclusive = 0x0840'0000;                      // o2 = 0, L = 1
  return (word & kLoadExclusiveMask) == kLoadExclusive;
}

}  // namespace

// AArch64.GenerateDebugExceptionsFrom
bool debug_exceptions_enabled_from(const Core& core, El from, bool masked) {
  if (OslsrEl1{core.state[SysReg::OSLSR_EL1]}.has(oslsr_el1::OSLK)) return false;
  if (double_lock_status(core.state)) return false;
  const El target = debug_target(core);
  if (from == target) {
    return MdscrEl1{core.state[SysReg::MDSCR_EL1]}.has(mdscr_el1::KDE) && !masked;
  }
  return target > from;
}

bool debug_exceptions_enabled(const Core& core) {
  return debug_exceptions_enabled_from(core, core.state.ps.el, (core.state.ps.daif & kMaskD) != 0);
}

bool breakpoints_active(const Core& core) {
  if (!monitor_debug_enabled(core)) return false;
  for (unsigned n = 0; n < core.machine.preset.breakpoints; ++n) {
    if (breakpoint_control(core, n).has(dbgbcr::E)) return true;
  }
  return false;
}

bool watchpoints_active(const Core& core) {
  if (!monitor_debug_enabled(core)) return false;
  for (unsigned n = 0; n < core.machine.preset.watchpoints; ++n) {
    if (watchpoint_control(core, n).has(dbgwcr::E)) return true;
  }
  return false;
}

bool software_step_active(const Core& core) {
  return software_step_enabled(core.state) && debug_exceptions_enabled(core);
}

// AArch64.CheckBreakpoint, AArch64.BreakpointException. FAR is UNKNOWN (kept).
bool check_breakpoints(Core& core) {
  if (!monitor_debug_enabled(core)) return false;
  for (unsigned n = 0; n < core.machine.preset.breakpoints; ++n) {
    if (!breakpoint_matches(core, n, core.state.pc)) continue;
    take_debug_exception(core, ExceptionClass::breakpoint_lower, kDebugStatusCode, core.state.pc,
                         nullptr);
    return true;
  }
  return false;
}

// AArch64.CheckWatchpoint, AArch64.WatchpointException. Cache maintenance other than the
// invalidation that writes (DC IVAC), walks and AT are not watched.
bool check_watchpoints(Core& core, std::uint64_t va, unsigned bytes,
                       const AccessDescriptor& access) {
  if (access.kind == AccessKind::fetch || access.kind == AccessKind::address_translation) {
    return false;
  }
  if (access.kind == AccessKind::cache_maintenance && !access.write) return false;
  if (!monitor_debug_enabled(core)) return false;
  for (unsigned n = 0; n < core.machine.preset.watchpoints; ++n) {
    if (!watchpoint_matches(core, n, va, bytes, access)) continue;
    take_debug_exception(core, ExceptionClass::watchpoint_lower, watchpoint_iss(access), core.pc(),
                         &va);
    return true;
  }
  return false;
}

// D2.12 Software Step: active-pending (PSTATE.SS = 0) takes the exception instead of executing.
bool check_software_step(Core& core) {
  if (!software_step_active(core) || core.state.ps.ss) return false;
  const StepSyndrome syndrome = stepped(core.state);
  const auto iss = static_cast<std::uint32_t>(
      IssStep{}
          .with(iss_step::ISV, syndrome != StepSyndrome::none)
          .with(iss_step::EX, syndrome == StepSyndrome::stepped_exclusive)
          .with(iss_step::IFSC, kDebugStatusCode)
          .value);
  take_debug_exception(core, ExceptionClass::software_step_lower, iss, core.state.pc, nullptr);
  return true;
}

// SSAdvance. Nothing to do after an exception or a return: those have set PSTATE.SS already.
void software_step_advance(Core& core) {
  if (!software_step_enabled(core.state) || !core.state.ps.ss) return;
  core.state.ps.ss = false;
  const bool exclusive = core.current == nullptr && load_exclusive_before_pc(core.state);
  note_stepped(core.state, exclusive ? StepSyndrome::stepped_exclusive : StepSyndrome::stepped);
}

}  // namespace armature::cpu
