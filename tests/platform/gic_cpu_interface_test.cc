#include "tests/platform/gic_bench.h"

namespace armature::platform {
namespace {

class GicCpuInterface : public GicBench {
 protected:
  void raise(unsigned intid, unsigned priority) {
    set_priority(intid, priority);
    make_edge(intid);
    enable_spi(intid);
    gicd(0x200 + 4 * (intid / 32), 1u << (intid % 32));
  }
  void make_group0(unsigned intid) {
    const std::uint64_t at = 0x80 + 4 * (intid / 32);
    gicd(at, gicd(at) & ~(1ull << (intid % 32)));
  }
};

TEST_F(GicCpuInterface, ResetValuesAreThoseOfFivePriorityBits) {
  Gic fresh(1, 5, 4);
  EXPECT_EQ(fresh.read({0}, SysReg::ICC_BPR0_EL1, false), 2u);
  EXPECT_EQ(fresh.read({0}, SysReg::ICC_BPR1_EL1, false), 3u);
  EXPECT_EQ(fresh.read({0}, SysReg::ICC_PMR_EL1, false), 0u);
  EXPECT_EQ(bits(fresh.read({0}, SysReg::ICC_CTLR_EL1, false), 10, 8), 4u);
  EXPECT_EQ(fresh.read({0}, SysReg::ICC_SRE_EL1, false), 7u);
  EXPECT_EQ(fresh.read({0}, SysReg::ICC_SRE_EL2, false), 15u);
}

TEST_F(GicCpuInterface, AcknowledgeActivatesAndRaisesTheRunningPriority) {
  raise(40, 0x80);
  EXPECT_EQ(icc(0, SysReg::ICC_RPR_EL1), 0xffu);
  EXPECT_EQ(icc(0, SysReg::ICC_IAR1_EL1), 40u);
  EXPECT_EQ(icc(0, SysReg::ICC_RPR_EL1), 0x80u);
  EXPECT_EQ(icc(0, SysReg::ICC_AP1R0_EL1), 1u << (0x80 >> 3));
  EXPECT_TRUE(is_active(40));
  EXPECT_FALSE(is_pending(40));
  icc(0, SysReg::ICC_EOIR1_EL1, 40);
  EXPECT_EQ(icc(0, SysReg::ICC_RPR_EL1), 0xffu);
  EXPECT_FALSE(is_active(40));
}

TEST_F(GicCpuInterface, NothingPendingAcknowledgesAsSpurious) {
  EXPECT_EQ(icc(0, SysReg::ICC_IAR1_EL1), 1023u);
  EXPECT_EQ(icc(0, SysReg::ICC_HPPIR1_EL1), 1023u);
}

TEST_F(GicCpuInterface, PriorityMaskHidesEqualAndLowerPriorities) {
  raise(40, 0x80);
  icc(0, SysReg::ICC_PMR_EL1, 0x80);
  EXPECT_FALSE(irq(0));
  EXPECT_EQ(icc(0, SysReg::ICC_IAR1_EL1), 1023u);
  EXPECT_EQ(icc(0, SysReg::ICC_HPPIR1_EL1), 40u) << "the mask does not matter to HPPIR";
  icc(0, SysReg::ICC_PMR_EL1, 0x88);
  EXPECT_TRUE(irq(0));
}

TEST_F(GicCpuInterface, LowerPriorityValueIsTakenFirst) {
  raise(40, 0x80);
  raise(50, 0x40);
  EXPECT_EQ(icc(0, SysReg::ICC_IAR1_EL1), 50u);
  EXPECT_FALSE(irq(0)) << "40 cannot preempt";
  icc(0, SysReg::ICC_EOIR1_EL1, 50);
  EXPECT_EQ(icc(0, SysReg::ICC_IAR1_EL1), 40u);
}

TEST_F(GicCpuInterface, EqualPrioritiesAreTakenByNumber) {
  raise(50, 0x40);
  raise(40, 0x40);
  EXPECT_EQ(icc(0, SysReg::ICC_IAR1_EL1), 40u);
}

TEST_F(GicCpuInterface, HigherPriorityPreempts) {
  raise(40, 0x80);
  EXPECT_EQ(icc(0, SysReg::ICC_IAR1_EL1), 40u);
  raise(50, 0x78);
  EXPECT_TRUE(irq(0));
  EXPECT_EQ(icc(0, SysReg::ICC_IAR1_EL1), 50u);
  EXPECT_EQ(icc(0, SysReg::ICC_RPR_EL1), 0x78u);
  icc(0, SysReg::ICC_EOIR1_EL1, 50);
  EXPECT_EQ(icc(0, SysReg::ICC_RPR_EL1), 0x80u);
}

TEST_F(GicCpuInterface, SubpriorityDoesNotPreempt) {
  icc(0, SysReg::ICC_BPR1_EL1, 5);  // group priority bits 7:5
  raise(40, 0x98);
  EXPECT_EQ(icc(0, SysReg::ICC_IAR1_EL1), 40u);
  EXPECT_EQ(icc(0, SysReg::ICC_RPR_EL1), 0x80u) << "the group priority is what is active";
  raise(50, 0x80);
  EXPECT_FALSE(irq(0));
  raise(51, 0x78);
  EXPECT_TRUE(irq(0));
}

TEST_F(GicCpuInterface, BinaryPointHasAMinimum) {
  icc(0, SysReg::ICC_BPR0_EL1, 0);
  icc(0, SysReg::ICC_BPR1_EL1, 0);
  EXPECT_EQ(icc(0, SysReg::ICC_BPR0_EL1), 2u);
  EXPECT_EQ(icc(0, SysReg::ICC_BPR1_EL1), 3u);
}

TEST_F(GicCpuInterface, CommonBinaryPointMakesBpr1FollowBpr0) {
  icc(0, SysReg::ICC_CTLR_EL1, 1);
  icc(0, SysReg::ICC_BPR0_EL1, 4);
  EXPECT_EQ(icc(0, SysReg::ICC_BPR1_EL1), 5u);
  icc(0, SysReg::ICC_BPR1_EL1, 7);
  EXPECT_EQ(icc(0, SysReg::ICC_BPR1_EL1), 5u);
  icc(0, SysReg::ICC_BPR0_EL1, 7);
  EXPECT_EQ(icc(0, SysReg::ICC_BPR1_EL1), 7u) << "saturates";
}

TEST_F(GicCpuInterface, EoiModeOneSplitsDropFromDeactivation) {
  icc(0, SysReg::ICC_CTLR_EL1, 2);
  raise(40, 0x80);
  EXPECT_EQ(icc(0, SysReg::ICC_IAR1_EL1), 40u);
  icc(0, SysReg::ICC_EOIR1_EL1, 40);
  EXPECT_EQ(icc(0, SysReg::ICC_RPR_EL1), 0xffu);
  EXPECT_TRUE(is_active(40));
  icc(0, SysReg::ICC_DIR_EL1, 40);
  EXPECT_FALSE(is_active(40));
}

TEST_F(GicCpuInterface, DirIsIgnoredWhenEoiModeIsZero) {
  raise(40, 0x80);
  EXPECT_EQ(icc(0, SysReg::ICC_IAR1_EL1), 40u);
  icc(0, SysReg::ICC_DIR_EL1, 40);
  EXPECT_TRUE(is_active(40));
}

TEST_F(GicCpuInterface, EoiOfASpuriousIntidIsIgnored) {
  raise(40, 0x80);
  EXPECT_EQ(icc(0, SysReg::ICC_IAR1_EL1), 40u);
  icc(0, SysReg::ICC_EOIR1_EL1, 1023);
  EXPECT_EQ(icc(0, SysReg::ICC_RPR_EL1), 0x80u);
}

TEST_F(GicCpuInterface, EoiInTheOtherGroupsRegisterIsIgnored) {
  raise(40, 0x80);
  EXPECT_EQ(icc(0, SysReg::ICC_IAR1_EL1), 40u);
  icc(0, SysReg::ICC_EOIR0_EL1, 40);
  EXPECT_EQ(icc(0, SysReg::ICC_RPR_EL1), 0x80u);
  EXPECT_TRUE(is_active(40));
}

TEST_F(GicCpuInterface, GroupZeroIsSignalledAsFiq) {
  make_group0(40);
  raise(40, 0x80);
  EXPECT_TRUE(fiq(0));
  EXPECT_FALSE(irq(0));
  EXPECT_EQ(icc(0, SysReg::ICC_IAR1_EL1), 1023u);
  EXPECT_EQ(icc(0, SysReg::ICC_HPPIR1_EL1), 1023u);
  EXPECT_EQ(icc(0, SysReg::ICC_HPPIR0_EL1), 40u);
  EXPECT_EQ(icc(0, SysReg::ICC_IAR0_EL1), 40u);
  EXPECT_EQ(icc(0, SysReg::ICC_AP0R0_EL1), 1u << 16);
  icc(0, SysReg::ICC_EOIR0_EL1, 40);
  EXPECT_FALSE(is_active(40));
}

TEST_F(GicCpuInterface, GroupDisabledAtTheCpuInterfaceDoesNotHideTheOther) {
  make_group0(40);
  raise(40, 0x20);
  raise(50, 0x80);
  EXPECT_TRUE(fiq(0));
  icc(0, SysReg::ICC_IGRPEN0_EL1, 0);
  EXPECT_FALSE(fiq(0));
  EXPECT_TRUE(irq(0));
  EXPECT_EQ(icc(0, SysReg::ICC_IAR1_EL1), 50u);
}

TEST_F(GicCpuInterface, LevelInterruptReturnsAfterEoiWhileItsInputIsHigh) {
  enable_spi(40);
  gic.set_level(40, true);
  EXPECT_EQ(icc(0, SysReg::ICC_IAR1_EL1), 40u);
  EXPECT_TRUE(is_pending(40)) << "active and pending";
  EXPECT_FALSE(irq(0));
  icc(0, SysReg::ICC_EOIR1_EL1, 40);
  EXPECT_TRUE(irq(0));
}

TEST_F(GicCpuInterface, ActiveSpiIsNotTakenByAnotherCore) {
  enable_spi(40);
  gic.set_level(40, true);
  EXPECT_EQ(icc(0, SysReg::ICC_IAR1_EL1), 40u);
  gicd(0x6000 + 8 * 40, 1, 8);
  EXPECT_FALSE(irq(1));
  icc(0, SysReg::ICC_EOIR1_EL1, 40);
  EXPECT_TRUE(irq(1));
}

TEST_F(GicCpuInterface, SgiReachesTheListedTargetsOnly) {
  icc(0, SysReg::ICC_SGI1R_EL1, (7ull << 24) | 0b10);
  EXPECT_FALSE(irq(0));
  EXPECT_TRUE(irq(1));
  EXPECT_EQ(icc(1, SysReg::ICC_IAR1_EL1), 7u);
}

TEST_F(GicCpuInterface, SgiToAnotherClusterReachesNobody) {
  icc(0, SysReg::ICC_SGI1R_EL1, (1ull << 16) | (7ull << 24) | 0b11);
  EXPECT_FALSE(irq(0));
  EXPECT_FALSE(irq(1));
}

TEST_F(GicCpuInterface, SgiWithIrmReachesEveryoneButTheSender) {
  icc(1, SysReg::ICC_SGI1R_EL1, (1ull << 40) | (3ull << 24));
  EXPECT_TRUE(irq(0));
  EXPECT_FALSE(irq(1));
}

TEST_F(GicCpuInterface, SgiRegistersReachOnlySgisOfTheirGroup) {
  icc(0, SysReg::ICC_SGI0R_EL1, (7ull << 24) | 0b10);
  EXPECT_FALSE(irq(1));
  gicr(1, kSgi + 0x80, ~(1u << 7));
  icc(0, SysReg::ICC_SGI1R_EL1, (7ull << 24) | 0b10);
  EXPECT_FALSE(fiq(1));
  icc(0, SysReg::ICC_SGI0R_EL1, (7ull << 24) | 0b10);
  EXPECT_TRUE(fiq(1));
}

TEST_F(GicCpuInterface, WarmResetOfACoreLeavesTheDistributorAndOtherCores) {
  raise(40, 0x80);
  EXPECT_EQ(icc(0, SysReg::ICC_IAR1_EL1), 40u);
  gic.reset_cpu_interface({0});
  EXPECT_EQ(icc(0, SysReg::ICC_RPR_EL1), 0xffu);
  EXPECT_EQ(icc(0, SysReg::ICC_PMR_EL1), 0u);
  EXPECT_TRUE(is_active(40));
  EXPECT_EQ(icc(1, SysReg::ICC_PMR_EL1), 0xf8u);
}

}  // namespace
}  // namespace armature::platform
