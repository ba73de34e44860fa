// Asynchronous exceptions: pending, masking, routing, priority, and waking from WFI.
#include "cpu/exception.h"
#include "cpu/exception_routing.h"
#include "sim/arch/registers/control.h"
#include "sim/arch/registers/exception.h"
#include "tests/cpu/core_fixture.h"

namespace armature::cpu::testing {
namespace {

constexpr std::uint8_t kA = 4, kI = 2, kF = 1;

struct Interrupts : CoreFixture {
  void set_hcr(HcrEl2 hcr) { sys(SysReg::HCR_EL2) = hcr.value; }
  void at(El el, std::uint8_t daif) {
    enter(el, el == El::el0 ? 0 : 1);
    state().ps.daif = daif;
  }
  GicPort::Lines& line() { return gic.line[0]; }
  bool take() { return take_pending_interrupt(core()); }
  std::uint64_t vector() {
    return state().pc - (state().ps.el == El::el2 ? kVectorsEl2 : kVectorsEl1);
  }
};
constexpr HcrEl2 kNone{};
constexpr HcrEl2 kImo = kNone.with(hcr_el2::IMO, 1), kFmo = kNone.with(hcr_el2::FMO, 1),
                 kAmo = kNone.with(hcr_el2::AMO, 1), kTge = kNone.with(hcr_el2::TGE, 1);

TEST_F(Interrupts, NothingPendingTakesNothing) {
  at(El::el1, 0);
  EXPECT_FALSE(take());
  EXPECT_EQ(state().pc, kCode);
}

TEST_F(Interrupts, AnIrqAtEl1GoesToEl1AndReturnsToTheNextInstruction) {
  at(El::el1, 0);
  line().irq = true;
  EXPECT_TRUE(take());
  EXPECT_EQ(state().ps.el, El::el1);
  EXPECT_EQ(vector(), 0x280u);
  EXPECT_EQ(sys(SysReg::ELR_EL1), kCode);
}

TEST_F(Interrupts, EachTypeHasItsVector) {
  at(El::el1, 0);
  line().fiq = true;
  EXPECT_TRUE(take());
  EXPECT_EQ(vector(), 0x300u);
  line().fiq = false;
  at(El::el1, 0);
  state().pending_serror = true;
  EXPECT_TRUE(take());
  EXPECT_EQ(vector(), 0x380u);
  EXPECT_EQ(Esr{sys(SysReg::ESR_EL1)}[esr::EC], 0x2fu);
}

TEST_F(Interrupts, EachMaskHoldsBackItsOwnTypeOnly) {
  line().irq = true;
  at(El::el1, kI);
  EXPECT_FALSE(take());
  at(El::el1, kA | kF);
  EXPECT_TRUE(take());
  line() = {.fiq = true};
  at(El::el1, kF);
  EXPECT_FALSE(take());
  at(El::el1, kA | kI);
  EXPECT_TRUE(take());
  line() = {};
  state().pending_serror = true;
  at(El::el1, kA);
  EXPECT_FALSE(take());
  at(El::el1, kI | kF);
  EXPECT_TRUE(take());
}

TEST_F(Interrupts, TheMaskAlsoHoldsAtEl0ForATargetOfEl1) {
  line().irq = true;
  at(El::el0, kI);
  EXPECT_FALSE(take());
}

TEST_F(Interrupts, RoutedToEl2IsNeverMaskedBelowEl2) {
  line().irq = true;
  set_hcr(kImo);
  for (const El el : {El::el0, El::el1}) {
    at(el, 0xf);
    EXPECT_TRUE(take());
    EXPECT_EQ(state().ps.el, El::el2);
    EXPECT_EQ(vector(), 0x480u);
  }
}

TEST_F(Interrupts, RoutedToEl2IsMaskableAtEl2) {
  line().irq = true;
  set_hcr(kImo);
  at(El::el2, kI);
  EXPECT_FALSE(take());
  at(El::el2, 0);
  EXPECT_TRUE(take());
  EXPECT_EQ(vector(), 0x280u);
}

TEST_F(Interrupts, NotRoutedToEl2IsNotTakenAtEl2EvenUnmasked) {
  line() = {.irq = true, .fiq = true};
  state().pending_serror = true;
  set_hcr(kNone);
  at(El::el2, 0);
  EXPECT_FALSE(take());
}

TEST_F(Interrupts, TgeRoutesAllPhysicalTypesToEl2) {
  set_hcr(kTge);
  line().irq = true;
  at(El::el0, 0xf);
  EXPECT_TRUE(take());
  EXPECT_EQ(state().ps.el, El::el2);
  line() = {.fiq = true};
  at(El::el0, 0xf);
  EXPECT_TRUE(take());
  EXPECT_EQ(state().ps.el, El::el2);
  line() = {};
  state().pending_serror = true;
  at(El::el0, 0xf);
  EXPECT_TRUE(take());
  EXPECT_EQ(state().ps.el, El::el2);
}

TEST_F(Interrupts, EachRoutingBitConcernsItsOwnType) {
  line().irq = true;
  set_hcr(kFmo);
  at(El::el1, 0);
  EXPECT_TRUE(take());
  EXPECT_EQ(state().ps.el, El::el1);
  line() = {.fiq = true};
  set_hcr(kAmo);
  at(El::el1, 0);
  EXPECT_TRUE(take());
  EXPECT_EQ(state().ps.el, El::el1);
}

TEST_F(Interrupts, AVirtualIrqIsTakenToEl1OnlyWithImo) {
  line().virq = true;
  set_hcr(kNone);
  at(El::el1, 0);
  EXPECT_FALSE(take());
  set_hcr(kImo);
  at(El::el0, 0);
  EXPECT_TRUE(take());
  EXPECT_EQ(state().ps.el, El::el1);
  EXPECT_EQ(vector(), 0x480u);
}

TEST_F(Interrupts, VirtualOnesNeedTheirRoutingBitAndNoTgeAndAreNeverTakenAtEl2) {
  line() = {.virq = true, .vfiq = true};
  set_hcr(kImo.with(hcr_el2::FMO, 1));
  at(El::el2, 0);
  EXPECT_FALSE(take());
  set_hcr(kImo.with(hcr_el2::FMO, 1).with(hcr_el2::TGE, 1));
  at(El::el0, 0);
  EXPECT_FALSE(take());
}

TEST_F(Interrupts, HcrViVfAndVseMakeVirtualInterruptsPending) {
  set_hcr(kImo.with(hcr_el2::VI, 1));
  at(El::el1, 0);
  EXPECT_TRUE(take());
  EXPECT_EQ(vector(), 0x280u);
  set_hcr(kFmo.with(hcr_el2::VF, 1));
  at(El::el1, 0);
  EXPECT_TRUE(take());
  EXPECT_EQ(vector(), 0x300u);
  set_hcr(kAmo.with(hcr_el2::VSE, 1));
  at(El::el1, 0);
  EXPECT_TRUE(take());
  EXPECT_EQ(vector(), 0x380u);
}

TEST_F(Interrupts, AVirtualOneIsMaskedByPstate) {
  set_hcr(kImo.with(hcr_el2::VI, 1));
  at(El::el1, kI);
  EXPECT_FALSE(take());
}

TEST_F(Interrupts, TakingAVirtualSErrorClearsVseButAVirtualIrqLeavesVi) {
  set_hcr(kAmo.with(hcr_el2::VSE, 1));
  at(El::el1, 0);
  take();
  EXPECT_FALSE(HcrEl2{sys(SysReg::HCR_EL2)}.has(hcr_el2::VSE));
  set_hcr(kImo.with(hcr_el2::VI, 1));
  at(El::el1, 0);
  take();
  EXPECT_TRUE(HcrEl2{sys(SysReg::HCR_EL2)}.has(hcr_el2::VI));
}

TEST_F(Interrupts, TakingAPhysicalSErrorClearsIt) {
  state().pending_serror = true;
  at(El::el1, 0);
  take();
  EXPECT_FALSE(state().pending_serror);
}

TEST_F(Interrupts, OnePhysicalIsTakenBeforeAVirtualOne) {
  line() = {.irq = true, .virq = true};
  set_hcr(kImo);
  at(El::el1, 0);
  take();
  EXPECT_EQ(state().ps.el, El::el2);
}

TEST_F(Interrupts, FiqIsTakenBeforeIrqAndSErrorBeforeBoth) {
  line() = {.irq = true, .fiq = true};
  at(El::el1, 0);
  take();
  EXPECT_EQ(vector(), 0x300u);
  state().pending_serror = true;
  at(El::el1, 0);
  take();
  EXPECT_EQ(vector(), 0x380u);
}

TEST_F(Interrupts, PublishTheirTypeAndTarget) {
  line().irq = true;
  set_hcr(kImo);
  at(El::el1, 0);
  take();
  const Event event = log.last(EventKind::irq);
  EXPECT_EQ(event.d & 15, static_cast<unsigned>(Interrupt::irq));
  EXPECT_EQ(event.d >> 4 & 3, 2u);
}

TEST_F(Interrupts, TheEngineTakesOneBetweenInstructionsOnceUnmasked) {
  at(El::el1, kI);
  line().irq = true;
  run({word::movz(1, 1), 0xd503'42ff /* MSR DAIFClr, #2 */, word::movz(2, 2)});
  EXPECT_EQ(state().x[1], 1u);
  EXPECT_NE(state().x[2], 2u);
  EXPECT_EQ(sys(SysReg::ELR_EL1), kCode + 8);
}

// ---- WFI wake-up

TEST_F(Interrupts, AMaskedPhysicalInterruptWakesWfi) {
  at(El::el1, 0xf);
  EXPECT_FALSE(wfi_wakeup_pending(core()));
  line().irq = true;
  EXPECT_TRUE(wfi_wakeup_pending(core()));
}

TEST_F(Interrupts, AMaskedVirtualInterruptWakesWfiBelowEl2WithItsRouting) {
  line().virq = true;
  at(El::el1, 0xf);
  EXPECT_FALSE(wfi_wakeup_pending(core()));
  set_hcr(kImo);
  EXPECT_TRUE(wfi_wakeup_pending(core()));
  at(El::el2, 0xf);
  EXPECT_FALSE(wfi_wakeup_pending(core()));
}

TEST(InterruptsWithoutEl2, HypervisorBitsMeanNothing) {
  TestMachine m{{.has_el2 = false}};
  m.sys(SysReg::HCR_EL2) = kImo.with(hcr_el2::VI, 1).value;
  m.state().ps.daif = 0;
  EXPECT_FALSE(take_pending_interrupt(m.core()));
  m.gic.line[0].irq = true;
  EXPECT_TRUE(take_pending_interrupt(m.core()));
  EXPECT_EQ(m.state().ps.el, El::el1);
}

}  // namespace
}  // namespace armature::cpu::testing
