#include "tests/sim/check_fixture.h"

namespace armature::check::test {
namespace {

class InvalidationTest : public CheckTest {
 protected:
  InvalidationTest() { use("invalidation"); }
  static constexpr std::uint64_t kIpaOperand = kPage >> 12;
  void unmap() { store(kLeaf, kValid, 0); }
};

TEST_F(InvalidationTest, TheWholeSequenceIsClean) {
  take_lock(0);
  unmap();
  dsb(0xa);
  tlbi(Tlbi::ipas2e1, kIpaOperand);
  dsb();
  tlbi(Tlbi::vmalle1);
  dsb();
  release_lock(0);
  return_to_el1();
  expect_nothing();
}

TEST_F(InvalidationTest, VmallS12E1IsDoesBothStagesAtOnce) {
  unmap();
  dsb(0xa);
  tlbi(Tlbi::vmalls12e1);
  dsb();
  return_to_el1();
  expect_nothing();
}

TEST_F(InvalidationTest, AMapNeedsNothing) {
  store(kLeaf, 0, kValid);
  release_lock(0);
  return_to_el1();
  expect_nothing();
}

TEST_F(InvalidationTest, WithoutAnyTlbiTheLocksReleaseIsTooEarly) {
  unmap();
  dsb(0xa);
  release_lock(0);
  expect_violation("no TLBI IPAS2E1IS", "kserv tables", "core 0");
}

TEST_F(InvalidationTest, ATlbiBeforeTheUnmapDoesNotCount) {
  tlbi(Tlbi::vmalls12e1);
  dsb();
  unmap();
  dsb();
  return_to_el1();
  expect_violation("no TLBI IPAS2E1IS", "returned to EL1");
}

TEST_F(InvalidationTest, ATlbiBeforeTheDsbDoesNotCount) {
  unmap();
  tlbi(Tlbi::vmalls12e1);
  dsb();
  return_to_el1();
  expect_violation("VMALLS12E1IS", "came before a DSB");
}

TEST_F(InvalidationTest, ALoadDsbOrdersNoStore) {
  unmap();
  dsb(0x9);  // ISHLD
  tlbi(Tlbi::vmalls12e1);
  dsb();
  return_to_el1();
  expect_violation("came before a DSB");
}

TEST_F(InvalidationTest, ANonShareableDsbIsTooWeakForTwoCores) {
  unmap();
  dsb(0x7);
  tlbi(Tlbi::vmalls12e1);
  return_to_el1();
  expect_violation("no DSB orders the store");
}

TEST_F(InvalidationTest, ALocalTlbiLeavesTheOtherCores) {
  unmap();
  dsb();
  tlbi(Tlbi::vmalls12e1, 0, 0, false);
  dsb();
  return_to_el1();
  expect_violation("not broadcast");
}

TEST_F(InvalidationTest, ALocalTlbiIsEnoughOnOneCore) {
  scene.cores = 1;
  unmap();
  dsb(0x7);
  tlbi(Tlbi::vmalls12e1, 0, 0, false);
  dsb(0x7);
  return_to_el1();
  expect_nothing();
}

TEST_F(InvalidationTest, WithoutTheLastDsbTheTlbiIsNotComplete) {
  unmap();
  dsb();
  tlbi(Tlbi::vmalls12e1);
  return_to_el1();
  expect_violation("no DSB completes TLBI VMALLS12E1IS");
}

TEST_F(InvalidationTest, Ipas2AloneLeavesCombinedEntries) {
  unmap();
  dsb();
  tlbi(Tlbi::ipas2e1, kIpaOperand);
  dsb();
  return_to_el1();
  expect_violation("no TLBI VMALLE1IS");
}

TEST_F(InvalidationTest, Stage1BeforeStage2IsCompleteDoesNotCount) {
  unmap();
  dsb();
  tlbi(Tlbi::ipas2e1, kIpaOperand);
  tlbi(Tlbi::vmalle1);
  dsb();
  return_to_el1();
  expect_violation("no TLBI VMALLE1IS", "before the stage 2 invalidation");
}

TEST_F(InvalidationTest, AnotherIpaAndAnotherVmidAreNotCovered) {
  unmap();
  dsb();
  tlbi(Tlbi::ipas2e1, kIpaOperand + 1);
  dsb();
  tlbi(Tlbi::vmalls12e1, 0, 5);
  dsb();
  return_to_el1();
  expect_violation("no TLBI IPAS2E1IS");
}

TEST_F(InvalidationTest, AllE1CoversEveryVmid) {
  store(kVmLeaf, kValid, 0, 1);
  dsb();
  tlbi(Tlbi::alle1);
  dsb();
  return_to_el1();
  expect_nothing();
}

TEST_F(InvalidationTest, AnotherCoresDsbOrdersNothingUntilItHoldsTheLock) {
  unmap();
  core = 1;
  dsb();
  tlbi(Tlbi::vmalls12e1);
  dsb();
  core = 0;
  return_to_el1();
  expect_violation("no DSB orders the store");
}

TEST_F(InvalidationTest, TheOwnerMayNotChangeBeforeItIsClean) {
  unmap();
  dsb();
  give(kPage, kHost, kFirstVm + 1);
  expect_violation("its page changed its owner");
}

TEST_F(InvalidationTest, TheFrameMayNotBeMappedElsewhereBeforeItIsClean) {
  unmap();
  dsb();
  store(kVmLeaf, 0, kValid, 1);
  expect_violation("its frame was mapped elsewhere");
}

TEST_F(InvalidationTest, AnotherVmsLockPublishesNothingOfThisTable) {
  scene.manifest.locks[0].principal = kFirstVm + 1;
  unmap();
  release_lock(0);
  expect_nothing();
}

TEST_F(InvalidationTest, LastLevelOperationsLeaveTablePointers) {
  TableEntry pointer = leaf(kRoot, 0, 0x4000'0000);
  pointer.level = 2;
  pointer.size_log2 = 21;
  machine.tables[0x4100'2000] = {pointer};
  store(0x4100'2000, 0x4100'3003, 0, 0, 2);
  dsb();
  tlbi(Tlbi::ipas2le1, 0x4000'0000 >> 12);
  dsb();
  tlbi(Tlbi::vmalle1);
  dsb();
  return_to_el1();
  expect_violation("IPAS2LE1IS", "does not remove");
}

TEST_F(InvalidationTest, TlbiNeedsAnIsbAfterTheVmidIsLoaded) {
  write_register(SysReg::VTTBR_EL2, kRoot, kVmRoot | 1ull << 48);
  tlbi(Tlbi::vmalls12e1);
  expect_violation("no ISB", "VMID 1 instead of 0");
}

TEST_F(InvalidationTest, WithTheIsbTheVmidIsSure) {
  write_register(SysReg::VTTBR_EL2, kRoot, kVmRoot | 1ull << 48);
  isb();
  tlbi(Tlbi::vmalls12e1);
  expect_nothing();
}

TEST_F(InvalidationTest, TablesThatTheManifestDoesNotNameGetNotes) {
  machine.words[0x4010'0080] = 0;
  unmap();
  dsb();
  give(kPage, kHost, kFirstVm + 1);
  return_to_el1();
  for (const Verdict& verdict : checker->verdicts()) EXPECT_EQ(verdict.severity, Severity::note);
}

class BreakBeforeMakeTest : public CheckTest {
 protected:
  BreakBeforeMakeTest() { use("break-before-make"); }
};

TEST_F(BreakBeforeMakeTest, AnotherOutputNeedsABreak) {
  store(kLeaf, kValid, kValid + 0x1000);
  expect_violation("valid to valid");
}

TEST_F(BreakBeforeMakeTest, AnotherMemoryTypeNeedsABreak) {
  store(kLeaf, kValid, kValid ^ 0x3c);
  expect_violation("valid to valid");
}

TEST_F(BreakBeforeMakeTest, PermissionsAndSoftwareBitsDoNot) {
  store(kLeaf, kValid, kValid & ~0x80ull);
  store(kLeaf, kValid & ~0x80ull, (kValid & ~0x80ull) | 1ull << 55);
  expect_nothing();
}

TEST_F(BreakBeforeMakeTest, ADescriptorWithoutItsAccessFlagIsNotInAnyTlb) {
  store(kLeaf, kValid & ~0x400ull, kValid + 0x1000);
  expect_nothing();
}

TEST_F(BreakBeforeMakeTest, ValidAgainBeforeTheTlbiIsTooEarly) {
  store(kLeaf, kValid, 0);
  dsb();
  store(kLeaf, 0, kValid + 0x1000);
  expect_violation("valid again");
}

TEST_F(BreakBeforeMakeTest, ClearedForAMomentAndValidWithTheSameOutputNeedsNoBreak) {
  store(kLeaf, kValid, 0);
  store(kLeaf, 0, kValid & ~0x80ull);  // a permission, as mprotect() does it
  expect_nothing();
}

TEST_F(BreakBeforeMakeTest, TheFramesOfADeadAddressSpaceMayServeAnother) {
  TableEntry entry = machine.tables[kLeaf][0];
  entry.asid = 4;
  machine.tables[kLeaf] = {entry};
  store(kLeaf, kValid, 0);
  machine.tables[kLeaf][0].asid = 5;
  store(kLeaf, 0, kValid + 0x1000);
  expect_nothing();
}

TEST_F(BreakBeforeMakeTest, ValidAgainAfterTheWholeSequenceIsGood) {
  store(kLeaf, kValid, 0);
  dsb();
  tlbi(Tlbi::vmalls12e1);
  dsb();
  store(kLeaf, 0, kValid + 0x1000);
  expect_nothing();
}

class StaleTranslationTest : public CheckTest {
 protected:
  StaleTranslationTest() { use("stale-translation"); }
  void fill() {
    send(EventKind::tlb_fill, 0x1000, kPage, kLeaf, 2);
    filled = sequence;
  }
  void use_entry() { send(EventKind::stale_use, 0x1000, filled, kLeaf, 1); }
  std::uint64_t filled = 0;
};

TEST_F(StaleTranslationTest, AUseBeforePublicationIsANote) {
  fill();
  store(kLeaf, kValid, 0);
  EXPECT_TRUE(machine.watched_descriptors.contains(kLeaf));
  use_entry();
  ASSERT_EQ(checker->verdicts().size(), 1u);
  EXPECT_EQ(checker->verdicts()[0].severity, Severity::note);
}

TEST_F(StaleTranslationTest, AUseAfterPublicationIsAViolationWithItsStory) {
  core = 1;
  fill();
  core = 0;
  store(kLeaf, kValid, 0);
  dsb();
  return_to_el1();
  core = 1;
  use_entry();
  expect_violation("core 1 used", "filled by core 1", "by core 0", "no TLBI IPAS2E1IS");
  EXPECT_EQ(checker->verdicts()[0].proof.front().kind, EventKind::tlb_fill);
}

TEST_F(StaleTranslationTest, AMapWatchesNothing) {
  store(kLeaf, 0, kValid);
  EXPECT_TRUE(machine.watched_descriptors.empty());
}

}  // namespace
}  // namespace armature::check::test
