// Advanced SIMD shifts, by immediate and by register.
#include "tests/cpu/simd_fixture.h"

namespace armature::cpu::testing {
namespace {

class SimdShift : public SimdFixture {};

TEST_F(SimdShift, RightShiftsBySizeGiveTheSignOrZero) {
  v(1) = low_bytes({0x80, 0xff, 0x7f, 1, 0, 0x40, 0xc0, 0x81});
  run_one(0x0f08'0420);  // sshr v0.8b, v1.8b, #8
  EXPECT_EQ(v(0), low_bytes({0xff, 0xff, 0, 0, 0, 0, 0xff, 0xff}));
  run_one(0x2f08'0420);  // ushr v0.8b, v1.8b, #8
  EXPECT_EQ(v(0), doubles(0, 0));
  run_one(0x2f0f'0420);  // ushr v0.8b, v1.8b, #1
  EXPECT_EQ(v(0), low_bytes({0x40, 0x7f, 0x3f, 0, 0, 0x20, 0x60, 0x40}));
}

TEST_F(SimdShift, RoundingAddsHalfOfTheLastPlace) {
  v(1) = low_halves({0xffff, 0x8000, 3, 1});
  run_one(0x2f10'2420);  // urshr v0.4h, v1.4h, #16
  EXPECT_EQ(v(0), low_halves({1, 1, 0, 0}));
  run_one(0x0f10'2420);  // srshr v0.4h, v1.4h, #16
  EXPECT_EQ(v(0), low_halves({0, 0, 0, 0}));
  run_one(0x0f1f'2420);  // srshr v0.4h, v1.4h, #1
  EXPECT_EQ(v(0), low_halves({0, 0xc000, 2, 1}));
}

TEST_F(SimdShift, RoundingOfTheLargestDoublewordKeepsItsCarry) {
  v(1) = doubles(~0ull, 0x7fff'ffff'ffff'ffff);
  run_one(0x6f7f'2420);  // urshr v0.2d, v1.2d, #1
  EXPECT_EQ(v(0), doubles(0x8000'0000'0000'0000, 0x4000'0000'0000'0000));
  run_one(0x7f40'2420);  // urshr d0, d1, #64
  EXPECT_EQ(v(0), doubles(1, 0));
}

TEST_F(SimdShift, ShiftsAccumulate) {
  v(0) = words({1, 1, 1, 0xffff'ffff});
  v(1) = words({0x100, 0xffff'ff00, 0x180, 0x100});
  run_one(0x4f38'1420);  // ssra v0.4s, v1.4s, #8
  EXPECT_EQ(v(0), words({2, 0, 2, 0}));
  run_one(0x6f38'3420);  // ursra v0.4s, v1.4s, #8
  EXPECT_EQ(v(0), words({3, 0xff'ffff, 4, 1}));
}

TEST_F(SimdShift, InsertsKeepTheBitsThatAreNotShiftedInto) {
  v(0) = low_bytes({0xff, 0, 0xff, 0, 0xff, 0, 0xff, 0});
  v(1) = low_bytes({0, 0xff, 0x12, 0x12, 0, 0, 0, 0});
  run_one(0x2f0c'5420);  // sli v0.8b, v1.8b, #4
  EXPECT_EQ(v(0), low_bytes({0x0f, 0xf0, 0x2f, 0x20, 0x0f, 0, 0x0f, 0}));
  v(0) = low_bytes({0xff, 0, 0xff, 0, 0xff, 0, 0xff, 0});
  run_one(0x2f0c'4420);  // sri v0.8b, v1.8b, #4
  EXPECT_EQ(v(0), low_bytes({0xf0, 0x0f, 0xf1, 0x01, 0xf0, 0, 0xf0, 0}));
  v(0) = doubles(kJunk, 0);
  run_one(0x7f40'4420);  // sri d0, d1, #64
  EXPECT_EQ(v(0), doubles(kJunk, 0)) << "a shift by the size inserts nothing";
}

TEST_F(SimdShift, LeftShiftDropsWhatLeavesTheLane) {
  v(1) = low_halves({0x8001, 0xffff, 1, 0});
  run_one(0x0f1f'5420);  // shl v0.4h, v1.4h, #15
  EXPECT_EQ(v(0), low_halves({0x8000, 0x8000, 0x8000, 0}));
  EXPECT_FALSE(qc());
}

TEST_F(SimdShift, SaturatingLeftShifts) {
  v(1) = low_bytes({0x40, 0x3f, 0xc0, 0xbf, 0, 1, 0xff, 0x80});
  run_one(0x0f09'7420);  // sqshl v0.8b, v1.8b, #1
  EXPECT_EQ(v(0), low_bytes({0x7f, 0x7e, 0x80, 0x80, 0, 2, 0xfe, 0x80}));
  EXPECT_TRUE(qc());
  run_one(0x2f09'7420);  // uqshl v0.8b, v1.8b, #1
  EXPECT_EQ(v(0), low_bytes({0x80, 0x7e, 0xff, 0xff, 0, 2, 0xff, 0xff}));
  run_one(0x2f09'6420);  // sqshlu v0.8b, v1.8b, #1
  EXPECT_EQ(v(0), low_bytes({0x80, 0x7e, 0, 0, 0, 2, 0, 0}));
}

TEST_F(SimdShift, SaturatingShiftByZeroOfANegativeToUnsignedSaturates) {
  v(1) = low_bytes({0xff, 0, 0, 0, 0, 0, 0, 0});
  run_one(0x7f08'6420);  // sqshlu b0, b1, #0
  EXPECT_EQ(v(0), doubles(0, 0));
  EXPECT_TRUE(qc());
}

TEST_F(SimdShift, NarrowingShifts) {
  v(1) = halves({0x1234, 0x0ff8, 0xfff8, 0x8000, 0x0800, 0x7fff, 0, 0x10});
  run_one(0x0f0c'8420);  // shrn v0.8b, v1.8h, #4
  EXPECT_EQ(v(0), low_bytes({0x23, 0xff, 0xff, 0, 0x80, 0xff, 0, 1}));
  run_one(0x0f0c'8c20);  // rshrn v0.8b, v1.8h, #4
  EXPECT_EQ(v(0), low_bytes({0x23, 0, 0, 0, 0x80, 0, 0, 1}));
  EXPECT_FALSE(qc());
  run_one(0x0f0c'9420);  // sqshrn v0.8b, v1.8h, #4
  EXPECT_EQ(v(0), low_bytes({0x7f, 0x7f, 0xff, 0x80, 0x7f, 0x7f, 0, 1}));
  EXPECT_TRUE(qc());
  run_one(0x2f0c'9420);  // uqshrn v0.8b, v1.8h, #4
  EXPECT_EQ(v(0), low_bytes({0xff, 0xff, 0xff, 0xff, 0x80, 0xff, 0, 1}));
  run_one(0x2f0c'8420);  // sqshrun v0.8b, v1.8h, #4
  EXPECT_EQ(v(0), low_bytes({0xff, 0xff, 0, 0, 0x80, 0xff, 0, 1}));
  run_one(0x0f0c'9c20);  // sqrshrn v0.8b, v1.8h, #4
  EXPECT_EQ(v(0), low_bytes({0x7f, 0x7f, 0, 0x80, 0x7f, 0x7f, 0, 1}));
}

TEST_F(SimdShift, TheSecondNarrowingShiftWritesTheUpperHalfOnly) {
  v(0) = doubles(kJunk, kJunk);
  v(1) = doubles(0x1'0000'0000, 0x2'0000'0000);
  run_one(0x4f20'8420);  // shrn2 v0.4s, v1.2d, #32
  EXPECT_EQ(v(0), doubles(kJunk, 0x2'0000'0001));
}

TEST_F(SimdShift, ScalarNarrowingShiftClearsTheRest) {
  v(0) = junk();
  v(1) = doubles(0xffff'ffff'0000'0000, ~0ull);
  run_one(0x5f20'9420);  // sqshrn s0, d1, #32
  EXPECT_EQ(v(0), doubles(0xffff'ffff, 0));
}

TEST_F(SimdShift, LongShiftsExtendFirst) {
  v(1) = bytes({0x80, 0x7f, 0, 0, 0, 0, 0, 1, 0xff, 0, 0, 0, 0, 0, 0, 2});
  run_one(0x0f0c'a420);  // sshll v0.8h, v1.8b, #4
  EXPECT_EQ(v(0), halves({0xf800, 0x7f0, 0, 0, 0, 0, 0, 0x10}));
  run_one(0x6f08'a420);  // ushll2 v0.8h, v1.16b, #0
  EXPECT_EQ(v(0), halves({0xff, 0, 0, 0, 0, 0, 0, 2}));
  run_one(0x2e21'3820);  // shll v0.8h, v1.8b, #8
  EXPECT_EQ(v(0), halves({0x8000, 0x7f00, 0, 0, 0, 0, 0, 0x100}));
}

// ---- By register: the amount is the signed low byte of the second source's lane

TEST_F(SimdShift, RegisterShiftsGoBothWays) {
  v(1) = words({0x8000'0001, 0x8000'0001, 0x8000'0001, 0x8000'0001});
  v(2) = words({1, 0xff, 32, 0xe0});  // 1, -1, 32, -32
  run_one(0x4ea2'4420);               // sshl v0.4s, v1.4s, v2.4s
  EXPECT_EQ(v(0), words({2, 0xc000'0000, 0, 0xffff'ffff}));
  run_one(0x6ea2'4420);  // ushl v0.4s, v1.4s, v2.4s
  EXPECT_EQ(v(0), words({2, 0x4000'0000, 0, 0}));
  run_one(0x6ea2'5420);  // urshl v0.4s, v1.4s, v2.4s
  EXPECT_EQ(v(0), words({2, 0x4000'0001, 0, 1}));
  run_one(0x4ea2'5420);  // srshl v0.4s, v1.4s, v2.4s
  EXPECT_EQ(v(0), words({2, 0xc000'0001, 0, 0}));
}

TEST_F(SimdShift, OnlyTheLowByteOfTheAmountCounts) {
  v(1) = words({1, 1, 1, 1});
  v(2) = words({0x100, 0x7fff'ff04, 0xffff'ff02, 0x80});
  run_one(0x6ea2'4420);  // ushl v0.4s, v1.4s, v2.4s
  EXPECT_EQ(v(0), words({1, 16, 4, 0}));
}

TEST_F(SimdShift, SaturatingRegisterShiftsSaturateToTheLeftOnly) {
  v(1) = low_halves({0x4000, 0x8000, 0, 0xffff});
  v(2) = low_halves({1, 0x7f, 0x7f, 0xff});
  run_one(0x0e62'4c20);  // sqshl v0.4h, v1.4h, v2.4h
  EXPECT_EQ(v(0), low_halves({0x7fff, 0x8000, 0, 0xffff}));
  EXPECT_TRUE(qc());
  run_one(0x2e62'5c20);  // uqrshl v0.4h, v1.4h, v2.4h
  EXPECT_EQ(v(0), low_halves({0x8000, 0xffff, 0, 0x8000}));
}

TEST_F(SimdShift, SaturatingShiftOfZeroNeverSaturates) {
  v(2) = doubles(0x7f, 0x7f);
  run_one(0x4ee2'5c20);  // sqrshl v0.2d, v1.2d, v2.2d
  EXPECT_EQ(v(0), doubles(0, 0));
  EXPECT_FALSE(qc());
}

TEST_F(SimdShift, ReservedShiftsAreUndefined) {
  EXPECT_TRUE(is_undefined(0x4f7f'0420 & ~(1u << 30))) << "1D";  // sshr v0.2d, v1.2d, #1
  EXPECT_TRUE(is_undefined(0x0f0c'8420 | 1u << 22))
      << "narrowing to 64 bits";                      // shrn v0.8b, v1.8h, #4
  EXPECT_TRUE(is_undefined(0x0f0c'a420 | 1u << 22));  // sshll v0.8h, v1.8b, #4
  EXPECT_TRUE(is_undefined(0x5f7f'0420 & ~(1u << 22))) << "scalar of 32 bits";  // sshr d0, d1, #1
}

}  // namespace
}  // namespace armature::cpu::testing
