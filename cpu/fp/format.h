// The three binary formats, as the manual's pseudocode sees them: N, E and F.
#pragma once

#include <cstdint>

namespace armature::cpu::fp {

template <typename BitsType, unsigned ExponentWidth, unsigned FractionWidth, typename HostType>
struct Format {
  using Bits = BitsType;
  using Host = HostType;                                     // void where the host has none
  static constexpr unsigned width = sizeof(Bits) * 8;        // N
  static constexpr unsigned exponent_width = ExponentWidth;  // E
  static constexpr unsigned fraction_width = FractionWidth;  // F
  static constexpr int bias = (1 << (ExponentWidth - 1)) - 1;
  static constexpr int minimum_exponent = 1 - bias;  // of a normal number
  static constexpr unsigned exponent_ones = (1u << ExponentWidth) - 1;

  static constexpr Bits sign_mask = static_cast<Bits>(Bits{1} << (width - 1));
  static constexpr Bits fraction_mask = static_cast<Bits>((Bits{1} << FractionWidth) - 1);
  static constexpr Bits exponent_mask = static_cast<Bits>(Bits{exponent_ones} << FractionWidth);
  static constexpr Bits quiet_bit = static_cast<Bits>(Bits{1} << (FractionWidth - 1));
  static constexpr Bits default_nan = exponent_mask | quiet_bit;  // FPDefaultNaN
  static constexpr Bits smallest_normal = static_cast<Bits>(Bits{1} << FractionWidth);

  static constexpr Bits with_sign(bool sign, Bits magnitude) {
    return sign ? static_cast<Bits>(sign_mask | magnitude) : magnitude;
  }
  static constexpr Bits zero(bool sign) { return with_sign(sign, 0); }  // FPZero
  static constexpr Bits infinity(bool sign) {
    return with_sign(sign, exponent_mask);
  }  // FPInfinity
  static constexpr Bits max_normal(bool sign) { return with_sign(sign, exponent_mask - 1); }
  static constexpr Bits one = static_cast<Bits>(Bits{static_cast<unsigned>(bias)} << FractionWidth);
  static constexpr Bits two = static_cast<Bits>(one + smallest_normal);     // FPTwo
  static constexpr Bits one_and_half = static_cast<Bits>(one | quiet_bit);  // FPOnePointFive

  static constexpr bool sign_of(Bits value) { return (value & sign_mask) != 0; }
  static constexpr Bits magnitude_of(Bits value) { return static_cast<Bits>(value & ~sign_mask); }
  static constexpr bool is_nan(Bits value) { return magnitude_of(value) > exponent_mask; }
  static constexpr bool is_denormal_or_zero(Bits value) { return (value & exponent_mask) == 0; }
};

struct Half : Format<std::uint16_t, 5, 10, void> {};
struct Single : Format<std::uint32_t, 8, 23, float> {};
struct Double : Format<std::uint64_t, 11, 52, double> {};

template <typename F>
using BitsOf = typename F::Bits;

template <typename F>
constexpr BitsOf<F> negate(BitsOf<F> value) {  // FPNeg
  return value ^ F::sign_mask;
}
template <typename F>
constexpr BitsOf<F> absolute(BitsOf<F> value) {  // FPAbs
  return F::magnitude_of(value);
}

// VFPExpandImm: the constant of FMOV (immediate).
template <typename F>
constexpr BitsOf<F> expand_imm8(std::uint8_t imm8) {
  const bool b6 = (imm8 & 0x40) != 0;
  // exponent = NOT(imm8<6>) : Replicate(imm8<6>, E-3) : imm8<5:4>
  const unsigned replicated = b6 ? (1u << (F::exponent_width - 3)) - 1 : 0;
  const unsigned exponent =
      (b6 ? 0u : 1u) << (F::exponent_width - 1) | replicated << 2 | (imm8 >> 4 & 3u);
  return F::with_sign((imm8 & 0x80) != 0,
                      static_cast<BitsOf<F>>(BitsOf<F>{exponent} << F::fraction_width |
                                             BitsOf<F>{imm8 & 0xfu} << (F::fraction_width - 4)));
}

}  // namespace armature::cpu::fp
