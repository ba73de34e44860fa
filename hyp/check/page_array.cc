#include "hyp/check/page_array.h"

namespace armature::hyp {

std::optional<PageOwner> PageArray::find(std::uint64_t page) const {
  const check::MachineView& machine = *scene_.machine;
  for (const check::Manifest::Ownership& range : scene_.manifest.ownership) {
    const std::uint64_t base = machine.read64(range.base_cell);
    const std::uint64_t bytes = machine.read64(range.bytes_cell);
    const std::uint64_t entries = machine.read64(range.entries_cell);
    if (entries == 0 || page - base >= bytes) continue;
    const std::uint64_t entry = entries + (page - base) / kFrameBytes * range.entry_bytes;
    const auto word = [&](unsigned offset) {
      const std::uint64_t at = entry + offset;
      return static_cast<std::uint32_t>(machine.read64({at & ~7ull}) >> at % 8 * 8);
    };
    PageOwner owner;
    const std::uint32_t number = word(range.owner_offset);
    owner.owner = check::principal_of_owner(number);
    owner.count = word(range.count_offset);
    owner.gfn = machine.read64({entry + range.gfn_offset});
    owner.is_exported = owner.owner >= check::kFirstVm && owner.count == ~0u;
    return owner;
  }
  return std::nullopt;
}

std::vector<PageArray::Range> PageArray::ranges() const {
  std::vector<Range> found;
  for (const check::Manifest::Ownership& range : scene_.manifest.ownership) {
    const std::uint64_t bytes = scene_.machine->read64(range.bytes_cell);
    if (bytes == 0 || scene_.machine->read64(range.entries_cell) == 0) continue;
    found.push_back({scene_.machine->read64(range.base_cell), bytes / kFrameBytes});
  }
  return found;
}

std::optional<std::uint64_t> PageArray::written(const Event& write) const {
  const check::MachineView& machine = *scene_.machine;
  for (const check::Manifest::Ownership& range : scene_.manifest.ownership) {
    const std::uint64_t entries = machine.read64(range.entries_cell);
    if (entries == 0 || write.b < entries) continue;
    const std::uint64_t offset = (write.b - entries) / range.entry_bytes * kFrameBytes;
    if (offset < machine.read64(range.bytes_cell)) return machine.read64(range.base_cell) + offset;
  }
  return std::nullopt;
}

}  // namespace armature::hyp
