// Branches.
#include "tests/cpu/integer_fixture.h"

namespace armature::cpu {
namespace {

using testing::kCode;
constexpr std::uint64_t kNotTaken = kCode + 4, kTaken = kCode + 8;

TEST_F(Integer, EachConditionHoldsForItsFlags) {
  // The manual's table, written again: n z c v.
  const auto holds = [](unsigned cond, bool n, bool z, bool c, bool v) {
    switch (cond) {
      case 0:
        return z;
      case 1:
        return !z;
      case 2:
        return c;
      case 3:
        return !c;
      case 4:
        return n;
      case 5:
        return !n;
      case 6:
        return v;
      case 7:
        return !v;
      case 8:
        return c && !z;
      case 9:
        return !c || z;
      case 10:
        return n == v;
      case 11:
        return n != v;
      case 12:
        return !z && n == v;
      case 13:
        return z || n != v;
      default:
        return true;  // AL and NV
    }
  };
  for (unsigned cond = 0; cond < 16; ++cond) {
    for (unsigned nzcv = 0; nzcv < 16; ++nzcv) {
      set_flags(nzcv);
      one(0x54000040 | cond);  // b.cond +8
      const bool taken =
          holds(cond, (nzcv & 8) != 0, (nzcv & 4) != 0, (nzcv & 2) != 0, (nzcv & 1) != 0);
      EXPECT_EQ(state().pc, taken ? kTaken : kNotTaken) << cond << ' ' << nzcv;
    }
  }
}

TEST_F(Integer, AConditionalBranchBackwardsThatIsNotTakenCostsAMisprediction) {
  const auto cost = [this](std::uint32_t word, std::uint64_t x0, std::uint32_t nzcv) {
    x(0) = x0;
    set_flags(nzcv);
    const Cycles before = state().cycles;
    one(word);
    return state().cycles - before;
  };
  constexpr std::uint32_t kZ = 4;
  const Cycles penalty = Cycles::whole(preset.costs.mispredict);
  const struct {
    std::uint32_t forward, backward;
    std::uint64_t taken_x0, other_x0;
  } kinds[] = {
      {0x54000040, 0x54ffffe0, 0, 0},  // b.eq +8, b.eq -4
      {0xb4000040, 0xb4ffffe0, 0, 1},  // cbz x0
      {0x36000040, 0x3607ffe0, 0, 1},  // tbz w0, #0
  };
  for (const auto& kind : kinds) {
    const Cycles right = cost(kind.forward, kind.other_x0, 0);
    EXPECT_EQ(cost(kind.forward, kind.taken_x0, kZ), right);
    EXPECT_EQ(cost(kind.backward, kind.taken_x0, kZ), right);
    EXPECT_EQ(cost(kind.backward, kind.other_x0, 0), right + penalty);
  }
}

TEST_F(Integer, CompareAndBranchLooksAtTheWholeRegisterOrItsLowerHalf) {
  x(0) = 1ull << 32;
  one(0x34000040);  // cbz w0, +8
  EXPECT_EQ(state().pc, kTaken);
  one(0xb5000040);  // cbnz x0, +8
  EXPECT_EQ(state().pc, kTaken);
  x(0) = 0;
  one(0xb5000040);
  EXPECT_EQ(state().pc, kNotTaken);
  one(0x3400005f);  // cbz wzr, +8
  EXPECT_EQ(state().pc, kTaken);
}

TEST_F(Integer, TestAndBranchReachesBit63) {
  x(0) = 1ull << 63;
  one(0xb6f80040);  // tbz x0, #63, +8
  EXPECT_EQ(state().pc, kNotTaken);
  one(0xb7f80040);  // tbnz x0, #63, +8
  EXPECT_EQ(state().pc, kTaken);
  one(0x37f80040);  // tbnz w0, #31, +8
  EXPECT_EQ(state().pc, kNotTaken);
}

TEST_F(Integer, BranchesGoBackwardsToo) {
  one(0x17ffffff);  // b -4
  EXPECT_EQ(state().pc, kCode - 4);
  one(0x54ffffee);  // b.al -4
  EXPECT_EQ(state().pc, kCode - 4);
}

TEST_F(Integer, TheLinkRegisterHoldsTheNextAddress) {
  one(0x94000002);  // bl +8
  EXPECT_EQ(state().pc, kTaken);
  EXPECT_EQ(x(30), kCode + 4);
}

TEST_F(Integer, BlrReadsItsTargetBeforeItLinks) {
  x(30) = kCode + 0x400;
  one(0xd63f03c0);  // blr x30
  EXPECT_EQ(state().pc, kCode + 0x400);
  EXPECT_EQ(x(30), kCode + 4);
}

TEST_F(Integer, ABranchToAMisalignedAddressFaultsAtItsTarget) {
  x(1) = kCode + 0x402;
  one(0xd61f0020);                       // br x1
  EXPECT_EQ(state().pc, kCode + 0x402);  // the branch itself retires
  step();
  EXPECT_TRUE(took_exception());
  EXPECT_EQ(exception_class(), 0x22u);
  EXPECT_EQ(sys(SysReg::ELR_EL1), kCode + 0x402);
}

TEST_F(Integer, UnallocatedEncodingsTakeTheUndefinedException) {
  for (const std::uint32_t word : {0x00000000u, 0xd4400000u /* hlt */, 0xc8a07c41u /* cas */}) {
    one(word);
    EXPECT_TRUE(took_exception());
    EXPECT_EQ(exception_class(), 0u) << std::hex << word;
    EXPECT_EQ(sys(SysReg::ELR_EL1), kCode);
  }
}

}  // namespace
}  // namespace armature::cpu
