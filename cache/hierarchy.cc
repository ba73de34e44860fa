// Cacheable data accesses, observers, monitors and statistics.
#include "cache/hierarchy.h"

#include "cache/state.h"

namespace armature::cache {

Hierarchy::Hierarchy(const CpuPreset& preset, unsigned cores, std::uint64_t seed, MemoryMap& memory,
                     EventBus& events)
    : state_(std::make_unique<State>(preset, cores, seed, memory, events)) {}
Hierarchy::~Hierarchy() = default;

void Hierarchy::set_observer(CoreId core, LineObserver* observer) {
  state_->cores[core.value].observer = observer;
}

// All of a miss that does not leave L1D and L2 is one function each here: the calls between its steps
// were a quarter of its cost.
[[gnu::flatten]] unsigned Hierarchy::read_line(CoreId core, PhysicalAddress pa, Cycles& cost) {
  CoreCaches& c = state_->cores[core.value];
  ++c.statistics.l1d_accesses;
  const unsigned first = c.l1d.tags.first_of(pa);
  const unsigned slot = c.l1d.tags.find(pa, first);
  if (slot != kNoSlot) {
    c.l1d.replacement.touch(slot);
    return slot;
  }
  ++c.statistics.l1d_misses;
  const unsigned l2_slot = state_->obtain_l2(pa, cost);
  const L2Line& directory = state_->l2.lines[l2_slot];
  if (directory.owner != kNoOwner) {
    ++state_->shared.snoops;
    cost += Cycles::whole(state_->costs.snoop);
    state_->share_owned(l2_slot);
  }
  const Mesi state = directory.sharers == 0 ? Mesi::exclusive : Mesi::shared;
  return state_->fill_l1d(c, core.value, pa, first, l2_slot, state);
}

[[gnu::flatten]] unsigned Hierarchy::write_line(CoreId core, PhysicalAddress pa,
                                                const std::uint8_t* host, Cycles& cost) {
  CoreCaches& c = state_->cores[core.value];
  ++c.statistics.l1d_accesses;
  const unsigned first = c.l1d.tags.first_of(pa);
  unsigned slot = c.l1d.tags.find(pa, first);
  if (slot != kNoSlot) {
    c.l1d.replacement.touch(slot);
    const L1dLine& line = c.l1d.lines[slot];
    if (line.state == Mesi::modified) return slot;
    if (line.state == Mesi::shared) {
      ++c.statistics.l1d_upgrades;
      cost += Cycles::whole(state_->costs.l2_cache_hit);  // the directory's answer
    }
  } else {
    ++c.statistics.l1d_misses;
  }
  const unsigned l2_slot =
      slot == kNoSlot ? state_->obtain_l2(pa, cost) : c.l1d.lines[slot].l2_slot;
  const L2Line& directory = state_->l2.lines[l2_slot];
  if ((directory.sharers & ~(1u << core.value)) != 0) {
    ++state_->shared.snoops;
    cost += Cycles::whole(state_->costs.snoop);
    state_->remove_sharers(l2_slot, core.value, DirtyData::written_back);
  }
  if (slot == kNoSlot) slot = state_->fill_l1d(c, core.value, pa, first, l2_slot, Mesi::exclusive);
  state_->become_modified(c, core.value, slot, host);
  state_->clear_monitors(line_of(pa), core.value);
  return slot;
}

DataLine Hierarchy::read(CoreId core, PhysicalAddress pa, Cycles& cost) {
  std::uint8_t* const line = state_->memory.host(line_of(pa));
  return {line, read_line(core, pa, cost)};
}

DataLine Hierarchy::write(CoreId core, PhysicalAddress pa, Cycles& cost) {
  std::uint8_t* const line = state_->memory.host(line_of(pa));
  return {line, write_line(core, pa, line, cost)};
}

// CHOICE: a walker's read that hits this core's L1D leaves the replacement state alone; one that
// misses takes the data from L2, which asks a Modified owner as for a read.
[[gnu::flatten]] void Hierarchy::walk_access(CoreId core, PhysicalAddress pa, Cycles& cost) {
  CoreCaches& c = state_->cores[core.value];
  ++c.statistics.walk_reads;
  if (c.l1d.tags.find(pa) != kNoSlot) {
    ++c.statistics.walk_reads_l1d;
    cost += Cycles::whole(state_->costs.l1_hit_walk);
    return;
  }
  const std::uint64_t misses = state_->shared.l2_misses;
  const unsigned l2_slot = state_->obtain_l2(pa, cost);
  if (state_->shared.l2_misses == misses) ++c.statistics.walk_reads_l2;
  if (state_->l2.lines[l2_slot].owner != kNoOwner) {
    ++state_->shared.snoops;
    cost += Cycles::whole(state_->costs.snoop);
    state_->share_owned(l2_slot);
  }
}

std::uint64_t Hierarchy::walk_read(CoreId core, PhysicalAddress pa, Cycles& cost) {
  walk_access(core, pa, cost);
  std::uint64_t descriptor = 0;
  std::memcpy(&descriptor, state_->memory.host(pa.aligned_down(8)), sizeof descriptor);
  return descriptor;
}

void Hierarchy::monitor_set(CoreId core, PhysicalAddress pa) {
  state_->set_monitor(core.value, line_of(pa).value);
}
bool Hierarchy::monitor_covers(CoreId core, PhysicalAddress pa) const {
  return state_->cores[core.value].monitor == line_of(pa).value;
}
void Hierarchy::monitor_clear(CoreId core) { state_->set_monitor(core.value, kNoMonitor); }

const Hierarchy::CoreStatistics& Hierarchy::statistics(CoreId core) const {
  return state_->cores[core.value].statistics;
}
void Hierarchy::add_hits(CoreId core, std::uint64_t l1i, std::uint64_t l1d) {
  state_->cores[core.value].statistics.l1i_accesses += l1i;
  state_->cores[core.value].statistics.l1d_accesses += l1d;
}
const Hierarchy::SharedStatistics& Hierarchy::shared_statistics() const { return state_->shared; }

std::uint64_t Hierarchy::resident_lines(Level level, CoreId core) const {
  const CoreCaches& c = state_->cores[core.value];
  const TagArray& tags = level == Level::l2        ? state_->l2.tags
                         : level == Level::l1_data ? c.l1d.tags
                                                   : c.l1i.tags;
  std::uint64_t resident = 0;
  for (unsigned slot = 0; slot < tags.slots(); ++slot) resident += tags.valid(slot) ? 1 : 0;
  return resident;
}

}  // namespace armature::cache
