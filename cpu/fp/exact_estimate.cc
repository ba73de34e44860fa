// FPRecipEstimate, FPRSqrtEstimate, FPRecpX and the unsigned estimates.
#include "cpu/fp/exact.h"
#include "cpu/fp/number.h"
#include "sim/base/bits.h"

namespace armature::cpu::fp::exact_ops {

namespace {

// RecipEstimate: a in 256..511 stands for 0.5..1.0; the result, 256..511, for 1.0..2.0.
constexpr unsigned table_recip_estimate(unsigned a) {
  a = a * 2 + 1;  // round to nearest: the middle of the interval
  const unsigned b = (1u << 19) / a;
  return (b + 1) / 2;
}

// RecipSqrtEstimate: a in 128..511 stands for 0.25..1.0; the result, 256..511, for 1.0..2.0.
constexpr unsigned table_rsqrt_estimate(unsigned a) {
  a = a < 256 ? a * 2 + 1 : ((a >> 1 << 1) + 1) * 2;
  unsigned b = 512;
  while (a * (b + 1) * (b + 1) < 1u << 28) ++b;
  return (b + 1) / 2;
}
static_assert(table_recip_estimate(256) == 511 && table_recip_estimate(511) == 256);
static_assert(table_rsqrt_estimate(128) == 511 && table_rsqrt_estimate(511) == 256);

constexpr unsigned kFraction = 52;  // both formats are estimated with a double's fraction width

template <typename F>
std::uint64_t wide_fraction(BitsOf<F> a) {
  return std::uint64_t{a & F::fraction_mask} << (kFraction - F::fraction_width);
}

template <typename F>
int biased_exponent(BitsOf<F> a) {
  return static_cast<int>((a & F::exponent_mask) >> F::fraction_width);
}

template <typename F>
BitsOf<F> assemble(bool sign, int biased, std::uint64_t fraction) {
  const auto narrow = static_cast<BitsOf<F>>(fraction >> (kFraction - F::fraction_width));
  return F::with_sign(
      sign, static_cast<BitsOf<F>>((static_cast<BitsOf<F>>(biased) << F::fraction_width) | narrow));
}

constexpr std::uint64_t kFractionTop = std::uint64_t{1} << (kFraction - 1);
constexpr std::uint64_t kFractionMask = (std::uint64_t{1} << kFraction) - 1;

bool overflows_to_infinity(bool sign, Rounding rounding) {
  switch (rounding) {
    case Rounding::ties_to_even:
      return true;
    case Rounding::plus_infinity:
      return !sign;
    case Rounding::minus_infinity:
      return sign;
    default:
      return false;
  }
}

}  // namespace

template <typename F>
BitsOf<F> recip_estimate(BitsOf<F> a_bits, Environment& env) {
  const Number a = unpack<F>(a_bits, env);
  if (a.is_nan()) return process_nan<F>(a.kind, a_bits, env);
  if (a.is_infinity()) return F::zero(a.sign);
  if (a.is_zero()) {
    env.raise(status::divide_by_zero);
    return F::infinity(a.sign);
  }
  if (a.exponent < F::minimum_exponent - 2) {  // |a| < 2^-128 or 2^-1024: the reciprocal overflows
    env.raise(status::overflow | status::inexact);
    return overflows_to_infinity(a.sign, env.rounding()) ? F::infinity(a.sign)
                                                         : F::max_normal(a.sign);
  }
  if (env.flush_to_zero() && a.exponent >= -F::minimum_exponent) {  // the reciprocal is denormal
    env.raise(status::underflow);
    return F::zero(a.sign);
  }
  std::uint64_t fraction = wide_fraction<F>(a_bits);
  int exponent = biased_exponent<F>(a_bits);
  if (exponent == 0) {
    if ((fraction & kFractionTop) == 0) {
      exponent = -1;
      fraction = fraction << 2 & kFractionMask;
    } else {
      fraction = fraction << 1 & kFractionMask;
    }
  }
  const unsigned scaled = 1u << 8 | static_cast<unsigned>(fraction >> (kFraction - 8));
  int result_exponent = 2 * F::bias - 1 - exponent;  // 253 or 2045, less the exponent
  fraction = std::uint64_t{table_recip_estimate(scaled) & 0xff} << (kFraction - 8);
  if (result_exponent == 0) {
    fraction = kFractionTop | fraction >> 1;
  } else if (result_exponent == -1) {
    fraction = kFractionTop >> 1 | fraction >> 2;
    result_exponent = 0;
  }
  return assemble<F>(a.sign, result_exponent, fraction);
}

template <typename F>
BitsOf<F> rsqrt_estimate(BitsOf<F> a_bits, Environment& env) {
  const Number a = unpack<F>(a_bits, env);
  if (a.is_nan()) return process_nan<F>(a.kind, a_bits, env);
  if (a.is_zero()) {
    env.raise(status::divide_by_zero);
    return F::infinity(a.sign);
  }
  if (a.sign) return invalid_operation<F>(env);
  if (a.is_infinity()) return F::zero(false);
  std::uint64_t fraction = wide_fraction<F>(a_bits);
  int exponent = biased_exponent<F>(a_bits);
  if (exponent == 0) {
    while ((fraction & kFractionTop) == 0) {
      fraction = fraction << 1 & kFractionMask;
      exponent -= 1;
    }
    fraction = fraction << 1 & kFractionMask;
  }
  const bool even = (exponent & 1) == 0;
  const unsigned scaled = even ? 1u << 8 | static_cast<unsigned>(fraction >> (kFraction - 8))
                               : 1u << 7 | static_cast<unsigned>(fraction >> (kFraction - 7));
  const int result_exponent = (3 * F::bias - 1 - exponent) / 2;  // 380 or 3068, less the exponent
  fraction = std::uint64_t{table_rsqrt_estimate(scaled) & 0xff} << (kFraction - 8);
  return assemble<F>(false, result_exponent, fraction);
}

template <typename F>
BitsOf<F> recip_exponent(BitsOf<F> a_bits, Environment& env) {
  const Number a = unpack<F>(a_bits, env);
  if (a.is_nan()) return process_nan<F>(a.kind, a_bits, env);
  const auto exponent = static_cast<BitsOf<F>>(a_bits & F::exponent_mask);
  if (exponent == 0) return F::with_sign(a.sign, F::exponent_mask - F::smallest_normal);
  return F::with_sign(a.sign, exponent ^ F::exponent_mask);
}

std::uint32_t unsigned_recip_estimate(std::uint32_t a) {
  if (!bit(a, 31)) return ~0u;
  return table_recip_estimate(a >> 23) << 23;
}

std::uint32_t unsigned_rsqrt_estimate(std::uint32_t a) {
  if (bits(a, 31, 30) == 0) return ~0u;
  return table_rsqrt_estimate(a >> 23) << 23;
}

#define ARMATURE_FP_INSTANTIATE(F)                               \
  template BitsOf<F> recip_estimate<F>(BitsOf<F>, Environment&); \
  template BitsOf<F> rsqrt_estimate<F>(BitsOf<F>, Environment&); \
  template BitsOf<F> recip_exponent<F>(BitsOf<F>, Environment&);
ARMATURE_FP_INSTANTIATE(Single)
ARMATURE_FP_INSTANTIATE(Double)
#undef ARMATURE_FP_INSTANTIATE

}  // namespace armature::cpu::fp::exact_ops
