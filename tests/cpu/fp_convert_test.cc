// FPConvert, FPRoundInt, FPToFixed, FixedToFP, the estimates and their steps.
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <optional>

#include "cpu/fp/arithmetic.h"

namespace armature::cpu::fp {
namespace {

using D = Double;
using S = Single;
using H = Half;

constexpr std::uint32_t kAhp = 1u << 26, kDn = 1u << 25, kFz = 1u << 24;
constexpr std::uint32_t kTowardPlus = 1u << 22, kTowardMinus = 2u << 22;
constexpr Signedness kSigned = Signedness::is_signed, kUnsigned = Signedness::is_unsigned;

std::uint64_t d(double value) { return std::bit_cast<std::uint64_t>(value); }
std::uint32_t s(float value) { return std::bit_cast<std::uint32_t>(value); }

class FloatingPointConversion : public ::testing::Test {
 protected:
  Environment& env(std::uint32_t control = 0) {
    fpsr_ = 0;
    return environment_.emplace(Environment{control, fpsr_});
  }
  std::uint32_t flags() const { return fpsr_; }
  BitsOf<H> to_half(float value, std::uint32_t control = 0) {
    Environment& e = env(control);
    return convert<H, S>(s(value), e.rounding(), e);
  }

 private:
  std::uint32_t fpsr_ = 0;
  std::optional<Environment> environment_;
};

using ConvertPrecision = FloatingPointConversion;
using RoundToIntegral = FloatingPointConversion;
using ToFixed = FloatingPointConversion;
using FromFixed = FloatingPointConversion;
using Estimate = FloatingPointConversion;

TEST_F(ConvertPrecision, KeepsTheLeadingFractionBitsOfANanAndQuietsIt) {
  constexpr std::uint64_t signalling = 0xfff4'5678'9abc'def0;
  EXPECT_EQ((convert<S, D>(signalling, Rounding::ties_to_even, env())), 0xffe2'b3c4u);
  EXPECT_EQ(flags(), status::invalid);
  EXPECT_EQ((convert<D, S>(0xffc1'2345, Rounding::ties_to_even, env())), 0xfff8'2468'a000'0000u);
  EXPECT_EQ(flags(), 0u);
  EXPECT_EQ((convert<S, D>(signalling, Rounding::ties_to_even, env(kDn))), S::default_nan);
}

TEST_F(ConvertPrecision, ToHalfOverflowsToInfinity) {
  EXPECT_EQ(to_half(65504.0f), 0x7bff);
  EXPECT_EQ(flags(), 0u);
  EXPECT_EQ(to_half(65520.0f), 0x7c00);
  EXPECT_EQ(flags(), status::overflow | status::inexact);
}

TEST_F(ConvertPrecision, TheAlternativeHalfHasNoInfinity) {
  EXPECT_EQ(to_half(65536.0f, kAhp), 0x7c00);  // a number there
  EXPECT_EQ(flags(), 0u);
  EXPECT_EQ(to_half(-200000.0f, kAhp), 0xffff);
  EXPECT_EQ(flags(), status::invalid);
  EXPECT_EQ(to_half(INFINITY, kAhp), 0x7fff);
  EXPECT_EQ(flags(), status::invalid);
}

TEST_F(ConvertPrecision, TheAlternativeHalfHasNoNan) {
  Environment& e = env(kAhp);
  EXPECT_EQ((convert<H, S>(0xffc0'0001, Rounding::ties_to_even, e)), 0x8000);
  EXPECT_EQ(flags(), status::invalid);
  EXPECT_EQ((convert<S, H>(0x7e00, Rounding::ties_to_even, env(kAhp))), s(98304.0f));
  EXPECT_EQ(flags(), 0u);
}

TEST_F(ConvertPrecision, HalvesAreNeverFlushed) {
  EXPECT_EQ((convert<S, H>(0x0001, Rounding::ties_to_even, env(kFz))), s(0x1p-24f));
  EXPECT_EQ(flags(), 0u);
  EXPECT_EQ(to_half(0x1p-24f, kFz), 0x0001);
  EXPECT_EQ(flags(), 0u);
}

TEST_F(ConvertPrecision, NarrowingFlushesDenormalResults) {
  EXPECT_EQ((convert<S, D>(d(-0x1p-130), Rounding::ties_to_even, env(kFz))), s(-0.0f));
  EXPECT_EQ(flags(), status::underflow);
}

TEST_F(ConvertPrecision, RoundToOddSetsTheLowestBitAndNeverReachesInfinity) {
  EXPECT_EQ((convert<S, D>(d(1.0 + 0x1p-40), Rounding::odd, env())), s(1.0f) + 1);
  EXPECT_EQ(flags(), status::inexact);
  EXPECT_EQ((convert<S, D>(d(1e300), Rounding::odd, env())), S::max_normal(false));
  EXPECT_EQ(flags(), status::overflow | status::inexact);
}

TEST_F(RoundToIntegral, EachModeTreatsTiesItsWay) {
  const auto rounded = [&](double value, Rounding rounding) {
    return std::bit_cast<double>(
        round_int<D>(d(value), rounding, Exactness::inexact_allowed, env()));
  };
  EXPECT_EQ(rounded(2.5, Rounding::ties_to_even), 2);
  EXPECT_EQ(rounded(2.5, Rounding::ties_away), 3);
  EXPECT_EQ(rounded(-2.5, Rounding::ties_away), -3);
  EXPECT_EQ(rounded(2.1, Rounding::plus_infinity), 3);
  EXPECT_EQ(rounded(-2.1, Rounding::minus_infinity), -3);
  EXPECT_EQ(rounded(-2.9, Rounding::zero), -2);
  EXPECT_EQ(flags(), 0u);
}

TEST_F(RoundToIntegral, KeepsTheSignOfAZeroResult) {
  EXPECT_EQ(round_int<D>(d(-0.3), Rounding::zero, Exactness::inexact_allowed, env()), d(-0.0));
}

TEST_F(RoundToIntegral, OnlyTheExactFormRaisesInexact) {
  round_int<D>(d(1.5), Rounding::zero, Exactness::exact, env());
  EXPECT_EQ(flags(), status::inexact);
  round_int<D>(d(2), Rounding::zero, Exactness::exact, env());
  EXPECT_EQ(flags(), 0u);
}

TEST_F(ToFixed, SaturatesWithInvalidAndWithoutInexact) {
  EXPECT_EQ(to_fixed<D>(d(3e9), 0, 32, kSigned, Rounding::zero, env()), 0x7fff'ffffu);
  EXPECT_EQ(flags(), status::invalid);
  EXPECT_EQ(to_fixed<D>(d(-INFINITY), 0, 64, kSigned, Rounding::zero, env()), 1ull << 63);
  EXPECT_EQ(to_fixed<D>(d(-1.5), 0, 64, kUnsigned, Rounding::zero, env()), 0u);
  EXPECT_EQ(flags(), status::invalid);
}

TEST_F(ToFixed, ANanIsZeroAndInvalid) {
  EXPECT_EQ(to_fixed<D>(D::default_nan, 0, 64, kSigned, Rounding::zero, env()), 0u);
  EXPECT_EQ(flags(), status::invalid);
}

TEST_F(ToFixed, AnUnsignedResultThatRoundsToZeroIsOnlyInexact) {
  EXPECT_EQ(to_fixed<D>(d(-0.75), 0, 32, kUnsigned, Rounding::zero, env()), 0u);
  EXPECT_EQ(flags(), status::inexact);
  EXPECT_EQ(to_fixed<D>(d(-0.75), 0, 32, kUnsigned, Rounding::ties_to_even, env()), 0u);
  EXPECT_EQ(flags(), status::invalid);
}

TEST_F(ToFixed, AcceptsTheEndsOfTheRange) {
  EXPECT_EQ(to_fixed<D>(d(-0x1p63), 0, 64, kSigned, Rounding::zero, env()), 1ull << 63);
  EXPECT_EQ(to_fixed<D>(d(0x1p64 - 2048), 0, 64, kUnsigned, Rounding::zero, env()), ~0ull - 2047);
  EXPECT_EQ(to_fixed<D>(d(-2147483648.0), 0, 32, kSigned, Rounding::zero, env()), 0x8000'0000u);
  EXPECT_EQ(flags(), 0u);
}

TEST_F(ToFixed, ScalesByTheFractionBits) {
  EXPECT_EQ(to_fixed<S>(s(-1.25f), 4, 32, kSigned, Rounding::zero, env()), 0xffff'ffecu);
  EXPECT_EQ(flags(), 0u);
}

TEST_F(FromFixed, ReadsTheIntegerInItsWidth) {
  EXPECT_EQ(from_fixed<D>(0xffff'ffff, 0, 32, kSigned, env()), d(-1));
  EXPECT_EQ(from_fixed<D>(0xffff'ffff, 0, 32, kUnsigned, env()), d(4294967295.0));
  EXPECT_EQ(from_fixed<D>(~0ull, 0, 64, kUnsigned, env()), d(0x1p64));
  EXPECT_EQ(flags(), status::inexact);
}

TEST_F(FromFixed, ObeysTheRoundingMode) {
  constexpr std::uint64_t value = (1ull << 53) + 1;
  EXPECT_EQ(from_fixed<D>(value, 0, 64, kSigned, env()), d(0x1p53));
  EXPECT_EQ(from_fixed<D>(value, 0, 64, kSigned, env(kTowardPlus)), d(0x1p53 + 2));
  EXPECT_EQ(from_fixed<D>(0 - value, 0, 64, kSigned, env(kTowardMinus)), d(-0x1p53 - 2));
}

TEST_F(FromFixed, DividesByThePowerOfTwo) {
  EXPECT_EQ(from_fixed<S>(3, 1, 32, kSigned, env()), s(1.5f));
  EXPECT_EQ(from_fixed<S>(0, 32, 32, kSigned, env(kTowardMinus)), s(0.0f));
}

TEST_F(Estimate, ReciprocalHasEightBitsOfTheTable) {
  EXPECT_EQ(recip_estimate<S>(s(1.0f), env()), s(0.998046875f));
  EXPECT_EQ(recip_estimate<D>(d(-1.0), env()), d(-0.998046875));
  EXPECT_EQ(flags(), 0u);
}

TEST_F(Estimate, ReciprocalOfZeroDividesByZeroAndOfTheTiniestOverflows) {
  EXPECT_EQ(recip_estimate<S>(s(-0.0f), env()), s(-INFINITY));
  EXPECT_EQ(flags(), status::divide_by_zero);
  EXPECT_EQ(recip_estimate<S>(1, env(kTowardMinus)), S::max_normal(false));
  EXPECT_EQ(flags(), status::overflow | status::inexact);
}

TEST_F(Estimate, ReciprocalOfTheLargestIsDenormalOrFlushed) {
  EXPECT_NE(recip_estimate<S>(s(0x1.8p126f), env()), 0u);
  EXPECT_EQ(flags(), 0u);
  EXPECT_EQ(recip_estimate<S>(s(0x1.8p126f), env(kFz)), 0u);
  EXPECT_EQ(flags(), status::underflow);
}

TEST_F(Estimate, ReciprocalRootOfNegativesIsInvalid) {
  EXPECT_EQ(rsqrt_estimate<S>(s(-1.0f), env()), S::default_nan);
  EXPECT_EQ(flags(), status::invalid);
  EXPECT_EQ(rsqrt_estimate<S>(s(-0.0f), env()), s(-INFINITY));
  EXPECT_EQ(flags(), status::divide_by_zero);
  EXPECT_EQ(rsqrt_estimate<S>(s(4.0f), env()), s(0.4990234375f));
}

TEST_F(Estimate, StepsAreFusedAndHaveTheirOwnZeroTimesInfinity) {
  EXPECT_EQ(recip_step<S>(s(2.0f), s(0.5f), env()), s(1.0f));
  EXPECT_EQ(recip_step<S>(s(0.0f), s(INFINITY), env()), s(2.0f));
  EXPECT_EQ(rsqrt_step<S>(s(1.0f), s(1.0f), env()), s(1.0f));
  EXPECT_EQ(rsqrt_step<S>(s(0.0f), s(-INFINITY), env()), s(1.5f));
  EXPECT_EQ(flags(), 0u);
}

TEST_F(Estimate, ExponentInvertsTheExponentField) {
  EXPECT_EQ(recip_exponent<S>(s(-3.0f), env()), 0xbf80'0000u);
  EXPECT_EQ(recip_exponent<S>(s(0.0f), env()), 0x7f00'0000u);
}

TEST_F(Estimate, UnsignedOutOfRangeGivesAllOnes) {
  EXPECT_EQ(unsigned_recip_estimate(0x7fff'ffff), ~0u);
  EXPECT_EQ(unsigned_recip_estimate(0x8000'0000), 0xff80'0000u);
  EXPECT_EQ(unsigned_rsqrt_estimate(0x3fff'ffff), ~0u);
  EXPECT_EQ(unsigned_rsqrt_estimate(0x4000'0000), 0xff80'0000u);
}

}  // namespace
}  // namespace armature::cpu::fp
