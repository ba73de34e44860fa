#include "tests/platform/gic_bench.h"

namespace armature::platform {
namespace {

constexpr std::uint64_t kPending = 1ull << 62, kActive = 1ull << 63, kHw = 1ull << 61,
                        kGroup1 = 1ull << 60, kEoi = 1ull << 41;

constexpr std::uint64_t with_priority(std::uint64_t priority) { return priority << 48; }
constexpr std::uint64_t with_physical(std::uint64_t intid) { return intid << 32; }

class GicVirtualInterface : public GicBench {
 protected:
  GicVirtualInterface() {
    icc(0, SysReg::ICH_HCR_EL2, 1);
    icv(0, SysReg::ICC_PMR_EL1, 0xff);
    icv(0, SysReg::ICC_IGRPEN0_EL1, 1);
    icv(0, SysReg::ICC_IGRPEN1_EL1, 1);
  }
  void lr(unsigned n, std::uint64_t value) { icc(0, list_register(n), value); }
  std::uint64_t lr(unsigned n) { return icc(0, list_register(n)); }
  static SysReg list_register(unsigned n) {
    return static_cast<SysReg>(static_cast<unsigned>(SysReg::ICH_LR0_EL2) + n);
  }
  bool maintenance() { return bit(gicr(0, kSgi + 0x200), 25); }
};

TEST_F(GicVirtualInterface, VtrSaysFourListRegistersAndFivePriorityBits) {
  const std::uint64_t vtr = icc(0, SysReg::ICH_VTR_EL2);
  EXPECT_EQ(bits(vtr, 4, 0), 3u);
  EXPECT_EQ(bits(vtr, 31, 29), 4u);
  EXPECT_EQ(bits(vtr, 28, 26), 4u);
}

TEST_F(GicVirtualInterface, ListRegistersBeyondThePresetKeepNothing) {
  icc(0, SysReg::ICH_LR4_EL2, kPending | 40);
  EXPECT_EQ(icc(0, SysReg::ICH_LR4_EL2), 0u);
}

TEST_F(GicVirtualInterface, VmcrAliasesTheVirtualRegisters) {
  icv(0, SysReg::ICC_PMR_EL1, 0x77);
  icv(0, SysReg::ICC_CTLR_EL1, 2);
  icv(0, SysReg::ICC_BPR0_EL1, 5);
  const std::uint64_t vmcr = icc(0, SysReg::ICH_VMCR_EL2);
  EXPECT_EQ(bits(vmcr, 31, 24), 0x70u);
  EXPECT_EQ(bits(vmcr, 23, 21), 5u);
  EXPECT_EQ(bits(vmcr, 20, 18), 3u);
  EXPECT_TRUE(bit(vmcr, 9));
  EXPECT_TRUE(bit(vmcr, 3)) << "VFIQEn is RAO";
  EXPECT_EQ(bits(vmcr, 1, 0), 3u);
  icc(0, SysReg::ICH_VMCR_EL2, 0xf8000000);
  EXPECT_EQ(icv(0, SysReg::ICC_PMR_EL1), 0xf8u);
  EXPECT_EQ(icv(0, SysReg::ICC_BPR0_EL1), 2u);
  EXPECT_EQ(icv(0, SysReg::ICC_BPR1_EL1), 3u);
}

TEST_F(GicVirtualInterface, PhysicalRegistersAreNotTouchedByVirtualAccesses) {
  icv(0, SysReg::ICC_PMR_EL1, 0x40);
  EXPECT_EQ(icc(0, SysReg::ICC_PMR_EL1), 0xf8u);
}

TEST_F(GicVirtualInterface, PendingGroup1RaisesVirqAndGroup0Vfiq) {
  lr(0, kPending | kGroup1 | with_priority(0x80) | 40);
  EXPECT_TRUE(virq(0));
  EXPECT_FALSE(vfiq(0));
  EXPECT_FALSE(irq(0));
  lr(0, kPending | with_priority(0x80) | 40);
  EXPECT_FALSE(virq(0));
  EXPECT_TRUE(vfiq(0));
}

TEST_F(GicVirtualInterface, NothingIsSignalledWhenTheInterfaceIsDisabled) {
  lr(0, kPending | kGroup1 | with_priority(0x80) | 40);
  icc(0, SysReg::ICH_HCR_EL2, 0);
  EXPECT_FALSE(virq(0));
  EXPECT_EQ(icv(0, SysReg::ICC_IAR1_EL1), 1023u);
}

TEST_F(GicVirtualInterface, AcknowledgeMakesTheListRegisterActive) {
  lr(0, kPending | kGroup1 | with_priority(0x80) | 40);
  EXPECT_EQ(icv(0, SysReg::ICC_HPPIR1_EL1), 40u);
  EXPECT_EQ(icv(0, SysReg::ICC_IAR1_EL1), 40u);
  EXPECT_EQ(lr(0), kActive | kGroup1 | with_priority(0x80) | 40);
  EXPECT_EQ(icv(0, SysReg::ICC_RPR_EL1), 0x80u);
  EXPECT_EQ(icc(0, SysReg::ICH_AP1R0_EL2), 1u << 16);
  EXPECT_FALSE(virq(0));
  icv(0, SysReg::ICC_EOIR1_EL1, 40);
  EXPECT_EQ(bits(lr(0), 63, 62), 0u);
  EXPECT_EQ(icc(0, SysReg::ICH_AP1R0_EL2), 0u);
}

TEST_F(GicVirtualInterface, PriorityOrderAndPreemptionAreThoseOfThePhysicalInterface) {
  lr(0, kPending | kGroup1 | with_priority(0x80) | 40);
  lr(1, kPending | kGroup1 | with_priority(0x40) | 41);
  EXPECT_EQ(icv(0, SysReg::ICC_IAR1_EL1), 41u);
  EXPECT_FALSE(virq(0));
  lr(2, kPending | kGroup1 | with_priority(0x20) | 42);
  EXPECT_TRUE(virq(0));
  EXPECT_EQ(icv(0, SysReg::ICC_IAR1_EL1), 42u);
}

TEST_F(GicVirtualInterface, VirtualPriorityMaskApplies) {
  lr(0, kPending | kGroup1 | with_priority(0x80) | 40);
  icv(0, SysReg::ICC_PMR_EL1, 0x80);
  EXPECT_FALSE(virq(0));
  EXPECT_EQ(icv(0, SysReg::ICC_HPPIR1_EL1), 40u);
}

TEST_F(GicVirtualInterface, SpecialIntidInAListRegisterIsReturnedAndInvalidated) {
  lr(0, kPending | kGroup1 | with_priority(0x80) | 1021);
  EXPECT_EQ(icv(0, SysReg::ICC_IAR1_EL1), 1021u);
  EXPECT_EQ(bits(lr(0), 63, 62), 0u);
  EXPECT_EQ(icv(0, SysReg::ICC_RPR_EL1), 0xffu);
}

TEST_F(GicVirtualInterface, HardwareInterruptIsDeactivatedWithTheVirtualOne) {
  enable_spi(60);
  make_edge(60);
  gic.set_level(60, true);
  icc(0, SysReg::ICC_CTLR_EL1, 2);
  EXPECT_EQ(icc(0, SysReg::ICC_IAR1_EL1), 60u);
  icc(0, SysReg::ICC_EOIR1_EL1, 60);
  EXPECT_TRUE(is_active(60));
  lr(0, kPending | kHw | kGroup1 | with_priority(0x80) | with_physical(60) | 40);
  EXPECT_EQ(icv(0, SysReg::ICC_IAR1_EL1), 40u);
  EXPECT_TRUE(is_active(60));
  icv(0, SysReg::ICC_EOIR1_EL1, 40);
  EXPECT_FALSE(is_active(60));
}

TEST_F(GicVirtualInterface, SoftwareInterruptDeactivatesNothingPhysical) {
  enable_spi(60);
  gic.set_level(60, true);
  EXPECT_EQ(icc(0, SysReg::ICC_IAR1_EL1), 60u);
  lr(0, kPending | kGroup1 | with_priority(0x80) | 60);
  EXPECT_EQ(icv(0, SysReg::ICC_IAR1_EL1), 60u);
  icv(0, SysReg::ICC_EOIR1_EL1, 60);
  EXPECT_TRUE(is_active(60));
}

TEST_F(GicVirtualInterface, VirtualEoiModeOneDeactivatesByDir) {
  icv(0, SysReg::ICC_CTLR_EL1, 2);
  lr(0, kPending | kGroup1 | with_priority(0x80) | 40);
  EXPECT_EQ(icv(0, SysReg::ICC_IAR1_EL1), 40u);
  icv(0, SysReg::ICC_EOIR1_EL1, 40);
  EXPECT_EQ(bits(lr(0), 63, 62), 2u);
  EXPECT_EQ(icv(0, SysReg::ICC_RPR_EL1), 0xffu);
  icv(0, SysReg::ICC_DIR_EL1, 40);
  EXPECT_EQ(bits(lr(0), 63, 62), 0u);
}

TEST_F(GicVirtualInterface, VirtualLpiIsDeactivatedByEoiInEitherMode) {
  icv(0, SysReg::ICC_CTLR_EL1, 2);
  lr(0, kPending | kGroup1 | with_priority(0x80) | 8200);
  EXPECT_EQ(icv(0, SysReg::ICC_IAR1_EL1), 8200u);
  icv(0, SysReg::ICC_EOIR1_EL1, 8200);
  EXPECT_EQ(bits(lr(0), 63, 62), 0u);
}

TEST_F(GicVirtualInterface, ActiveAndPendingBecomesPendingOnDeactivation) {
  lr(0, kPending | kActive | kGroup1 | with_priority(0x80) | 40);
  icc(0, SysReg::ICH_AP1R0_EL2, 1u << 16);
  EXPECT_FALSE(virq(0));
  icv(0, SysReg::ICC_EOIR1_EL1, 40);
  EXPECT_EQ(bits(lr(0), 63, 62), 1u);
  EXPECT_TRUE(virq(0));
}

TEST_F(GicVirtualInterface, EoiWithoutAListRegisterCountsInEoiCount) {
  icc(0, SysReg::ICH_AP1R0_EL2, 1u << 16);
  icc(0, SysReg::ICH_HCR_EL2, 1 | (1 << 2));
  EXPECT_FALSE(maintenance());
  icv(0, SysReg::ICC_EOIR1_EL1, 40);
  EXPECT_EQ(bits(icc(0, SysReg::ICH_HCR_EL2), 31, 27), 1u);
  EXPECT_TRUE(bit(icc(0, SysReg::ICH_MISR_EL2), 2));
  EXPECT_TRUE(maintenance());
}

TEST_F(GicVirtualInterface, EoiWithoutAnActivePriorityCountsNothing) {
  icv(0, SysReg::ICC_EOIR1_EL1, 40);
  EXPECT_EQ(bits(icc(0, SysReg::ICH_HCR_EL2), 31, 27), 0u);
}

TEST_F(GicVirtualInterface, SplitEoiCountsOnlyTheDeactivation) {
  icv(0, SysReg::ICC_CTLR_EL1, 2);
  icc(0, SysReg::ICH_AP1R0_EL2, 1u << 16);
  icv(0, SysReg::ICC_EOIR1_EL1, 40);
  EXPECT_EQ(bits(icc(0, SysReg::ICH_HCR_EL2), 31, 27), 0u);
  icv(0, SysReg::ICC_DIR_EL1, 40);
  EXPECT_EQ(bits(icc(0, SysReg::ICH_HCR_EL2), 31, 27), 1u);
}

TEST_F(GicVirtualInterface, EoiBitReportsInEisrAndKeepsTheListRegisterFromBeingEmpty) {
  lr(0, kPending | kGroup1 | kEoi | with_priority(0x80) | 40);
  EXPECT_EQ(icc(0, SysReg::ICH_ELRSR_EL2), 0xeu);
  EXPECT_EQ(icv(0, SysReg::ICC_IAR1_EL1), 40u);
  EXPECT_EQ(icc(0, SysReg::ICH_EISR_EL2), 0u);
  icv(0, SysReg::ICC_EOIR1_EL1, 40);
  EXPECT_EQ(icc(0, SysReg::ICH_EISR_EL2), 1u);
  EXPECT_EQ(icc(0, SysReg::ICH_ELRSR_EL2), 0xeu);
  EXPECT_TRUE(bit(icc(0, SysReg::ICH_MISR_EL2), 0));
  EXPECT_TRUE(maintenance());
  lr(0, 0);
  EXPECT_EQ(icc(0, SysReg::ICH_ELRSR_EL2), 0xfu);
  EXPECT_FALSE(maintenance());
}

TEST_F(GicVirtualInterface, UnderflowAsksWhenFewerThanTwoListRegistersAreValid) {
  icc(0, SysReg::ICH_HCR_EL2, 1 | (1 << 1));
  EXPECT_TRUE(maintenance());
  lr(0, kPending | kGroup1 | with_priority(0x80) | 40);
  EXPECT_TRUE(maintenance());
  lr(1, kActive | kGroup1 | with_priority(0x80) | 41);
  EXPECT_FALSE(maintenance());
}

TEST_F(GicVirtualInterface, NoPendingAsksWhenNoListRegisterIsPending) {
  icc(0, SysReg::ICH_HCR_EL2, 1 | (1 << 3));
  EXPECT_TRUE(maintenance());
  lr(0, kPending | kGroup1 | with_priority(0x80) | 40);
  EXPECT_FALSE(maintenance());
  EXPECT_EQ(icv(0, SysReg::ICC_IAR1_EL1), 40u);
  EXPECT_TRUE(maintenance());
}

TEST_F(GicVirtualInterface, GroupEnableAndDisableAskAsTold) {
  icc(0, SysReg::ICH_HCR_EL2, 1 | (1 << 6));
  EXPECT_EQ(icc(0, SysReg::ICH_MISR_EL2), 1u << 6);
  icc(0, SysReg::ICH_HCR_EL2, 1 | (1 << 7));
  EXPECT_FALSE(maintenance());
  icv(0, SysReg::ICC_IGRPEN1_EL1, 0);
  EXPECT_EQ(icc(0, SysReg::ICH_MISR_EL2), 1u << 7);
  EXPECT_TRUE(maintenance());
  icc(0, SysReg::ICH_HCR_EL2, 1 | (1 << 5));
  EXPECT_FALSE(maintenance());
  icv(0, SysReg::ICC_IGRPEN0_EL1, 0);
  EXPECT_TRUE(maintenance());
}

TEST_F(GicVirtualInterface, MaintenanceIsSilentWhenTheInterfaceIsDisabled) {
  icc(0, SysReg::ICH_HCR_EL2, 1 << 1);
  EXPECT_FALSE(maintenance());
  EXPECT_TRUE(bit(icc(0, SysReg::ICH_MISR_EL2), 1)) << "the status register still says so";
}

TEST_F(GicVirtualInterface, MaintenanceIsAnInterruptLikeAnyOther) {
  icc(0, SysReg::ICH_HCR_EL2, 1 | (1 << 1));
  EXPECT_TRUE(irq(0));
  EXPECT_EQ(icc(0, SysReg::ICC_IAR1_EL1), 25u);
}

TEST_F(GicVirtualInterface, TrapBitsCoverTheirRegistersAndNoOthers) {
  EXPECT_FALSE(gic.hypervisor_traps({0}, SysReg::ICC_IAR1_EL1));
  icc(0, SysReg::ICH_HCR_EL2, 1 << 12);
  EXPECT_TRUE(gic.hypervisor_traps({0}, SysReg::ICC_IAR1_EL1));
  EXPECT_FALSE(gic.hypervisor_traps({0}, SysReg::ICC_IAR0_EL1));
  EXPECT_FALSE(gic.hypervisor_traps({0}, SysReg::ICC_PMR_EL1));
  EXPECT_FALSE(gic.hypervisor_traps({1}, SysReg::ICC_IAR1_EL1));
  icc(0, SysReg::ICH_HCR_EL2, 1 << 11);
  EXPECT_TRUE(gic.hypervisor_traps({0}, SysReg::ICC_BPR0_EL1));
  EXPECT_FALSE(gic.hypervisor_traps({0}, SysReg::ICC_BPR1_EL1));
  icc(0, SysReg::ICH_HCR_EL2, 1 << 10);
  EXPECT_TRUE(gic.hypervisor_traps({0}, SysReg::ICC_SGI1R_EL1));
  EXPECT_TRUE(gic.hypervisor_traps({0}, SysReg::ICC_DIR_EL1));
  EXPECT_FALSE(gic.hypervisor_traps({0}, SysReg::ICC_SRE_EL1));
  icc(0, SysReg::ICH_HCR_EL2, 1 << 14);
  EXPECT_TRUE(gic.hypervisor_traps({0}, SysReg::ICC_DIR_EL1));
  EXPECT_FALSE(gic.hypervisor_traps({0}, SysReg::ICC_RPR_EL1));
}

TEST_F(GicVirtualInterface, ReservedBitsOfHcrReadAsZero) {
  icc(0, SysReg::ICH_HCR_EL2, ~0ull);
  EXPECT_EQ(icc(0, SysReg::ICH_HCR_EL2), 0xf8005cffull);
}

TEST_F(GicVirtualInterface, OtherCoresListRegistersAreTheirOwn) {
  lr(0, kPending | kGroup1 | with_priority(0x80) | 40);
  EXPECT_FALSE(virq(1));
  EXPECT_EQ(icc(1, SysReg::ICH_LR0_EL2), 0u);
}

}  // namespace
}  // namespace armature::platform
