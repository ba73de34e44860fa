// What lies behind the caches: the interconnect as the core and the coherent port see it.
// platform/ implements it over TLM-2.0 sockets; unit tests with a few lines.
#pragma once

#include <cstdint>

#include "sim/base/types.h"

namespace armature {

enum class BusResponse : std::uint8_t { okay, decode_error, slave_error };

class Bus {
 public:
  virtual ~Bus() = default;
  // size is 1, 2, 4 or 8 bytes; the address is aligned to it. `master` is the core.
  virtual BusResponse read(CoreId master, PhysicalAddress pa, unsigned size, std::uint64_t& value) = 0;
  virtual BusResponse write(CoreId master, PhysicalAddress pa, unsigned size, std::uint64_t value) = 0;
};

}  // namespace armature
