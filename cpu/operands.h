// The fields that many A64 encodings share, named as the manual names them.
#pragma once

#include <cstdint>

#include "sim/base/bits.h"

namespace armature::cpu {

template <unsigned Hi, unsigned Lo = Hi>
struct WordField {
  static_assert(Hi < 32 && Lo <= Hi);
  static constexpr unsigned width = Hi - Lo + 1;
  static constexpr std::uint32_t mask = (width == 32 ? ~0u : (1u << (width % 32)) - 1) << Lo;

  constexpr unsigned operator()(std::uint32_t word) const { return (word & mask) >> Lo; }
  constexpr std::int64_t sign_extended(std::uint32_t word) const {
    return sign_extend((word & mask) >> Lo, width);
  }
};

namespace field {
inline constexpr WordField<31> sf;
inline constexpr WordField<30> q;
inline constexpr WordField<4, 0> rd, rt;
inline constexpr WordField<9, 5> rn;
inline constexpr WordField<20, 16> rm, rs;
inline constexpr WordField<14, 10> ra, rt2;
inline constexpr WordField<15, 12> cond;  // CSEL, CCMP
inline constexpr WordField<15, 10> imm6;
inline constexpr WordField<21, 10> imm12;
inline constexpr WordField<20, 12> imm9;
inline constexpr WordField<21, 15> imm7;
inline constexpr WordField<20, 5> imm16;
inline constexpr WordField<23, 5> imm19;
inline constexpr WordField<18, 5> imm14;
inline constexpr WordField<25, 0> imm26;
inline constexpr WordField<22> n;  // N of bitfields and logical immediates
inline constexpr WordField<21, 16> immr;
inline constexpr WordField<15, 10> imms;
inline constexpr WordField<15, 13> option;  // extend type
inline constexpr WordField<12, 10> imm3;
inline constexpr WordField<23, 22> shift, size23;
inline constexpr WordField<31, 30> size;  // of loads and stores
}  // namespace field

}  // namespace armature::cpu
