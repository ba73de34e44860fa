// Every floating-point operation in integer arithmetic, as the manual's shared pseudocode defines
// it. arithmetic.h puts the host's floating-point unit before some of these; the results are the
// same.
#pragma once

#include <cstdint>

#include "cpu/fp/environment.h"
#include "cpu/fp/format.h"

namespace armature::cpu::fp {

// Of a comparison: whether quiet NaNs are invalid operands too.
enum class Quietness : std::uint8_t { quiet, signalling };
// Of rounding to an integer: `exact` raises Inexact when the value changes (FRINTX).
enum class Exactness : std::uint8_t { inexact_allowed, exact };
enum class Signedness : std::uint8_t { is_signed, is_unsigned };

namespace exact_ops {

// F is Single or Double. Names are those of the pseudocode (FPAdd, ...).
template <typename F>
BitsOf<F> add(BitsOf<F> a, BitsOf<F> b, Environment& env);
template <typename F>
BitsOf<F> sub(BitsOf<F> a, BitsOf<F> b, Environment& env);
template <typename F>
BitsOf<F> mul(BitsOf<F> a, BitsOf<F> b, Environment& env);
template <typename F>
BitsOf<F> mulx(BitsOf<F> a, BitsOf<F> b, Environment& env);
template <typename F>
BitsOf<F> div(BitsOf<F> a, BitsOf<F> b, Environment& env);
template <typename F>
BitsOf<F> sqrt(BitsOf<F> a, Environment& env);
// addend + a * b, rounded once.
template <typename F>
BitsOf<F> mul_add(BitsOf<F> addend, BitsOf<F> a, BitsOf<F> b, Environment& env);
template <typename F>
BitsOf<F> max(BitsOf<F> a, BitsOf<F> b, Environment& env);
template <typename F>
BitsOf<F> min(BitsOf<F> a, BitsOf<F> b, Environment& env);
template <typename F>
BitsOf<F> max_num(BitsOf<F> a, BitsOf<F> b, Environment& env);
template <typename F>
BitsOf<F> min_num(BitsOf<F> a, BitsOf<F> b, Environment& env);

// FPCompare as NZCV in bits 3..0.
template <typename F>
unsigned compare(BitsOf<F> a, BitsOf<F> b, Quietness quietness, Environment& env);

template <typename F>
BitsOf<F> round_int(BitsOf<F> a, Rounding rounding, Exactness exactness, Environment& env);

// FPConvert between formats; Rounding::odd is FCVTXN.
template <typename To, typename From>
BitsOf<To> convert(BitsOf<From> a, Rounding rounding, Environment& env);

// FPToFixed: a * 2^fbits as a saturated integer of `width` bits (32 or 64), zero-extended.
template <typename F>
std::uint64_t to_fixed(BitsOf<F> a, unsigned fbits, unsigned width, Signedness signedness,
                       Rounding rounding, Environment& env);
// FixedToFP: an integer of `width` bits in the low bits of `value`, divided by 2^fbits.
template <typename F>
BitsOf<F> from_fixed(std::uint64_t value, unsigned fbits, unsigned width, Signedness signedness,
                     Environment& env);

// Estimates and Newton-Raphson steps.
template <typename F>
BitsOf<F> recip_estimate(BitsOf<F> a, Environment& env);  // FRECPE
template <typename F>
BitsOf<F> rsqrt_estimate(BitsOf<F> a, Environment& env);  // FRSQRTE
template <typename F>
BitsOf<F> recip_exponent(BitsOf<F> a, Environment& env);  // FRECPX
template <typename F>
BitsOf<F> recip_step(BitsOf<F> a, BitsOf<F> b, Environment& env);
template <typename F>
BitsOf<F> rsqrt_step(BitsOf<F> a, BitsOf<F> b, Environment& env);
std::uint32_t unsigned_recip_estimate(std::uint32_t a);  // URECPE
std::uint32_t unsigned_rsqrt_estimate(std::uint32_t a);  // URSQRTE

}  // namespace exact_ops
}  // namespace armature::cpu::fp
