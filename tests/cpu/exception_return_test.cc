// AArch64.ExceptionReturn: what ERET restores, and what makes it illegal.
#include "cpu/exception.h"
#include "sim/arch/registers/control.h"
#include "sim/arch/registers/debug.h"
#include "sim/arch/registers/translation.h"
#include "tests/cpu/core_fixture.h"

namespace armature::cpu::testing {
namespace {

constexpr std::uint64_t kEl0t = 0, kEl1t = 4, kEl1h = 5, kEl2t = 8, kEl2h = 9, kEl3h = 13;
constexpr std::uint64_t kMaskAll = 0xf << 6, kIl = 1 << 20, kSs = 1 << 21;

struct ExceptionReturn : CoreFixture {
  ExceptionReturn() { enter(El::el2); }
  Outcome eret(std::uint64_t spsr, std::uint64_t elr = 0x4000'2000) {
    const bool el2 = state().ps.el == El::el2;
    sys(el2 ? SysReg::SPSR_EL2 : SysReg::SPSR_EL1) = spsr;
    sys(el2 ? SysReg::ELR_EL2 : SysReg::ELR_EL1) = elr;
    return execute([](Core& c, const Insn&) { return exception_return(c); });
  }
};

TEST_F(ExceptionReturn, RestoresLevelStackFlagsMasksAndPc) {
  sys(SysReg::SP_EL0) = 0xe0;
  EXPECT_EQ(eret(0x6000'0000 | 0b0101 << 6 | kEl1t), Outcome::branch);
  EXPECT_EQ(state().ps.el, El::el1);
  EXPECT_EQ(state().ps.sp_sel, 0);
  EXPECT_EQ(state().x[kSp], 0xe0u);
  EXPECT_EQ(state().nzcv, 0x6000'0000u);
  EXPECT_EQ(state().ps.daif, 0b0101);
  EXPECT_EQ(state().pc, 0x4000'2000u);
  EXPECT_FALSE(state().ps.il);
}

TEST_F(ExceptionReturn, ReturnsToTheSameLevel) {
  eret(kEl2t);
  EXPECT_EQ(state().ps.el, El::el2);
  EXPECT_EQ(state().ps.sp_sel, 0);
}

TEST_F(ExceptionReturn, ClearsTheExclusiveMonitorAndSetsTheEventRegister) {
  state().exclusive_valid = true;
  state().event_register = false;
  eret(kEl1h);
  EXPECT_FALSE(state().exclusive_valid);
  EXPECT_TRUE(state().event_register);
}

TEST_F(ExceptionReturn, IsUndefinedAtEl0) {
  enter(El::el0, 0);
  EXPECT_EQ(eret(kEl0t), Outcome::fault);
  EXPECT_EQ(sys(SysReg::ESR_EL1), 1u << 25);
}

TEST_F(ExceptionReturn, RestoresTheIllegalStateBit) {
  eret(kEl1h | kIl);
  EXPECT_EQ(state().ps.el, El::el1);
  EXPECT_TRUE(state().ps.il);
}

struct IllegalReturn : ExceptionReturn, ::testing::WithParamInterface<std::uint64_t> {};

TEST_P(IllegalReturn, KeepsLevelAndStackButRestoresFlagsAndMasks) {
  enter(El::el1);
  state().x[kSp] = 0x123;
  eret(0x9000'0000 | 0b0011 << 6 | GetParam());
  EXPECT_TRUE(state().ps.il);
  EXPECT_EQ(state().ps.el, El::el1);
  EXPECT_EQ(state().ps.sp_sel, 1);
  EXPECT_EQ(state().x[kSp], 0x123u);
  EXPECT_EQ(state().nzcv, 0x9000'0000u);
  EXPECT_EQ(state().ps.daif, 0b0011);
  EXPECT_EQ(state().pc, 0x4000'2000u);
}

INSTANTIATE_TEST_SUITE_P(ToAHigherUnimplementedReservedOrAArch32Mode, IllegalReturn,
                         ::testing::Values(kEl2h, kEl2t, kEl3h, 0b0001 /* EL0h */,
                                           0b0110 /* M[1] */, 0b0111, 0b1'0000 /* AArch32 User */,
                                           0b1'0011 /* AArch32 Supervisor */));

TEST_F(ExceptionReturn, FromEl2ToEl1IsIllegalWithTge) {
  sys(SysReg::HCR_EL2) = HcrEl2{}.with(hcr_el2::TGE, 1).value;
  eret(kEl1h);
  EXPECT_TRUE(state().ps.il);
  EXPECT_EQ(state().ps.el, El::el2);
}

TEST_F(ExceptionReturn, FromEl2ToEl0IsLegalWithTge) {
  sys(SysReg::HCR_EL2) = HcrEl2{}.with(hcr_el2::TGE, 1).value;
  eret(kEl0t);
  EXPECT_FALSE(state().ps.il);
  EXPECT_EQ(state().ps.el, El::el0);
}

TEST(ExceptionReturnWithoutEl2, ToEl2IsIllegal) {
  TestMachine m{{.has_el2 = false}};
  m.sys(SysReg::SPSR_EL1) = kEl2h;
  m.execute([](Core& c, const Insn&) { return exception_return(c); });
  EXPECT_TRUE(m.state().ps.il);
  EXPECT_EQ(m.state().ps.el, El::el1);
}

TEST_F(ExceptionReturn, DropsTheTagOfATaggedAddress) {
  sys(SysReg::TCR_EL1) = Tcr{}.with(tcr_el1::TBI0, 1).value;
  eret(kEl1h, 0xab00'0000'4000'2000);
  EXPECT_EQ(state().pc, 0x4000'2000u);
}

TEST_F(ExceptionReturn, SignExtendsATaggedAddressOfTheUpperHalf) {
  sys(SysReg::TCR_EL1) = Tcr{}.with(tcr_el1::TBI1, 1).value;
  eret(kEl1h, 0x12ff'8000'0000'1000);
  EXPECT_EQ(state().pc, 0xffff'8000'0000'1000u);
}

TEST_F(ExceptionReturn, KeepsTheTagWithoutTbi) {
  sys(SysReg::TCR_EL1) = 0;
  eret(kEl1h, 0xab00'0000'4000'2000);
  EXPECT_EQ(state().pc, 0xab00'0000'4000'2000u);
}

TEST_F(ExceptionReturn, PublishesTheLevelsAndCostsThePresetsReturn) {
  const Cycles before = state().cycles;
  eret(kEl0t | kMaskAll);
  const Event event = log.last(EventKind::exception_return);
  EXPECT_EQ(event.a, kEl0t | kMaskAll);
  EXPECT_EQ(event.b, 0x4000'2000u);
  EXPECT_EQ(event.d >> 16 & 3, 2u);
  EXPECT_EQ(event.d >> 18 & 3, 0u);
  EXPECT_EQ(state().cycles - before, Cycles::whole(preset.costs.exception_return));
}

TEST_F(ExceptionReturn, RestoresTheStepBitWhereSteppingGetsEnabled) {
  enter(El::el1);
  sys(SysReg::MDSCR_EL1) = MdscrEl1{}.with(mdscr_el1::SS, 1).value;
  eret(kEl0t | kSs);
  EXPECT_TRUE(state().ps.ss);
}

TEST_F(ExceptionReturn, ClearsTheStepBitWhenSteppingIsOff) {
  enter(El::el1);
  sys(SysReg::MDSCR_EL1) = 0;
  eret(kEl0t | kSs);
  EXPECT_FALSE(state().ps.ss);
}

TEST_F(ExceptionReturn, ClearsTheStepBitWhenTheSourceIsStepped) {
  enter(El::el1);
  state().ps.daif = 0;
  sys(SysReg::MDSCR_EL1) = MdscrEl1{}.with(mdscr_el1::SS, 1).with(mdscr_el1::KDE, 1).value;
  eret(kEl0t | kSs);
  EXPECT_FALSE(state().ps.ss);
}

TEST_F(ExceptionReturn, ClearsTheStepBitWhenTheDestinationMasksDebug) {
  enter(El::el1);
  state().ps.daif = 0xf;
  sys(SysReg::MDSCR_EL1) = MdscrEl1{}.with(mdscr_el1::SS, 1).with(mdscr_el1::KDE, 1).value;
  eret(kEl1h | kSs | 0b1000 << 6);
  EXPECT_FALSE(state().ps.ss);
}

}  // namespace
}  // namespace armature::cpu::testing
