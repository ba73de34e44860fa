// The device tree of the machine, made by libfdt; the same nodes as QEMU's virt board (without PCI
// and ITS), plus three UARTs and, for firmware, the payload modules.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "platform/boot/framebuffer.h"
#include "sim/base/types.h"

namespace armature::platform {

struct BootModule {
  std::string kind;
  PhysicalAddress address{};
  std::uint64_t bytes = 0;
  std::vector<std::pair<const char*, std::uint32_t>> cells;  // more properties
};

// What a hypervisor finds below /chosen by the multiboot binding: Xen's first domain.
struct Payload {
  PhysicalAddress address{};
  std::uint64_t bytes = 0;
  bool is_kernel = false;  // else a RAM disk
  std::string bootargs;
};

struct DeviceTreeConfig {
  unsigned cores = 1;
  std::uint64_t memory = 0;  // bytes
  std::string cpu;           // "cortex-a57": the compatible is "arm,cortex-a57"
  bool has_el2 = false;
  bool psci_by_smc = false;
  std::string bootargs;
  std::optional<BootModule> initrd;  // linux,initrd-start/-end
  std::vector<BootModule> modules;
  std::vector<Payload> payloads;
  std::uint64_t seed = 0;  // of rng-seed
  std::optional<Framebuffer> framebuffer;
};

// A flattened tree padded to no particular size.
std::vector<std::uint8_t> make_device_tree(const DeviceTreeConfig& config);

// A user's tree with /chosen and /memory edited as QEMU does: bootargs, initrd, memory size.
// Throws UserError naming `file`.
std::vector<std::uint8_t> edit_device_tree(std::vector<std::uint8_t> blob, const std::string& file,
                                           const DeviceTreeConfig& config);

}  // namespace armature::platform
