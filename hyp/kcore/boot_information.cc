#include "hyp/kcore/boot_information.h"

#include <cstring>

#include "hyp/abi/boot.h"
#include "hyp/kcore/panic.h"

namespace armature::kcore {
namespace {

void read_memory(const DeviceTree& tree, MemoryMap& memory) {
  for (auto node = tree.first_child(tree.root()); node; node = tree.next_sibling(*node)) {
    if (tree.text(*node, "device_type") != "memory") continue;
    for (unsigned n = 0; auto range = tree.reg(*node, n); ++n) {
      if (!memory.add_ram(*range)) panic("more ranges of RAM than KCore can note");
    }
  }
  if (!memory.is_ram(memory.kcore())) panic("KCore does not lie in RAM");
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

PhysicalRange find_kernel(const DeviceTree& tree, const MemoryMap& memory) {
  const auto chosen = tree.child(tree.root(), "chosen");
  for (auto node = chosen ? tree.first_child(*chosen) : chosen; node; node = tree.next_sibling(*node)) {
    if (!tree.is_compatible(*node, ARMATURE_MODULE_COMPATIBLE)) continue;
    if (tree.text(*node, ARMATURE_MODULE_KIND) != abi::kKindKernel) continue;
    const auto range = tree.reg(*node, 0);
    if (!range || !memory.is_ram(*range) || range->overlaps(memory.kcore())) {
      panic("the kernel's module lies outside RAM or in KCore");
    }
    return *range;
  }
  panic("no kernel: no /chosen/" ARMATURE_MODULE_NODE " of kind ", abi::kKindKernel);
}

}  // namespace

BootInformation read_boot_information(const DeviceTree& tree, MemoryMap& memory) {
  BootInformation boot;
  read_memory(tree, memory);
  read_cpus(tree, boot);
  boot.kernel = find_kernel(tree, memory);
  return boot;
}

void hand_over_tree(DeviceTree& tree, const MemoryMap& memory) {
  const auto psci = tree.child(tree.root(), "psci");
  const auto method = psci ? tree.property(*psci, "method") : std::nullopt;
  // KCore traps SMC; HVC would be a hypercall.
  if (method && method->size() == 4) std::memcpy(method->data(), "smc", 4);
  if (tree.reserve_no_map("kcore", memory.kcore()) != DeviceTree::Edit::done) {
    panic("no room to edit the device tree");
  }
}

}  // namespace armature::kcore
