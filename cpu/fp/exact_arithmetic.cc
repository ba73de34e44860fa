// FPAdd, FPSub, FPMul, FPMulX, FPDiv, FPSqrt, FPMulAdd and the fused steps of Newton-Raphson.
#include "cpu/fp/exact.h"
#include "cpu/fp/number.h"

namespace armature::cpu::fp::exact_ops {

namespace {

// a + b of nonzero values; false when the sum is exactly zero. Sticky bits stay below the guard
// bits of either significand: when they are set, at most one bit cancels.
bool add_exact(const Exact& a, const Exact& b, Exact& sum) {
  const bool a_larger = a.exponent >= b.exponent;
  const Exact& large = a_larger ? a : b;
  const Exact& small = a_larger ? b : a;
  const u128 aligned =
      shift_right_sticky(small.significand, static_cast<unsigned>(large.exponent - small.exponent));
  if (large.sign == small.sign) {
    sum = normalise(large.sign, large.exponent, large.significand + aligned, Exact::top);
    return true;
  }
  if (large.significand == aligned) return false;
  const bool reversed = aligned > large.significand;
  const u128 difference = reversed ? aligned - large.significand : large.significand - aligned;
  sum = normalise(large.sign != reversed, large.exponent, difference, Exact::top);
  return true;
}

// The product of nonzero values. Significands have at most 53 bits, so their product has at most
// 106 and the low bits of the 128 are zero.
Exact mul_exact(const Number& a, const Number& b) {
  return normalise(a.sign != b.sign, a.exponent + b.exponent, u128{a.significand} * b.significand,
                   126);
}

template <typename F>
BitsOf<F> add_signed(BitsOf<F> a_bits, BitsOf<F> b_bits, bool negate_b, Environment& env) {
  const Number a = unpack<F>(a_bits, env);
  Number b = unpack<F>(b_bits, env);
  BitsOf<F> result{};
  if (process_nans<F>(a, b, a_bits, b_bits, env, result)) return result;
  b.sign = b.sign != negate_b;
  if (a.is_infinity() && b.is_infinity() && a.sign != b.sign) return invalid_operation<F>(env);
  if (a.is_infinity()) return F::infinity(a.sign);
  if (b.is_infinity()) return F::infinity(b.sign);
  if (a.is_zero() && b.is_zero()) {
    return F::zero(a.sign == b.sign ? a.sign : sign_of_exact_zero(env));
  }
  if (a.is_zero()) return round<F>(exact(b), env);
  if (b.is_zero()) return round<F>(exact(a), env);
  Exact sum;
  if (!add_exact(exact(a), exact(b), sum)) return F::zero(sign_of_exact_zero(env));
  return round<F>(sum, env);
}

enum class ZeroTimesInfinity { invalid, two };

template <typename F>
BitsOf<F> multiply(BitsOf<F> a_bits, BitsOf<F> b_bits, ZeroTimesInfinity rule, Environment& env) {
  const Number a = unpack<F>(a_bits, env);
  const Number b = unpack<F>(b_bits, env);
  BitsOf<F> result{};
  if (process_nans<F>(a, b, a_bits, b_bits, env, result)) return result;
  const bool sign = a.sign != b.sign;
  if ((a.is_infinity() && b.is_zero()) || (a.is_zero() && b.is_infinity())) {
    return rule == ZeroTimesInfinity::two ? F::with_sign(sign, F::two) : invalid_operation<F>(env);
  }
  if (a.is_infinity() || b.is_infinity()) return F::infinity(sign);
  if (a.is_zero() || b.is_zero()) return F::zero(sign);
  return round<F>(mul_exact(a, b), env);
}

// The integer square root of value, and whether it was inexact.
std::uint64_t integer_sqrt(u128 value, bool& inexact) {
  u128 remainder = 0;
  std::uint64_t root = 0;
  for (int step = 0; step < 64; ++step) {
    remainder = remainder << 2 | value >> 126;
    value <<= 2;
    const u128 trial = u128{root} << 2 | 1;
    root <<= 1;
    if (remainder >= trial) {
      remainder -= trial;
      root |= 1;
    }
  }
  inexact = remainder != 0;
  return root;
}

// constant + a * b, over 2^halvings; the core of FPRecipStepFused and FPRSqrtStepFused.
template <typename F>
BitsOf<F> fused_step(BitsOf<F> a_bits, BitsOf<F> b_bits, unsigned constant, int halvings,
                     BitsOf<F> zero_times_infinity, Environment& env) {
  a_bits = negate<F>(a_bits);
  const Number a = unpack<F>(a_bits, env);
  const Number b = unpack<F>(b_bits, env);
  BitsOf<F> result{};
  if (process_nans<F>(a, b, a_bits, b_bits, env, result)) return result;
  if ((a.is_infinity() && b.is_zero()) || (a.is_zero() && b.is_infinity())) {
    return zero_times_infinity;
  }
  if (a.is_infinity() || b.is_infinity()) return F::infinity(a.sign != b.sign);
  Exact sum = normalise(false, 0, constant, 0);
  if (!a.is_zero() && !b.is_zero() && !add_exact(sum, mul_exact(a, b), sum)) {
    return F::zero(sign_of_exact_zero(env));
  }
  sum.exponent -= halvings;
  return round<F>(sum, env);
}

}  // namespace

template <typename F>
BitsOf<F> add(BitsOf<F> a, BitsOf<F> b, Environment& env) {
  return add_signed<F>(a, b, false, env);
}

template <typename F>
BitsOf<F> sub(BitsOf<F> a, BitsOf<F> b, Environment& env) {
  return add_signed<F>(a, b, true, env);
}

template <typename F>
BitsOf<F> mul(BitsOf<F> a, BitsOf<F> b, Environment& env) {
  return multiply<F>(a, b, ZeroTimesInfinity::invalid, env);
}

template <typename F>
BitsOf<F> mulx(BitsOf<F> a, BitsOf<F> b, Environment& env) {
  return multiply<F>(a, b, ZeroTimesInfinity::two, env);
}

template <typename F>
BitsOf<F> div(BitsOf<F> a_bits, BitsOf<F> b_bits, Environment& env) {
  const Number a = unpack<F>(a_bits, env);
  const Number b = unpack<F>(b_bits, env);
  BitsOf<F> result{};
  if (process_nans<F>(a, b, a_bits, b_bits, env, result)) return result;
  const bool sign = a.sign != b.sign;
  if ((a.is_infinity() && b.is_infinity()) || (a.is_zero() && b.is_zero())) {
    return invalid_operation<F>(env);
  }
  if (a.is_infinity() || b.is_zero()) {
    if (!a.is_infinity()) env.raise(status::divide_by_zero);
    return F::infinity(sign);
  }
  if (a.is_zero() || b.is_infinity()) return F::zero(sign);
  const u128 dividend = u128{a.significand} << 63;
  const u128 quotient = dividend / b.significand;  // 2^62 < quotient < 2^64
  const bool inexact = quotient * b.significand != dividend;
  return round<F>(normalise(sign, a.exponent - b.exponent, quotient << 1 | u128{inexact}, 64), env);
}

template <typename F>
BitsOf<F> sqrt(BitsOf<F> a_bits, Environment& env) {
  const Number a = unpack<F>(a_bits, env);
  if (a.is_nan()) return process_nan<F>(a.kind, a_bits, env);
  if (a.is_zero()) return F::zero(a.sign);
  if (a.sign) return invalid_operation<F>(env);
  if (a.is_infinity()) return F::infinity(false);
  const bool odd = (a.exponent & 1) != 0;
  const int even_exponent = odd ? a.exponent - 1 : a.exponent;
  bool inexact = false;
  const std::uint64_t root = integer_sqrt(u128{a.significand} << (odd ? 64 : 63), inexact);
  return round<F>(normalise(false, even_exponent / 2, u128{root} << 1 | u128{inexact}, 64), env);
}

template <typename F>
BitsOf<F> mul_add(BitsOf<F> addend_bits, BitsOf<F> a_bits, BitsOf<F> b_bits, Environment& env) {
  const Number addend = unpack<F>(addend_bits, env);
  const Number a = unpack<F>(a_bits, env);
  const Number b = unpack<F>(b_bits, env);
  const bool zero_times_infinity =
      (a.is_infinity() && b.is_zero()) || (a.is_zero() && b.is_infinity());
  if (addend.is_nan() || a.is_nan() || b.is_nan()) {
    // A quiet NaN added to 0 * infinity is still an invalid operation.
    if (addend.kind == Kind::quiet_nan && zero_times_infinity) return invalid_operation<F>(env);
    BitsOf<F> result{};
    if (addend.kind == Kind::signalling_nan ||
        (addend.kind == Kind::quiet_nan && a.kind != Kind::signalling_nan &&
         b.kind != Kind::signalling_nan)) {
      return process_nan<F>(addend.kind, addend_bits, env);
    }
    process_nans<F>(a, b, a_bits, b_bits, env, result);
    return result;
  }
  const bool product_sign = a.sign != b.sign;
  const bool product_infinite = a.is_infinity() || b.is_infinity();
  if (zero_times_infinity ||
      (addend.is_infinity() && product_infinite && addend.sign != product_sign)) {
    return invalid_operation<F>(env);
  }
  if (addend.is_infinity()) return F::infinity(addend.sign);
  if (product_infinite) return F::infinity(product_sign);
  const bool product_zero = a.is_zero() || b.is_zero();
  if (addend.is_zero() && product_zero) {
    return F::zero(addend.sign == product_sign ? product_sign : sign_of_exact_zero(env));
  }
  if (product_zero) return round<F>(exact(addend), env);
  if (addend.is_zero()) return round<F>(mul_exact(a, b), env);
  Exact sum;
  if (!add_exact(mul_exact(a, b), exact(addend), sum)) return F::zero(sign_of_exact_zero(env));
  return round<F>(sum, env);
}

template <typename F>
BitsOf<F> recip_step(BitsOf<F> a, BitsOf<F> b, Environment& env) {
  return fused_step<F>(a, b, 2, 0, F::two, env);
}

template <typename F>
BitsOf<F> rsqrt_step(BitsOf<F> a, BitsOf<F> b, Environment& env) {
  return fused_step<F>(a, b, 3, 1, F::one_and_half, env);
}

#define ARMATURE_FP_INSTANTIATE(F)                                              \
  template BitsOf<F> add<F>(BitsOf<F>, BitsOf<F>, Environment&);                \
  template BitsOf<F> sub<F>(BitsOf<F>, BitsOf<F>, Environment&);                \
  template BitsOf<F> mul<F>(BitsOf<F>, BitsOf<F>, Environment&);                \
  template BitsOf<F> mulx<F>(BitsOf<F>, BitsOf<F>, Environment&);               \
  template BitsOf<F> div<F>(BitsOf<F>, BitsOf<F>, Environment&);                \
  template BitsOf<F> sqrt<F>(BitsOf<F>, Environment&);                          \
  template BitsOf<F> mul_add<F>(BitsOf<F>, BitsOf<F>, BitsOf<F>, Environment&); \
  template BitsOf<F> recip_step<F>(BitsOf<F>, BitsOf<F>, Environment&);         \
  template BitsOf<F> rsqrt_step<F>(BitsOf<F>, BitsOf<F>, Environment&);
ARMATURE_FP_INSTANTIATE(Single)
ARMATURE_FP_INSTANTIATE(Double)
#undef ARMATURE_FP_INSTANTIATE

}  // namespace armature::cpu::fp::exact_ops
