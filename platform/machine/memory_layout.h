// The physical memory map of the machine: QEMU's `virt` board, and four UARTs more than it has.
#pragma once

#include <cstdint>

#include "sim/base/types.h"

namespace armature::platform::layout {

inline constexpr PhysicalAddress kFlash{0x0000'0000};
inline constexpr std::uint64_t kFlashBytes = 64ull << 20;  // each of two
inline constexpr PhysicalAddress kGicDistributor{0x0800'0000};
inline constexpr PhysicalAddress kGicRedistributors{0x080a'0000};
inline constexpr std::uint64_t kGicRedistributorsBytes = 0xf6'0000;
inline constexpr PhysicalAddress kUart0{0x0900'0000};
inline constexpr PhysicalAddress kRtc{0x0901'0000};
inline constexpr PhysicalAddress kFwCfg{0x0902'0000};
inline constexpr PhysicalAddress kGpio{0x0903'0000};
// Ours only, and in our own device tree only: a UART for each VM.
inline constexpr PhysicalAddress kUart1{0x0904'0000};
inline constexpr PhysicalAddress kUart2{0x0c00'0000};  // the platform-bus window
inline constexpr PhysicalAddress kUart3{0x0c00'1000};
inline constexpr PhysicalAddress kVirtio{0x0a00'0000};
inline constexpr std::uint64_t kVirtioStride = 0x200;
inline constexpr unsigned kVirtioSlots = 32;
inline constexpr PhysicalAddress kRam{0x4000'0000};

// SPI numbers (INTID = 32 + SPI).
inline constexpr unsigned kSpiUart0 = 1, kSpiRtc = 2, kSpiGpio = 7, kSpiUart1 = 8;
inline constexpr unsigned kSpiVirtio = 16;
inline constexpr unsigned kSpiUart2 = 112, kSpiUart3 = 113;
inline constexpr unsigned kSpiBase = 32;

}  // namespace armature::platform::layout
