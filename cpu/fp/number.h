// A floating-point operand taken apart, and the way back: FPUnpack and FPRound.
// The exact value between the two is a 128-bit significand whose lowest bit is sticky: set when any
// nonzero bit was dropped below it.
#pragma once

#include <cstdint>

#include "cpu/fp/environment.h"
#include "cpu/fp/format.h"

namespace armature::cpu::fp {

using u128 = unsigned __int128;

enum class Kind : std::uint8_t { zero, nonzero, infinity, quiet_nan, signalling_nan };

// FPUnpack's (type, sign, value). Of a nonzero value: significand * 2^(exponent - 63), with bit 63
// of the significand set, so that 2^exponent <= |value| < 2^(exponent + 1).
struct Number {
  Kind kind = Kind::zero;
  bool sign = false;
  int exponent = 0;
  std::uint64_t significand = 0;

  bool is_nan() const { return kind >= Kind::quiet_nan; }
  bool is_zero() const { return kind == Kind::zero; }
  bool is_infinity() const { return kind == Kind::infinity; }
};

// An exact nonzero value (but for the sticky bit): significand * 2^(exponent - 126), bit 126 set.
struct Exact {
  static constexpr unsigned top = 126;
  bool sign = false;
  int exponent = 0;
  u128 significand = 0;
};

// Shifts right by any amount, keeping lost bits as the sticky lowest bit.
constexpr u128 shift_right_sticky(u128 value, unsigned amount) {
  if (amount == 0) return value;
  if (amount > 127) return value != 0 ? 1 : 0;
  return value >> amount | u128{(value & ((u128{1} << amount) - 1)) != 0};
}

constexpr unsigned highest_set_bit(u128 value) {
  const auto high = static_cast<std::uint64_t>(value >> 64);
  return high != 0 ? 127 - static_cast<unsigned>(__builtin_clzll(high))
                   : 63 - static_cast<unsigned>(__builtin_clzll(static_cast<std::uint64_t>(value)));
}

// The exact value significand * 2^(exponent - point); significand nonzero.
constexpr Exact normalise(bool sign, int exponent, u128 significand, unsigned point) {
  const unsigned high = highest_set_bit(significand);
  exponent += static_cast<int>(high) - static_cast<int>(point);
  significand = high > Exact::top ? shift_right_sticky(significand, high - Exact::top)
                                  : significand << (Exact::top - high);
  return {sign, exponent, significand};
}

inline Exact exact(const Number& number) {
  return {number.sign, number.exponent, u128{number.significand} << (Exact::top - 63)};
}

// FPUnpack; with FPCR.FZ a denormal single or double is zero and raises Input Denormal. A half
// operand (only of conversions: FPUnpackCV) is never flushed, and obeys FPCR.AHP.
template <typename F>
Number unpack(BitsOf<F> bits, Environment& env);

// FPRound (FPRoundCV for a half result). Tininess is detected before rounding.
template <typename F>
BitsOf<F> round(const Exact& value, Environment& env, Rounding rounding);
template <typename F>
BitsOf<F> round(const Exact& value, Environment& env) {
  return round<F>(value, env, env.rounding());
}

// FPProcessNaN: `bits` is a NaN of kind `kind`.
template <typename F>
BitsOf<F> process_nan(Kind kind, BitsOf<F> bits, Environment& env);

// FPProcessNaNs and FPProcessNaNs3: signalling NaNs first, then quiet ones, each in operand order.
// Returns whether there was one.
template <typename F>
bool process_nans(const Number& a, const Number& b, BitsOf<F> a_bits, BitsOf<F> b_bits,
                  Environment& env, BitsOf<F>& result) {
  if (!a.is_nan() && !b.is_nan()) return false;
  const bool first = a.kind == Kind::signalling_nan ||
                     (a.kind == Kind::quiet_nan && b.kind != Kind::signalling_nan);
  result = process_nan<F>(first ? a.kind : b.kind, first ? a_bits : b_bits, env);
  return true;
}

// The default NaN of an invalid operation.
template <typename F>
BitsOf<F> invalid_operation(Environment& env) {
  env.raise(status::invalid);
  return F::default_nan;
}

// The sign of an exact zero sum of operands that were not both zeros of one sign.
inline bool sign_of_exact_zero(const Environment& env) {
  return env.rounding() == Rounding::minus_infinity;
}

}  // namespace armature::cpu::fp
