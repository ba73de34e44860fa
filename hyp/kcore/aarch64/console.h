// The PL011 that the device tree names (Arm DDI 0183, UART PL011).
#pragma once

#include <cstdint>

#include "hyp/kcore/types.h"

namespace armature::kcore::aarch64 {

class Console {
 public:
  // The UART's registers are mapped.
  void open(PhysicalAddress base) {
    base_ = base.value;
    write(kControl, kUartEnable | kTransmitEnable | kReceiveEnable);
  }
  // Waits for room in the FIFO; says nothing before open().
  void put(char c) {
    if (base_ == 0) return;
    while ((read(kFlags) & kTransmitFull) != 0) {
    }
    write(kData, static_cast<unsigned char>(c));
  }

 private:
  static constexpr std::uint64_t kData = 0x00, kFlags = 0x18, kControl = 0x30;
  static constexpr std::uint32_t kTransmitFull = 1 << 5;
  static constexpr std::uint32_t kUartEnable = 1 << 0, kTransmitEnable = 1 << 8,
                                 kReceiveEnable = 1 << 9;
  volatile std::uint32_t* at(std::uint64_t offset) {
    return reinterpret_cast<volatile std::uint32_t*>(base_ + offset);
  }
  std::uint32_t read(std::uint64_t offset) { return *at(offset); }
  void write(std::uint64_t offset, std::uint32_t value) { *at(offset) = value; }

  std::uint64_t base_ = 0;
};

extern Console g_console;

}  // namespace armature::kcore::aarch64
