// Physical memory with a host pointer behind it: RAM (coherent value of every line) and ROM/flash
// arrays. Everything else is the bus's. Cacheable data accesses allocate in RAM regions only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "sim/base/types.h"

namespace armature {

// Flags of a 4 KB frame; any set flag keeps stores to it off the fast path.
enum FrameFlag : std::uint8_t {
  kFrameTable = 1,    // holds translation tables (mmu/table_frames)
  kFrameWatched = 2,  // reads and writes are published
};

// Who watches is no part of the state that a snapshot holds: a frame stays as watched as it is.
constexpr std::uint8_t restored_flags(std::uint8_t now, std::uint8_t saved) {
  return static_cast<std::uint8_t>((now & kFrameWatched) | (saved & ~kFrameWatched));
}

struct MemoryRegion {
  std::string name;
  PhysicalAddress base;
  std::uint64_t size = 0;  // bytes, a multiple of kFrameBytes
  bool is_ram = true;      // false: ROM or flash array, readable here, writes go to the bus
  bool readable = true;    // false while a flash array is in command mode: reads go to the bus
  std::uint8_t* host = nullptr;
  std::uint8_t* frame_flags = nullptr;  // one byte a frame
};

class MemoryMap {
 public:
  MemoryMap() = default;
  MemoryMap(const MemoryMap&) = delete;
  MemoryMap& operator=(const MemoryMap&) = delete;
  ~MemoryMap();

  // Adds zeroed memory, allocated lazily by the host (anonymous private mapping).
  MemoryRegion& add(std::string name, PhysicalAddress base, std::uint64_t size, bool is_ram);

  // The region that holds pa, or nullptr. Regions are few; the last hit is tried first.
  MemoryRegion* find(PhysicalAddress pa) {
    if (last_ != nullptr && pa.value - last_->base.value < last_->size) return last_;
    return find_slow(pa);
  }
  const std::vector<std::unique_ptr<MemoryRegion>>& regions() const { return regions_; }

  // Host address of pa in RAM or ROM, nullptr when there is none.
  std::uint8_t* host(PhysicalAddress pa) {
    MemoryRegion* region = find(pa);
    return region == nullptr ? nullptr : region->host + (pa - region->base);
  }
  // Flags of pa's frame; pa must lie in a region.
  std::uint8_t& frame_flags(PhysicalAddress pa) {
    MemoryRegion* region = find(pa);
    return region->frame_flags[(pa - region->base) / kFrameBytes];
  }

 private:
  MemoryRegion* find_slow(PhysicalAddress pa);

  std::vector<std::unique_ptr<MemoryRegion>> regions_;
  MemoryRegion* last_ = nullptr;
};

}  // namespace armature
