#include "platform/machine/check_view.h"

#include <array>
#include <cstring>

namespace armature::platform {

std::uint64_t CheckView::read64(PhysicalAddress address) const {
  const std::uint8_t* host = machine_.memory.host(address.aligned_down(8));
  std::uint64_t value = 0;
  if (host != nullptr) std::memcpy(&value, host, sizeof value);
  return value;
}

bool CheckView::is_ram(PhysicalAddress address) const {
  const MemoryRegion* region = machine_.memory.find(address);
  return region != nullptr && region->is_ram;
}

bool CheckView::line_differs_at_poc(PhysicalAddress line) const {
  if (!is_ram(line)) return false;
  std::array<std::uint8_t, kLineBytes> coherent{}, poc{};
  machine_.caches->coherent_value(line, coherent);
  machine_.caches->poc_value(line, poc);
  return coherent != poc;
}

bool CheckView::instructions_differ(PhysicalAddress line) const {
  return machine_.caches->instruction_line_differs(line);
}

std::vector<check::TableEntry> CheckView::table_entries(PhysicalAddress descriptor) const {
  std::vector<check::TableEntry> entries;
  const auto& frames = machine_.tables->frames();
  const auto place = frames.find(descriptor.value / kFrameBytes);
  if (place == frames.end()) return entries;
  for (const mmu::TableRole& role : place->second) {
    check::TableEntry entry;
    entry.root = role.root;
    entry.regime = static_cast<unsigned>(role.regime);
    entry.stage = static_cast<unsigned>(role.stage);
    entry.level = static_cast<unsigned>(role.level);
    entry.vmid = role.vmid.value;
    entry.asid = role.asid.value;
    entry.any_asid = role.any_asid;
    entry.detached = role.detached;
    entry.root_left = !role.detached && machine_.tables->is_detached(role);
    entry.is_known = !role.permanent;
    if (entry.is_known) {
      entry.input = mmu::TableFrames::input_of(role, descriptor, entry.size_log2);
    }
    entries.push_back(entry);
  }
  return entries;
}

void CheckView::watch(PhysicalAddress base, std::uint64_t bytes) { machine_.watch(base, bytes); }

void CheckView::watch_entries_of(PhysicalAddress descriptor) {
  for (auto& mmu : machine_.mmus) mmu->watch_entries_of(descriptor);
}

}  // namespace armature::platform
