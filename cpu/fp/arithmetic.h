// The entry point of floating-point arithmetic: the host's unit where its result and its flags are
// provably the same, exact_ops elsewhere. The fast path runs for round-to-nearest when the result
// is finite and above the smallest normal number (so no NaN, infinity, overflow or underflow is
// near) and, with FPCR.FZ, no operand is denormal. IXC is cumulative: once set, inexactness need
// not be known; until then it is found without rounding error (TwoSum, exact products). The host
// must evaluate in IEEE-754 formats, rounding to nearest, without flushing or contraction. Measured
// with bench_fp (tests/isa/fp): see cpu/fp/README.md.
#pragma once

#include <bit>
#include <cfloat>
#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "cpu/fp/exact.h"

namespace armature::cpu::fp {

static_assert(FLT_EVAL_METHOD == 0 && std::numeric_limits<double>::is_iec559 &&
              std::numeric_limits<float>::is_iec559);

namespace host {

template <typename F>
typename F::Host value(BitsOf<F> bits) {
  return std::bit_cast<typename F::Host>(bits);
}
template <typename F>
BitsOf<F> bits(typename F::Host value) {
  return std::bit_cast<BitsOf<F>>(value);
}

// FZ and RMode both zero; one test.
inline bool plain(const Environment& env) {
  constexpr std::uint64_t mask = Fpcr{}.with(fpcr::FZ, ~0ull).with(fpcr::RMode, ~0ull).value;
  return (env.fpcr & mask) == 0;
}
inline bool nearest(const Environment& env) { return env.rounding() == Rounding::ties_to_even; }

template <typename F, typename... Operands>
bool flush_free(const Environment& env, Operands... operands) {
  if (plain(env)) [[likely]]
    return true;
  return nearest(env) && (!F::is_denormal_or_zero(operands) && ...);
}

// Finite and strictly above the smallest normal magnitude.
template <typename F>
bool ordinary(BitsOf<F> result) {
  const BitsOf<F> magnitude = F::magnitude_of(result);
  return static_cast<BitsOf<F>>(magnitude - F::smallest_normal - 1) <
         static_cast<BitsOf<F>>(F::exponent_mask - F::smallest_normal - 1);
}

inline bool inexact_known(const Environment& env) { return (env.fpsr & status::inexact) != 0; }

// The significands of a normal number: an integer of fraction_width + 1 bits.
template <typename F>
std::uint64_t significand(BitsOf<F> bits) {
  return (bits & F::fraction_mask) | F::smallest_normal;
}

// Whether product is significand * 2^fraction_width or that twice: x * y == z up to the exponent,
// for normal x, y, z.
template <typename F>
bool product_is(BitsOf<F> x, BitsOf<F> y, BitsOf<F> z) {
  using Wide = unsigned __int128;
  const Wide product = Wide{significand<F>(x)} * significand<F>(y);
  const Wide expected = Wide{significand<F>(z)} << F::fraction_width;
  return product == expected || product == expected << 1;
}

// What the rounded sum a + b lost (TwoSum): exact, or a NaN when an intermediate overflowed.
template <typename Host>
Host sum_error(Host a, Host b, Host sum) {
  const Host b_part = sum - a;
  const Host a_part = sum - b_part;
  return (a - a_part) + (b - b_part);
}

// Raises Inexact by that error; false when it is not known.
template <typename F>
bool settle_sum(typename F::Host a, typename F::Host b, typename F::Host sum, Environment& env) {
  if (inexact_known(env)) [[likely]]
    return true;
  const auto error = sum_error(a, b, sum);
  if (error != 0) {
    if (error != error) return false;
    env.raise(status::inexact);
  }
  return true;
}

template <typename F, typename... Operands>
bool all_normal(Operands... operands) {
  return ((!F::is_denormal_or_zero(operands)) && ...);
}

}  // namespace host

template <typename F>
inline BitsOf<F> add(BitsOf<F> a, BitsOf<F> b, Environment& env) {
  if (host::flush_free<F>(env, a, b)) [[likely]] {
    const auto x = host::value<F>(a), y = host::value<F>(b);
    const auto sum = x + y;
    if (host::ordinary<F>(host::bits<F>(sum)) && host::settle_sum<F>(x, y, sum, env)) [[likely]] {
      return host::bits<F>(sum);
    }
  }
  return exact_ops::add<F>(a, b, env);
}

template <typename F>
inline BitsOf<F> sub(BitsOf<F> a, BitsOf<F> b, Environment& env) {
  if (host::flush_free<F>(env, a, b)) [[likely]] {
    const auto x = host::value<F>(a), y = host::value<F>(b);
    const auto difference = x - y;
    if (host::ordinary<F>(host::bits<F>(difference)) && host::settle_sum<F>(x, -y, difference, env))
        [[likely]] {
      return host::bits<F>(difference);
    }
  }
  return exact_ops::sub<F>(a, b, env);
}

template <typename F>
inline BitsOf<F> mul(BitsOf<F> a, BitsOf<F> b, Environment& env) {
  if (host::flush_free<F>(env, a, b)) [[likely]] {
    const auto product = host::bits<F>(host::value<F>(a) * host::value<F>(b));
    if (host::ordinary<F>(product)) [[likely]] {
      if (host::inexact_known(env)) [[likely]]
        return product;
      if (host::all_normal<F>(a, b)) {
        if (!host::product_is<F>(a, b, product)) env.raise(status::inexact);
        return product;
      }
    }
  }
  return exact_ops::mul<F>(a, b, env);
}

template <typename F>
inline BitsOf<F> div(BitsOf<F> a, BitsOf<F> b, Environment& env) {
  if (host::flush_free<F>(env, a, b)) [[likely]] {
    const auto quotient = host::bits<F>(host::value<F>(a) / host::value<F>(b));
    if (host::ordinary<F>(quotient)) [[likely]] {
      if (host::inexact_known(env)) [[likely]]
        return quotient;
      if (host::all_normal<F>(a, b)) {
        if (!host::product_is<F>(quotient, b, a)) env.raise(status::inexact);
        return quotient;
      }
    }
  }
  return exact_ops::div<F>(a, b, env);
}

template <typename F>
inline BitsOf<F> sqrt(BitsOf<F> a, Environment& env) {
  if (!F::sign_of(a) && host::flush_free<F>(env, a)) [[likely]] {
    const auto root = host::bits<F>(std::sqrt(host::value<F>(a)));
    if (host::ordinary<F>(root)) [[likely]] {
      if (host::inexact_known(env)) [[likely]]
        return root;
      if (host::all_normal<F>(a)) {
        if (!host::product_is<F>(root, root, a)) env.raise(status::inexact);
        return root;
      }
    }
  }
  return exact_ops::sqrt<F>(a, env);
}

template <typename F>
inline BitsOf<F> mul_add(BitsOf<F> addend, BitsOf<F> a, BitsOf<F> b, Environment& env) {
  if (host::inexact_known(env) && host::flush_free<F>(env, addend, a, b)) [[likely]] {
    const auto sum =
        host::bits<F>(std::fma(host::value<F>(a), host::value<F>(b), host::value<F>(addend)));
    if (host::ordinary<F>(sum)) [[likely]]
      return sum;
  }
  return exact_ops::mul_add<F>(addend, a, b, env);
}

template <typename F>
inline unsigned compare(BitsOf<F> a, BitsOf<F> b, Quietness quietness, Environment& env) {
  if (!env.flush_to_zero()) [[likely]] {
    const auto x = host::value<F>(a), y = host::value<F>(b);
    if (x == y) return 0b0110;
    if (x < y) return 0b1000;
    if (x > y) return 0b0010;
  }
  return exact_ops::compare<F>(a, b, quietness, env);
}

template <typename To, typename From>
inline BitsOf<To> convert(BitsOf<From> a, Rounding rounding, Environment& env) {
  if constexpr (!std::is_same_v<To, Half> && !std::is_same_v<From, Half>) {
    if (rounding == Rounding::ties_to_even && host::flush_free<From>(env, a)) [[likely]] {
      const auto x = host::value<From>(a);
      const auto result = static_cast<typename To::Host>(x);
      if (host::ordinary<To>(host::bits<To>(result))) [[likely]] {
        if (static_cast<typename From::Host>(result) != x) env.raise(status::inexact);
        return host::bits<To>(result);
      }
    }
  }
  return exact_ops::convert<To, From>(a, rounding, env);
}

template <typename F>
inline std::uint64_t to_fixed(BitsOf<F> a, unsigned fbits, unsigned width, Signedness signedness,
                              Rounding rounding, Environment& env) {
  // Toward zero, as C converts: magnitudes 1 .. 2^30 or 2^62 fit whichever the signedness.
  if (rounding == Rounding::zero && fbits == 0) [[likely]] {
    const auto x = host::value<F>(a);
    const auto limit = static_cast<typename F::Host>(std::uint64_t{1} << (width - 2));
    const bool is_signed = signedness == Signedness::is_signed;
    if (x < limit && (x >= 1 || (is_signed && x <= -1 && x > -limit))) [[likely]] {
      const auto integer = static_cast<std::int64_t>(x);
      if (static_cast<typename F::Host>(integer) != x) env.raise(status::inexact);
      return static_cast<std::uint64_t>(integer) & (~std::uint64_t{0} >> (64 - width));
    }
  }
  return exact_ops::to_fixed<F>(a, fbits, width, signedness, rounding, env);
}

template <typename F>
inline BitsOf<F> from_fixed(std::uint64_t value, unsigned fbits, unsigned width,
                            Signedness signedness, Environment& env) {
  // Integers of at most as many bits as the significand are exact in every rounding mode.
  constexpr std::int64_t limit = std::int64_t{1} << (F::fraction_width + 1);
  const bool is_signed = signedness == Signedness::is_signed;
  const std::int64_t integer = width == 64 ? static_cast<std::int64_t>(value)
                               : is_signed ? std::int64_t{static_cast<std::int32_t>(value)}
                                           : std::int64_t{static_cast<std::uint32_t>(value)};
  if (fbits == 0 && integer <= limit && (integer >= 0 || (is_signed && integer >= -limit)))
      [[likely]] {
    return host::bits<F>(static_cast<typename F::Host>(integer));
  }
  return exact_ops::from_fixed<F>(value, fbits, width, signedness, env);
}

using exact_ops::max;
using exact_ops::max_num;
using exact_ops::min;
using exact_ops::min_num;
using exact_ops::mulx;
using exact_ops::recip_estimate;
using exact_ops::recip_exponent;
using exact_ops::recip_step;
using exact_ops::round_int;
using exact_ops::rsqrt_estimate;
using exact_ops::rsqrt_step;
using exact_ops::unsigned_recip_estimate;
using exact_ops::unsigned_rsqrt_estimate;

}  // namespace armature::cpu::fp
