// The one way into memory for every master that is not a core: devices, a user's TLM models,
// debuggers. I/O coherent; stores to translation tables are published like a core's.
#pragma once

#include <span>

#include "cache/hierarchy.h"
#include "mmu/table_frames.h"
#include "platform/devices/dma_port.h"
#include "sim/memory/memory_map.h"

namespace armature::platform {

class CoherentPort final : public DmaPort {
 public:
  CoherentPort(MemoryMap& memory, cache::Hierarchy& caches, mmu::TableFrames& tables)
      : memory_(memory), caches_(caches), tables_(tables) {}

  bool read(PhysicalAddress pa, std::span<std::uint8_t> bytes) override;
  bool write(PhysicalAddress pa, std::span<const std::uint8_t> bytes) override;

 private:
  bool is_ram(PhysicalAddress pa, std::uint64_t bytes);

  MemoryMap& memory_;
  cache::Hierarchy& caches_;
  mmu::TableFrames& tables_;
};

}  // namespace armature::platform
