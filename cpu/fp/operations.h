// The operations that floating-point instructions apply to their elements, as types: one handler
// template an instruction shape takes them as parameters.
#pragma once

#include "cpu/fp/arithmetic.h"

namespace armature::cpu::fp::op {

// ---- one operand

struct Move {
  template <typename F>
  static BitsOf<F> apply(BitsOf<F> a, Environment&) {
    return a;
  }
};
struct Abs {
  template <typename F>
  static BitsOf<F> apply(BitsOf<F> a, Environment&) {
    return absolute<F>(a);
  }
};
struct Neg {
  template <typename F>
  static BitsOf<F> apply(BitsOf<F> a, Environment&) {
    return negate<F>(a);
  }
};
struct Sqrt {
  template <typename F>
  static BitsOf<F> apply(BitsOf<F> a, Environment& env) {
    return fp::sqrt<F>(a, env);
  }
};
struct RecipEstimate {
  template <typename F>
  static BitsOf<F> apply(BitsOf<F> a, Environment& env) {
    return recip_estimate<F>(a, env);
  }
};
struct RSqrtEstimate {
  template <typename F>
  static BitsOf<F> apply(BitsOf<F> a, Environment& env) {
    return rsqrt_estimate<F>(a, env);
  }
};
struct RecipX {
  template <typename F>
  static BitsOf<F> apply(BitsOf<F> a, Environment& env) {
    return recip_exponent<F>(a, env);
  }
};
struct UnsignedRecipEstimate {
  template <typename F>
  static BitsOf<F> apply(BitsOf<F> a, Environment&) {
    return unsigned_recip_estimate(static_cast<std::uint32_t>(a));
  }
};
struct UnsignedRSqrtEstimate {
  template <typename F>
  static BitsOf<F> apply(BitsOf<F> a, Environment&) {
    return unsigned_rsqrt_estimate(static_cast<std::uint32_t>(a));
  }
};
// FRINTN, FRINTP, FRINTM, FRINTZ, FRINTA.
template <Rounding rounding>
struct RoundInt {
  template <typename F>
  static BitsOf<F> apply(BitsOf<F> a, Environment& env) {
    return round_int<F>(a, rounding, Exactness::inexact_allowed, env);
  }
};
// FRINTX, FRINTI: in the rounding mode of FPCR.
template <Exactness exactness>
struct RoundIntCurrent {
  template <typename F>
  static BitsOf<F> apply(BitsOf<F> a, Environment& env) {
    return round_int<F>(a, env.rounding(), exactness, env);
  }
};
// FCVT{N,P,M,Z,A}{S,U} within an element.
template <Rounding rounding, Signedness signedness>
struct ToInteger {
  template <typename F>
  static BitsOf<F> apply(BitsOf<F> a, Environment& env) {
    return static_cast<BitsOf<F>>(to_fixed<F>(a, 0, F::width, signedness, rounding, env));
  }
};
// SCVTF, UCVTF within an element.
template <Signedness signedness>
struct FromInteger {
  template <typename F>
  static BitsOf<F> apply(BitsOf<F> a, Environment& env) {
    return from_fixed<F>(a, 0, F::width, signedness, env);
  }
};

// ---- two operands

struct Add {
  template <typename F>
  static BitsOf<F> apply(BitsOf<F> a, BitsOf<F> b, Environment& env) {
    return add<F>(a, b, env);
  }
};
struct Sub {
  template <typename F>
  static BitsOf<F> apply(BitsOf<F> a, BitsOf<F> b, Environment& env) {
    return sub<F>(a, b, env);
  }
};
struct AbsoluteDifference {
  template <typename F>
  static BitsOf<F> apply(BitsOf<F> a, BitsOf<F> b, Environment& env) {
    return absolute<F>(sub<F>(a, b, env));
  }
};
struct Mul {
  template <typename F>
  static BitsOf<F> apply(BitsOf<F> a, BitsOf<F> b, Environment& env) {
    return mul<F>(a, b, env);
  }
};
struct NegatedMul {
  template <typename F>
  static BitsOf<F> apply(BitsOf<F> a, BitsOf<F> b, Environment& env) {
    return negate<F>(mul<F>(a, b, env));
  }
};
struct MulX {
  template <typename F>
  static BitsOf<F> apply(BitsOf<F> a, BitsOf<F> b, Environment& env) {
    return mulx<F>(a, b, env);
  }
};
struct Div {
  template <typename F>
  static BitsOf<F> apply(BitsOf<F> a, BitsOf<F> b, Environment& env) {
    return div<F>(a, b, env);
  }
};
struct Max {
  template <typename F>
  static BitsOf<F> apply(BitsOf<F> a, BitsOf<F> b, Environment& env) {
    return max<F>(a, b, env);
  }
};
struct Min {
  template <typename F>
  static BitsOf<F> apply(BitsOf<F> a, BitsOf<F> b, Environment& env) {
    return min<F>(a, b, env);
  }
};
struct MaxNum {
  template <typename F>
  static BitsOf<F> apply(BitsOf<F> a, BitsOf<F> b, Environment& env) {
    return max_num<F>(a, b, env);
  }
};
struct MinNum {
  template <typename F>
  static BitsOf<F> apply(BitsOf<F> a, BitsOf<F> b, Environment& env) {
    return min_num<F>(a, b, env);
  }
};
struct RecipStep {
  template <typename F>
  static BitsOf<F> apply(BitsOf<F> a, BitsOf<F> b, Environment& env) {
    return recip_step<F>(a, b, env);
  }
};
struct RSqrtStep {
  template <typename F>
  static BitsOf<F> apply(BitsOf<F> a, BitsOf<F> b, Environment& env) {
    return rsqrt_step<F>(a, b, env);
  }
};

// Comparisons that give a mask: FPCompareEQ is quiet, FPCompareGE and FPCompareGT signal any NaN.
template <typename F>
constexpr BitsOf<F> mask_if(bool condition) {
  return condition ? static_cast<BitsOf<F>>(~BitsOf<F>{0}) : BitsOf<F>{0};
}
struct CompareEqual {
  template <typename F>
  static BitsOf<F> apply(BitsOf<F> a, BitsOf<F> b, Environment& env) {
    return mask_if<F>(compare<F>(a, b, Quietness::quiet, env) == 0b0110);
  }
};
struct CompareGreaterEqual {
  template <typename F>
  static BitsOf<F> apply(BitsOf<F> a, BitsOf<F> b, Environment& env) {
    const unsigned nzcv = compare<F>(a, b, Quietness::signalling, env);
    return mask_if<F>(nzcv == 0b0110 || nzcv == 0b0010);
  }
};
struct CompareGreater {
  template <typename F>
  static BitsOf<F> apply(BitsOf<F> a, BitsOf<F> b, Environment& env) {
    return mask_if<F>(compare<F>(a, b, Quietness::signalling, env) == 0b0010);
  }
};
// FACGE, FACGT.
template <typename Compare>
struct OfMagnitudes {
  template <typename F>
  static BitsOf<F> apply(BitsOf<F> a, BitsOf<F> b, Environment& env) {
    return Compare::template apply<F>(absolute<F>(a), absolute<F>(b), env);
  }
};
// FCM.. with zero; less-than is greater-than with the operands exchanged.
template <typename Compare>
struct WithZero {
  template <typename F>
  static BitsOf<F> apply(BitsOf<F> a, Environment& env) {
    return Compare::template apply<F>(a, F::zero(false), env);
  }
};
template <typename Compare>
struct ZeroWith {
  template <typename F>
  static BitsOf<F> apply(BitsOf<F> a, Environment& env) {
    return Compare::template apply<F>(F::zero(false), a, env);
  }
};

// ---- three operands: addend first

// addend + a * b with the addend, the product or both negated (FMADD, FMSUB, FNMADD, FNMSUB).
enum class Sign : std::uint8_t { plus, minus };
template <Sign addend_sign, Sign product_sign>
struct MulAdd {
  template <typename F>
  static BitsOf<F> apply(BitsOf<F> addend, BitsOf<F> a, BitsOf<F> b, Environment& env) {
    if constexpr (addend_sign == Sign::minus) addend = negate<F>(addend);
    if constexpr (product_sign == Sign::minus) a = negate<F>(a);
    return mul_add<F>(addend, a, b, env);
  }
};

}  // namespace armature::cpu::fp::op
