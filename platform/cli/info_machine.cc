#include <fmt/format.h>

#include "platform/devices/fw_cfg.h"
#include "platform/devices/pl011.h"
#include "platform/devices/pl031.h"
#include "platform/devices/pl061.h"
#include "platform/gic/gic.h"
#include "platform/machine/console.h"
#include "platform/machine/memory_layout.h"
#include "sim/config/preset.h"

namespace armature::platform {
namespace {

struct NoTime final : Clock {
  Cycles now() const override { return {}; }
};
struct NoMemory final : DmaPort {
  bool read(PhysicalAddress, std::span<std::uint8_t>) override { return false; }
  bool write(PhysicalAddress, std::span<const std::uint8_t>) override { return false; }
};

void print(PhysicalAddress base, const Device& device) {
  constexpr const char* kAccess[] = {"RO", "WO", "RW"};
  fmt::print("{:#010x} {} ({:#x} bytes)\n", base.value, device.name(), device.size());
  for (const RegisterInfo& reg : device.registers()) {
    const std::string many =
        reg.count > 1 ? fmt::format(" x{} (stride {:#x})", reg.count, reg.stride) : "";
    fmt::print("    +{:#06x} {:2}-bit {} {:14} {}{}\n", reg.offset, reg.width * 8,
               kAccess[static_cast<unsigned>(reg.access)], reg.name, reg.title, many);
  }
}

}  // namespace

// The map of the board; devices describe their own registers.
int info_machine() {
  const CpuPreset& preset = cpu_preset("cortex-a57");
  Gic gic(1, preset.gic_priority_bits, preset.gic_list_registers);
  NoTime clock;
  NoMemory memory;
  Console console;
  fmt::print("{:#010x} flash, two banks of {} MiB\n", layout::kFlash.value,
             layout::kFlashBytes >> 20);
  print(layout::kGicDistributor, gic.distributor());
  print(layout::kGicRedistributors, gic.redistributors());
  print(layout::kUart0, Pl011("uart0", console, {}));
  fmt::print("{:#010x} uart1\n{:#010x} uart2\n{:#010x} uart3 (like uart0)\n", layout::kUart1.value,
             layout::kUart2.value, layout::kUart3.value);
  print(layout::kRtc, Pl031(clock, 0, {}));
  print(layout::kFwCfg, FwCfg(memory));
  print(layout::kGpio, Pl061({}));
  fmt::print("{:#010x} virtio-mmio, {} slots of {:#x} bytes\n", layout::kVirtio.value,
             layout::kVirtioSlots, layout::kVirtioStride);
  fmt::print("{:#010x} RAM\n", layout::kRam.value);
  return 0;
}

}  // namespace armature::platform
