// Data processing: the rules that have edges. Volume comes from tests/isa.
#include "cpu/decode.h"
#include "tests/cpu/integer_fixture.h"

namespace armature::cpu {
namespace {

constexpr std::uint64_t kMin64 = 1ull << 63, kMax64 = kMin64 - 1, kOnes = ~0ull;

enum : std::uint32_t { kV = 1, kC = 2, kZ = 4, kN = 8 };

TEST_F(Integer, ARowOfWWritesZeroesTheUpperHalf) {
  EXPECT_EQ(of(0x0b020020, kOnes, 2), 1u);        // add w0, w1, w2
  EXPECT_EQ(of(0x13817c20, kOnes), 0xffffffffu);  // ror w0, w1, #31
  EXPECT_EQ(of(0x12800000, 0), 0xffffffffu);      // movn w0, #0
  x(0) = kOnes;
  EXPECT_EQ(of(0x72824680, 0), 0xffff1234u);  // movk w0, #0x1234
}

TEST_F(Integer, SubtractionSetsCarryWhenThereIsNoBorrow) {
  of(0xeb020020, 5, 5);  // subs x0, x1, x2
  EXPECT_EQ(flags(), kZ | kC);
  of(0xeb020020, 4, 5);
  EXPECT_EQ(flags(), kN);
  of(0xeb020020, 5, 0);
  EXPECT_EQ(flags(), kC);
  of(0xeb020020, 0, 0);
  EXPECT_EQ(flags(), kZ | kC);
}

TEST_F(Integer, OverflowIsOfTheSignedResult) {
  of(0xab020020, kMax64, 1);  // adds x0, x1, x2
  EXPECT_EQ(flags(), kN | kV);
  of(0xab020020, kMin64, kMin64);
  EXPECT_EQ(flags(), kZ | kC | kV);
  of(0xeb020020, kMin64, 1);  // subs x0, x1, x2
  EXPECT_EQ(flags(), kC | kV);
  of(0xeb020020, 0, kMin64);
  EXPECT_EQ(flags(), kN | kV);
}

TEST_F(Integer, FlagsOfWFormsLookAtBit31) {
  of(0x2b020020, 0x7fffffff, 1);  // adds w0, w1, w2
  EXPECT_EQ(flags(), kN | kV);
  of(0x2b020020, 0xffffffff, 1);
  EXPECT_EQ(flags(), kZ | kC);
  of(0x2b020020, kOnes << 32, 0);
  EXPECT_EQ(flags(), kZ);
}

TEST_F(Integer, CarryInCanMakeTheCarryOutByItself) {
  set_flags(kC);
  EXPECT_EQ(of(0xba020020, kOnes, 0), 0u);  // adcs x0, x1, x2
  EXPECT_EQ(flags(), kZ | kC);
  set_flags(kC);
  EXPECT_EQ(of(0xba020020, kMax64, 0), kMin64);
  EXPECT_EQ(flags(), kN | kV);
  set_flags(0);
  EXPECT_EQ(of(0xfa020020, 0, 0), kOnes);  // sbcs x0, x1, x2: 0 - 0 - 1
  EXPECT_EQ(flags(), kN);
  set_flags(kC);
  EXPECT_EQ(of(0x7a020020, 0, 0xffffffff), 1u);  // sbcs w0, w1, w2
  EXPECT_EQ(flags(), 0u);
}

TEST_F(Integer, LogicalInstructionsClearCarryAndOverflow) {
  set_flags(kC | kV);
  of(0xea02003f, kMin64, kMin64);  // ands xzr, x1, x2
  EXPECT_EQ(flags(), kN);
  EXPECT_EQ(state().x[kZero], 0u);
  of(0x6a02003f, kMin64, kMin64);  // tst w1, w2
  EXPECT_EQ(flags(), kZ);
}

TEST_F(Integer, ExtendedRegistersAreExtendedBeforeTheShift) {
  EXPECT_EQ(of(0x8b229020, 0x1000, 0x180), 0x1000u - 0x800);  // add x0, x1, w2, sxtb #4
  sp() = 0x1000;
  of(0xcb2163ff, 0x10);  // sub sp, sp, x1
  EXPECT_EQ(sp(), 0xff0u);
}

TEST_F(Integer, BitfieldsMoveAndExtend) {
  EXPECT_EQ(of(0x93483c20, 0xff80'80'00), 0xffffffffffffff80u);  // sbfx x0, x1, #8, #8
  EXPECT_EQ(of(0x53040c20, kOnes), 0xf0000000u);                 // ubfiz w0, w1, #28, #4
  x(0) = 0x0123456789abcdef;
  EXPECT_EQ(of(0xb3440c20, 0xfa), 0xa123456789abcdefu);       // bfi x0, x1, #60, #4
  EXPECT_EQ(of(0x93c21020, 0xf, 0x10), 0xf000000000000001u);  // extr x0, x1, x2, #4
}

TEST_F(Integer, MoveKeepLeavesTheOtherHalfwords) {
  x(0) = kOnes;
  one(0xf2c24680);  // movk x0, #0x1234, lsl #32
  EXPECT_EQ(x(0), 0xffff1234ffffffffu);
}

TEST_F(Integer, AdrpAddsToThePage) {
  one(0xf0ffffe0);  // adrp x0, -4096
  EXPECT_EQ(x(0), testing::kCode - 4096);
  state().pc = testing::kCode + 0x124;
  run({0x90000000});  // adrp x0, 0
  EXPECT_EQ(x(0), testing::kCode);
  state().pc = testing::kCode + 0x124;
  state().fetch.valid = false;
  run({0x10000080});  // adr x0, +16
  EXPECT_EQ(x(0), testing::kCode + 0x134);
}

TEST_F(Integer, DivisionByZeroIsZeroAndTheOverflowWraps) {
  EXPECT_EQ(of(0x9ac20c20, 7, 0), 0u);  // sdiv x0, x1, x2
  EXPECT_EQ(of(0x9ac20820, 7, 0), 0u);  // udiv x0, x1, x2
  EXPECT_EQ(of(0x9ac20c20, kMin64, kOnes), kMin64);
  EXPECT_EQ(of(0x1ac20c20, 0x80000000, 0xffffffff), 0x80000000u);  // sdiv w0, w1, w2
  EXPECT_EQ(of(0x9ac20c20, static_cast<std::uint64_t>(-7), 2), static_cast<std::uint64_t>(-3));
}

TEST_F(Integer, VariableShiftsUseTheAmountModuloTheWidth) {
  EXPECT_EQ(of(0x9ac22020, 1, 64 + 3), 8u);  // lslv x0, x1, x2
  EXPECT_EQ(of(0x9ac22020, 1, 64), 1u);
  EXPECT_EQ(of(0x1ac22820, 0x80000000, 32 + 31), 0xffffffffu);  // asrv w0, w1, w2
}

TEST_F(Integer, LeadingSignBitsDoNotCountTheSign) {
  EXPECT_EQ(of(0xdac01420, 0), 63u);  // cls x0, x1
  EXPECT_EQ(of(0xdac01420, kOnes), 63u);
  EXPECT_EQ(of(0xdac01420, kMin64), 0u);
  EXPECT_EQ(of(0x5ac01420, 1), 30u);                                   // cls w0, w1
  EXPECT_EQ(of(0xdac00820, 0x0102030405060708), 0x0403020108070605u);  // rev32 x0, x1
  EXPECT_EQ(of(0x5ac00420, 0x01020304), 0x02010403u);                  // rev16 w0, w1
  EXPECT_EQ(of(0x5ac00020, 1), 0x80000000u);                           // rbit w0, w1
}

// "123456789": the check values of the two polynomials, with the usual inversions around.
TEST_F(Integer, CrcGivesTheCheckValuesOfItsPolynomials) {
  std::uint64_t crc = 0xffffffff;
  for (const char digit : {'1', '2', '3', '4', '5', '6', '7', '8', '9'}) {
    crc = of(0x1ac24020, crc, static_cast<std::uint64_t>(digit));  // crc32b w0, w1, w2
  }
  EXPECT_EQ(crc ^ 0xffffffff, 0xcbf43926u);
  crc = of(0x9ac25c20, 0xffffffff, 0x3837363534333231);  // crc32cx w0, w1, x2
  crc = of(0x1ac25020, crc, '9');                        // crc32cb w0, w1, w2
  EXPECT_EQ(crc ^ 0xffffffff, 0xe3069283u);
}

TEST_F(Integer, MultiplicationKeepsTheRightHalf) {
  EXPECT_EQ(of(0x9b427c20, kOnes, kOnes), 0u);         // smulh: -1 * -1
  EXPECT_EQ(of(0x9bc27c20, kOnes, kOnes), kOnes - 1);  // umulh
  x(3) = 10;
  EXPECT_EQ(of(0x9b228c20 & ~0x8000u, 0xffffffff, 3), 7u);      // smaddl x0, w1, w2, x3
  EXPECT_EQ(of(0x9b228c20, 0xffffffff, 3), 13u);                // smsubl
  EXPECT_EQ(of(0x9ba20c20, 0xffffffff, 2), 0x1fffffffeu + 10);  // umaddl
  EXPECT_EQ(of(0x1b020c20, 0x10000, 0x10000), 10u);             // madd w0, w1, w2, w3
}

TEST_F(Integer, AFailedConditionalCompareSetsTheFlagsOfItsImmediate) {
  set_flags(kZ);
  of(0xfa421025, 1, 1);  // ccmp x1, x2, #5, ne
  EXPECT_EQ(flags(), 5u);
  set_flags(0);
  of(0xfa421025, 1, 1);
  EXPECT_EQ(flags(), kZ | kC);
}

TEST_F(Integer, ConditionalSelectsChooseTheModifiedSecondOperand) {
  set_flags(0);
  EXPECT_EQ(of(0x5a9f0020, 1), 0xffffffffu);  // csinv w0, w1, wzr, eq
  EXPECT_EQ(of(0xda820420, 1, 1), kOnes);     // csneg x0, x1, x2, eq
  set_flags(kZ);
  EXPECT_EQ(of(0xda820420, 1, 1), 1u);
}

TEST(DecodeBitMasks, GivesTheRepeatedRotatedElement) {
  // and w0, w1, #0x55555555 has N = 0, imms = 111100; eor #0xff00ff00ff00ff00 has 100111, immr = 8.
  Insn insn;
  const Costs costs;
  decode(0x1200f020, {.costs = &costs}, insn);
  EXPECT_EQ(insn.imm, 0x55555555u);
  decode(0xd2089c20, {.costs = &costs}, insn);
  EXPECT_EQ(insn.imm, 0xff00ff00ff00ff00u);
  decode(0x92400020, {.costs = &costs}, insn);
  EXPECT_EQ(insn.imm, 1u);
}

}  // namespace
}  // namespace armature::cpu
