// Accesses that bypass the caches (the PoC value), I/O-coherent masters, and the three values.
#include "cache/hierarchy.h"
#include "cache/state.h"

namespace armature::cache {

// The 64 bytes of the line of pa at each point; the coherent ones where no L2 line says otherwise.
const std::uint8_t* Hierarchy::State::pou_line(PhysicalAddress pa) {
  const unsigned slot = l2.tags.find(pa);
  return slot == kNoSlot ? memory.host(line_of(pa)) : l2.pou_value(slot);
}
const std::uint8_t* Hierarchy::State::poc_line(PhysicalAddress pa) {
  const unsigned slot = l2.tags.find(pa);
  return slot == kNoSlot ? memory.host(line_of(pa)) : l2.poc_value(slot);
}

void Hierarchy::read_uncached(CoreId core, PhysicalAddress pa, std::span<std::uint8_t> bytes,
                              Cycles& cost) {
  ++state_->cores[core.value].statistics.uncached_reads;
  cost += Cycles::whole(state_->costs.device);
  ARMATURE_ASSERT(pa.offset_in(kLineBytes) + bytes.size() <= kLineBytes);
  const std::uint8_t* line = state_->poc_line(pa);
  std::memcpy(bytes.data(), line + pa.offset_in(kLineBytes), bytes.size());
}

// Cached copies of the line stay as they are, and hide the write until they go (mismatched
// attributes: the program's mistake, to be seen as such).
void Hierarchy::write_uncached(CoreId core, PhysicalAddress pa, std::span<const std::uint8_t> bytes,
                               Cycles& cost) {
  ++state_->cores[core.value].statistics.uncached_writes;
  cost += Cycles::whole(state_->costs.device);
  ARMATURE_ASSERT(pa.offset_in(kLineBytes) + bytes.size() <= kLineBytes);
  state_->clear_monitors(line_of(pa), core.value);
  const unsigned slot = state_->l2.tags.find(pa);
  std::uint8_t* line = nullptr;
  if (slot == kNoSlot) {
    MemoryRegion* region = state_->memory.find(pa);
    ARMATURE_ASSERT(region != nullptr && region->is_ram);
    line = region->host + (line_of(pa) - region->base);
  } else {
    line = state_->l2.poc_bytes(slot);
    if (!state_->l2.lines[slot].poc_differs) copy_line(line, state_->l2.host(slot));
    state_->l2.lines[slot].poc_differs = true;
  }
  std::memcpy(line + pa.offset_in(kLineBytes), bytes.data(), bytes.size());
}

void Hierarchy::fetch_uncached(CoreId core, PhysicalAddress pa, std::span<std::uint8_t, 64> line,
                               Cycles& cost) {
  ++state_->cores[core.value].statistics.uncached_reads;
  cost += Cycles::whole(state_->costs.device);
  copy_line(line.data(), state_->poc_line(pa));
}

void Hierarchy::dma_read(PhysicalAddress pa, std::span<std::uint8_t> bytes) {
  if (bytes.empty()) return;
  MemoryRegion* region = state_->memory.find(pa);
  ARMATURE_ASSERT(region != nullptr && bytes.size() <= region->size - (pa - region->base));
  std::memcpy(bytes.data(), region->host + (pa - region->base), bytes.size());
}

void Hierarchy::dma_write(PhysicalAddress pa, std::span<const std::uint8_t> bytes) {
  if (bytes.empty()) return;
  MemoryRegion* region = state_->memory.find(pa);
  ARMATURE_ASSERT(region != nullptr && bytes.size() <= region->size - (pa - region->base));
  const PhysicalAddress end = pa + bytes.size();
  for (PhysicalAddress line = line_of(pa); line < end; line = line + kLineBytes) {
    state_->clear_monitors(line, kNoOwner);
    const unsigned slot = state_->l2.tags.find(line);
    if (slot == kNoSlot) continue;
    // Dirty bytes the write does not cover go to memory with it.
    state_->remove_sharers(slot, kNoOwner, DirtyData::written_back);
    state_->clean_l2(slot);
    state_->l2.lines[slot].poc_differs = false;
  }
  std::memcpy(region->host + (pa - region->base), bytes.data(), bytes.size());
}

void Hierarchy::coherent_value(PhysicalAddress pa, std::span<std::uint8_t, 64> line) const {
  copy_line(line.data(), state_->memory.host(line_of(pa)));
}
void Hierarchy::pou_value(PhysicalAddress pa, std::span<std::uint8_t, 64> line) const {
  copy_line(line.data(), state_->pou_line(pa));
}
void Hierarchy::poc_value(PhysicalAddress pa, std::span<std::uint8_t, 64> line) const {
  copy_line(line.data(), state_->poc_line(pa));
}

std::vector<PhysicalAddress> Hierarchy::divergent_lines() const {
  std::vector<PhysicalAddress> lines;
  for (unsigned slot = 0; slot < state_->l2.tags.slots(); ++slot) {
    const L2Line& line = state_->l2.lines[slot];
    if (line.pou_differs || line.poc_differs) lines.push_back(state_->l2.tags.line_address(slot));
  }
  return lines;
}

}  // namespace armature::cache
