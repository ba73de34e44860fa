// The L1 data caches: the MESI transitions of a line in one core.
#include "cache/state.h"

namespace armature::cache {

unsigned Hierarchy::State::fill_l1d(CoreCaches& c, unsigned core, PhysicalAddress pa,
                                    unsigned first, unsigned l2_slot, Mesi state) {
  unsigned slot = c.l1d.tags.find_empty(first);
  if (slot == kNoSlot) [[likely]] {
    slot = make_room_l1d(c, core, first);
    c.l1d.tags.replace(slot, pa);
  } else {
    c.l1d.tags.set(slot, pa);
  }
  L2Line& directory = l2.lines[l2_slot];
  directory.sharers = static_cast<std::uint16_t>(directory.sharers | 1u << core);
  if (state == Mesi::exclusive) directory.owner = static_cast<std::uint8_t>(core);
  c.l1d.lines[slot] = {l2_slot, state};
  c.l1d.replacement.touch(slot);
  ++c.statistics.l1d_fills;
  publish_fill(line_of(pa), Level::l1_data, state);
  return slot;
}

unsigned Hierarchy::State::make_room_l1d(CoreCaches& c, unsigned core, unsigned first) {
  const auto [slot, cleared] = c.l1d.replacement.victim(first);
  const Mesi state = c.l1d.lines[slot].state;
  if (state == Mesi::modified) write_back_l1d(c, core, slot);
  ++c.statistics.l1d_evictions;
  if (c.observer != nullptr) {
    if (c.l1d.tags.ways() == 2) [[likely]] {
      c.observer->l1d_victim_lost(slot, 2 * first + 1 - slot, cleared);
    } else if (cleared) {
      for (unsigned way = 0; way < c.l1d.tags.ways(); ++way) c.observer->l1d_line_lost(first + way);
    } else {
      c.observer->l1d_line_lost(slot);
    }
  }
  leave_l1d(c, core, slot, state);
  return slot;
}

void Hierarchy::State::leave_l1d(CoreCaches& c, unsigned core, unsigned slot, Mesi state) {
  L2Line& directory = l2.lines[c.l1d.lines[slot].l2_slot];
  directory.sharers = static_cast<std::uint16_t>(directory.sharers & ~(1u << core));
  if (directory.owner == core) directory.owner = kNoOwner;
  publish_evict(c.l1d.tags, slot, Level::l1_data, state, core);
}

void Hierarchy::State::remove_l1d(unsigned core, unsigned slot, DirtyData dirty) {
  CoreCaches& c = cores[core];
  L1dLine& line = c.l1d.lines[slot];
  const Mesi state = line.state;
  if (state == Mesi::modified && dirty == DirtyData::written_back) {
    clean_l1d(core, slot);
  } else if (state == Mesi::modified) {
    copy_line(l2.host(line.l2_slot), l2.pou_bytes(line.l2_slot));  // what L2 holds is the coherent value now
    l2.lines[line.l2_slot].pou_differs = false;
  }
  ++c.statistics.l1d_invalidations;
  if (c.observer != nullptr) c.observer->l1d_line_lost(slot);
  leave_l1d(c, core, slot, state);
  line = {};
  c.l1d.tags.clear(slot);
  c.l1d.replacement.forget(slot);
}

void Hierarchy::State::clean_l1d(unsigned core, unsigned slot) {
  CoreCaches& c = cores[core];
  if (c.observer != nullptr) c.observer->l1d_write_lost(slot);
  write_back_l1d(c, core, slot);
}

void Hierarchy::State::write_back_l1d(CoreCaches& c, unsigned core, unsigned slot) {
  L1dLine& line = c.l1d.lines[slot];
  line.state = Mesi::exclusive;
  L2Line& outer = l2.lines[line.l2_slot];
  outer.pou_differs = false;
  outer.dirty = true;
  ++c.statistics.l1d_writebacks;
  publish_writeback(c.l1d.tags, slot, Level::l1_data, core);
}

void Hierarchy::State::become_modified(CoreCaches& c, unsigned core, unsigned slot,
                                       const std::uint8_t* host) {
  L1dLine& line = c.l1d.lines[slot];
  L2Line& outer = l2.lines[line.l2_slot];
  if (!outer.pou_differs) copy_line(l2.pou_bytes(line.l2_slot), host);
  if (!outer.poc_differs) copy_line(l2.poc_bytes(line.l2_slot), host);
  outer.pou_differs = true;
  outer.poc_differs = true;
  outer.owner = static_cast<std::uint8_t>(core);
  line.state = Mesi::modified;
}

void Hierarchy::State::remove_sharers(unsigned l2_slot, std::uint8_t keep, DirtyData dirty) {
  unsigned others = l2.lines[l2_slot].sharers;
  if (keep != kNoOwner) others &= ~(1u << keep);
  if (others == 0) return;
  const PhysicalAddress pa = l2.tags.line_address(l2_slot);
  while (others != 0) {
    const auto core = static_cast<unsigned>(std::countr_zero(others));
    others &= others - 1;
    remove_l1d(core, cores[core].l1d.tags.find(pa), dirty);
  }
}

unsigned Hierarchy::State::owner_slot(unsigned l2_slot) const {
  return cores[l2.lines[l2_slot].owner].l1d.tags.find(l2.tags.line_address(l2_slot));
}

// CHOICE: MESI, not MOESI: a Modified line that is shared goes through L2, so a reader on another
// core also moves the data to the Point of Unification.
void Hierarchy::State::share_owned(unsigned l2_slot) {
  const unsigned owner = l2.lines[l2_slot].owner;
  if (owner == kNoOwner) return;
  const unsigned slot = owner_slot(l2_slot);
  if (cores[owner].l1d.lines[slot].state == Mesi::modified) clean_l1d(owner, slot);
  cores[owner].l1d.lines[slot].state = Mesi::shared;
  l2.lines[l2_slot].owner = kNoOwner;
}

}  // namespace armature::cache
