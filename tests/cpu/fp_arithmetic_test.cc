// FPAdd, FPMul, FPDiv, FPSqrt, FPMulAdd, FPMax.., FPCompare: results and flags of the rules.
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <optional>

#include "cpu/fp/operations.h"

namespace armature::cpu::fp {
namespace {

using D = Double;
using S = Single;

constexpr std::uint32_t kDn = 1u << 25, kFz = 1u << 24;
constexpr std::uint32_t kTowardPlus = 1u << 22, kTowardMinus = 2u << 22, kTowardZero = 3u << 22;

std::uint64_t d(double value) { return std::bit_cast<std::uint64_t>(value); }
std::uint32_t s(float value) { return std::bit_cast<std::uint32_t>(value); }

constexpr std::uint64_t kQuietA = 0x7ff8'0000'0000'0aaa, kQuietB = 0xfff8'0000'0000'0bbb;
constexpr std::uint64_t kSignalA = 0x7ff0'0000'0000'0aaa, kSignalB = 0xfff0'0000'0000'0bbb;
constexpr std::uint64_t kQuieted = 0x0008'0000'0000'0000;
constexpr std::uint64_t kInf = D::exponent_mask, kDefault = D::default_nan;
constexpr std::uint64_t kDenormal = 0x000f'0000'0000'0001, kMinNormal = D::smallest_normal;

class FloatingPoint : public ::testing::Test {
 protected:
  // Runs with FPCR = control and FPSR clear; flags() are what it raised.
  Environment& env(std::uint32_t control = 0) {
    fpsr_ = 0;
    return environment_.emplace(Environment{control, fpsr_});
  }
  std::uint32_t flags() const { return fpsr_; }

