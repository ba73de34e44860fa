#include "cpu/pmu.h"

#include "cpu/timer.h"
#include "sim/arch/registers/debug.h"
#include "sim/arch/registers/pmu.h"
#include "tests/cpu/sysreg_bench.h"

namespace armature::cpu::testing {
namespace {

constexpr std::uint64_t kCycle = 1ull << 31;
constexpr std::uint64_t kSwIncr = 0x00, kInstRetired = 0x08, kCpuCycles = 0x11, kChain = 0x1e;

class Pmu : public SysregFixture {
 protected:
  explicit Pmu(MachineOptions options = {}) : SysregFixture(options) {
    sys(SysReg::PMUSERENR_EL0) = 1;
    write(SysReg::PMCR_EL0, Pmcr{}.with(pmcr::E, 1).with(pmcr::LC, 1).value);
  }

  void count(unsigned n, std::uint64_t type, std::uint64_t value = 0) {
    write(static_cast<SysReg>(static_cast<unsigned>(SysReg::PMEVTYPER0_EL0) + n), type);
    write(counter(n), value);
    write(SysReg::PMCNTENSET_EL0, 1ull << n);
  }
  static SysReg counter(unsigned n) {
    return static_cast<SysReg>(static_cast<unsigned>(SysReg::PMEVCNTR0_EL0) + n);
  }
  void pass(std::uint64_t cycles) { state().cycles += Cycles::whole(cycles); }
  void retire(std::uint64_t instructions) { state().retired += instructions; }
  // As exception entry and return do.
  void go_to(El el) {
    pmu_synchronise(core());
    enter(el, el == El::el0 ? 0 : 1);
  }
  std::uint64_t overflow() { return peek_sysreg(core(), SysReg::PMOVSSET_EL0); }
};

TEST_F(Pmu, TheCycleCounterCountsSimulatedCyclesWhileEnabled) {
  pass(100);
  EXPECT_EQ(read(SysReg::PMCCNTR_EL0), 0u);
  write(SysReg::PMCNTENSET_EL0, kCycle);
  pass(100);
  EXPECT_EQ(read(SysReg::PMCCNTR_EL0), 100u);
  write(SysReg::PMCNTENCLR_EL0, kCycle);
  pass(100);
  EXPECT_EQ(read(SysReg::PMCCNTR_EL0), 100u);
}

TEST_F(Pmu, NothingCountsWithoutTheGlobalEnable) {
  write(SysReg::PMCNTENSET_EL0, kCycle | 1);
  count(0, kCpuCycles);
  write(SysReg::PMCR_EL0, 0);
  pass(100);
  EXPECT_EQ(read(SysReg::PMCCNTR_EL0), 0u);
  EXPECT_EQ(read(counter(0)), 0u);
}

TEST_F(Pmu, TheDividerCountsEvery64thCycle) {
  write(SysReg::PMCR_EL0, Pmcr{}.with(pmcr::E, 1).with(pmcr::D, 1).value);
  write(SysReg::PMCNTENSET_EL0, kCycle);
  for (unsigned n = 0; n < 64; ++n) {
    pass(10);
    pmu_synchronise(core());
  }
  EXPECT_EQ(read(SysReg::PMCCNTR_EL0), 10u);
}

TEST_F(Pmu, LongCounterIgnoresTheDivider) {
  write(SysReg::PMCR_EL0, Pmcr{}.with(pmcr::E, 1).with(pmcr::D, 1).with(pmcr::LC, 1).value);
  write(SysReg::PMCNTENSET_EL0, kCycle);
  pass(640);
  EXPECT_EQ(read(SysReg::PMCCNTR_EL0), 640u);
}

TEST_F(Pmu, EventsCountWhatTheyName) {
  count(0, kCpuCycles);
  count(1, kInstRetired);
  count(2, 0x13);                                                 // MEM_ACCESS: not implemented
  const std::uint64_t retired = peek_sysreg(core(), counter(1));  // by the MSRs of this test
  pass(50);
  retire(20);
  EXPECT_EQ(peek_sysreg(core(), counter(0)), 50u);
  EXPECT_EQ(peek_sysreg(core(), counter(1)), retired + 20);
  EXPECT_EQ(peek_sysreg(core(), counter(2)), 0u);
}

TEST_F(Pmu, SoftwareIncrementsCountInTheirCountersOnly) {
  count(0, kSwIncr);
  count(1, kCpuCycles);
  count(2, kSwIncr);
  write(SysReg::PMSWINC_EL0, 0b011);
  write(SysReg::PMSWINC_EL0, 0b001);
  EXPECT_EQ(read(counter(0)), 2u);
  EXPECT_EQ(read(counter(1)), 0u);
  EXPECT_EQ(read(counter(2)), 0u);
}

TEST_F(Pmu, FiltersSelectTheExceptionLevelsThatCount) {
  const std::uint64_t p = Pmevtyper{kCpuCycles}.with(pmevtyper::P, 1).value;
  const std::uint64_t u = Pmevtyper{kCpuCycles}.with(pmevtyper::U, 1).value;
  const std::uint64_t nsh = Pmevtyper{kCpuCycles}.with(pmevtyper::NSH, 1).value;
  enter(El::el2);
  count(0, kCpuCycles);
  count(1, p);
  count(2, u);
  count(3, nsh);
  go_to(El::el0);
  pass(1);
  go_to(El::el1);
  pass(10);
  go_to(El::el2);
  pass(100);
  EXPECT_EQ(read(counter(0)), 11u);
  EXPECT_EQ(read(counter(1)), 1u);
  EXPECT_EQ(read(counter(2)), 10u);
  EXPECT_EQ(read(counter(3)), 111u);
}

TEST_F(Pmu, TheCycleCounterHasItsOwnFilter) {
  write(SysReg::PMCCFILTR_EL0, Pmevtyper{}.with(pmevtyper::P, 1).value);
  write(SysReg::PMCNTENSET_EL0, kCycle);
  pass(10);
  go_to(El::el0);
  pass(1);
  EXPECT_EQ(read(SysReg::PMCCNTR_EL0), 1u);
}

TEST_F(Pmu, PmselrSelectsTheCounterAndTheCycleFilter) {
  write(SysReg::PMSELR_EL0, 3);
  write(SysReg::PMXEVTYPER_EL0, kCpuCycles);
  write(SysReg::PMXEVCNTR_EL0, 77);
  EXPECT_EQ(read(SysReg::PMEVTYPER3_EL0), kCpuCycles);
  EXPECT_EQ(read(SysReg::PMEVCNTR3_EL0), 77u);
  write(SysReg::PMSELR_EL0, 31);
  write(SysReg::PMXEVTYPER_EL0, ~0ull);
  EXPECT_EQ(read(SysReg::PMCCFILTR_EL0), 0xc800'0000u);
  write(SysReg::PMSELR_EL0, 6);
  write(SysReg::PMXEVCNTR_EL0, 77);
  EXPECT_EQ(read(SysReg::PMXEVCNTR_EL0), 0u);
}

TEST_F(Pmu, ControlResetsTheCounters) {
  count(0, kSwIncr, 5);
  write(SysReg::PMCCNTR_EL0, 6);
  write(SysReg::PMCR_EL0, Pmcr{}.with(pmcr::P, 1).value);
  EXPECT_EQ(read(counter(0)), 0u);
  EXPECT_EQ(read(SysReg::PMCCNTR_EL0), 6u);
  write(SysReg::PMCR_EL0, Pmcr{}.with(pmcr::C, 1).value);
  EXPECT_EQ(read(SysReg::PMCCNTR_EL0), 0u);
  EXPECT_EQ(read(SysReg::PMCR_EL0), 0x4101'3000u);
}

// ---- overflow

TEST_F(Pmu, AnOverflowSetsItsStatusAndNoOther) {
  count(1, kCpuCycles, 0xffff'fff0);
  pass(15);
  EXPECT_EQ(overflow(), 0u);
  pass(1);
  EXPECT_EQ(overflow(), 2u);
  EXPECT_EQ(read(counter(1)), 0u);
  write(SysReg::PMOVSCLR_EL0, 2);
  EXPECT_EQ(overflow(), 0u);
}

TEST_F(Pmu, TheCycleCounterOverflowsAt32BitsUnlessLong) {
  write(SysReg::PMCNTENSET_EL0, kCycle);
  write(SysReg::PMCCNTR_EL0, 0xffff'ffff);
  pass(1);
  EXPECT_EQ(overflow(), 0u);
  write(SysReg::PMCR_EL0, Pmcr{}.with(pmcr::E, 1).value);
  write(SysReg::PMCCNTR_EL0, 0xffff'ffff);
  pass(1);
  EXPECT_EQ(overflow(), kCycle);
  EXPECT_EQ(read(SysReg::PMCCNTR_EL0), 0x1'0000'0000u);
}

TEST_F(Pmu, ChainCountsTheOverflowsOfItsNeighbour) {
  count(0, kCpuCycles, 0xffff'ffff);
  count(1, kChain, 7);
  count(3, kChain, 7);
  pass(1);
  EXPECT_EQ(read(counter(1)), 8u);
  EXPECT_EQ(read(counter(3)), 7u);
}

TEST_F(Pmu, TheInterruptNeedsOverflowEnableAndGlobalEnable) {
  count(0, kCpuCycles, 0xffff'ffff);
  pass(1);
  EXPECT_FALSE(pmu_interrupt(core()));
  write(SysReg::PMINTENSET_EL1, 1);
  EXPECT_TRUE(pmu_interrupt(core()));
  EXPECT_TRUE(gic.ppi[0][kPpiPmu]);
  write(SysReg::PMCR_EL0, 0);
  EXPECT_FALSE(gic.ppi[0][kPpiPmu]);
  write(SysReg::PMCR_EL0, 1);
  EXPECT_TRUE(gic.ppi[0][kPpiPmu]);
  write(SysReg::PMOVSCLR_EL0, 1);
  EXPECT_FALSE(gic.ppi[0][kPpiPmu]);
}

TEST_F(Pmu, TheInterruptRisesByTimeAlone) {
  count(0, kCpuCycles, 0xffff'ffff - 99);
  write(SysReg::PMINTENSET_EL1, 1);
  pass(99);
  EXPECT_FALSE(pmu_interrupt(core()));
  pass(1);
  EXPECT_TRUE(pmu_interrupt(core()));
}

TEST_F(Pmu, TheEarliestOverflowIsExactForCycles) {
  EXPECT_EQ(pmu_overflow_earliest(core()), Cycles{~0ull});
  count(0, kCpuCycles, 0xffff'ffff - 99);
  EXPECT_EQ(pmu_overflow_earliest(core()), Cycles{~0ull});  // no interrupt is enabled
  write(SysReg::PMINTENSET_EL1, 1);
  EXPECT_EQ(pmu_overflow_earliest(core()), Cycles::whole(core().now().whole() + 100));
  write(SysReg::PMCCNTR_EL0, ~0ull - 9);
  write(SysReg::PMCNTENSET_EL0, kCycle);
  write(SysReg::PMINTENSET_EL1, kCycle);
  EXPECT_EQ(pmu_overflow_earliest(core()), Cycles::whole(core().now().whole() + 10));
}

TEST_F(Pmu, TheEarliestOverflowIsNotLateForInstructions) {
  count(0, kInstRetired, 0xffff'ffff - 1000);
  write(SysReg::PMINTENSET_EL1, 1);
  const Cycles earliest = pmu_overflow_earliest(core());
  EXPECT_GT(earliest, core().now());
  // Even if every instruction were as cheap as the cheapest.
  EXPECT_LE(earliest, core().now() + Cycles{1001ull * preset.costs.issue_sixteenths});
}

TEST_F(Pmu, TheEarliestOverflowLooksThroughChains) {
  count(0, kCpuCycles, 0xffff'ffff - 9);
  count(1, kChain, 0xffff'ffff);
  write(SysReg::PMINTENSET_EL1, 2);
  EXPECT_EQ(pmu_overflow_earliest(core()), Cycles::whole(core().now().whole() + 10));
}

// ---- MDCR_EL2.HPMN

TEST_F(Pmu, HpmnHidesTheCountersOfEl2) {
  enter(El::el2);
  write(SysReg::MDCR_EL2, MdcrEl2{}.with(mdcr_el2::HPMN, 4).value);
  write(SysReg::PMEVCNTR4_EL0, 9);
  write(SysReg::PMCNTENSET_EL0, ~0ull);
  enter(El::el1);
  EXPECT_EQ(Pmcr{read(SysReg::PMCR_EL0)}[pmcr::N], 4u);
  EXPECT_EQ(read(SysReg::PMEVCNTR4_EL0), 0u);
  EXPECT_EQ(read(SysReg::PMCNTENSET_EL0), kCycle | 0xf);
  write(SysReg::PMCNTENCLR_EL0, ~0ull);
  write(SysReg::PMEVCNTR4_EL0, 1);
  enter(El::el2);
  EXPECT_EQ(Pmcr{read(SysReg::PMCR_EL0)}[pmcr::N], 6u);
  EXPECT_EQ(read(SysReg::PMCNTENSET_EL0), 0x30u);
  EXPECT_EQ(read(SysReg::PMEVCNTR4_EL0), 9u);
}

TEST_F(Pmu, HpmeEnablesTheCountersOfEl2) {
  const std::uint64_t everywhere = Pmevtyper{kCpuCycles}.with(pmevtyper::NSH, 1).value;
  enter(El::el2);
  count(0, everywhere);
  count(5, everywhere);
  write(SysReg::MDCR_EL2, MdcrEl2{}.with(mdcr_el2::HPMN, 4).value);
  const std::uint64_t before = read(SysReg::PMEVCNTR5_EL0);
  pass(10);
  EXPECT_EQ(read(SysReg::PMEVCNTR5_EL0), before);
  write(SysReg::MDCR_EL2, MdcrEl2{}.with(mdcr_el2::HPMN, 4).with(mdcr_el2::HPME, 1).value);
  write(SysReg::PMCR_EL0, 0);
  const std::uint64_t first = read(SysReg::PMEVCNTR0_EL0);
  pass(10);
  EXPECT_EQ(read(SysReg::PMEVCNTR5_EL0), before + 10);
  EXPECT_EQ(read(SysReg::PMEVCNTR0_EL0), first);
}

TEST_F(Pmu, ReadingByPeekChangesNothing) {
  count(0, kCpuCycles);
  pass(10);
  const CoreState before = state();
  EXPECT_EQ(peek_sysreg(core(), SysReg::PMEVCNTR0_EL0), 10u);
  EXPECT_EQ(state(), before);
}

TEST_F(Pmu, InstructionsOfAProgramAreCounted) {
  count(0, kInstRetired);
  const std::uint64_t before = peek_sysreg(core(), SysReg::PMEVCNTR0_EL0);
  state().pc = kCode;
  run({word::nop, word::nop, word::nop, word::nop, word::nop});
  EXPECT_EQ(peek_sysreg(core(), SysReg::PMEVCNTR0_EL0) - before, 5u);
}

}  // namespace
}  // namespace armature::cpu::testing
