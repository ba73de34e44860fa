// Byte order of formats that are big-endian; hosts and guests of this simulator are little-endian.
#pragma once

#include <concepts>
#include <cstdint>

namespace armature::platform {

// The value with its bytes reversed: big-endian in memory if stored by a little-endian host.
template <std::unsigned_integral T>
constexpr T big_endian(T value) {
  T reversed = 0;
  for (unsigned n = 0; n < sizeof(T); ++n) {
    reversed = static_cast<T>((reversed << 4 << 4) | ((value >> (8 * n)) & 0xff));
  }
  return reversed;
}

}  // namespace armature::platform
