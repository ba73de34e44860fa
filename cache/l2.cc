// The shared L2: filled from memory, inclusive of the L1Ds, the Point of Unification.
#include "cache/state.h"

namespace armature::cache {

unsigned Hierarchy::State::obtain_l2(PhysicalAddress pa, Cycles& cost) {
  ++shared.l2_accesses;
  const unsigned first = l2.tags.first_of(pa);
  __builtin_prefetch(&l2.lines[first], 1);  // a line of the host's cache, like the tags
  const unsigned slot = l2.tags.find(pa, first);
  if (slot != kNoSlot) {
    cost += Cycles::whole(costs.l2_cache_hit);
    l2.replacement.touch(slot);
    return slot;
  }
  return fill_l2(pa, cost);
}

unsigned Hierarchy::State::fill_l2(PhysicalAddress pa, Cycles& cost) {
  ++shared.l2_misses;
  cost += Cycles::whole(costs.memory);
  const unsigned first = l2.tags.first_of(pa);
  unsigned slot = l2.tags.find_empty(first);
  if (slot == kNoSlot) {
    slot = l2.replacement.victim(first).slot;  // nothing relies on L2's reference bits
    evict_l2(slot);
    l2.tags.replace(slot, pa);
  } else {
    l2.tags.set(slot, pa);
  }
  l2.replacement.touch(slot);
  ++shared.l2_fills;
  publish_fill(line_of(pa), Level::l2, Mesi::exclusive);
  return slot;
}

void Hierarchy::State::clean_l2(unsigned slot) {
  L2Line& line = l2.lines[slot];
  if (!line.dirty) return;
  line.dirty = false;
  ++shared.l2_writebacks;
  if (line.pou_differs) {
    // An L1D holds newer data: memory gets what L2 has.
    copy_line(l2.poc_bytes(slot), l2.pou_bytes(slot));
    line.poc_differs = true;
  } else {
    line.poc_differs = false;
  }
  publish_writeback(l2.tags, slot, Level::l2, 0);
}

void Hierarchy::State::evict_l2(unsigned slot) {
  ++shared.l2_evictions;
  leave_l2(slot, DirtyData::written_back);
}

void Hierarchy::State::remove_l2(unsigned slot, DirtyData dirty) {
  ++shared.l2_invalidations;
  leave_l2(slot, dirty);
  l2.tags.clear(slot);
  l2.replacement.forget(slot);
}

void Hierarchy::State::leave_l2(unsigned slot, DirtyData dirty) {
  L2Line& line = l2.lines[slot];
  if (line.sharers != 0) remove_sharers(slot, kNoOwner, dirty);
  const Mesi state = line.dirty ? Mesi::modified : Mesi::exclusive;
  if (dirty == DirtyData::written_back) clean_l2(slot);
  // Nobody caches the line any more: memory's value becomes the coherent one.
  if (line.poc_differs) copy_line(l2.host(slot), l2.poc_bytes(slot));
  line = {};
  publish_evict(l2.tags, slot, Level::l2, state, 0);
}

}  // namespace armature::cache
