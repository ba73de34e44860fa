#include "sim/memory/memory_map.h"

#include <sys/mman.h>

#include <new>

#include "sim/base/assert.h"

namespace armature {
namespace {

std::uint8_t* map_zeroed(std::uint64_t size) {
  void* memory = mmap(nullptr, size, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc();
  return static_cast<std::uint8_t*>(memory);
}

}  // namespace

MemoryMap::~MemoryMap() {
  for (auto& region : regions_) {
    munmap(region->host, region->size);
    munmap(region->frame_flags, region->size / kFrameBytes);
  }
}

MemoryRegion& MemoryMap::add(std::string name, PhysicalAddress base, std::uint64_t size,
                             bool is_ram) {
  ARMATURE_ASSERT(size > 0 && size % kFrameBytes == 0 && base.value % kFrameBytes == 0);
  for (const auto& region : regions_) {
    ARMATURE_ASSERT(base.value + size <= region->base.value ||
                    region->base.value + region->size <= base.value);
  }
  auto region = std::make_unique<MemoryRegion>();
  region->name = std::move(name);
  region->base = base;
  region->size = size;
  region->is_ram = is_ram;
  region->host = map_zeroed(size);
  region->frame_flags = map_zeroed(size / kFrameBytes);
  regions_.push_back(std::move(region));
  return *regions_.back();
}

MemoryRegion* MemoryMap::find_slow(PhysicalAddress pa) {
  for (auto& region : regions_) {
    if (pa.value - region->base.value < region->size) {
      last_ = region.get();
      return last_;
    }
  }
  return nullptr;
}

}  // namespace armature
