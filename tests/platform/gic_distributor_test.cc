#include "tests/platform/gic_bench.h"

namespace armature::platform {
namespace {

class GicDistributor : public GicBench {};

TEST_F(GicDistributor, IdentifiesItselfAsQemuDoes) {
  EXPECT_EQ(gicd(0x8), 0x43bu);
  EXPECT_EQ(gicd(0xffe8), 0x3bu);
  EXPECT_EQ(gicd(0xc), 0u);
  EXPECT_EQ(bits(gicd(0x4), 4, 0), 7u);
  EXPECT_EQ(bits(gicd(0x4), 17, 17), 0u) << "no LPIs";
  EXPECT_EQ(gicr(0, 0xffe8), 0x3bu);
}

TEST_F(GicDistributor, CtlrReadsDisableSecurityAndAffinityRoutingAsOne) {
  gicd(0x0, 0);
  EXPECT_EQ(gicd(0x0), 0x50u);
  gicd(0x0, 0xffffffff);
  EXPECT_EQ(gicd(0x0), 0x53u);
}

TEST_F(GicDistributor, PrivateInterruptsAreReservedHere) {
  gicd(0x100, 0xffffffff);
  gicd(0x400, 0xa0a0a0a0);
  EXPECT_EQ(gicd(0x100), 0u);
  EXPECT_EQ(gicd(0x400), 0u);
  EXPECT_EQ(gicd(0x80), 0u);
  EXPECT_EQ(gicd(0xc00), 0u);
}

TEST_F(GicDistributor, SetEnableWritesOfZeroChangeNothing) {
  gicd(0x104, 0x5);
  gicd(0x104, 0x0);
  EXPECT_EQ(gicd(0x104), 0x5u);
  gicd(0x184, 0x1);
  EXPECT_EQ(gicd(0x104), 0x4u);
  EXPECT_EQ(gicd(0x184), 0x4u);
}

TEST_F(GicDistributor, PriorityRegistersTakeBytesAndWords) {
  gicd(0x420, 0x40302010);
  EXPECT_EQ(device(gic.distributor(), 0x422, 1), 0x30u);
  gicd(0x421, 0xff, 1);
  EXPECT_EQ(gicd(0x420), 0x4030f810u) << "five priority bits";
}

TEST_F(GicDistributor, ByteAccessToAWordRegisterIsIgnored) {
  gicd(0x104, 0x5, 1);
  EXPECT_EQ(gicd(0x104), 0u);
}

TEST_F(GicDistributor, RoutersTakeHalvesAndReserveUnusedBits) {
  gicd(0x6000 + 8 * 33, ~0ull, 8);
  EXPECT_EQ(device(gic.distributor(), 0x6000 + 8 * 33, 8), 0xff80ffffffull);
  gicd(0x6000 + 8 * 33, 1, 4);
  EXPECT_EQ(device(gic.distributor(), 0x6000 + 8 * 33, 8), 0xff00000001ull);
}

TEST_F(GicDistributor, LevelInterruptFollowsItsInput) {
  enable_spi(40);
  gic.set_level(40, true);
  EXPECT_TRUE(is_pending(40));
  EXPECT_TRUE(irq(0));
  gic.set_level(40, false);
  EXPECT_FALSE(is_pending(40));
  EXPECT_FALSE(irq(0));
}

TEST_F(GicDistributor, EdgeInterruptStaysPendingWhenItsInputFalls) {
  make_edge(40);
  enable_spi(40);
  gic.set_level(40, true);
  gic.set_level(40, false);
  EXPECT_TRUE(is_pending(40));
  EXPECT_EQ(icc(0, SysReg::ICC_IAR1_EL1), 40u);
  EXPECT_FALSE(is_pending(40));
}

TEST_F(GicDistributor, EdgeInterruptWithAHighInputIsNotPendingAgain) {
  make_edge(40);
  enable_spi(40);
  gic.set_level(40, true);
  EXPECT_EQ(icc(0, SysReg::ICC_IAR1_EL1), 40u);
  icc(0, SysReg::ICC_EOIR1_EL1, 40);
  EXPECT_FALSE(irq(0));
  gic.set_level(40, true);
  EXPECT_FALSE(irq(0)) << "no rising edge";
}

TEST_F(GicDistributor, EdgeWhileActiveIsActiveAndPending) {
  make_edge(40);
  enable_spi(40);
  gic.set_level(40, true);
  EXPECT_EQ(icc(0, SysReg::ICC_IAR1_EL1), 40u);
  gic.set_level(40, false);
  gic.set_level(40, true);
  EXPECT_TRUE(is_pending(40));
  EXPECT_TRUE(is_active(40));
  EXPECT_FALSE(irq(0));
  icc(0, SysReg::ICC_EOIR1_EL1, 40);
  EXPECT_TRUE(irq(0));
}

TEST_F(GicDistributor, ClearPendingDoesNotClearALevelInput) {
  enable_spi(40);
  gic.set_level(40, true);
  gicd(0x284, 1u << 8);
  EXPECT_TRUE(is_pending(40));
}

TEST_F(GicDistributor, SetPendingOnALevelInterruptOutlivesItsInput) {
  enable_spi(40);
  gicd(0x204, 1u << 8);
  gic.set_level(40, true);
  gic.set_level(40, false);
  EXPECT_TRUE(is_pending(40));
  gicd(0x284, 1u << 8);
  EXPECT_FALSE(is_pending(40));
}

TEST_F(GicDistributor, DisabledInterruptIsPendingButNotSignalled) {
  gic.set_level(40, true);
  EXPECT_TRUE(is_pending(40));
  EXPECT_FALSE(irq(0));
}

TEST_F(GicDistributor, GroupDisabledInTheDistributorIsNotSignalled) {
  enable_spi(40);
  gic.set_level(40, true);
  gicd(0x0, 1);
  EXPECT_FALSE(irq(0));
  gicd(0x0, 2);
  EXPECT_TRUE(irq(0));
}

TEST_F(GicDistributor, RouterNamesTheOneCoreThatSeesIt) {
  enable_spi(40);
  gicd(0x6000 + 8 * 40, 1, 8);
  gic.set_level(40, true);
  EXPECT_FALSE(irq(0));
  EXPECT_TRUE(irq(1));
}

TEST_F(GicDistributor, RouterToAnAbsentCoreReachesNobody) {
  enable_spi(40);
  gicd(0x6000 + 8 * 40, 0x100, 8);
  gic.set_level(40, true);
  EXPECT_FALSE(irq(0));
  EXPECT_FALSE(irq(1));
}

TEST_F(GicDistributor, OneOfNGoesToTheLowestParticipatingCoreOnly) {
  enable_spi(40);
  gicd(0x6000 + 8 * 40, 1ull << 31, 8);
  gic.set_level(40, true);
  EXPECT_TRUE(irq(0));
  EXPECT_FALSE(irq(1));
  icc(0, SysReg::ICC_IGRPEN1_EL1, 0);
  EXPECT_FALSE(irq(0));
  EXPECT_TRUE(irq(1));
  icc(0, SysReg::ICC_IGRPEN1_EL1, 1);
  gicr(0, 0x14, 2);
  EXPECT_TRUE(irq(1));
  EXPECT_FALSE(irq(0));
}

TEST_F(GicDistributor, SpiActiveOnOneCoreCanBeDeactivatedThroughTheDistributor) {
  make_edge(40);
  enable_spi(40);
  gic.set_level(40, true);
  EXPECT_EQ(icc(0, SysReg::ICC_IAR1_EL1), 40u);
  EXPECT_TRUE(is_active(40));
  gicd(0x384, 1u << 8);
  EXPECT_FALSE(is_active(40));
}

TEST_F(GicDistributor, ChangesCountsOnlyWhenALevelMoves) {
  const auto before = gic.changes();
  gic.set_level(40, false);
  EXPECT_EQ(gic.changes(), before);
  gic.set_level(40, true);
  EXPECT_NE(gic.changes(), before);
}

TEST_F(GicDistributor, RegisterTableHasNoOverlaps) {
  for (Device* dev : {&gic.distributor(), &gic.redistributors()}) {
    std::uint64_t end = 0;
    for (const auto& info : dev->registers()) {
      EXPECT_GE(info.offset, end) << info.name;
      end = info.offset + std::uint64_t{info.stride} * (info.count - 1) + info.width;
    }
  }
}

class GicRedistributor : public GicBench {};

TEST_F(GicRedistributor, TyperNamesTheCoreAndTheLastOne) {
  EXPECT_EQ(device(gic.redistributors(), 0x8, 8), 0u);
  EXPECT_EQ(device(gic.redistributors(), 0x20008, 8), 0x0000000100000110ull);
  EXPECT_EQ(gicr(1, 0xc), 1u) << "upper half by a 32-bit access";
}

TEST_F(GicRedistributor, SleepingCoreIsNotInterrupted) {
  gic.set_ppi({0}, 27, true);
  EXPECT_TRUE(irq(0));
  gicr(0, 0x14, 2);
  EXPECT_EQ(gicr(0, 0x14), 6u) << "ChildrenAsleep follows";
  EXPECT_FALSE(irq(0));
  gicr(0, 0x14, 0);
  EXPECT_EQ(gicr(0, 0x14), 0u);
  EXPECT_TRUE(irq(0));
}

// UEFI without secure firmware never writes GICR_WAKER and expects its timer.
TEST_F(GicRedistributor, CoresStartAsleepButAreInterruptedUntilSoftwareSaysSo) {
  Gic fresh(1, 5, 4);
  EXPECT_EQ(device(fresh.redistributors(), 0x14, 4), 6u);
  fresh.distributor().write(0, 4, 2);
  fresh.redistributors().write(kSgi + 0x80, 4, 1u << 27);
  fresh.redistributors().write(kSgi + 0x100, 4, 1u << 27);
  fresh.write({0}, SysReg::ICC_PMR_EL1, 0xff, false);
  fresh.write({0}, SysReg::ICC_IGRPEN1_EL1, 1, false);
  fresh.set_ppi({0}, 27, true);
  EXPECT_TRUE(fresh.lines({0}).irq);
  fresh.redistributors().write(0x14, 4, 2);
  EXPECT_FALSE(fresh.lines({0}).irq);
}

TEST_F(GicRedistributor, PpisBelongToOneCore) {
  gic.set_ppi({1}, 27, true);
  EXPECT_FALSE(irq(0));
  EXPECT_TRUE(irq(1));
  EXPECT_EQ(gicr(0, kSgi + 0x200), 0u);
  EXPECT_EQ(gicr(1, kSgi + 0x200), 1u << 27);
}

TEST_F(GicRedistributor, SgisAreEdgeTriggeredForEver) {
  gicr(0, kSgi + 0xc00, 0);
  EXPECT_EQ(gicr(0, kSgi + 0xc00), 0xaaaaaaaau);
  gicr(0, kSgi + 0xc04, 0xffffffff);
  EXPECT_EQ(gicr(0, kSgi + 0xc04), 0xaaaaaaaau);
}

TEST_F(GicRedistributor, SgiCanBeMadePendingByRegister) {
  gicr(0, kSgi + 0x200, 1u << 5);
  EXPECT_EQ(icc(0, SysReg::ICC_IAR1_EL1), 5u);
}

TEST_F(GicRedistributor, FramesBeyondTheLastCoreDoNotDecode) {
  std::uint64_t value = 0;
  EXPECT_EQ(gic.redistributors().read(0x40000, 4, value), BusResponse::decode_error);
  EXPECT_EQ(gic.redistributors().size(), 0x40000u);
}

TEST_F(GicRedistributor, ResetKeepsTheInputs) {
  gic.set_ppi({0}, 27, true);
  gic.reset();
  start();
  EXPECT_TRUE(irq(0));
}

TEST_F(GicRedistributor, SavedStateRestoresEverything) {
  enable_spi(40);
  gic.set_level(40, true);
  EXPECT_EQ(icc(0, SysReg::ICC_IAR1_EL1), 40u);
  std::vector<std::uint8_t> bytes;
  gic.save(bytes);
  Gic other(2, 5, 4);
  std::span<const std::uint8_t> in = bytes;
  other.load(in);
  EXPECT_TRUE(in.empty());
  EXPECT_EQ(other.state(), gic.state());
  EXPECT_EQ(other.read({0}, SysReg::ICC_RPR_EL1, false), 0u);
}

}  // namespace
}  // namespace armature::platform
