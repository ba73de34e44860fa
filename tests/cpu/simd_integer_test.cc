// Advanced SIMD integer arithmetic: lane by lane, long, wide, narrowing, by element, across lanes.
// Expected values are worked out by hand from the manual's descriptions.
#include "tests/cpu/simd_fixture.h"

namespace armature::cpu::testing {
namespace {

class SimdInteger : public SimdFixture {};

// ---- Three same

TEST_F(SimdInteger, AddWrapsWithinEachByte) {
  v(1) = bytes({0, 1, 0x7f, 0x80, 0xff, 0xff, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100});
  v(2) = bytes({0, 2, 1, 0x80, 1, 0xff, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1});
  run_one(0x4e22'8420);  // add v0.16b, v1.16b, v2.16b
  EXPECT_EQ(v(0), bytes({0, 3, 0x80, 0, 0, 0xfe, 11, 21, 31, 41, 51, 61, 71, 81, 91, 101}));
}

TEST_F(SimdInteger, AQZeroFormClearsTheUpperHalf) {
  v(0) = junk();
  v(1) = halves({1, 2, 3, 4, 5, 6, 7, 8});
  v(2) = halves({10, 20, 30, 40, 50, 60, 70, 80});
  run_one(0x0e62'8420);  // add v0.4h, v1.4h, v2.4h
  EXPECT_EQ(v(0), low_halves({11, 22, 33, 44}));
}

TEST_F(SimdInteger, AScalarFormClearsAllButItsElement) {
  v(0) = junk();
  v(1) = doubles(5, 6);
  v(2) = doubles(7, 8);
  run_one(0x7ee2'8420);  // sub d0, d1, d2
  EXPECT_EQ(v(0), doubles(~1ull, 0));
}

TEST_F(SimdInteger, TheDestinationMayBeASource) {
  v(1) = words({1, 2, 3, 4});
  run_one(0x4ea1'8421);  // add v1.4s, v1.4s, v1.4s
  EXPECT_EQ(v(1), words({2, 4, 6, 8}));
}

TEST_F(SimdInteger, SignedAndUnsignedComparisonsDiffer) {
  v(1) = low_bytes({0, 1, 0x80, 0xff, 5, 5, 0x7f, 0});
  v(2) = low_bytes({1, 0, 0x7f, 0, 5, 4, 0x80, 0});
  run_one(0x0e22'3420);  // cmgt v0.8b, v1.8b, v2.8b
  EXPECT_EQ(v(0), low_bytes({0, 0xff, 0, 0, 0, 0xff, 0xff, 0}));
  run_one(0x2e22'3420);  // cmhi v0.8b, v1.8b, v2.8b
  EXPECT_EQ(v(0), low_bytes({0, 0xff, 0xff, 0xff, 0, 0xff, 0, 0}));
  run_one(0x0e22'3c20);  // cmge v0.8b, v1.8b, v2.8b
  EXPECT_EQ(v(0), low_bytes({0, 0xff, 0, 0, 0xff, 0xff, 0xff, 0xff}));
  run_one(0x2e22'3c20);  // cmhs v0.8b, v1.8b, v2.8b
  EXPECT_EQ(v(0), low_bytes({0, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0xff}));
  run_one(0x2e22'8c20);  // cmeq v0.8b, v1.8b, v2.8b
  EXPECT_EQ(v(0), low_bytes({0, 0, 0, 0, 0xff, 0, 0, 0xff}));
  run_one(0x0e22'8c20);  // cmtst v0.8b, v1.8b, v2.8b
  EXPECT_EQ(v(0), low_bytes({0, 0, 0, 0, 0xff, 0xff, 0, 0}));
}

TEST_F(SimdInteger, SaturatingAddStopsAtTheLimitsAndSetsQc) {
  v(1) = low_halves({0x7fff, 0x8000, 5, 0x7ffe});
  v(2) = low_halves({1, 0xffff, 6, 1});
  run_one(0x0e62'0c20);  // sqadd v0.4h, v1.4h, v2.4h
  EXPECT_EQ(v(0), low_halves({0x7fff, 0x8000, 11, 0x7fff}));
  EXPECT_TRUE(qc());
}

TEST_F(SimdInteger, QcIsCumulative) {
  v(1) = words({1, 2, 3, 4});
  v(2) = words({1, 1, 1, 1});
  run_one(0x6ea2'0c20);  // uqadd v0.4s, v1.4s, v2.4s
  EXPECT_FALSE(qc());
  run_one(0x6ea1'2c43);  // uqsub v3.4s, v2.4s, v1.4s
  EXPECT_EQ(v(3), words({0, 0, 0, 0}));
  EXPECT_TRUE(qc());
  run_one(0x6ea2'0c20);  // uqadd v0.4s, v1.4s, v2.4s
  EXPECT_TRUE(qc()) << "an instruction that does not saturate must not clear it";
}

TEST_F(SimdInteger, LanesThatAreNotActiveDoNotSaturate) {
  v(1) = bytes({1, 1, 1, 1, 1, 1, 1, 1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff});
  v(2) = v(1);
  run_one(0x2e22'0c20);  // uqadd v0.8b, v1.8b, v2.8b
  EXPECT_EQ(v(0), low_bytes({2, 2, 2, 2, 2, 2, 2, 2}));
  EXPECT_FALSE(qc());
}

TEST_F(SimdInteger, SixtyFourBitSaturationSeesTheCarry) {
  v(1) = doubles(~0ull, 0x7fff'ffff'ffff'ffff);
  v(2) = doubles(1, 1);
  run_one(0x6ee2'0c20);  // uqadd v0.2d, v1.2d, v2.2d
  EXPECT_EQ(v(0), doubles(~0ull, 0x8000'0000'0000'0000));
  run_one(0x4ee2'0c20);  // sqadd v0.2d, v1.2d, v2.2d
  EXPECT_EQ(v(0), doubles(0, 0x7fff'ffff'ffff'ffff));
}

TEST_F(SimdInteger, HalvingKeepsTheCarry) {
  v(1) = low_bytes({0xff, 0xff, 0x80, 3, 0, 1, 0x7f, 4});
  v(2) = low_bytes({0xff, 0, 0x80, 4, 1, 0, 0x7f, 8});
  run_one(0x2e22'0420);  // uhadd v0.8b, v1.8b, v2.8b
  EXPECT_EQ(v(0), low_bytes({0xff, 0x7f, 0x80, 3, 0, 0, 0x7f, 6}));
  run_one(0x2e22'1420);  // urhadd v0.8b, v1.8b, v2.8b
  EXPECT_EQ(v(0), low_bytes({0xff, 0x80, 0x80, 4, 1, 1, 0x7f, 6}));
  run_one(0x0e22'0420);  // shadd v0.8b, v1.8b, v2.8b
  EXPECT_EQ(v(0), low_bytes({0xff, 0xff, 0x80, 3, 0, 0, 0x7f, 6}));
  run_one(0x2e22'2420);  // uhsub v0.8b, v1.8b, v2.8b
  EXPECT_EQ(v(0), low_bytes({0, 0x7f, 0, 0xff, 0xff, 0, 0, 0xfe}));
}

TEST_F(SimdInteger, AbsoluteDifferenceIsExact) {
  v(1) = low_bytes({0x80, 0, 5, 0xff, 0, 0, 0, 0});
  v(2) = low_bytes({0x7f, 1, 3, 1, 0, 0, 0, 0});
  run_one(0x0e22'7420);  // sabd v0.8b, v1.8b, v2.8b
  EXPECT_EQ(v(0), low_bytes({0xff, 1, 2, 2, 0, 0, 0, 0}));
  run_one(0x2e22'7c20);  // uaba v0.8b, v1.8b, v2.8b
  EXPECT_EQ(v(0), low_bytes({0, 2, 4, 0, 0, 0, 0, 0}));
}

TEST_F(SimdInteger, MultiplyAccumulateAndSubtract) {
  v(0) = words({100, 100, 0, 1});
  v(1) = words({3, 4, 0x10000, 0xffff'ffff});
  v(2) = words({5, 6, 0x10000, 2});
  run_one(0x4ea2'9420);  // mla v0.4s, v1.4s, v2.4s
  EXPECT_EQ(v(0), words({115, 124, 0, 0xffff'ffff}));
  run_one(0x6ea2'9420);  // mls v0.4s, v1.4s, v2.4s
  EXPECT_EQ(v(0), words({100, 100, 0, 1}));
}

TEST_F(SimdInteger, PolynomialMultiplyHasNoCarries) {
  v(1) = low_bytes({3, 0xff, 0x80, 1, 0, 0, 0, 0});
  v(2) = low_bytes({3, 2, 2, 0xab, 0, 0, 0, 0});
  run_one(0x2e22'9c20);  // pmul v0.8b, v1.8b, v2.8b
  EXPECT_EQ(v(0), low_bytes({5, 0xfe, 0, 0xab, 0, 0, 0, 0}));
  run_one(0x0e22'e020);  // pmull v0.8h, v1.8b, v2.8b
  EXPECT_EQ(v(0), halves({5, 0x1fe, 0x100, 0xab, 0, 0, 0, 0}));
}

TEST_F(SimdInteger, PolynomialMultiplyOfDoublewordsYields128Bits) {
  v(1) = doubles(0x8000'0000'0000'0001, 3);
  v(2) = doubles(0x8000'0000'0000'0001, 3);
  run_one(0x0ee2'e020);  // pmull v0.1q, v1.1d, v2.1d
  EXPECT_EQ(v(0), doubles(1, 0x4000'0000'0000'0000));
  run_one(0x4ee2'e020);  // pmull2 v0.1q, v1.2d, v2.2d
  EXPECT_EQ(v(0), doubles(5, 0));
}

TEST_F(SimdInteger, DoublingMultiplyHighSaturatesOnlyForTheMostNegativeSquare) {
  v(1) = low_halves({0x8000, 0x4000, 0x8000, 3});
  v(2) = low_halves({0x8000, 0x4000, 0x7fff, 0x2000});
  run_one(0x0e62'b420);  // sqdmulh v0.4h, v1.4h, v2.4h
  EXPECT_EQ(v(0), low_halves({0x7fff, 0x2000, 0x8001, 0}));
  EXPECT_TRUE(qc());
  run_one(0x2e62'b420);  // sqrdmulh v0.4h, v1.4h, v2.4h
  EXPECT_EQ(v(0), low_halves({0x7fff, 0x2000, 0x8001, 1}));
}

TEST_F(SimdInteger, PairwiseTakesTheFirstSourceIntoTheLowerHalf) {
  v(1) = words({1, 2, 3, 4});
  v(2) = words({10, 20, 30, 0xffff'ffff});
  run_one(0x4ea2'bc20);  // addp v0.4s, v1.4s, v2.4s
  EXPECT_EQ(v(0), words({3, 7, 30, 29}));
  run_one(0x6ea2'a420);  // umaxp v0.4s, v1.4s, v2.4s
  EXPECT_EQ(v(0), words({2, 4, 20, 0xffff'ffff}));
  run_one(0x4ea2'a420);  // smaxp v0.4s, v1.4s, v2.4s
  EXPECT_EQ(v(0), words({2, 4, 20, 30}));
  run_one(0x4ea2'ac20);  // sminp v0.4s, v1.4s, v2.4s
  EXPECT_EQ(v(0), words({1, 3, 10, 0xffff'ffff}));
}

TEST_F(SimdInteger, PairwiseOfDRegistersUsesTheirLowerHalvesOnly) {
  v(1) = halves({1, 2, 3, 4, 50, 60, 70, 80});
  v(2) = halves({5, 6, 7, 8, 90, 91, 92, 93});
  run_one(0x0e62'bc20);  // addp v0.4h, v1.4h, v2.4h
  EXPECT_EQ(v(0), low_halves({3, 7, 11, 15}));
}

TEST_F(SimdInteger, LogicalOperations) {
  v(0) = junk();
  v(1) = doubles(0xff00, ~0ull);
  v(2) = doubles(0x0ff0, 0);
  run_one(0x4e22'1c20);  // and v0.16b, v1.16b, v2.16b
  EXPECT_EQ(v(0), doubles(0x0f00, 0));
  run_one(0x4e62'1c20);  // bic v0.16b, v1.16b, v2.16b
  EXPECT_EQ(v(0), doubles(0xf000, ~0ull));
  run_one(0x4ea2'1c20);  // orr v0.16b, v1.16b, v2.16b
  EXPECT_EQ(v(0), doubles(0xfff0, ~0ull));
  run_one(0x0ee2'1c20);  // orn v0.8b, v1.8b, v2.8b
  EXPECT_EQ(v(0), doubles(0xffff'ffff'ffff'ff0f, 0));
  run_one(0x6e22'1c20);  // eor v0.16b, v1.16b, v2.16b
  EXPECT_EQ(v(0), doubles(0xf0f0, ~0ull));
}

TEST_F(SimdInteger, BitwiseSelectionsDifferInWhichRegisterSelects) {
  v(1) = doubles(0xaaaa, 0);
  v(2) = doubles(0x0ff0, 0);
  v(0) = doubles(0xff00, 0);
  run_one(0x6e62'1c20);  // Vd selects between Vn and Vm  // bsl v0.16b, v1.16b, v2.16b
  EXPECT_EQ(v(0), doubles(0xaaf0, 0));
  v(0) = doubles(0xff00, 0);
  run_one(0x6ea2'1c20);  // Vn where Vm is 1  // bit v0.16b, v1.16b, v2.16b
  EXPECT_EQ(v(0), doubles(0xfaa0, 0));
  v(0) = doubles(0xff00, 0);
  run_one(0x6ee2'1c20);  // Vn where Vm is 0  // bif v0.16b, v1.16b, v2.16b
  EXPECT_EQ(v(0), doubles(0xaf0a, 0));
}

// ---- Three different

TEST_F(SimdInteger, LongFormsWidenBeforeTheyAdd) {
  v(1) = bytes({0xff, 0x80, 1, 2, 3, 4, 5, 6, 0x7f, 7, 8, 9, 10, 11, 12, 13});
  v(2) = bytes({0xff, 0x80, 1, 2, 3, 4, 5, 6, 0x7f, 7, 8, 9, 10, 11, 12, 13});
  run_one(0x2e22'0020);  // uaddl v0.8h, v1.8b, v2.8b
  EXPECT_EQ(v(0), halves({0x1fe, 0x100, 2, 4, 6, 8, 10, 12}));
  run_one(0x0e22'0020);  // saddl v0.8h, v1.8b, v2.8b
  EXPECT_EQ(v(0), halves({0xfffe, 0xff00, 2, 4, 6, 8, 10, 12}));
  run_one(0x4e22'0020);  // saddl2 v0.8h, v1.16b, v2.16b
  EXPECT_EQ(v(0), halves({0xfe, 14, 16, 18, 20, 22, 24, 26}));
}

TEST_F(SimdInteger, WideFormsTakeAWideFirstSource) {
  v(1) = doubles(1'000'000'000'000, 5);
  v(2) = words({1, 0xffff'ffff, 7, 8});
  run_one(0x2ea2'1020);  // uaddw v0.2d, v1.2d, v2.2s
  EXPECT_EQ(v(0), doubles(1'000'000'000'001, 0x1'0000'0004));
  run_one(0x0ea2'3020);  // ssubw v0.2d, v1.2d, v2.2s
  EXPECT_EQ(v(0), doubles(999'999'999'999, 6));
  run_one(0x6ea2'1020);  // uaddw2 v0.2d, v1.2d, v2.4s
  EXPECT_EQ(v(0), doubles(1'000'000'000'007, 13));
}

TEST_F(SimdInteger, NarrowHighHalvesTruncateOrRound) {
  v(1) = halves({0x1280, 0x12ff, 0xff80, 0, 0, 0, 0, 0x100});
  v(2) = halves({0, 1, 0x80, 0, 0, 0, 0, 0x100});
  run_one(0x0e22'4020);  // addhn v0.8b, v1.8h, v2.8h
  EXPECT_EQ(v(0), low_bytes({0x12, 0x13, 0, 0, 0, 0, 0, 2}));
  run_one(0x2e22'4020);  // raddhn v0.8b, v1.8h, v2.8h
  EXPECT_EQ(v(0), low_bytes({0x13, 0x13, 0, 0, 0, 0, 0, 2}));
}

TEST_F(SimdInteger, TheSecondNarrowingFormKeepsTheLowerHalf) {
  v(0) = doubles(kJunk, kJunk);
  v(1) = words({0x50000, 0x60000, 0x70000, 0x80000});
  v(2) = words({0x10000, 0x10000, 0x10000, 0x10000});
  run_one(0x4e62'6020);  // subhn2 v0.8h, v1.4s, v2.4s
  EXPECT_EQ(v(0).d[0], kJunk);
  EXPECT_EQ(v(0).d[1], low_halves({4, 5, 6, 7}).d[0]);
}

TEST_F(SimdInteger, LongMultiplyAccumulateIsSignedOrUnsigned) {
  v(1) = low_words({0xffff'ffff, 2});
  v(2) = low_words({0xffff'ffff, 3});
  v(0) = doubles(10, 10);
  run_one(0x0ea2'8020);  // smlal v0.2d, v1.2s, v2.2s
  EXPECT_EQ(v(0), doubles(11, 16));
  v(0) = doubles(10, 10);
  run_one(0x2ea2'8020);  // umlal v0.2d, v1.2s, v2.2s
  EXPECT_EQ(v(0), doubles(0xffff'fffe'0000'000b, 16));
  run_one(0x2ea2'a020);  // umlsl v0.2d, v1.2s, v2.2s
  EXPECT_EQ(v(0), doubles(10, 10));
}

TEST_F(SimdInteger, SaturatingDoublingMultiplyAddSaturatesTwice) {
  // The product 2 * 0x8000 * 0x8000 saturates to 0x7fffffff first; then the sum saturates.
  v(1) = low_halves({0x8000, 0x8000, 2, 0});
  v(2) = low_halves({0x8000, 0x8000, 3, 0});
  v(0) = words({0xffff'ffff, 1, 0, 0});
  run_one(0x0e62'9020);  // sqdmlal v0.4s, v1.4h, v2.4h
  EXPECT_EQ(v(0), words({0x7fff'fffe, 0x7fff'ffff, 12, 0}));
  EXPECT_TRUE(qc());
}

TEST_F(SimdInteger, ScalarSaturatingDoublingMultiplyLong) {
  v(1) = low_words({0x8000'0000, 9});
  v(2) = low_words({0x8000'0000, 9});
  run_one(0x5ea2'd020);  // sqdmull d0, s1, s2
  EXPECT_EQ(v(0), doubles(0x7fff'ffff'ffff'ffff, 0));
  EXPECT_TRUE(qc());
}

// ---- By element

TEST_F(SimdInteger, ByElementUsesOneLaneForAll) {
  v(1) = halves({1, 2, 3, 4, 5, 6, 7, 8});
  v(2) = halves({0, 0, 0, 0, 0, 0, 0, 100});
  run_one(0x4f72'8820);  // mul v0.8h, v1.8h, v2.h[7]
  EXPECT_EQ(v(0), halves({100, 200, 300, 400, 500, 600, 700, 800}));
  v(18) = words({0, 0, 1000, 0});
  v(1) = words({1, 2, 3, 4});
  v(0) = words({1, 1, 1, 1});
  run_one(0x6f92'0820);  // mla v0.4s, v1.4s, v18.s[2]
  EXPECT_EQ(v(0), words({1001, 2001, 3001, 4001}));
}

TEST_F(SimdInteger, ByElementLongSecondFormReadsTheUpperHalfOfTheFirstSourceOnly) {
  v(1) = halves({1, 1, 1, 1, 0xffff, 2, 3, 4});
  v(2) = halves({0, 0, 0xfffe, 0, 9, 9, 9, 9});
  run_one(0x4f62'a020);  // smull2 v0.4s, v1.8h, v2.h[2]
  EXPECT_EQ(v(0), words({2, 0xffff'fffc, 0xffff'fffa, 0xffff'fff8}));
  run_one(0x6f62'a020);  // umull2 v0.4s, v1.8h, v2.h[2]
  EXPECT_EQ(v(0), words({0xfffd'0002, 0x1'fffc, 0x2'fffa, 0x3'fff8}));
}

TEST_F(SimdInteger, ScalarByElement) {
  v(1) = words({0x4000'0000, 1, 1, 1});
  v(2) = words({0, 0, 0, 0x4000'0000});
  run_one(0x5fa2'c820);  // sqdmulh s0, s1, v2.s[3]
  EXPECT_EQ(v(0), words({0x2000'0000, 0, 0, 0}));
}

// ---- Two-register miscellaneous

TEST_F(SimdInteger, ReversalsKeepToTheirContainer) {
  v(1) = bytes({0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15});
  run_one(0x4e20'1820);  // rev16 v0.16b, v1.16b
  EXPECT_EQ(v(0), bytes({1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14}));
  run_one(0x6e20'0820);  // rev32 v0.16b, v1.16b
  EXPECT_EQ(v(0), bytes({3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12}));
  run_one(0x4e20'0820);  // rev64 v0.16b, v1.16b
  EXPECT_EQ(v(0), bytes({7, 6, 5, 4, 3, 2, 1, 0, 15, 14, 13, 12, 11, 10, 9, 8}));
  run_one(0x4e60'0820);  // rev64 v0.8h, v1.8h
  EXPECT_EQ(v(0), bytes({6, 7, 4, 5, 2, 3, 0, 1, 14, 15, 12, 13, 10, 11, 8, 9}));
  run_one(0x2e60'0820);  // rev32 v0.4h, v1.4h
  EXPECT_EQ(v(0), low_bytes({2, 3, 0, 1, 6, 7, 4, 5}));
  run_one(0x0ea0'0820);  // rev64 v0.2s, v1.2s
  EXPECT_EQ(v(0), low_bytes({4, 5, 6, 7, 0, 1, 2, 3}));
}

TEST_F(SimdInteger, CountsOfBits) {
  v(1) = low_bytes({0, 1, 0x80, 0xff, 0x7f, 0x0f, 0xc0, 0x55});
  run_one(0x2e20'4820);  // clz v0.8b, v1.8b
  EXPECT_EQ(v(0), low_bytes({8, 7, 0, 0, 1, 4, 0, 1}));
  run_one(0x0e20'4820);  // cls v0.8b, v1.8b
  EXPECT_EQ(v(0), low_bytes({7, 6, 0, 7, 0, 3, 1, 0}));
  run_one(0x0e20'5820);  // cnt v0.8b, v1.8b
  EXPECT_EQ(v(0), low_bytes({0, 1, 1, 8, 7, 4, 2, 4}));
  run_one(0x2e60'5820);  // rbit v0.8b, v1.8b
  EXPECT_EQ(v(0), low_bytes({0, 0x80, 1, 0xff, 0xfe, 0xf0, 3, 0xaa}));
  run_one(0x2e20'5820);  // not v0.8b, v1.8b
  EXPECT_EQ(v(0), low_bytes({0xff, 0xfe, 0x7f, 0, 0x80, 0xf0, 0x3f, 0xaa}));
}

TEST_F(SimdInteger, LongPairwiseAddAndAccumulate) {
  v(1) = bytes({0xff, 0xff, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 0x80, 0x80});
  run_one(0x6e20'2820);  // uaddlp v0.8h, v1.16b
  EXPECT_EQ(v(0), halves({0x1fe, 3, 7, 11, 15, 19, 23, 0x100}));
  run_one(0x4e20'6820);  // sadalp v0.8h, v1.16b
  EXPECT_EQ(v(0), halves({0x1fc, 6, 14, 22, 30, 38, 46, 0}));
}

TEST_F(SimdInteger, AbsoluteOfTheMostNegativeWrapsUnlessSaturating) {
  v(1) = low_bytes({0x80, 0xff, 1, 0, 0x7f, 0x81, 0, 0});
  run_one(0x0e20'b820);  // abs v0.8b, v1.8b
  EXPECT_EQ(v(0), low_bytes({0x80, 1, 1, 0, 0x7f, 0x7f, 0, 0}));
  EXPECT_FALSE(qc());
  run_one(0x0e20'7820);  // sqabs v0.8b, v1.8b
  EXPECT_EQ(v(0), low_bytes({0x7f, 1, 1, 0, 0x7f, 0x7f, 0, 0}));
  EXPECT_TRUE(qc());
  run_one(0x2e20'7820);  // sqneg v0.8b, v1.8b
  EXPECT_EQ(v(0), low_bytes({0x7f, 1, 0xff, 0, 0x81, 0x7f, 0, 0}));
}

TEST_F(SimdInteger, ComparisonsWithZeroAreSigned) {
  v(1) = low_bytes({0x80, 0xff, 0, 1, 0x7f, 0, 0, 0});
  run_one(0x0e20'a820);  // cmlt v0.8b, v1.8b, #0
  EXPECT_EQ(v(0), low_bytes({0xff, 0xff, 0, 0, 0, 0, 0, 0}));
  run_one(0x2e20'9820);  // cmle v0.8b, v1.8b, #0
  EXPECT_EQ(v(0), low_bytes({0xff, 0xff, 0xff, 0, 0, 0xff, 0xff, 0xff}));
  run_one(0x0e20'8820);  // cmgt v0.8b, v1.8b, #0
  EXPECT_EQ(v(0), low_bytes({0, 0, 0, 0xff, 0xff, 0, 0, 0}));
  run_one(0x2e20'8820);  // cmge v0.8b, v1.8b, #0
  EXPECT_EQ(v(0), low_bytes({0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}));
  run_one(0x0e20'9820);  // cmeq v0.8b, v1.8b, #0
  EXPECT_EQ(v(0), low_bytes({0, 0, 0xff, 0, 0, 0xff, 0xff, 0xff}));
}

TEST_F(SimdInteger, AccumulatingTheOtherSignSaturatesAtTheDestinationsLimits) {
  v(0) = low_bytes({0x7f, 0x80, 0, 0, 0, 0, 0, 0});
  v(1) = low_bytes({1, 0xff, 0xff, 5, 0, 0, 0, 0});
  run_one(0x0e20'3820);  // signed + unsigned  // suqadd v0.8b, v1.8b
  EXPECT_EQ(v(0), low_bytes({0x7f, 0x7f, 0x7f, 5, 0, 0, 0, 0}));
  EXPECT_TRUE(qc());
  v(0) = low_bytes({0xff, 0, 0x10, 5, 0, 0, 0, 0});
  run_one(0x2e20'3820);  // unsigned + signed  // usqadd v0.8b, v1.8b
  EXPECT_EQ(v(0), low_bytes({0xff, 0, 0x0f, 10, 0, 0, 0, 0}));
}

TEST_F(SimdInteger, NarrowingTruncatesOrSaturatesBySign) {
  v(1) = halves({0x1ff, 0xff80, 0x7fff, 0x8000, 0x80, 0xff, 0, 1});
  run_one(0x0e21'2820);  // xtn v0.8b, v1.8h
  EXPECT_EQ(v(0), low_bytes({0xff, 0x80, 0xff, 0, 0x80, 0xff, 0, 1}));
  EXPECT_FALSE(qc());
  run_one(0x0e21'4820);  // sqxtn v0.8b, v1.8h
  EXPECT_EQ(v(0), low_bytes({0x7f, 0x80, 0x7f, 0x80, 0x7f, 0x7f, 0, 1}));
  EXPECT_TRUE(qc());
  run_one(0x2e21'4820);  // uqxtn v0.8b, v1.8h
  EXPECT_EQ(v(0), low_bytes({0xff, 0xff, 0xff, 0xff, 0x80, 0xff, 0, 1}));
  run_one(0x2e21'2820);  // sqxtun v0.8b, v1.8h
  EXPECT_EQ(v(0), low_bytes({0xff, 0, 0xff, 0, 0x80, 0xff, 0, 1}));
}

TEST_F(SimdInteger, SecondExtractNarrowKeepsTheLowerHalf) {
  v(0) = doubles(7, 7);
  v(1) = doubles(0x1'0000'0002, 0x3'0000'0004);
  run_one(0x4ea1'2820);  // xtn2 v0.4s, v1.2d
  EXPECT_EQ(v(0), words({7, 0, 2, 4}));
}

// ---- Across lanes

TEST_F(SimdInteger, AcrossLanes) {
  v(1) = bytes({200, 100, 0xff, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13});
  run_one(0x4e31'b820);  // 200 + 100 + 255 + 91 = 646  // addv b0, v1.16b
  EXPECT_EQ(v(0), doubles(646 - 512, 0));
  run_one(0x6e30'3820);  // uaddlv h0, v1.16b
  EXPECT_EQ(v(0), doubles(646, 0));
  run_one(0x4e30'3820);  // -56 + 100 - 1 + 91  // saddlv h0, v1.16b
  EXPECT_EQ(v(0), doubles(134, 0));
  run_one(0x6e30'a820);  // umaxv b0, v1.16b
  EXPECT_EQ(v(0), doubles(0xff, 0));
  run_one(0x4e30'a820);  // smaxv b0, v1.16b
  EXPECT_EQ(v(0), doubles(100, 0));
  run_one(0x4e31'a820);  // sminv b0, v1.16b
  EXPECT_EQ(v(0), doubles(200, 0));
  run_one(0x2e31'a820);  // uminv b0, v1.8b
  EXPECT_EQ(v(0), doubles(1, 0));
}

TEST_F(SimdInteger, ScalarPairwiseAddSumsTheTwoDoublewords) {
  v(1) = doubles(~0ull, 3);
  run_one(0x5ef1'b820);  // addp d0, v1.2d
  EXPECT_EQ(v(0), doubles(2, 0));
}

// ---- What Armv8.0 does not have

TEST_F(SimdInteger, ReservedSizesAreUndefined) {
  constexpr std::uint32_t size_d = 3u << 22, q = 1u << 30;
  EXPECT_FALSE(is_undefined(0x4ee2'8420));                            // add v0.2d, v1.2d, v2.2d
  EXPECT_TRUE(is_undefined(0x4ee2'8420 & ~q)) << "1D";                // add v0.2d, v1.2d, v2.2d
  EXPECT_TRUE(is_undefined(0x4e22'9c20 | size_d)) << "64-bit lanes";  // mul v0.16b, v1.16b, v2.16b
  EXPECT_TRUE(is_undefined(0x4e22'6420 | size_d));                    // smax v0.16b, v1.16b, v2.16b
  EXPECT_TRUE(is_undefined(0x6e22'9c20 | 1u << 22))
      << "16-bit polynomials";                        // pmul v0.16b, v1.16b, v2.16b
  EXPECT_TRUE(is_undefined(0x0e22'e020 | 1u << 22));  // pmull v0.8h, v1.8b, v2.8b
  EXPECT_TRUE(is_undefined(0x4e62'b420 ^ 1u << 22))
      << "8-bit lanes";  // sqdmulh v0.8h, v1.8h, v2.8h
  EXPECT_TRUE(is_undefined(0x5ee2'8420 ^ 1u << 22)) << "scalar of 32 bits";  // add d0, d1, d2
  EXPECT_TRUE(is_undefined(0x4eb1'b820 & ~q)) << "two lanes";                // addv s0, v1.4s
  EXPECT_TRUE(is_undefined(0x4e20'1820 | 1u << 22));                         // rev16 v0.16b, v1.16b
  EXPECT_TRUE(is_undefined(0x6e60'0820 ^ 3u << 22));                         // rev32 v0.8h, v1.8h
  EXPECT_TRUE(is_undefined(0x4e20'5820 | 1u << 22));                         // cnt v0.16b, v1.16b
}

TEST_F(SimdInteger, LaterExtensionsAreUndefined) {
  EXPECT_TRUE(is_undefined(0x6e82'8420)) << "SQRDMLAH (Armv8.1)";
  EXPECT_TRUE(is_undefined(0x2f82'd020)) << "SQRDMLAH by element (Armv8.1)";
  EXPECT_TRUE(is_undefined(0x4e82'9420)) << "SDOT (Armv8.2)";
  EXPECT_TRUE(is_undefined(0x4f82'e020)) << "SDOT by element (Armv8.2)";
  EXPECT_TRUE(is_undefined(0xce02'0c20)) << "EOR3 (SHA3)";
  EXPECT_TRUE(is_undefined(0xcec0'8420)) << "SM4E";
}

}  // namespace
}  // namespace armature::cpu::testing
