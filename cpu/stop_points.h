// Where a debugger on the host wants the cores to stop. No part of the machine's state: a stop falls
// between two instructions, and what runs afterwards is what would have run without it.
// Lines that hold a point lose their fast path; everything else runs as before.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/base/types.h"

namespace armature::cpu {

struct Insn;
struct CoreState;

struct StopPoints {
  enum class Cause : std::uint8_t {
    none,
    breakpoint,  // before the instruction at `address`
    watchpoint,  // before the access to `address`
    turn,        // the wanted core made its turn: an instruction, or an exception instead of one
  };
  struct Breakpoint {
    std::uint64_t address = 0;
    std::uint8_t levels = 0xf;  // Exception levels it counts at, a bit each
    bool operator==(const Breakpoint&) const = default;
  };
  struct Watchpoint {
    std::uint64_t address = 0, bytes = 0;
    bool reads = false, writes = false;
    bool operator==(const Watchpoint&) const = default;
  };
  struct Hit {
    Cause cause = Cause::none;
    CoreId core{};
    std::uint64_t address = 0;
    Watchpoint watchpoint{};
  };
  // any_core: the smallest steps there are; waking up is one of its own.
  enum class Turn : std::uint8_t { none, one_core, any_core };

  // ---- what is wanted; call Core::stop_points_changed() of every core after changing the lists
  std::vector<Breakpoint> breakpoints;
  std::vector<Watchpoint> watchpoints;
  bool armed = true;  // false: breakpoints and watchpoints are passed over
  Turn turn = Turn::none;
  CoreId turn_core{};

  // ---- what happened; whoever runs the machine clears it
  Hit hit{};
  bool is_hit() const { return hit.cause != Cause::none; }
  void clear_hit() { hit = {}; }

  bool wants_turn_of(CoreId core) const {
    return turn == Turn::any_core || (turn == Turn::one_core && turn_core == core);
  }
  bool line_has_breakpoint(std::uint64_t pc) const;
  const Breakpoint* breakpoint_at(std::uint64_t pc, El el) const;
  // The watchpoint that touches [va, va + bytes), or nullptr.
  const Watchpoint* watchpoint_at(std::uint64_t va, std::uint64_t bytes, bool write) const;
  // Whether an access that begins in the line of `va` may reach a watchpoint.
  bool line_may_reach_watchpoint(std::uint64_t va) const;
};

// Bytes that the instruction `word` accesses in all when its access to `va` is its first; 0 when it
// is not the first, or the instruction makes only one. So that a stop falls before all of them.
std::uint64_t whole_access(std::uint32_t word, const CoreState& state, std::uint64_t va);

}  // namespace armature::cpu
