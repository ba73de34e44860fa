// Memory as a debugger or the host sees it at a core's virtual addresses: in the core's present
// regime, whatever the permissions, without a TLB, and coherent with every cache.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "cpu/core.h"
#include "platform/machine/coherent_port.h"

namespace armature::platform {

class VirtualMemory {
 public:
  VirtualMemory(const cpu::Core& core, CoherentPort& port) : core_(core), port_(port) {}

  std::optional<PhysicalAddress> translate(std::uint64_t va) const;
  // As many bytes of the range as can be read from its beginning: nothing of a device.
  std::vector<std::uint8_t> read(std::uint64_t va, std::size_t bytes) const;
  // All of them or, when one of them is not in RAM, none.
  bool write(std::uint64_t va, std::span<const std::uint8_t> bytes) const;

 private:
  bool read_physical(PhysicalAddress pa, std::span<std::uint8_t> bytes) const;

  const cpu::Core& core_;
  CoherentPort& port_;
};

}  // namespace armature::platform
