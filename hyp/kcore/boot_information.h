// What KCore learns from the device tree, and how it changes the tree for the kernel.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "hyp/kcore/cpu.h"
#include "hyp/kcore/device_tree.h"
#include "hyp/kcore/types.h"

namespace armature::kcore {

struct BootInformation {
  std::uint64_t ram_bytes() const {
    std::uint64_t sum = 0;
    for (const auto& range : std::span(ram).first(ram_count)) sum += range.bytes;
    return sum;
  }
  bool is_ram(const PhysicalRange& range) const {
    for (const auto& one : std::span(ram).first(ram_count)) {
      if (range.bytes != 0 && one.contains(range.base) && one.contains(range.last())) return true;
    }
    return false;
  }

  static constexpr unsigned kMaxRam = 8;
  std::array<PhysicalRange, kMaxRam> ram{};
  unsigned ram_count = 0;
  PhysicalRange kernel{};
  std::array<std::uint64_t, kMaxCpus> cpu_affinities{};
  unsigned cpu_count = 0;
};

// `image` is where KCore itself lies. Panics when the tree does not describe a machine that KCore can
// run on.
BootInformation read_boot_information(const DeviceTree& tree, const PhysicalRange& image);

// The highest 2 MiB-aligned `bytes` of RAM in which neither KCore's image nor anything that the tree
// names lies. Panics when there are none.
PhysicalRange find_room(const DeviceTree& tree, const BootInformation& boot,
                        const PhysicalRange& image, std::uint64_t bytes);

// The machine's seed for random numbers, /chosen rng-seed; empty: none. Secret: it has to be changed
// before the kernel sees the tree.
std::span<std::uint8_t> find_seed(const DeviceTree& tree);

// PSCI by SMC, and KCore's own memory in the places that /reserved-memory has for it. Panics when there
// are too few.
void hand_over_tree(DeviceTree& tree, std::span<const PhysicalRange> memory);

}  // namespace armature::kcore
