// The identification registers of both GIC register files, with the values QEMU's model gives.
#pragma once

#include <array>
#include <cstdint>

namespace armature::platform {

inline constexpr std::uint64_t kGicIidr = 0x43b;  // Implementer Arm
inline constexpr unsigned kGicIdRegisters = 12;   // PIDR4-7, PIDR0-3, CIDR0-3, from 0xffd0 on
inline constexpr std::uint64_t kGicIdOffset = 0xffd0;

// PIDR2 0x3b: ArchRev 3. `pidr0` tells distributor from redistributor.
constexpr std::uint64_t gic_id_register(unsigned index, std::uint8_t pidr0) {
  const std::array<std::uint8_t, kGicIdRegisters> ids{0x44, 0x00, 0x00, 0x00, pidr0, 0xb4,
                                                      0x3b, 0x00, 0x0d, 0xf0, 0x05, 0xb1};
  return ids[index];
}

}  // namespace armature::platform
