#include "hyp/kcore/boot_information.h"

#include <cstring>
#include <optional>

#include "hyp/abi/boot.h"
#include "hyp/kcore/panic.h"

namespace armature::kcore {
namespace {

constexpr std::uint64_t kBlockBytes = 2 << 20;

void read_memory(const DeviceTree& tree, BootInformation& boot) {
  for (auto node = tree.first_child(tree.root()); node; node = tree.next_sibling(*node)) {
    if (tree.text(*node, "device_type") != "memory") continue;
    for (unsigned n = 0; auto range = tree.reg(*node, n); ++n) {
      if (boot.ram_count == BootInformation::kMaxRam)
        panic("more ranges of RAM than KCore can note");
      boot.ram[boot.ram_count++] = *range;
    }
  }
}

void read_cpus(const DeviceTree& tree, BootInformation& boot) {
  const auto cpus = tree.child(tree.root(), "cpus");
  if (!cpus) panic("no /cpus in the device tree");
  const std::uint32_t cells = tree.cell(*cpus, "#address-cells").value_or(1);
  for (auto node = tree.first_child(*cpus); node; node = tree.next_sibling(*node)) {
    if (tree.text(*node, "device_type") != "cpu") continue;
    const auto reg = tree.property(*node, "reg");
    if (!reg || reg->size() < cells * 4) panic("a core without reg in the device tree");
    if (boot.cpu_count == kMaxCpus) panic("more than ", kMaxCpus, " cores");
    std::uint64_t affinity = 0;
    for (const std::uint8_t byte : reg->first(cells * 4)) affinity = affinity << 8 | byte;
    boot.cpu_affinities[boot.cpu_count++] = affinity & kAffinityMask;
  }
}

PhysicalRange find_kernel(const DeviceTree& tree, const BootInformation& boot,
                          const PhysicalRange& image) {
  const auto chosen = tree.child(tree.root(), "chosen");
  for (auto node = chosen ? tree.first_child(*chosen) : chosen; node;
       node = tree.next_sibling(*node)) {
    if (!tree.is_compatible(*node, ARMATURE_MODULE_COMPATIBLE)) continue;
    if (tree.text(*node, ARMATURE_MODULE_KIND) != abi::kKindKernel) continue;
    const auto range = tree.reg(*node, 0);
    if (!range || !boot.is_ram(*range) || range->overlaps(image)) {
      panic("the kernel's module lies outside RAM or in KCore");
    }
    return *range;
  }
  panic("no kernel: no /chosen/" ARMATURE_MODULE_NODE " of kind ", abi::kKindKernel);
}

// The lowest start of what is in the way of `range`: children of /chosen and /reserved-memory with a
// reg, the tree, KCore's image. nullopt: nothing is.
std::optional<PhysicalAddress> lowest_obstacle(const DeviceTree& tree, const PhysicalRange& image,
                                               const PhysicalRange& range) {
  std::optional<PhysicalAddress> lowest;
  const auto look_at = [&](const PhysicalRange& taken) {
    if (taken.overlaps(range) && (!lowest || taken.base < *lowest)) lowest = taken.base;
  };
  look_at(image);
  look_at({{abi::kDeviceTreeBase}, abi::kDeviceTreeBytes});
  for (const char* parent : {"chosen", "reserved-memory"}) {
    const auto folder = tree.child(tree.root(), parent);
    for (auto node = folder ? tree.first_child(*folder) : folder; node;
         node = tree.next_sibling(*node)) {
      if (const auto taken = tree.reg(*node, 0)) look_at(*taken);
    }
  }
  return lowest;
}

}  // namespace

BootInformation read_boot_information(const DeviceTree& tree, const PhysicalRange& image) {
  BootInformation boot;
  read_memory(tree, boot);
  if (!boot.is_ram(image)) panic("KCore does not lie in RAM");
  read_cpus(tree, boot);
  boot.kernel = find_kernel(tree, boot, image);
  return boot;
}

PhysicalRange find_room(const DeviceTree& tree, const BootInformation& boot,
                        const PhysicalRange& image, std::uint64_t bytes) {
  std::optional<PhysicalRange> best;
  for (const auto& ram : std::span(boot.ram).first(boot.ram_count)) {
    std::uint64_t end = ram.base.value + ram.bytes;
    while (end >= ram.base.value + bytes) {
      const PhysicalRange range{{(end - bytes) & ~(kBlockBytes - 1)}, bytes};
      if (range.base < ram.base) break;
      const auto obstacle = lowest_obstacle(tree, image, range);
      if (!obstacle) {
        if (!best || best->base < range.base) best = range;
        break;
      }
      end = obstacle->value;
    }
  }
  if (!best) panic("no ", bytes >> 20, " MiB of RAM are free for KCore's tables");
  return *best;
}

std::span<std::uint8_t> find_seed(const DeviceTree& tree) {
  const auto chosen = tree.child(tree.root(), "chosen");
  const auto seed = chosen ? tree.property(*chosen, "rng-seed") : std::nullopt;
  return seed.value_or(std::span<std::uint8_t>{});
}

void hand_over_tree(DeviceTree& tree, std::span<const PhysicalRange> memory) {
  const auto psci = tree.child(tree.root(), "psci");
  const auto method = psci ? tree.property(*psci, "method") : std::nullopt;
  // KCore traps SMC; HVC would be a hypercall.
  if (method && method->size() == 4) std::memcpy(method->data(), "smc", 4);
  const auto reserved = tree.child(tree.root(), "reserved-memory");
  std::size_t done = 0;
  for (auto node = reserved ? tree.first_child(*reserved) : reserved; node && done != memory.size();
       node = tree.next_sibling(*node)) {
    if (!tree.is_compatible(*node, ARMATURE_RESERVED_COMPATIBLE)) continue;
    if (tree.set_reg(*node, memory[done])) ++done;
  }
  if (done != memory.size()) panic("no place in /reserved-memory for what KCore keeps");
}

}  // namespace armature::kcore
