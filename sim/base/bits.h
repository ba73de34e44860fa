// Bit-string helpers with the names of the manual's pseudocode library.
#pragma once

#include <cstdint>

namespace armature {

// value<hi:lo>, 63 >= hi >= lo.
constexpr std::uint64_t bits(std::uint64_t value, unsigned hi, unsigned lo) {
  return (value >> lo) & (~0ull >> (63 - (hi - lo)));
}
constexpr bool bit(std::uint64_t value, unsigned n) { return ((value >> n) & 1) != 0; }

// A mask with bits hi..lo set.
constexpr std::uint64_t mask(unsigned hi, unsigned lo) { return (~0ull >> (63 - (hi - lo))) << lo; }

// `value` with bits hi..lo replaced by `field`.
constexpr std::uint64_t insert_bits(std::uint64_t value, unsigned hi, unsigned lo,
                                    std::uint64_t field) {
  return (value & ~mask(hi, lo)) | ((field << lo) & mask(hi, lo));
}

// SignExtend(value<width-1:0>, 64), 1 <= width <= 64.
constexpr std::int64_t sign_extend(std::uint64_t value, unsigned width) {
  return static_cast<std::int64_t>(value << (64 - width)) >> (64 - width);
}

// ROR over `width` bits (width 1..64); `value` has no bits above `width`.
constexpr std::uint64_t rotate_right(std::uint64_t value, unsigned amount, unsigned width) {
  amount %= width;
  if (amount == 0) return value;
  return ((value >> amount) | (value << (width - amount))) & mask(width - 1, 0);
}

}  // namespace armature
