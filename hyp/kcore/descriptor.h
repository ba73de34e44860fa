// Stage 2 descriptors, 4 KB granule (Arm ARM, VMSAv8-64 translation table format descriptors).
#pragma once

#include <cstdint>

#include "hyp/kcore/types.h"

namespace armature::kcore::descriptor {

inline constexpr std::uint64_t kInvalid = 0;
inline constexpr std::uint64_t kValid = 1;
inline constexpr std::uint64_t kTable = 0b11;      // levels 0..2
inline constexpr std::uint64_t kPage = 0b11;       // level 3
inline constexpr std::uint64_t kAddressMask = 0x0000'ffff'ffff'f000;  // bits 47:12

// Lower attributes of stage 2.
inline constexpr std::uint64_t kMemAttrDevice_nGnRE = 0b0001ull << 2;
inline constexpr std::uint64_t kMemAttrNormalWriteBack = 0b1111ull << 2;
inline constexpr std::uint64_t kS2ApReadWrite = 0b11ull << 6;
inline constexpr std::uint64_t kInnerShareable = 0b11ull << 8;
inline constexpr std::uint64_t kAccessFlag = 1ull << 10;
// Upper attributes.
inline constexpr std::uint64_t kExecuteNever = 1ull << 54;

enum class Memory : std::uint8_t { normal, device };

constexpr std::uint64_t table(PhysicalAddress next) { return next.value | kTable; }

constexpr std::uint64_t page(PhysicalAddress output, Memory memory) {
  const std::uint64_t common = output.value | kPage | kAccessFlag | kS2ApReadWrite;
  return memory == Memory::normal ? common | kMemAttrNormalWriteBack | kInnerShareable
                                  : common | kMemAttrDevice_nGnRE | kExecuteNever;
}

constexpr bool valid(std::uint64_t entry) { return (entry & kValid) != 0; }
constexpr PhysicalAddress output(std::uint64_t entry) { return {entry & kAddressMask}; }

}  // namespace armature::kcore::descriptor
