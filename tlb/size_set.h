// Which entry sizes a structure holds at the moment: a lookup tries only those.
#pragma once

#include <array>
#include <bit>
#include <cstdint>

namespace armature::tlb {

struct SizeSet {
  std::uint64_t present = 0;  // bit n: some entry covers 2^n bytes
  std::array<std::uint16_t, 64> count{};

  void add(unsigned size_log2) {
    ++count[size_log2];
    present |= 1ull << size_log2;
  }
  void remove(unsigned size_log2) {
    if (--count[size_log2] == 0) present &= ~(1ull << size_log2);
  }
  // Takes the smallest size off `remaining`, which must not be empty.
  static unsigned take(std::uint64_t& remaining) {
    const auto size_log2 = static_cast<unsigned>(std::countr_zero(remaining));
    remaining &= remaining - 1;
    return size_log2;
  }
  bool operator==(const SizeSet&) const = default;
};

}  // namespace armature::tlb
