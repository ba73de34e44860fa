// The L1 instruction caches: private copies of bytes, filled from the Point of Unification and kept
// until replaced or invalidated. Nothing else ever changes them.
// CHOICE: L2 is not inclusive of the L1Is, so an L2 eviction leaves their lines alone.
#include "cache/state.h"

namespace armature::cache {

// Of a full set's victim; the caller puts another line into its slot at once.
void Hierarchy::State::evict_l1i(unsigned core, unsigned slot) {
  ++cores[core].statistics.l1i_evictions;
  leave_l1i(core, slot);
}

void Hierarchy::State::remove_l1i(unsigned core, unsigned slot) {
  CoreCaches& c = cores[core];
  ++c.statistics.l1i_invalidations;
  leave_l1i(core, slot);
  c.l1i.tags.clear(slot);
  c.l1i.replacement.forget(slot);
}

void Hierarchy::State::leave_l1i(unsigned core, unsigned slot) {
  CoreCaches& c = cores[core];
  if (c.observer != nullptr) c.observer->l1i_line_lost(slot);
  publish_evict(c.l1i.tags, slot, Level::l1_instruction, Mesi::shared, core);
}

unsigned Hierarchy::State::choose_l1i_slot(unsigned core, PhysicalAddress pa) {
  CoreCaches& c = cores[core];
  const unsigned first = c.l1i.tags.first_of(pa);
  const unsigned empty = c.l1i.tags.find_empty(first);
  if (empty != kNoSlot) return empty;
  const auto victim = c.l1i.replacement.victim(first);
  if (victim.cleared && c.observer != nullptr) {
    for (unsigned way = 0; way < c.l1i.tags.ways(); ++way) c.observer->l1i_line_lost(first + way);
  }
  evict_l1i(core, victim.slot);
  return victim.slot;
}

[[gnu::flatten]] FetchLine Hierarchy::fetch(CoreId core, PhysicalAddress pa, Cycles& cost) {
  CoreCaches& c = state_->cores[core.value];
  ++c.statistics.l1i_accesses;
  unsigned slot = c.l1i.tags.find(pa);
  if (slot != kNoSlot) {
    c.l1i.replacement.touch(slot);
    return {c.l1i.bytes(slot), slot};
  }
  ++c.statistics.l1i_misses;
  MemoryRegion* region = state_->memory.find(pa);
  ARMATURE_ASSERT(region != nullptr);
  const std::uint8_t* source = nullptr;
  if (region->is_ram) {
    // The PoU value: dirty data in any L1D, this core's included, is not seen.
    source = state_->l2.pou_value(state_->obtain_l2(pa, cost));
  } else {
    source = region->host + (line_of(pa) - region->base);
    cost += Cycles::whole(state_->costs.memory);
  }
  slot = state_->choose_l1i_slot(core.value, pa);
  copy_line(c.l1i.bytes(slot), source);
  c.l1i.tags.set(slot, pa);
  c.l1i.replacement.touch(slot);
  ++c.statistics.l1i_fills;
  state_->publish_fill(line_of(pa), Level::l1_instruction, Mesi::shared);
  return {c.l1i.bytes(slot), slot};
}

void Hierarchy::instruction_all(CoreId core) {
  const TagArray& tags = state_->cores[core.value].l1i.tags;
  for (unsigned slot = 0; slot < tags.slots(); ++slot) {
    if (tags.valid(slot)) state_->remove_l1i(core.value, slot);
  }
}

void Hierarchy::instruction_all_inner_shareable() {
  for (std::uint8_t core = 0; core < state_->cores.size(); ++core) instruction_all(CoreId{core});
}

void Hierarchy::instruction_by_address(PhysicalAddress pa) {
  for (unsigned core = 0; core < state_->cores.size(); ++core) {
    const unsigned slot = state_->cores[core].l1i.tags.find(pa);
    if (slot != kNoSlot) state_->remove_l1i(core, slot);
  }
}

bool Hierarchy::instruction_line_differs(PhysicalAddress pa) const {
  MemoryRegion* region = state_->memory.find(pa);
  if (region == nullptr) return false;
  const std::uint8_t* coherent = region->host + (line_of(pa) - region->base);
  for (CoreCaches& c : state_->cores) {
    const unsigned slot = c.l1i.tags.find(pa);
    if (slot != kNoSlot && std::memcmp(c.l1i.bytes(slot), coherent, kLineBytes) != 0) return true;
  }
  return false;
}

}  // namespace armature::cache
