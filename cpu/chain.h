// From block to block: what a taken branch does last. The hot loop of the fast engine is this file and
// run_blocks() in engine.cc: handlers call their successors (go_on() in core.h), branches the first
// handler of the block behind them, and only what needs a look at anything else goes back to the loop.
//
// Nothing has to be looked at here. Whatever changes interrupts or the context, takes a line from L1I
// or a page from the ITLB, or uses up the budget ends its block at once (Core::group_end), and a block
// that has ended does not reach its branch.
#pragma once

#include <cstdint>

#include "cpu/block.h"
#include "cpu/core.h"

namespace armature::cpu {

// Ends the block that `insn` is the last executed instruction of and begins the one at `first`; false,
// and nothing happened, when that may not fit the budget.
inline bool begin_next_block(Core& core, const Insn& insn, const Insn& first) {
  const std::uint64_t end =
      core.state.cycles.sixteenths - (insn.block_cost - insn.cost) + first.block_cost;
  if (end > core.chain_limit) [[unlikely]]
    return false;
  core.state.cycles.sixteenths = end;
  core.state.retired += insn.index + 1ull - first.index;
  ++core.groups_within;
  core.current = &first;
  return true;
}

inline Outcome branch_to(Core& core, const Insn& insn, std::uint64_t target) {
  const JumpEntry& entry = core.jump_entries[jump_index(target)];
  if (entry.pc != target || entry.serial != core.jump_serial ||
      !begin_next_block(core, insn, *entry.first)) [[unlikely]] {
    core.state.pc = target;
    return Outcome::branch;
  }
  core.group_pc = target & ~(kLineBytes - 1);
  return entry.first->handler(core, *entry.first);
}

// The same for a target at the distance insn.imm. In its own line nothing has to be found: what the
// fetch of that line relied on still holds.
inline Outcome branch_by_immediate(Core& core, const Insn& insn) {
  if ((insn.flags & kStaysInLine) != 0) {
    const Insn& first = *(&insn + (static_cast<std::int64_t>(insn.imm) >> 2));
    if (begin_next_block(core, insn, first)) [[likely]]
      return first.handler(core, first);
  }
  return branch_to(core, insn, core.pc_of(insn) + insn.imm);
}

}  // namespace armature::cpu
