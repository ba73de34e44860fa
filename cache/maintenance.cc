// Data cache maintenance (DC by VA and by set/way): an operation acts up to its point and on
// nothing beyond, and never on the instruction caches.
#include "cache/hierarchy.h"
#include "cache/state.h"
#include "sim/base/bits.h"

namespace armature::cache {
namespace {

bool invalidates(DataOp op) {
  return op == DataOp::invalidate_poc || op == DataOp::clean_invalidate_poc;
}

// The SetWay operand: Level in bits 3:1, Set from bit log2(line length) up, Way in the top bits of
// the low word.
struct SetWay {
  unsigned level, set, way;
};

unsigned ceil_log2(unsigned value) {
  return value <= 1 ? 0 : static_cast<unsigned>(std::bit_width(value - 1));
}

unsigned level_of(std::uint64_t operand) { return static_cast<unsigned>(bits(operand, 3, 1)); }

// The slot the operand names, or kNoSlot.
// CHOICE: a set or way beyond the cache's (CONSTRAINED UNPREDICTABLE) does nothing.
unsigned slot_of(std::uint64_t operand, const TagArray& tags) {
  const unsigned way_bits = ceil_log2(tags.ways());
  const std::uint64_t way = way_bits == 0 ? 0 : bits(operand, 31, 32 - way_bits);
  const std::uint64_t set = bits(operand, 31 - way_bits, kLineShift);
  if (way >= tags.ways() || set >= tags.sets()) return kNoSlot;
  return static_cast<unsigned>(set) * tags.ways() + static_cast<unsigned>(way);
}

}  // namespace

void Hierarchy::data_by_address(CoreId core, PhysicalAddress pa, DataOp op, Cycles& cost) {
  cost += Cycles::whole(state_->costs.l2_cache_hit);
  State& s = *state_;
  const unsigned slot = s.l2.tags.find(pa);
  if (slot == kNoSlot) return;  // L2 is inclusive: no L1D holds it either
  if ((s.l2.lines[slot].sharers & ~(1u << core.value)) != 0) {
    ++s.shared.snoops;
    cost += Cycles::whole(s.costs.snoop);
  }
  if (op == DataOp::invalidate_poc) {
    s.remove_l2(slot, DirtyData::discarded);
    return;
  }
  if (s.l2.lines[slot].pou_differs) s.clean_l1d(s.l2.lines[slot].owner, s.owner_slot(slot));
  if (op == DataOp::clean_pou) return;
  if (s.l2.lines[slot].dirty) cost += Cycles::whole(s.costs.memory);
  s.clean_l2(slot);
  if (op == DataOp::clean_invalidate_poc) {
    s.remove_l2(slot, DirtyData::written_back);
  }
}

void Hierarchy::reset() {
  State& s = *state_;
  for (std::uint8_t core = 0; core < s.cores.size(); ++core) {
    instruction_all({core});
    monitor_clear({core});
  }
  for (unsigned slot = 0; slot < s.l2.tags.slots(); ++slot) {
    if (s.l2.tags.valid(slot)) s.remove_l2(slot, DirtyData::written_back);
  }
}

void Hierarchy::data_by_set_way(CoreId core, std::uint64_t operand, DataOp op, Cycles& cost) {
  cost += Cycles::whole(state_->costs.l2_cache_hit);
  State& s = *state_;
  const DirtyData dirty =
      op == DataOp::invalidate_poc ? DirtyData::discarded : DirtyData::written_back;
  if (level_of(operand) == 0) {
    const L1d& l1d = s.cores[core.value].l1d;
    const unsigned slot = slot_of(operand, l1d.tags);
    if (slot == kNoSlot || !l1d.tags.valid(slot)) return;
    if (invalidates(op)) {
      s.remove_l1d(core.value, slot, dirty);
    } else if (l1d.lines[slot].state == Mesi::modified) {
      s.clean_l1d(core.value, slot);
    }
  } else if (level_of(operand) == 1) {
    const unsigned slot = slot_of(operand, s.l2.tags);
    if (slot == kNoSlot || !s.l2.tags.valid(slot)) return;
    // CHOICE: invalidating a line of the inclusive L2 takes it from the L1Ds too, with their dirty
    // data for CISW and without for ISW; CSW writes what L2 itself holds.
    if (invalidates(op)) {
      s.remove_l2(slot, dirty);
    } else {
      s.clean_l2(slot);
    }
  }
}

}  // namespace armature::cache
