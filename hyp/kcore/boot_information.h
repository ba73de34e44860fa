// What KCore learns from the device tree, and how it changes the tree for the kernel.
#pragma once

#include <array>
#include <cstdint>

#include "hyp/kcore/cpu.h"
#include "hyp/kcore/device_tree.h"
#include "hyp/kcore/memory_map.h"

namespace armature::kcore {

struct BootInformation {
  PhysicalRange kernel{};
  std::array<std::uint64_t, kMaxCpus> cpu_affinities{};
  unsigned cpu_count = 0;
};

// Adds the RAM to `memory`. Panics when the tree does not describe a machine that KCore can run on.
BootInformation read_boot_information(const DeviceTree& tree, MemoryMap& memory);

// PSCI by SMC, and KCore's own memory reserved and never mapped. Panics when there is no room.
void hand_over_tree(DeviceTree& tree, const MemoryMap& memory);

}  // namespace armature::kcore
