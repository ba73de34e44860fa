// Bits High..Low of a register or descriptor, as the manual prints them.
#pragma once

#include <cstdint>

namespace armature::kcore {

template <unsigned High, unsigned Low>
struct BitField {
  static constexpr std::uint64_t kMask = (std::uint64_t{1} << (High - Low + 1)) - 1;
  static constexpr std::uint64_t get(std::uint64_t value) { return value >> Low & kMask; }
  static constexpr std::uint64_t make(std::uint64_t value) { return (value & kMask) << Low; }
  static constexpr std::uint64_t clear(std::uint64_t value) { return value & ~(kMask << Low); }
};

}  // namespace armature::kcore
