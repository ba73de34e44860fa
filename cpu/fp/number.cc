#include "cpu/fp/number.h"

#include <type_traits>

namespace armature::cpu::fp {

template <typename F>
Number unpack(BitsOf<F> bits, Environment& env) {
  constexpr bool is_half = std::is_same_v<F, Half>;
  Number number;
  number.sign = F::sign_of(bits);
  const unsigned biased = (bits & F::exponent_mask) >> F::fraction_width;
  const std::uint64_t fraction = bits & F::fraction_mask;
  if (biased == 0) {
    if (fraction == 0) return number;
    if (!is_half && env.flush_to_zero()) {
      env.raise(status::input_denormal);
      return number;
    }
    const auto leading = static_cast<unsigned>(__builtin_clzll(fraction));
    number.kind = Kind::nonzero;
    number.significand = fraction << leading;
    number.exponent = F::minimum_exponent + 63 - static_cast<int>(F::fraction_width + leading);
    return number;
  }
  if (biased == F::exponent_ones && !(is_half && env.alternative_half())) {
    if (fraction == 0) {
      number.kind = Kind::infinity;
    } else {
      number.kind = (fraction & F::quiet_bit) != 0 ? Kind::quiet_nan : Kind::signalling_nan;
    }
    return number;
  }
  number.kind = Kind::nonzero;
  number.significand = (fraction | std::uint64_t{1} << F::fraction_width)
                       << (63 - F::fraction_width);
  number.exponent = static_cast<int>(biased) - F::bias;
  return number;
}

namespace {

// FPRoundBase's overflow: infinity or the largest number, by rounding mode and sign.
template <typename F>
BitsOf<F> overflow(bool sign, Rounding rounding, Environment& env) {
  env.raise(status::overflow | status::inexact);
  bool to_infinity = false;
  switch (rounding) {
    case Rounding::ties_to_even:
    case Rounding::ties_away:
      to_infinity = true;
      break;
    case Rounding::plus_infinity:
      to_infinity = !sign;
      break;
    case Rounding::minus_infinity:
      to_infinity = sign;
      break;
    case Rounding::zero:
    case Rounding::odd:
      break;
  }
  return to_infinity ? F::infinity(sign) : F::max_normal(sign);
}

}  // namespace

template <typename F>
BitsOf<F> round(const Exact& value, Environment& env, Rounding rounding) {
  constexpr bool is_half = std::is_same_v<F, Half>;
  const bool tiny = value.exponent < F::minimum_exponent;
  if (tiny && !is_half && env.flush_to_zero()) {
    env.raise(status::underflow);
    return F::zero(value.sign);
  }
  const unsigned denormal_shift =
      tiny ? static_cast<unsigned>(F::minimum_exponent - value.exponent) : 0;
  // Bits of the significand below the unit of the result, at least two: half and sticky.
  const unsigned dropped = Exact::top - F::fraction_width;
  const u128 significand = shift_right_sticky(value.significand, denormal_shift);
  auto mantissa = static_cast<std::uint64_t>(significand >> dropped);
  const u128 error = significand & ((u128{1} << dropped) - 1);
  const u128 half = u128{1} << (dropped - 1);

  if (error != 0) {
    if (tiny) env.raise(status::underflow);
    switch (rounding) {
      case Rounding::ties_to_even:
        mantissa += error > half || (error == half && (mantissa & 1) != 0);
        break;
      case Rounding::ties_away:
        mantissa += error >= half;
        break;
      case Rounding::plus_infinity:
        mantissa += !value.sign;
        break;
      case Rounding::minus_infinity:
        mantissa += value.sign;
        break;
      case Rounding::zero:
        break;
      case Rounding::odd:
        mantissa |= 1;
        break;
    }
  }
  // The carry out of the fraction, of a denormal too, is the next exponent: adding does it.
  const int biased = tiny ? 0 : value.exponent - F::minimum_exponent;
  constexpr int kOverflow = static_cast<int>(F::exponent_ones);
  const int limit = is_half && env.alternative_half() ? kOverflow + 1 : kOverflow;
  if (biased + static_cast<int>(mantissa >> F::fraction_width) >= limit) {
    if (limit > kOverflow) {
      env.raise(status::invalid);  // the alternative format has no infinity: all ones
      return F::with_sign(value.sign, static_cast<BitsOf<F>>(F::sign_mask - 1));
    }
    return overflow<F>(value.sign, rounding, env);
  }
  if (error != 0) env.raise(status::inexact);
  const std::uint64_t magnitude =
      (static_cast<std::uint64_t>(biased) << F::fraction_width) + mantissa;
  return F::with_sign(value.sign, static_cast<BitsOf<F>>(magnitude));
}

template <typename F>
BitsOf<F> process_nan(Kind kind, BitsOf<F> bits, Environment& env) {
  if (kind == Kind::signalling_nan) {
    bits |= F::quiet_bit;
    env.raise(status::invalid);
  }
  return env.default_nan() ? F::default_nan : bits;
}

#define ARMATURE_FP_INSTANTIATE(F)                                   \
  template Number unpack<F>(BitsOf<F>, Environment&);                \
  template BitsOf<F> round<F>(const Exact&, Environment&, Rounding); \
  template BitsOf<F> process_nan<F>(Kind, BitsOf<F>, Environment&);
ARMATURE_FP_INSTANTIATE(Half)
ARMATURE_FP_INSTANTIATE(Single)
ARMATURE_FP_INSTANTIATE(Double)
#undef ARMATURE_FP_INSTANTIATE

}  // namespace armature::cpu::fp
