// Advanced SIMD copy, modified immediate, permute, extract and table lookup.
#include "tests/cpu/simd_fixture.h"

namespace armature::cpu::testing {
namespace {

class SimdPermute : public SimdFixture {
 protected:
  const VReg counting = bytes({0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15});
  const VReg twenties = bytes({20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35});
};

// ---- Copy

TEST_F(SimdPermute, DuplicateOfAnElementFillsEveryLane) {
  v(1) = halves({1, 2, 3, 4, 5, 6, 7, 8});
  run_one(0x4e1a'0420);  // dup v0.8h, v1.h[6]
  EXPECT_EQ(v(0), halves({7, 7, 7, 7, 7, 7, 7, 7}));
  run_one(0x0e1a'0420);  // dup v0.4h, v1.h[6]
  EXPECT_EQ(v(0), low_halves({7, 7, 7, 7}));
  run_one(0x5e06'0420);  // mov h0, v1.h[1]
  EXPECT_EQ(v(0), doubles(2, 0));
}

TEST_F(SimdPermute, DuplicateOfAGeneralRegisterTruncates) {
  x(3) = 0x1234'5678'9abc'def0;
  run_one(0x4e01'0c60);  // dup v0.16b, w3
  EXPECT_EQ(v(0), doubles(0xf0f0'f0f0'f0f0'f0f0, 0xf0f0'f0f0'f0f0'f0f0));
  run_one(0x4e08'0c60);  // dup v0.2d, x3
  EXPECT_EQ(v(0), doubles(x(3), x(3)));
  run_one(0x0e04'0fe0);  // dup v0.2s, wzr
  EXPECT_EQ(v(0), doubles(0, 0));
}

TEST_F(SimdPermute, InsertChangesOneLaneOnly) {
  v(0) = counting;
  x(3) = 0xffff'ffff'ffff'ffaa;
  run_one(0x4e1f'1c60);  // mov v0.b[15], w3
  run_one(0x4e02'1fe0);  // mov v0.h[0], wzr
  EXPECT_EQ(v(0), bytes({0, 0, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 0xaa}));
  v(1) = words({1, 2, 3, 4});
  run_one(0x6e0c'6420);  // mov v0.s[1], v1.s[3]
  EXPECT_EQ(v(0), bytes({0, 0, 2, 3, 4, 0, 0, 0, 8, 9, 10, 11, 12, 13, 14, 0xaa}));
}

TEST_F(SimdPermute, MovesToGeneralRegistersExtendBySignAndWidth) {
  v(1) = doubles(0x8000'0000'0000'80ff, 0xfedc'ba98'7654'3210);
  x(0) = ~0ull;
  run_one(0x0e01'3c20);  // umov w0, v1.b[0]
  EXPECT_EQ(x(0), 0xffu);
  run_one(0x0e01'2c20);  // smov w0, v1.b[0]
  EXPECT_EQ(x(0), 0xffff'ffffu) << "the upper 32 bits of a W destination are zero";
  run_one(0x4e02'2c20);  // smov x0, v1.h[0]
  EXPECT_EQ(x(0), 0xffff'ffff'ffff'80ff);
  run_one(0x4e0c'2c20);  // smov x0, v1.s[1]
  EXPECT_EQ(x(0), 0xffff'ffff'8000'0000);
  run_one(0x0e0c'3c20);  // mov w0, v1.s[1]
  EXPECT_EQ(x(0), 0x8000'0000u);
  run_one(0x4e18'3c20);  // mov x0, v1.d[1]
  EXPECT_EQ(x(0), 0xfedc'ba98'7654'3210);
}

TEST_F(SimdPermute, MoveToTheZeroRegisterIsDiscarded) {
  v(1) = doubles(5, 5);
  state().x[kSp] = 0x1230;
  run_one(0x0e01'3c20 | 31);  // umov w0, v1.b[0]
  EXPECT_EQ(x(kZero), 0u);
  EXPECT_EQ(state().x[kSp], 0x1230u);
}

TEST_F(SimdPermute, ReservedCopiesAreUndefined) {
  constexpr std::uint32_t imm5 = 0x1f << 16, q = 1u << 30;
  EXPECT_TRUE(is_undefined(0x4e01'0c60 & ~imm5)) << "no size";                 // dup v0.16b, w3
  EXPECT_TRUE(is_undefined((0x4e01'0c60 & ~imm5) | 0x10 << 16)) << "no size";  // dup v0.16b, w3
  EXPECT_TRUE(is_undefined(0x4e08'0c60 & ~q)) << "1D";                         // dup v0.2d, x3
  EXPECT_TRUE(is_undefined(0x4e18'3c20 & ~q)) << "D to W";                     // mov x0, v1.d[1]
  EXPECT_TRUE(is_undefined(0x0e0c'3c20 | q)) << "UMOV of S to X";              // mov w0, v1.s[1]
  EXPECT_TRUE(is_undefined(0x4e0c'2c20 & ~q)) << "SMOV of S to W";             // smov x0, v1.s[1]
}

// ---- Modified immediate

TEST_F(SimdPermute, MoveImmediateShiftsByWholeBytes) {
  v(0) = junk();
  run_one(0x4f05'6560);  // movi v0.4s, #0xab, lsl #24
  EXPECT_EQ(v(0), words({0xab00'0000, 0xab00'0000, 0xab00'0000, 0xab00'0000}));
  run_one(0x2f00'0640);  // mvni v0.2s, #0x12
  EXPECT_EQ(v(0), low_words({0xffff'ffed, 0xffff'ffed}));
  run_one(0x4f00'a640);  // movi v0.8h, #0x12, lsl #8
  EXPECT_EQ(v(0).d[1], 0x1200'1200'1200'1200u);
  run_one(0x4f00'd640);  // movi v0.4s, #0x12, msl #16
  EXPECT_EQ(v(0), words({0x12'ffff, 0x12'ffff, 0x12'ffff, 0x12'ffff}));
  run_one(0x6f00'c640);  // mvni v0.4s, #0x12, msl #8
  EXPECT_EQ(v(0).d[0], 0xffff'ed00'ffff'ed00u);
  run_one(0x0f02'e6a0);  // movi v0.8b, #0x55
  EXPECT_EQ(v(0), doubles(0x5555'5555'5555'5555, 0));
}

TEST_F(SimdPermute, DoublewordImmediatesSpreadEveryBitOverAByte) {
  run_one(0x6f05'e4c0);  // movi v0.2d, #0xff00ff0000ffff00
  EXPECT_EQ(v(0), doubles(0xff00'ff00'00ff'ff00, 0xff00'ff00'00ff'ff00));
  run_one(0x2f00'e420);  // movi d0, #0x00000000000000ff
  EXPECT_EQ(v(0), doubles(0xff, 0));
}

TEST_F(SimdPermute, ImmediateOrAndBitClearWorkInPlace) {
  v(0) = words({0x0f0f'0f0f, 0, 0xffff'ffff, 1});
  run_one(0x4f07'3600);  // orr v0.4s, #0xf0, lsl #8
  EXPECT_EQ(v(0), words({0x0f0f'ff0f, 0xf000, 0xffff'ffff, 0xf001}));
  run_one(0x2f00'95e0);  // bic v0.4h, #0x0f
  EXPECT_EQ(v(0), low_words({0x0f00'ff00, 0xf000}));
}

// ---- Permute

TEST_F(SimdPermute, ZipInterleavesHalves) {
  v(1) = counting;
  v(2) = twenties;
  run_one(0x4e02'3820);  // zip1 v0.16b, v1.16b, v2.16b
  EXPECT_EQ(v(0), bytes({0, 20, 1, 21, 2, 22, 3, 23, 4, 24, 5, 25, 6, 26, 7, 27}));
  run_one(0x4e02'7820);  // zip2 v0.16b, v1.16b, v2.16b
  EXPECT_EQ(v(0), bytes({8, 28, 9, 29, 10, 30, 11, 31, 12, 32, 13, 33, 14, 34, 15, 35}));
  run_one(0x0e02'7820);  // zip2 v0.8b, v1.8b, v2.8b
  EXPECT_EQ(v(0), low_bytes({4, 24, 5, 25, 6, 26, 7, 27}));
}

TEST_F(SimdPermute, UnzipTakesEvenOrOddElements) {
  v(1) = halves({0, 1, 2, 3, 4, 5, 6, 7});
  v(2) = halves({20, 21, 22, 23, 24, 25, 26, 27});
  run_one(0x4e42'1820);  // uzp1 v0.8h, v1.8h, v2.8h
  EXPECT_EQ(v(0), halves({0, 2, 4, 6, 20, 22, 24, 26}));
  run_one(0x4e42'5820);  // uzp2 v0.8h, v1.8h, v2.8h
  EXPECT_EQ(v(0), halves({1, 3, 5, 7, 21, 23, 25, 27}));
}

TEST_F(SimdPermute, TransposePairsEqualPositions) {
  v(1) = words({0, 1, 2, 3});
  v(2) = words({20, 21, 22, 23});
  run_one(0x4e82'2820);  // trn1 v0.4s, v1.4s, v2.4s
  EXPECT_EQ(v(0), words({0, 20, 2, 22}));
  run_one(0x4e82'6820);  // trn2 v0.4s, v1.4s, v2.4s
  EXPECT_EQ(v(0), words({1, 21, 3, 23}));
}

TEST_F(SimdPermute, PermutesOfDoublewords) {
  v(1) = doubles(1, 2);
  v(2) = doubles(3, 4);
  run_one(0x4ec2'3820);  // zip1 v0.2d, v1.2d, v2.2d
  EXPECT_EQ(v(0), doubles(1, 3));
  run_one(0x4ec2'5820);  // uzp2 v0.2d, v1.2d, v2.2d
  EXPECT_EQ(v(0), doubles(2, 4));
  EXPECT_TRUE(is_undefined(0x4ec2'3820 & ~(1u << 30))) << "1D";  // zip1 v0.2d, v1.2d, v2.2d
}

TEST_F(SimdPermute, ExtractCrossesFromTheFirstSourceIntoTheSecond) {
  v(1) = counting;
  v(2) = twenties;
  run_one(0x6e02'6820);  // ext v0.16b, v1.16b, v2.16b, #13
  EXPECT_EQ(v(0), bytes({13, 14, 15, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32}));
  run_one(0x2e02'3820);  // ext v0.8b, v1.8b, v2.8b, #7
  EXPECT_EQ(v(0), low_bytes({7, 20, 21, 22, 23, 24, 25, 26}));
  EXPECT_TRUE(is_undefined(0x2e02'3820 | 8 << 11))
      << "beyond 64 bits";  // ext v0.8b, v1.8b, v2.8b, #7
}

// ---- Table lookup

TEST_F(SimdPermute, TableLookupYieldsZeroOutOfRangeAndExtensionKeeps) {
  v(1) = twenties;
  v(2) = bytes({0, 15, 16, 255, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12});
  v(0) = junk();
  run_one(0x4e02'0020);  // tbl v0.16b, {v1.16b}, v2.16b
  EXPECT_EQ(v(0), bytes({20, 35, 0, 0, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32}));
  v(0) = counting;
  run_one(0x0e02'1020);  // tbx v0.8b, {v1.16b}, v2.8b
  EXPECT_EQ(v(0), low_bytes({20, 35, 2, 3, 21, 22, 23, 24}));
}

TEST_F(SimdPermute, TablesOfFourRegistersWrapAroundRegister31) {
  for (unsigned r = 0; r < 16; ++r) {
    const unsigned index[] = {30, 31, 0, 1};
    for (unsigned n = 0; n < 4; ++n) {
      v(index[n]).d[r / 8] &= ~(0xffull << r % 8 * 8);
      v(index[n]).d[r / 8] |= static_cast<std::uint64_t>(16 * n + r + 100) << r % 8 * 8;
    }
  }
  v(5) = low_bytes({0, 16, 33, 50, 63, 64, 15, 31});
  run_one(0x0e05'63c6);  // tbl v6.8b, {v30.16b, v31.16b, v0.16b, v1.16b}, v5.8b
  EXPECT_EQ(v(6), low_bytes({100, 116, 133, 150, 163, 0, 115, 131}));
}

TEST_F(SimdPermute, TheTableMayBeTheDestination) {
  v(0) = counting;
  v(2) = bytes({15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0});
  run_one(0x4e02'0000);  // tbl v0.16b, {v0.16b}, v2.16b
  EXPECT_EQ(v(0), v(2));
}

}  // namespace
}  // namespace armature::cpu::testing
