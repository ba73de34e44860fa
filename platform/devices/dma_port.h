// A device's way to memory: I/O coherent, so the bytes are the coherent ones and a write is seen by
// exclusive monitors, predecoded code and table frames like any other master's.
#pragma once

#include <cstdint>
#include <span>

#include "sim/base/types.h"

namespace armature::platform {

class DmaPort {
 public:
  virtual ~DmaPort() = default;
  // False when any byte of the range is not memory; then the destination is unspecified.
  virtual bool read(PhysicalAddress pa, std::span<std::uint8_t> bytes) = 0;
  virtual bool write(PhysicalAddress pa, std::span<const std::uint8_t> bytes) = 0;
};

}  // namespace armature::platform
