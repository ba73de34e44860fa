// FPConvert, FPRoundInt, FPToFixed and FixedToFP.
#include <type_traits>

#include "cpu/fp/exact.h"
#include "cpu/fp/number.h"

namespace armature::cpu::fp::exact_ops {

namespace {

struct Rounded {
  u128 magnitude = 0;
  bool inexact = false;
};

// |value| * 2^scale rounded to an integer; the caller knows that it is below 2^126.
Rounded round_to_integer(const Number& value, int scale, Rounding rounding) {
  const int exponent = value.exponent + scale;            // of the leading bit
  const u128 significand = u128{value.significand} << 1;  // leading bit 64, room for the sticky bit
  if (exponent >= 64) return {significand << (exponent - 64), false};
  // Keep two bits below the unit: half and sticky.
  const u128 fixed = shift_right_sticky(significand << 2, static_cast<unsigned>(64 - exponent));
  u128 integer = fixed >> 2;
  const auto error = static_cast<unsigned>(fixed & 3);
  switch (rounding) {
    case Rounding::ties_to_even:
      integer += error > 2 || (error == 2 && (integer & 1) != 0);
      break;
    case Rounding::ties_away:
      integer += error >= 2;
      break;
    case Rounding::plus_infinity:
      integer += error != 0 && !value.sign;
      break;
    case Rounding::minus_infinity:
      integer += error != 0 && value.sign;
      break;
    case Rounding::zero:
      break;
    case Rounding::odd:
      integer |= u128{error != 0};
      break;
  }
  return {integer, error != 0};
}

// FPConvertNaN: sign and the leading fraction bits survive, the NaN becomes quiet.
template <typename To, typename From>
BitsOf<To> convert_nan(BitsOf<From> a) {
  constexpr int shift =
      static_cast<int>(To::fraction_width) - static_cast<int>(From::fraction_width);
  const std::uint64_t fraction = a & From::fraction_mask;
  const std::uint64_t moved =
      shift >= 0 ? fraction << (shift >= 0 ? shift : 0) : fraction >> (shift < 0 ? -shift : 0);
  return To::with_sign(From::sign_of(a),
                       static_cast<BitsOf<To>>(To::default_nan | (moved & To::fraction_mask)));
}

}  // namespace

template <typename To, typename From>
BitsOf<To> convert(BitsOf<From> a_bits, Rounding rounding, Environment& env) {
  const bool to_alternative = std::is_same_v<To, Half> && env.alternative_half();
  const Number a = unpack<From>(a_bits, env);
  if (a.is_nan()) {
    if (a.kind == Kind::signalling_nan || to_alternative) env.raise(status::invalid);
    if (to_alternative) return To::zero(a.sign);  // that format has no NaN
    return env.default_nan() ? To::default_nan : convert_nan<To, From>(a_bits);
  }
  if (a.is_infinity()) {
    if (!to_alternative) return To::infinity(a.sign);
    env.raise(status::invalid);
    return To::with_sign(a.sign, static_cast<BitsOf<To>>(To::sign_mask - 1));
  }
  if (a.is_zero()) return To::zero(a.sign);
  return round<To>(exact(a), env, rounding);
}

template <typename F>
BitsOf<F> round_int(BitsOf<F> a_bits, Rounding rounding, Exactness exactness, Environment& env) {
  const Number a = unpack<F>(a_bits, env);
  if (a.is_nan()) return process_nan<F>(a.kind, a_bits, env);
  if (a.is_infinity()) return a_bits;
  if (a.is_zero()) return F::zero(a.sign);
  if (a.exponent >= static_cast<int>(F::fraction_width)) return a_bits;  // already an integer
  const Rounded rounded = round_to_integer(a, 0, rounding);
  if (rounded.inexact && exactness == Exactness::exact) env.raise(status::inexact);
  if (rounded.magnitude == 0) return F::zero(a.sign);
  return round<F>(normalise(a.sign, 0, rounded.magnitude, 0), env, Rounding::zero);
}

template <typename F>
std::uint64_t to_fixed(BitsOf<F> a_bits, unsigned fbits, unsigned width, Signedness signedness,
                       Rounding rounding, Environment& env) {
  const Number a = unpack<F>(a_bits, env);
  if (a.is_nan()) {
    env.raise(status::invalid);
    return 0;
  }
  if (a.is_zero()) return 0;
  const bool is_signed = signedness == Signedness::is_signed;
  const std::uint64_t ones = ~std::uint64_t{0} >> (64 - width);
  const std::uint64_t maximum = is_signed ? ones >> 1 : ones;
  // The largest magnitude of a negative result.
  const std::uint64_t minimum = is_signed ? maximum + 1 : 0;
  const std::uint64_t limit = a.sign ? minimum : maximum;
  const bool huge = a.is_infinity() || a.exponent + static_cast<int>(fbits) > 64;
  const Rounded rounded = huge ? Rounded{} : round_to_integer(a, static_cast<int>(fbits), rounding);
  if (huge || rounded.magnitude > limit) {
    env.raise(status::invalid);  // SatQ saturated
    return a.sign ? (0 - minimum) & ones : maximum;
  }
  if (rounded.inexact) env.raise(status::inexact);
  const auto magnitude = static_cast<std::uint64_t>(rounded.magnitude);
  return (a.sign ? 0 - magnitude : magnitude) & ones;
}

template <typename F>
BitsOf<F> from_fixed(std::uint64_t value, unsigned fbits, unsigned width, Signedness signedness,
                     Environment& env) {
  const std::uint64_t ones = ~std::uint64_t{0} >> (64 - width);
  value &= ones;
  const bool sign = signedness == Signedness::is_signed && (value >> (width - 1) & 1) != 0;
  const std::uint64_t magnitude = sign ? (0 - value) & ones : value;
  if (magnitude == 0) return F::zero(false);
  return round<F>(normalise(sign, 0, magnitude, fbits), env);
}

#define ARMATURE_FP_INSTANTIATE(F)                                                        \
  template BitsOf<F> round_int<F>(BitsOf<F>, Rounding, Exactness, Environment&);          \
  template std::uint64_t to_fixed<F>(BitsOf<F>, unsigned, unsigned, Signedness, Rounding, \
                                     Environment&);                                       \
  template BitsOf<F> from_fixed<F>(std::uint64_t, unsigned, unsigned, Signedness, Environment&);
ARMATURE_FP_INSTANTIATE(Single)
ARMATURE_FP_INSTANTIATE(Double)
#undef ARMATURE_FP_INSTANTIATE
template BitsOf<Half> convert<Half, Single>(BitsOf<Single>, Rounding, Environment&);
template BitsOf<Half> convert<Half, Double>(BitsOf<Double>, Rounding, Environment&);
template BitsOf<Single> convert<Single, Half>(BitsOf<Half>, Rounding, Environment&);
template BitsOf<Single> convert<Single, Double>(BitsOf<Double>, Rounding, Environment&);
template BitsOf<Double> convert<Double, Half>(BitsOf<Half>, Rounding, Environment&);
template BitsOf<Double> convert<Double, Single>(BitsOf<Single>, Rounding, Environment&);

}  // namespace armature::cpu::fp::exact_ops