 private:
  std::uint32_t fpsr_ = 0;
  std::optional<Environment> environment_;
};

using Nan = FloatingPoint;
using Flush = FloatingPoint;
using Rounded = FloatingPoint;
using Invalid = FloatingPoint;
using Fused = FloatingPoint;
using Compared = FloatingPoint;
using Extremes = FloatingPoint;

TEST_F(Nan, SignallingOperandsComeBeforeQuietOnes) {
  EXPECT_EQ(add<D>(kQuietA, kSignalB, env()), kSignalB | kQuieted);
  EXPECT_EQ(flags(), status::invalid);
  EXPECT_EQ(add<D>(kSignalA, kSignalB, env()), kSignalA | kQuieted);
}

TEST_F(Nan, OfTwoQuietOperandsTheFirstIsKeptWithoutFlags) {
  EXPECT_EQ(mul<D>(kQuietB, kQuietA, env()), kQuietB);
  EXPECT_EQ(flags(), 0u);
}

TEST_F(Nan, SubtractionKeepsTheSignOfItsSecondOperand) {
  EXPECT_EQ(sub<D>(d(1), kQuietB, env()), kQuietB);
}

TEST_F(Nan, DefaultNanModeReplacesEveryNanButStillRaisesInvalid) {
  EXPECT_EQ(add<D>(kQuietB, d(1), env(kDn)), kDefault);
  EXPECT_EQ(flags(), 0u);
  EXPECT_EQ(sqrt<D>(kSignalB, env(kDn)), kDefault);
  EXPECT_EQ(flags(), status::invalid);
}

TEST_F(Nan, ADenormalBesideANanIsStillFlushedAndFlagged) {
  EXPECT_EQ(add<D>(kQuietA, kDenormal, env(kFz)), kQuietA);
  EXPECT_EQ(flags(), status::input_denormal);
}

TEST_F(Invalid, DifferenceOfInfinities) {
  EXPECT_EQ(sub<D>(kInf, kInf, env()), kDefault);
  EXPECT_EQ(flags(), status::invalid);
  EXPECT_EQ(add<D>(kInf, kInf, env()), kInf);
  EXPECT_EQ(flags(), 0u);
}

TEST_F(Invalid, ZeroTimesInfinityButFmulxGivesTwo) {
  EXPECT_EQ(mul<D>(d(-0.0), kInf, env()), kDefault);
  EXPECT_EQ(flags(), status::invalid);
  EXPECT_EQ(mulx<D>(d(-0.0), kInf, env()), d(-2.0));
  EXPECT_EQ(flags(), 0u);
}

TEST_F(Invalid, ZeroOverZeroIsNotADivisionByZero) {
  EXPECT_EQ(div<D>(d(0), d(0), env()), kDefault);
  EXPECT_EQ(flags(), status::invalid);
  EXPECT_EQ(div<D>(d(-1), d(0), env()), d(-INFINITY));
  EXPECT_EQ(flags(), status::divide_by_zero);
  EXPECT_EQ(div<D>(kInf, d(0), env()), kInf);
  EXPECT_EQ(flags(), 0u);
}

TEST_F(Invalid, RootOfANegativeNumberButNotOfMinusZero) {
  EXPECT_EQ(sqrt<D>(d(-4), env()), kDefault);
  EXPECT_EQ(flags(), status::invalid);
  EXPECT_EQ(sqrt<D>(d(-0.0), env()), d(-0.0));
  EXPECT_EQ(flags(), 0u);
}

TEST_F(Flush, InputsBecomeSignedZerosAndRaiseOnlyInputDenormal) {
  EXPECT_EQ(mul<D>(D::sign_mask | kDenormal, d(1), env(kFz)), d(-0.0));
  EXPECT_EQ(flags(), status::input_denormal);
  EXPECT_EQ(mul<D>(D::sign_mask | kDenormal, d(1), env()), D::sign_mask | kDenormal);
  EXPECT_EQ(flags(), 0u);
}

TEST_F(Flush, OutputsRaiseUnderflowWithoutInexact) {
  EXPECT_EQ(mul<D>(kMinNormal, d(-0.75), env(kFz)), d(-0.0));
  EXPECT_EQ(flags(), status::underflow);
}

TEST_F(Flush, AResultThatRoundsUpToTheSmallestNormalIsFlushed) {
  const std::uint64_t almost_one = d(1) - 1;
  EXPECT_EQ(mul<D>(kMinNormal, almost_one, env(kFz)), d(0));
  EXPECT_EQ(flags(), status::underflow);
}

TEST_F(Rounded, TininessIsDetectedBeforeRounding) {
  // (1 - 2^-53) * 2^-1022 rounds to 2^-1022: tiny before rounding, normal after.
  const std::uint64_t almost_one = d(1) - 1;
  EXPECT_EQ(mul<D>(kMinNormal, almost_one, env()), kMinNormal);
  EXPECT_EQ(flags(), status::underflow | status::inexact);
}

TEST_F(Rounded, AnExactDenormalDoesNotUnderflow) {
  EXPECT_EQ(mul<D>(kMinNormal, d(0.5), env()), kMinNormal / 2);
  EXPECT_EQ(flags(), 0u);
}

TEST_F(Rounded, OverflowGoesToInfinityOrTheLargestNumberByModeAndSign) {
  const std::uint64_t largest = d(std::numeric_limits<double>::max());
  const auto twice = [&](bool negative, std::uint32_t control) {
    const std::uint64_t operand = D::with_sign(negative, largest);
    const std::uint64_t result = add<D>(operand, operand, env(control));
    EXPECT_EQ(flags(), status::overflow | status::inexact);
    return result;
  };
  EXPECT_EQ(twice(false, 0), kInf);
  EXPECT_EQ(twice(false, kTowardPlus), kInf);
  EXPECT_EQ(twice(true, kTowardPlus), D::sign_mask | largest);
  EXPECT_EQ(twice(false, kTowardMinus), largest);
  EXPECT_EQ(twice(true, kTowardMinus), d(-INFINITY));
  EXPECT_EQ(twice(true, kTowardZero), D::sign_mask | largest);
}

TEST_F(Rounded, TiesGoToTheEvenSignificand) {
  const double unit = std::numeric_limits<double>::epsilon();
  EXPECT_EQ(add<D>(d(1), d(unit / 2), env()), d(1));
  EXPECT_EQ(flags(), status::inexact);
  EXPECT_EQ(add<D>(d(1 + unit), d(unit / 2), env()), d(1 + 2 * unit));
  EXPECT_EQ(add<D>(d(1), d(unit / 2), env(kTowardPlus)), d(1 + unit));
  EXPECT_EQ(add<D>(d(1), d(unit / 2), env(kTowardZero)), d(1));
}

TEST_F(Rounded, ExactResultsRaiseNothing) {
  EXPECT_EQ(add<D>(d(1.5), d(2.25), env()), d(3.75));
  EXPECT_EQ(mul<D>(d(1.5), d(3), env()), d(4.5));
  EXPECT_EQ(div<D>(d(3), d(4), env()), d(0.75));
  EXPECT_EQ(sqrt<D>(d(2.25), env()), d(1.5));
  EXPECT_EQ(flags(), 0u);
}

TEST_F(Rounded, AnExactZeroSumIsNegativeOnlyTowardMinusInfinity) {
  EXPECT_EQ(sub<D>(d(1), d(1), env()), d(0));
  EXPECT_EQ(sub<D>(d(1), d(1), env(kTowardMinus)), d(-0.0));
  EXPECT_EQ(add<D>(d(-0.0), d(-0.0), env()), d(-0.0));
}

TEST_F(Rounded, SumsNearTheLargestNumberKnowWhetherTheyAreExact) {
  // An intermediate of the host's error term overflows here.
  const double largest = std::numeric_limits<double>::max();
  EXPECT_EQ(add<D>(d(largest), d(-1.0), env()), d(largest));
  EXPECT_EQ(flags(), status::inexact);
  EXPECT_EQ(add<D>(d(-largest / 2), d(largest), env()), d(largest / 2));
  EXPECT_EQ(flags(), 0u);
}

TEST_F(Fused, IsRoundedOnce) {
  const double unit = std::numeric_limits<double>::epsilon();
  const std::uint64_t a = d(1 + unit), addend = d(-(1 + 2 * unit));
  EXPECT_EQ(mul_add<D>(addend, a, a, env()), d(unit * unit));
  EXPECT_EQ(flags(), 0u);
}

TEST_F(Fused, AQuietAddendWithZeroTimesInfinityGivesTheDefaultNan) {
  EXPECT_EQ(mul_add<D>(kQuietB, d(0), kInf, env()), kDefault);
  EXPECT_EQ(flags(), status::invalid);
}

TEST_F(Fused, ASignallingAddendWithZeroTimesInfinityIsPropagated) {
  EXPECT_EQ(mul_add<D>(kSignalB, d(0), kInf, env()), kSignalB | kQuieted);
  EXPECT_EQ(flags(), status::invalid);
}

TEST_F(Fused, NansAreTakenInTheOrderAddendFirstSecond) {
  EXPECT_EQ(mul_add<D>(kQuietA, kQuietB, kQuietB, env()), kQuietA);
  EXPECT_EQ(mul_add<D>(kQuietA, d(1), kSignalB, env()), kSignalB | kQuieted);
  EXPECT_EQ(mul_add<D>(kSignalA, kSignalB, d(1), env()), kSignalA | kQuieted);
}

TEST_F(Fused, AnInfiniteProductAgainstAnOppositeInfinityIsInvalid) {
  EXPECT_EQ(mul_add<D>(d(-INFINITY), kInf, d(2), env()), kDefault);
  EXPECT_EQ(flags(), status::invalid);
}

TEST_F(Fused, NegatedFormsFlipTheSignOfAPropagatedNan) {
  using FnmaddLike = op::MulAdd<op::Sign::minus, op::Sign::minus>;
  EXPECT_EQ((FnmaddLike::apply<D>(kQuietA, d(1), d(1), env())), negate<D>(kQuietA));
  EXPECT_EQ(op::NegatedMul::apply<D>(kQuietA, d(1), env()), negate<D>(kQuietA));
}

TEST_F(Compared, ZerosOfEitherSignAreEqual) {
  EXPECT_EQ(compare<D>(d(0), d(-0.0), Quietness::quiet, env()), 0b0110u);
}

TEST_F(Compared, OrdersNumbers) {
  EXPECT_EQ(compare<D>(d(-1), d(1), Quietness::quiet, env()), 0b1000u);
  EXPECT_EQ(compare<D>(kInf, d(1), Quietness::quiet, env()), 0b0010u);
}

TEST_F(Compared, AQuietNanIsInvalidOnlyForASignallingComparison) {
  EXPECT_EQ(compare<D>(kQuietA, d(1), Quietness::quiet, env()), 0b0011u);
  EXPECT_EQ(flags(), 0u);
  EXPECT_EQ(compare<D>(kQuietA, d(1), Quietness::signalling, env()), 0b0011u);
  EXPECT_EQ(flags(), status::invalid);
  EXPECT_EQ(compare<D>(kSignalA, d(1), Quietness::quiet, env()), 0b0011u);
  EXPECT_EQ(flags(), status::invalid);
}

TEST_F(Compared, DenormalsAreZerosWhenFlushed) {
  EXPECT_EQ(compare<D>(kDenormal, d(0), Quietness::quiet, env(kFz)), 0b0110u);
  EXPECT_EQ(flags(), status::input_denormal);
  EXPECT_EQ(compare<D>(kDenormal, d(0), Quietness::quiet, env()), 0b0010u);
}

TEST_F(Extremes, TheLargerZeroIsPositiveTheSmallerNegative) {
  EXPECT_EQ(max<D>(d(-0.0), d(0), env()), d(0));
  EXPECT_EQ(min<D>(d(0), d(-0.0), env()), d(-0.0));
}

TEST_F(Extremes, FmaxPropagatesAQuietNanButFmaxnmPrefersTheNumber) {
  EXPECT_EQ(max<D>(kQuietA, d(1), env()), kQuietA);
  EXPECT_EQ(max_num<D>(kQuietA, d(1), env()), d(1));
  EXPECT_EQ(min_num<D>(d(-1), kQuietA, env()), d(-1));
  EXPECT_EQ(flags(), 0u);
  EXPECT_EQ(max_num<D>(kQuietA, kQuietB, env()), kQuietA);
}

TEST_F(Extremes, FmaxnmDoesNotForgiveASignallingNan) {
  EXPECT_EQ(max_num<D>(kSignalA, d(1), env()), kSignalA | kQuieted);
  EXPECT_EQ(flags(), status::invalid);
}

TEST_F(Extremes, FlushesADenormalResult) {
  EXPECT_EQ(max<S>(1, s(-1.0f), env(kFz)), s(0.0f));
  EXPECT_EQ(flags(), status::input_denormal);
}

}  // namespace
}  // namespace armature::cpu::fp
