// Floating-point instructions: which register bits they write, and which encodings are UNDEFINED.
#include <gtest/gtest.h>

#include <bit>

#include "cpu/decode.h"
#include "cpu/pattern.h"
#include "tests/cpu/core_fixture.h"

namespace armature::cpu {
namespace {

std::uint64_t d(double value) { return std::bit_cast<std::uint64_t>(value); }
std::uint64_t s(float value) { return std::bit_cast<std::uint32_t>(value); }
std::uint64_t s2(float low, float high) { return s(low) | s(high) << 32; }

class FpInstruction : public testing::CoreFixture {
 protected:
  // Decodes `word` as a core that does not trap FP, and runs it.
  void run_fp(std::uint32_t word) {
    Insn insn;
    const Row* row = find_row(word);
    ASSERT_NE(row, nullptr);
    insn.word = word;
    ASSERT_TRUE(row->decode(word, insn));
    ASSERT_EQ(insn.handler(core(), insn), Outcome::next);
  }
  bool is_undefined(std::uint32_t word) {
    Insn insn;
    const Row* row = find_row(word);
    return row == nullptr || !row->decode(word, insn);
  }
  VReg& v(unsigned n) { return core().state.v[n]; }
  static constexpr VReg kOnes{{~0ull, ~0ull}};
};

TEST_F(FpInstruction, AScalarResultZeroesTheRestOfTheVector) {
  v(0) = kOnes;
  v(1) = {{s2(1.5f, 9.0f), ~0ull}};
  v(2) = {{s2(2.0f, 9.0f), ~0ull}};
  run_fp(0x1e222820);  // fadd s0, s1, s2
  EXPECT_EQ(v(0), (VReg{{s(3.5f), 0}}));
}

TEST_F(FpInstruction, A64BitVectorResultZeroesTheUpperHalf) {
  v(0) = kOnes;
  v(1) = v(2) = {{s2(1.0f, 2.0f), s2(3.0f, 4.0f)}};
  run_fp(0x0e22d420);  // fadd v0.2s, v1.2s, v2.2s
  EXPECT_EQ(v(0), (VReg{{s2(2.0f, 4.0f), 0}}));
}

TEST_F(FpInstruction, FmovToTheTopHalfKeepsTheLowerOne) {
  v(0) = {{5, 6}};
  core().state.x[1] = 7;
  run_fp(0x9eaf0020);  // fmov v0.d[1], x1
  EXPECT_EQ(v(0), (VReg{{5, 7}}));
  run_fp(0x9e670020);  // fmov d0, x1
  EXPECT_EQ(v(0), (VReg{{7, 0}}));
}

TEST_F(FpInstruction, FmovFromSZeroExtendsToX) {
  v(1) = kOnes;
  run_fp(0x1e260022);  // fmov w2, s1
  EXPECT_EQ(core().state.x[2], 0xffff'ffffu);
}

TEST_F(FpInstruction, FmovImmediateExpandsEightBits) {
  run_fp(0x1e6e1000);  // fmov d0, #1.0
  EXPECT_EQ(v(0), (VReg{{d(1.0), 0}}));
  run_fp(0x1e281000);  // fmov s0, #0.125
  EXPECT_EQ(v(0).d[0], s(0.125f));
  run_fp(0x4f00f400);  // fmov v0.4s, #2.0
  EXPECT_EQ(v(0), (VReg{{s2(2.0f, 2.0f), s2(2.0f, 2.0f)}}));
  run_fp(0x6f00f400);  // fmov v0.2d, #2.0
  EXPECT_EQ(v(0), (VReg{{d(2.0), d(2.0)}}));
}

TEST_F(FpInstruction, FcselChoosesByTheFlagsAndLeavesFpsrAlone) {
  v(1) = {{0x7ff0'0000'0000'0001, 0}};  // a signalling NaN is only moved
  v(2) = {{d(2.0), 0}};
  core().state.nzcv = 1u << 30;
  run_fp(0x1e620c20);  // fcsel d0, d1, d2, eq
  EXPECT_EQ(v(0), v(1));
  core().state.nzcv = 0;
  run_fp(0x1e620c20);
  EXPECT_EQ(v(0), v(2));
  EXPECT_EQ(core().state.fpsr, 0u);
}

TEST_F(FpInstruction, FccmpTakesItsFlagsFromTheImmediateWhenTheConditionFails) {
  core().state.nzcv = 0;
  run_fp(0x1e62042d);  // fccmp d1, d2, #13, eq
  EXPECT_EQ(core().state.nzcv, 0xd000'0000u);
}

TEST_F(FpInstruction, FmlaIsFusedAndAccumulatesIntoTheDestination) {
  v(0) = {{d(-1.0), d(10.0)}};
  v(1) = {{d(1.0 + 0x1p-52), d(2.0)}};
  v(2) = {{d(1.0 - 0x1p-53), d(3.0)}};
  run_fp(0x4e62cc20);  // fmla v0.2d, v1.2d, v2.2d
  EXPECT_EQ(v(0), (VReg{{d(0x1p-53 - 0x1p-105), d(16.0)}}));
}

TEST_F(FpInstruction, ByElementReadsTheIndexedElementBeforeItIsOverwritten) {
  v(0) = {{s2(1.0f, 2.0f), s2(3.0f, 4.0f)}};
  run_fp(0x4f809800);  // fmul v0.4s, v0.4s, v0.s[2]
  EXPECT_EQ(v(0), (VReg{{s2(3.0f, 6.0f), s2(9.0f, 12.0f)}}));
}

TEST_F(FpInstruction, PairwiseTakesTheFirstSourceIntoTheLowerHalf) {
  v(1) = {{s2(1.0f, 2.0f), s2(3.0f, 4.0f)}};
  v(2) = {{s2(10.0f, 20.0f), s2(30.0f, 40.0f)}};
  run_fp(0x6e22d420);  // faddp v0.4s, v1.4s, v2.4s
  EXPECT_EQ(v(0), (VReg{{s2(3.0f, 7.0f), s2(30.0f, 70.0f)}}));
}

TEST_F(FpInstruction, AcrossLanesJoinsHalvesSoThatTheLowestNanOfAPairWins) {
  v(1) = {{std::uint64_t{0x7fc0'0001} << 32 | s(1.0f), s2(2.0f, 3.0f)}};
  v(1).d[1] = std::uint64_t{0xffc0'0003} << 32 | 0xffc0'0002;
  run_fp(0x6e30f820);  // fmaxv s0, v1.4s
  EXPECT_EQ(v(0), (VReg{{0x7fc0'0001, 0}}));
}

TEST_F(FpInstruction, Fcvtn2KeepsTheLowerHalf) {
  v(0) = {{0x1234, 0x5678}};
  v(1) = {{d(1.0), d(2.0)}};
  run_fp(0x4e616820);  // fcvtn2 v0.4s, v1.2d
  EXPECT_EQ(v(0), (VReg{{0x1234, s2(1.0f, 2.0f)}}));
  run_fp(0x0e616820);  // fcvtn v0.2s, v1.2d
  EXPECT_EQ(v(0), (VReg{{s2(1.0f, 2.0f), 0}}));
}

TEST_F(FpInstruction, Fcvtl2ReadsTheUpperHalf) {
  v(1) = {{s2(1.0f, 2.0f), s2(3.0f, 4.0f)}};
  run_fp(0x4e617820);  // fcvtl2 v0.2d, v1.4s
  EXPECT_EQ(v(0), (VReg{{d(3.0), d(4.0)}}));
}

TEST_F(FpInstruction, ConversionsToWRegistersZeroTheUpperHalfOfX) {
  v(1) = {{d(-1.0), 0}};
  core().state.x[0] = ~0ull;
  run_fp(0x1e780020);  // fcvtzs w0, d1
  EXPECT_EQ(core().state.x[0], 0xffff'ffffu);
}

TEST_F(FpInstruction, FpsrBitsAreOnlyEverAdded) {
  core().state.fpsr = 1u << 27;  // QC
  v(1) = {{d(1.0), 0}};
  v(2) = {{d(0.0), 0}};
  run_fp(0x1e621820);  // fdiv d0, d1, d2
  EXPECT_EQ(core().state.fpsr, 1u << 27 | 1u << 1);
}

TEST_F(FpInstruction, TheArrangement1DIsUndefined) {
  EXPECT_TRUE(is_undefined(0x0e62d420));   // fadd v0.1d
  EXPECT_FALSE(is_undefined(0x4e62d420));  // fadd v0.2d
  EXPECT_TRUE(is_undefined(0x2f00f400));   // fmov v0.1d, #imm
  EXPECT_TRUE(is_undefined(0x0fc09000));   // fmul v0.1d, v0.1d, v0.d[0]
}

TEST_F(FpInstruction, ADoubleElementIndexWithLSetIsUndefined) {
  EXPECT_FALSE(is_undefined(0x4fc09000));  // fmul v0.2d, v0.2d, v0.d[0]
  EXPECT_TRUE(is_undefined(0x4fe09000));
}

TEST_F(FpInstruction, MoreFractionBitsThanAWRegisterHasAreUndefined) {
  EXPECT_FALSE(is_undefined(0x1e428020));  // scvtf d0, w1, #32
  EXPECT_TRUE(is_undefined(0x1e427c20));   // 33
  EXPECT_FALSE(is_undefined(0x9e427c20));  // scvtf d0, x1, #33
}

TEST_F(FpInstruction, HalfPrecisionArithmeticIsUndefined) {
  EXPECT_TRUE(is_undefined(0x1ee22820));   // fadd h0, h1, h2
  EXPECT_TRUE(is_undefined(0x1ee62000));   // fcmp h0, h6
  EXPECT_TRUE(is_undefined(0x4e421420));   // fadd v0.8h, v1.8h, v2.8h
  EXPECT_TRUE(is_undefined(0x4f00fc00));   // fmov v0.8h, #2.0
  EXPECT_TRUE(is_undefined(0x0e30c820));   // fmaxnmv h0, v1.4h
  EXPECT_TRUE(is_undefined(0x4f11e420));   // scvtf v0.8h, v1.8h, #15
}

TEST_F(FpInstruction, FcvtToTheSameFormatIsUndefined) {
  EXPECT_TRUE(is_undefined(0x1e224020));   // single to single
  EXPECT_TRUE(is_undefined(0x1e62c020));   // double to double
  EXPECT_TRUE(is_undefined(0x1ee3c020));   // half to half
}

TEST(FpRows, ArePlacedUnderTheFpTrap) {
  for (const std::span<const Row> rows : {rows_fp_scalar(), rows_simd_fp()}) {
    for (const Row& row : rows) {
      EXPECT_TRUE(row.fp) << row.name;
      EXPECT_TRUE(pattern_well_formed(row.pattern)) << row.name;
      EXPECT_TRUE(parse_register_uses(row.reads, row.pattern)) << row.name;
      EXPECT_TRUE(parse_register_uses(row.writes, row.pattern)) << row.name;
    }
  }
}

}  // namespace
}  // namespace armature::cpu
