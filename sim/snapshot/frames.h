// Physical memory as shared 4 KB frames: many images of one machine that cost only what differs.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "sim/memory/memory_map.h"

namespace armature {

struct MemoryImage {
  using Frame = std::array<std::uint8_t, kFrameBytes>;
  struct Region {
    std::vector<std::shared_ptr<const Frame>> frames;  // nullptr: zeros
    std::vector<std::uint8_t> flags;
    bool readable = true;
  };
  std::vector<Region> regions;
  std::uint64_t own_bytes = 0;  // of frames that no earlier image held

  // Everything that `memory` holds; equal frames of `previous` (may be nullptr) are shared.
  static MemoryImage of(const MemoryMap& memory, const MemoryImage* previous);
  // Puts the contents back; `memory` must have the regions it was taken from.
  void restore(MemoryMap& memory) const;
};

}  // namespace armature
