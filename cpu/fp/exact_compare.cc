// FPCompare, FPMax, FPMin, FPMaxNum and FPMinNum.
#include "cpu/fp/exact.h"
#include "cpu/fp/number.h"

namespace armature::cpu::fp::exact_ops {

namespace {

// The order of two values that are not NaNs: -1, 0 or 1. Zeros of either sign are equal.
int order(const Number& a, const Number& b) {
  const auto rank = [](const Number& n) {  // magnitude as (class, exponent, significand)
    return n.is_zero() ? 0 : n.is_infinity() ? 2 : 1;
  };
  if (a.is_zero() && b.is_zero()) return 0;
  if (a.is_zero()) return b.sign ? 1 : -1;
  if (b.is_zero() || a.sign != b.sign) return a.sign ? -1 : 1;
  const int greater = a.sign ? -1 : 1;
  if (rank(a) != rank(b)) return rank(a) > rank(b) ? greater : -greater;
  if (a.is_infinity()) return 0;
  if (a.exponent != b.exponent) return a.exponent > b.exponent ? greater : -greater;
  if (a.significand != b.significand) return a.significand > b.significand ? greater : -greater;
  return 0;
}

enum class Pick { larger, smaller };

template <typename F>
BitsOf<F> pick(Pick which, BitsOf<F> a_bits, BitsOf<F> b_bits, Environment& env) {
  const Number a = unpack<F>(a_bits, env);
  const Number b = unpack<F>(b_bits, env);
  BitsOf<F> result{};
  if (process_nans<F>(a, b, a_bits, b_bits, env, result)) return result;
  const int compared = order(a, b);
  const bool first = which == Pick::larger ? compared > 0 : compared < 0;
  const Number& chosen = first ? a : b;
  if (!chosen.is_zero()) return first ? a_bits : b_bits;
  // Zeros, flushed ones too: the larger is negative only if both are, the smaller if either is.
  if (compared != 0) return F::zero(chosen.sign);
  return F::zero(which == Pick::larger ? a.sign && b.sign : a.sign || b.sign);
}

// A single quiet NaN loses against a number: it is replaced by the infinity that cannot win.
template <typename F>
BitsOf<F> pick_number(Pick which, BitsOf<F> a_bits, BitsOf<F> b_bits, Environment& env) {
  const bool a_quiet = unpack<F>(a_bits, env).kind == Kind::quiet_nan;
  const bool b_quiet = unpack<F>(b_bits, env).kind == Kind::quiet_nan;
  if (a_quiet && !b_quiet) a_bits = F::infinity(which == Pick::larger);
  if (b_quiet && !a_quiet) b_bits = F::infinity(which == Pick::larger);
  return pick<F>(which, a_bits, b_bits, env);
}

}  // namespace

template <typename F>
BitsOf<F> max(BitsOf<F> a, BitsOf<F> b, Environment& env) {
  return pick<F>(Pick::larger, a, b, env);
}
template <typename F>
BitsOf<F> min(BitsOf<F> a, BitsOf<F> b, Environment& env) {
  return pick<F>(Pick::smaller, a, b, env);
}
template <typename F>
BitsOf<F> max_num(BitsOf<F> a, BitsOf<F> b, Environment& env) {
  return pick_number<F>(Pick::larger, a, b, env);
}
template <typename F>
BitsOf<F> min_num(BitsOf<F> a, BitsOf<F> b, Environment& env) {
  return pick_number<F>(Pick::smaller, a, b, env);
}

template <typename F>
unsigned compare(BitsOf<F> a_bits, BitsOf<F> b_bits, Quietness quietness, Environment& env) {
  constexpr unsigned kUnordered = 0b0011, kEqual = 0b0110, kLess = 0b1000, kGreater = 0b0010;
  const Number a = unpack<F>(a_bits, env);
  const Number b = unpack<F>(b_bits, env);
  if (a.is_nan() || b.is_nan()) {
    if (quietness == Quietness::signalling || a.kind == Kind::signalling_nan ||
        b.kind == Kind::signalling_nan) {
      env.raise(status::invalid);
    }
    return kUnordered;
  }
  const int compared = order(a, b);
  return compared == 0 ? kEqual : compared < 0 ? kLess : kGreater;
}

#define ARMATURE_FP_INSTANTIATE(F)                                   \
  template BitsOf<F> max<F>(BitsOf<F>, BitsOf<F>, Environment&);     \
  template BitsOf<F> min<F>(BitsOf<F>, BitsOf<F>, Environment&);     \
  template BitsOf<F> max_num<F>(BitsOf<F>, BitsOf<F>, Environment&); \
  template BitsOf<F> min_num<F>(BitsOf<F>, BitsOf<F>, Environment&); \
  template unsigned compare<F>(BitsOf<F>, BitsOf<F>, Quietness, Environment&);
ARMATURE_FP_INSTANTIATE(Single)
ARMATURE_FP_INSTANTIATE(Double)
#undef ARMATURE_FP_INSTANTIATE

}  // namespace armature::cpu::fp::exact_ops
