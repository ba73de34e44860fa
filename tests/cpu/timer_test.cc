// The generic timers: condition, outputs, offsets, deadlines and the event stream.
#include "cpu/timer.h"

#include "sim/arch/registers/timer.h"
#include "tests/cpu/core_fixture.h"

namespace armature::cpu::testing {
namespace {

constexpr std::uint64_t kEnable = 1, kImask = 2;
constexpr Cycles kNever{~0ull};
constexpr Cycles tick(std::uint64_t n) { return {n * kSixteenthsPerTick}; }

struct GenericTimers : CoreFixture {
  GenericTimers() { state().cycles = {}; }
  bool level(unsigned intid) { return gic.ppi[0][intid]; }
  void program(SysReg ctl, SysReg cval, std::uint64_t compare, std::uint64_t control = kEnable) {
    sys(ctl) = control;
    sys(cval) = compare;
  }
  void physical(std::uint64_t compare, std::uint64_t control = kEnable) {
    program(SysReg::CNTP_CTL_EL0, SysReg::CNTP_CVAL_EL0, compare, control);
  }
  void virt(std::uint64_t compare, std::uint64_t control = kEnable) {
    program(SysReg::CNTV_CTL_EL0, SysReg::CNTV_CVAL_EL0, compare, control);
  }
  void update(Cycles now) {
    state().cycles = now;
    update_timers(core(), now);
  }
};

TEST_F(GenericTimers, ATimerFiresAtTheTickOfItsCompareValueNotBefore) {
  physical(100);
  update(tick(100) - Cycles{1});
  EXPECT_FALSE(level(kPpiCntp));
  update(tick(100));
  EXPECT_TRUE(level(kPpiCntp));
}

TEST_F(GenericTimers, EachTimerHasItsInterrupt) {
  physical(1);
  virt(2);
  program(SysReg::CNTHP_CTL_EL2, SysReg::CNTHP_CVAL_EL2, 3);
  update(tick(1));
  EXPECT_TRUE(level(30) && !level(27) && !level(26));
  update(tick(2));
  EXPECT_TRUE(level(30) && level(27) && !level(26));
  update(tick(3));
  EXPECT_TRUE(level(26));
}

TEST_F(GenericTimers, AMaskedOrDisabledTimerDrivesNothing) {
  physical(0, kEnable | kImask);
  virt(0, 0);
  update(tick(5));
  EXPECT_FALSE(level(kPpiCntp));
  EXPECT_FALSE(level(kPpiCntv));
}

TEST_F(GenericTimers, TheOutputIsALevelThatFallsWhenTheCompareValueMovesAway) {
  physical(1);
  update(tick(1));
  EXPECT_TRUE(level(kPpiCntp));
  physical(1000);
  update(tick(2));
  EXPECT_FALSE(level(kPpiCntp));
}

TEST_F(GenericTimers, OnlyChangesAreSentToTheGic) {
  physical(1);
  update(tick(1));
  const std::uint64_t changes = gic.change_count;
  update(tick(2));
  EXPECT_EQ(gic.change_count, changes);
}

TEST_F(GenericTimers, TheVirtualCountIsThePhysicalOneMinusItsOffset) {
  sys(SysReg::CNTVOFF_EL2) = 50;
  virt(100);
  physical(100);
  update(tick(149));
  EXPECT_TRUE(level(kPpiCntp));
  EXPECT_FALSE(level(kPpiCntv));
  update(tick(150));
  EXPECT_TRUE(level(kPpiCntv));
}

TEST_F(GenericTimers, AnOffsetBeyondNowMakesTheVirtualCountHuge) {
  sys(SysReg::CNTVOFF_EL2) = 200;
  virt(5);
  update(tick(100));  // the count is 2^64 - 100
  EXPECT_TRUE(level(kPpiCntv));
  EXPECT_EQ(next_timer_deadline(core()), tick(200));  // where it wraps to 0
  update(tick(200));
  EXPECT_FALSE(level(kPpiCntv));
}

TEST_F(GenericTimers, CompareValuesAreUnsigned) {
  physical(~0ull);
  update(tick(5));
  EXPECT_FALSE(level(kPpiCntp));
}

TEST_F(GenericTimers, TheDeadlineIsTheEarliestOutputChange) {
  physical(300);
  virt(200);
  EXPECT_EQ(next_timer_deadline(core()), tick(200));
  update(tick(200));
  EXPECT_EQ(next_timer_deadline(core()), tick(300));
}

TEST_F(GenericTimers, NoDeadlineWithoutAnEnabledUnmaskedTimer) {
  physical(300, kEnable | kImask);
  virt(300, 0);
  EXPECT_EQ(next_timer_deadline(core()), kNever);
}

TEST_F(GenericTimers, NoDeadlineForACompareValueThatSimulatedTimeCannotReach) {
  physical(~0ull - 1);
  EXPECT_EQ(next_timer_deadline(core()), kNever);
}

TEST_F(GenericTimers, AnOutputNotYetSentIsDueNow) {
  state().cycles = tick(10);
  physical(1);
  EXPECT_EQ(next_timer_deadline(core()), tick(10));
  update(tick(10));
  EXPECT_EQ(next_timer_deadline(core()), kNever);
}

TEST(GenericTimersWithoutEl2, NoHypervisorTimerAndNoOffset) {
  TestMachine m{{.has_el2 = false}};
  m.sys(SysReg::CNTVOFF_EL2) = 1000;
  m.sys(SysReg::CNTV_CTL_EL0) = kEnable;
  m.sys(SysReg::CNTV_CVAL_EL0) = 10;
  m.sys(SysReg::CNTHP_CTL_EL2) = kEnable;
  m.sys(SysReg::CNTHP_CVAL_EL2) = 1;
  update_timers(m.core(), tick(10));
  EXPECT_TRUE(m.gic.ppi[0][kPpiCntv]);
  EXPECT_FALSE(m.gic.ppi[0][kPpiCnthp]);
}

// ---- the event stream

struct EventStream : GenericTimers {
  void kernel(unsigned bit, unsigned falling) {
    sys(SysReg::CNTKCTL_EL1) = CntkctlEl1{}
                                   .with(cntkctl_el1::EVNTEN, 1)
                                   .with(cntkctl_el1::EVNTI, bit)
                                   .with(cntkctl_el1::EVNTDIR, falling)
                                   .value;
  }
  bool fired(std::uint64_t from, std::uint64_t to) {
    return event_stream_fired(core(), tick(from), tick(to));
  }
};

TEST_F(EventStream, ARisingBitIsAnEvent) {
  kernel(3, 0);  // bit 3 rises at 8, 24, 40
  EXPECT_FALSE(fired(0, 7));
  EXPECT_TRUE(fired(7, 8));
  EXPECT_FALSE(fired(8, 23));
  EXPECT_TRUE(fired(8, 24));
}

TEST_F(EventStream, AFallingBitIsAnEventWithEvntdir) {
  kernel(3, 1);  // bit 3 falls at 16, 32
  EXPECT_FALSE(fired(0, 15));
  EXPECT_TRUE(fired(15, 16));
  EXPECT_FALSE(fired(16, 31));
}

TEST_F(EventStream, ItsDeadlineIsTheNextTransition) {
  kernel(3, 0);
  state().cycles = tick(8);
  EXPECT_EQ(next_timer_deadline(core()), tick(24));
  state().cycles = tick(9);
  EXPECT_EQ(next_timer_deadline(core()), tick(24));
}

TEST_F(EventStream, TheKernelsStreamFollowsTheVirtualCount) {
  kernel(3, 0);
  sys(SysReg::CNTVOFF_EL2) = 2;
  EXPECT_FALSE(fired(7, 9));
  EXPECT_TRUE(fired(9, 10));
}

TEST_F(EventStream, TheHypervisorsStreamFollowsThePhysicalCount) {
  sys(SysReg::CNTVOFF_EL2) = 2;
  sys(SysReg::CNTHCTL_EL2) =
      CnthctlEl2{}.with(cnthctl_el2::EVNTEN, 1).with(cnthctl_el2::EVNTI, 3).value;
  EXPECT_TRUE(fired(7, 8));
  EXPECT_FALSE(fired(8, 10));
}

TEST_F(EventStream, NoneWithoutEvnten) {
  EXPECT_FALSE(fired(0, 1 << 20));
  EXPECT_EQ(next_timer_deadline(core()), kNever);
}

TEST_F(EventStream, WakesAWaitingCore) {
  kernel(3, 0);
  state().event_register = false;
  state().ps.daif = 0xf;
  run({word::wfe, word::movz(1, 7)});
  EXPECT_EQ(state().x[1], 7u);
  EXPECT_GE(state().cycles, tick(8));
}

TEST_F(GenericTimers, ATimerInterruptWakesWfiAtItsTick) {
  physical(1000);
  state().ps.daif = 0xf;
  update(Cycles{0});
  // The fake GIC does not turn a PPI into an IRQ: the line follows by hand after the deadline.
  write32(kCode, word::wfi);
  write32(kCode + 4, word::movz(1, 7));
  core().run(tick(999), ~0ull);
  EXPECT_EQ(state().sleep, Sleep::wfi);
  EXPECT_FALSE(level(kPpiCntp));
  core().run(tick(1001), ~0ull);
  EXPECT_TRUE(level(kPpiCntp));
  gic.line[0].irq = true;
  ++gic.change_count;
  core().run(tick(1002), 1);
  EXPECT_EQ(state().x[1], 7u);
}

TEST_F(GenericTimers, ACoreAsleepIsLeftAloneUntilSomethingIsDueOrHappens) {
  physical(1000);
  state().ps.daif = 0xf;
  update(Cycles{0});
  EXPECT_EQ(core().asleep_until(), Cycles{});  // awake
  write32(kCode, word::wfe);
  write32(kCode + 4, word::movz(1, 7));
  state().event_register = false;
  core().run(tick(10), ~0ull);
  EXPECT_EQ(core().asleep_until(), tick(1000));
  core().run(tick(20), ~0ull);
  EXPECT_EQ(state().cycles, tick(20));
  ++gic.change_count;  // a line that does not wake it
  EXPECT_EQ(core().asleep_until(), Cycles{});
  core().run(tick(30), ~0ull);
  EXPECT_EQ(core().asleep_until(), tick(1000));
  state().event_register = true;
  EXPECT_EQ(core().asleep_until(), Cycles{});
  core().run(tick(40), 1);
  EXPECT_EQ(state().x[1], 7u);
}

}  // namespace
}  // namespace armature::cpu::testing
