#include "platform/machine/coherent_port.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace armature::platform {

bool CoherentPort::is_ram(PhysicalAddress pa, std::uint64_t bytes) {
  const MemoryRegion* region = memory_.find(pa);
  return region != nullptr && region->is_ram && bytes <= region->size - (pa - region->base);
}

bool CoherentPort::read(PhysicalAddress pa, std::span<std::uint8_t> bytes) {
  if (bytes.empty()) return true;
  if (!is_ram(pa, bytes.size())) return false;
  caches_.dma_read(pa, bytes);
  return true;
}

bool CoherentPort::write(PhysicalAddress pa, std::span<const std::uint8_t> bytes) {
  if (bytes.empty()) return true;
  if (!is_ram(pa, bytes.size())) return false;
  // Line by line, so that each descriptor of a table frame is seen before and after.
  for (std::size_t done = 0; done < bytes.size();) {
    const PhysicalAddress at = pa + done;
    const std::uint64_t offset = at.offset_in(kLineBytes);
    const std::size_t size = std::min<std::size_t>(bytes.size() - done, kLineBytes - offset);
    const bool table = (memory_.frame_flags(at) & kFrameTable) != 0;
    std::array<std::uint8_t, 64> before{};
    if (table) caches_.coherent_value(at, before);
    caches_.dma_write(at, bytes.subspan(done, size));
    if (table) {
      std::array<std::uint8_t, 64> after = before;
      std::memcpy(after.data() + offset, bytes.data() + done, size);
      for (std::uint64_t word = offset & ~7ull; word < offset + size; word += 8) {
        std::uint64_t old_value = 0;
        std::uint64_t new_value = 0;
        std::memcpy(&old_value, before.data() + word, 8);
        std::memcpy(&new_value, after.data() + word, 8);
        tables_.written(at.aligned_down(kLineBytes) + word, old_value, new_value);
      }
    }
    done += size;
  }
  return true;
}

}  // namespace armature::platform
