// Stage 1 and stage 2 walks: where they lead, which fault they end in, at which level.
#include "tests/mmu/mmu_fixture.h"

namespace armature::mmu::test {
namespace {

class Walk : public MmuTest {};
class WalkOnA53 : public MmuTest {
 protected:
  WalkOnA53() : MmuTest("cortex-a53") {}
};

constexpr std::uint64_t kVa = 0x12'3456'7000;
constexpr std::uint64_t kHigh = 0xffff'ff80'0000'0000;

// ---- stage 1 results

TEST_F(Walk, PageGivesItsOutputAddressAndTheOffset) {
  map(kVa, kRam + 0x5000);
  EXPECT_EQ(pa(data(el1(), kVa + 0x128)), kRam + 0x5128);
}
TEST_F(Walk, Level2BlockCovers2Megabytes) {
  map(0x4000'0000, kRam + 0x20'0000, kLeaf, 2);
  EXPECT_EQ(pa(data(el1(), 0x401f'fff8)), kRam + 0x3f'fff8);
  EXPECT_EQ(fault(data(el1(), 0x4020'0000)), stage1(FaultType::translation, 2));
}
TEST_F(Walk, Level1BlockCoversAGigabyte) {
  map(0x4000'0000, 0x4000'0000, kLeaf, 1);
  EXPECT_EQ(pa(data(el1(), 0x4123'4568)), 0x4123'4568u);
}
TEST_F(Walk, Level0EntryMayNotBeABlock) {
  TranslationContext c = el1();
  c.tcr = (c.tcr & ~0x3full) | 16;
  poke(slot(root1, 0, 0, 0), kRam | kLeaf | kBlock);
  EXPECT_EQ(fault(data(c, 0)), stage1(FaultType::translation, 0));
}
TEST_F(Walk, ReservedLevel3TypeIsInvalid) {
  poke(slot(root1, 1, kVa, 3, 39), kRam | kLeaf | kBlock);
  EXPECT_EQ(fault(data(el1(), kVa)), stage1(FaultType::translation, 3));
}
TEST_F(Walk, InvalidDescriptorFaultsAtItsLevel) {
  EXPECT_EQ(fault(data(el1(), kVa)), stage1(FaultType::translation, 1));
  (void)slot(root1, 1, kVa, 2, 39);
  EXPECT_EQ(fault(data(el1(), kVa)), stage1(FaultType::translation, 2));
  (void)slot(root1, 1, kVa, 3, 39);
  EXPECT_EQ(fault(data(el1(), kVa)), stage1(FaultType::translation, 3));
}
TEST_F(Walk, ClearAccessFlagFaultsAndIsNotCached) {
  map(kVa, kRam, kInner);
  EXPECT_EQ(fault(data(el1(), kVa)), stage1(FaultType::access_flag, 3));
  EXPECT_EQ(mmu().resident(TlbStructure::l2), 0u);
  map(kVa, kRam);
  EXPECT_TRUE(data(el1(), kVa).ok());
}
TEST_F(Walk, InvalidDescriptorIsNotCached) {
  EXPECT_FALSE(data(el1(), kVa).ok());
  map(kVa, kRam);
  EXPECT_TRUE(data(el1(), kVa).ok());
}
TEST_F(Walk, OutputAddressBeyondIpsFaultsAtItsLevel) {
  TranslationContext c = el1();
  c.tcr &= ~(7ull << 32);  // 32 bits
  map(kVa, 1ull << 32);
  EXPECT_EQ(fault(data(c, kVa)), stage1(FaultType::address_size, 3));
}
TEST_F(Walk, TableAddressBeyondIpsFaultsAtItsLevel) {
  TranslationContext c = el1();
  c.tcr &= ~(7ull << 32);
  poke(slot(root1, 1, kVa, 2, 39), (1ull << 33) | kTable);
  EXPECT_EQ(fault(data(c, kVa)), stage1(FaultType::address_size, 2));
}
TEST_F(Walk, AddressSizeFaultComesBeforeAccessFlagFault) {
  TranslationContext c = el1();
  c.tcr &= ~(7ull << 32);
  map(kVa, 1ull << 32, kInner);
  EXPECT_EQ(fault(data(c, kVa)), stage1(FaultType::address_size, 3));
}
TEST_F(Walk, RootBeyondIpsFaultsAtLevel0) {
  TranslationContext c = el1();
  c.ttbr0 |= 1ull << 45;
  EXPECT_EQ(fault(data(c, kVa)), stage1(FaultType::address_size, 0));
}
TEST_F(WalkOnA53, IpsIsLimitedToThePhysicalAddressSize) {
  map(kVa, 1ull << 40);
  EXPECT_EQ(fault(data(el1(), kVa)), stage1(FaultType::address_size, 3));
}
TEST_F(Walk, DescriptorOutsideMemoryIsAnExternalAbortOnTheWalk) {
  poke(slot(root1, 1, kVa, 2, 39), kNowhere | kTable);
  EXPECT_EQ(fault(data(el1(), kVa)), stage1(FaultType::synchronous_external_on_walk, 3));
}
TEST_F(Walk, TablesMayLieInRom) {
  poke(slot(root1, 1, kVa, 2, 39), (kRom + 0x3000) | kTable);
  set(kRom + 0x3000, kVa >> 12 & 511, kRam | kLeaf | kPage);
  EXPECT_EQ(pa(data(el1(), kVa)), kRam);
}
TEST_F(Walk, RomThatDoesNotReadIsAnExternalAbort) {
  poke(slot(root1, 1, kVa, 2, 39), (kRom + 0x3000) | kTable);
  memory.find({kRom})->readable = false;
  EXPECT_EQ(fault(data(el1(), kVa)), stage1(FaultType::synchronous_external_on_walk, 3));
}
TEST_F(Walk, BigEndianTablesAreReadWhenEeIsSet) {
  TranslationContext c = el1();
  c.sctlr |= kSctlrEe;
  const std::uint64_t table = new_table();
  set(root1, 1, __builtin_bswap64(table | kTable));
  set(table, 0, __builtin_bswap64(kRam | kLeaf | kBlock));
  EXPECT_EQ(pa(data(c, 0x4000'0008)), kRam + 8);
}

// ---- address ranges

TEST_F(Walk, AddressBetweenTheHalvesIsALevel0TranslationFault) {
  EXPECT_EQ(fault(data(el1(), 1ull << 39)), stage1(FaultType::translation, 0));
  EXPECT_EQ(fault(data(el1(), kHigh - 1)), stage1(FaultType::translation, 0));
}
TEST_F(Walk, Bit55ChoosesTtbr1) {
  TranslationContext c = el1();
  c.ttbr1 = new_table();
  set(c.ttbr1, 1, 0x4000'0000 | kLeaf | kBlock);
  EXPECT_EQ(pa(data(c, kHigh + 0x4000'0010)), 0x4000'0010u);
  EXPECT_FALSE(data(c, 0x4000'0010).ok());
}
TEST_F(Walk, TagByteIsIgnoredOnlyWithTbi) {
  map(kVa, kRam);
  TranslationContext c = el1();
  EXPECT_EQ(fault(data(c, kVa | 0xab00'0000'0000'0000)), stage1(FaultType::translation, 0));
  c.tcr |= 1ull << 37;
  EXPECT_EQ(pa(data(c, kVa | 0xab00'0000'0000'0000)), kRam);
  EXPECT_EQ(fault(data(c, kVa | 0xab80'0000'0000'0000)), stage1(FaultType::translation, 0));
}
TEST_F(Walk, Tbi0SaysNothingAboutTheUpperHalf) {
  TranslationContext c = el1();
  c.tcr |= 1ull << 37;
  map(0x4000'0000, kRam);
  EXPECT_TRUE(data(c, kHigh + 0x4000'0000).ok());
  EXPECT_FALSE(data(c, (kHigh + 0x4000'0000) ^ (1ull << 60)).ok());
}
TEST_F(Walk, El2HasOneRange) {
  map(kVa, kRam);
  EXPECT_EQ(pa(data(el2(), kVa)), kRam);
  EXPECT_EQ(fault(data(el2(), kHigh + kVa)), stage1(FaultType::translation, 0));
}
TEST_F(Walk, TxszOutOfRangeIsALevel0TranslationFault) {
  for (const std::uint64_t t0sz : {15u, 40u, 0u, 63u}) {
    TranslationContext c = el1();
    c.tcr = (c.tcr & ~0x3full) | t0sz;
    EXPECT_EQ(fault(data(c, 0)), stage1(FaultType::translation, 0)) << t0sz;
  }
}
TEST_F(Walk, EpdFaultsOnlyOnATlbMiss) {
  map(kVa, kRam);
  TranslationContext c = el1();
  ASSERT_TRUE(data(c, kVa).ok());
  c.tcr |= 1 << 7;
  EXPECT_TRUE(data(c, kVa).ok());
  EXPECT_EQ(fault(data(c, kVa + 0x1000)), stage1(FaultType::translation, 0));
}
TEST_F(Walk, StartLevelFollowsFromTheInputSize) {
  // T0SZ, level of the only descriptor between the root and the fault.
  constexpr struct {
    unsigned t0sz;
    int level;
  } kCases[] = {{16, 0}, {24, 0}, {25, 1}, {33, 1}, {34, 2}, {39, 2}};
  for (const auto& [t0sz, level] : kCases) {
    TranslationContext c = el1();
    c.tcr = (c.tcr & ~0x3full) | t0sz;
    c.ttbr0 = new_table();
    EXPECT_EQ(fault(data(c, 0)), stage1(FaultType::translation, level)) << t0sz;
  }
}
TEST_F(Walk, With64KGranuleThreeLevelsAndA512MegabyteBlock) {
  TranslationContext c = el1();
  c.tcr = (c.tcr & ~(0x3full | 3ull << 14)) | 22 | 1ull << 14;  // 42 bits, start level 2
  c.ttbr0 = new_table(16);
  set(c.ttbr0, 2, 0x4000'0000 | kLeaf | kBlock);
  EXPECT_EQ(pa(data(c, 0x4000'0000 + 0x1fff'fff8)), 0x5fff'fff8u);
  const std::uint64_t pages = new_table(16);
  set(c.ttbr0, 3, pages | kTable);
  set(pages, 5, (kRam + 0x3'0000) | kLeaf | kPage);
  EXPECT_EQ(pa(data(c, 0x6005'fff0)), kRam + 0x3'fff0);
}
TEST_F(Walk, Level1BlockDoesNotExistWith64KGranule) {
  TranslationContext c = el1();
  c.tcr = (c.tcr & ~(0x3full | 3ull << 14)) | 16 | 1ull << 14;
  c.ttbr0 = new_table();
  set(c.ttbr0, 0, kLeaf | kBlock);
  EXPECT_EQ(fault(data(c, 0)), stage1(FaultType::translation, 1));
}

// ---- stage 1 off

TEST_F(Walk, FlatMapNeedsNoTlbAndGrantsEverything) {
  TranslationContext c = el1();
  c.sctlr = 0;
  const auto result = data(c, kRam + 0x10, store());
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->pa.value, kRam + 0x10);
  EXPECT_EQ(result->slot, kNoSlot);
  EXPECT_TRUE(result->readable && result->writable);
  EXPECT_EQ(mmu().statistics(TlbStructure::l1_data).lookups, 0u);
}
TEST_F(Walk, FlatMapFaultsOnAddressesBeyondThePhysicalOnes) {
  TranslationContext c = el1();
  c.sctlr = 0;
  EXPECT_EQ(fault(data(c, 1ull << 44)), stage1(FaultType::address_size, 0));
  EXPECT_TRUE(data(c, (1ull << 44) - 8).ok());
}

// ---- stage 2

TEST_F(Walk, BothStagesCompose) {
  identity_stage2();
  map(kVa, 0x8000'0000);
  map2(0x8000'0000, kRam + 0x7000);
  EXPECT_EQ(pa(data(guest(), kVa + 8)), kRam + 0x7008);
}
TEST_F(Walk, ConcatenatedRootUsesTheSecondTableForTheUpperHalfOfTheIpas) {
  const std::uint64_t ipa = (1ull << 39) + 0x4000'0000;
  set(root2 + 0x1000, 1, 0x4000'0000 | kS2Leaf | kS2Rw | kBlock);
  TranslationContext c = guest();
  c.sctlr = 0;
  EXPECT_EQ(pa(data(c, ipa + 0x18)), 0x4000'0018u);
  EXPECT_EQ(fault(data(c, 0x4000'0000)), stage2(FaultType::translation, 1, 0x4000'0000));
}
TEST_F(Walk, SixteenConcatenatedTablesAreTheMost) {
  TranslationContext c = guest();
  c.sctlr = 0;
  c.vttbr = new_table(16);
  c.vtcr = 21 | 1ull << 6 | 4ull << 16;  // 43 bits from level 1: 16 tables
  const std::uint64_t ipa = (1ull << 43) - (1ull << 30);
  set(c.vttbr, (1 << 13) - 1, kRam | kS2Leaf | kS2Rw | kBlock);
  EXPECT_EQ(pa(data(c, ipa)), kRam);
  queue->issue({.op = tlb::TlbiOp::alle1});
  queue->window_end();
  c.vtcr = 20 | 1ull << 6 | 4ull << 16;  // 44 bits: would be 32
  EXPECT_EQ(fault(data(c, ipa)), stage2(FaultType::translation, 0, ipa));
}
TEST_F(Walk, Sl0AndT0szMustFit) {
  TranslationContext c = guest();
  c.sctlr = 0;
  const auto level_of_fault = [&](unsigned t0sz, unsigned sl0) {
    c.vtcr = t0sz | sl0 << 6 | 4ull << 16;
    return fault(data(c, 0)).level;
  };
  c.vttbr = new_table(16);
  EXPECT_EQ(level_of_fault(39, 0), 2);
  EXPECT_EQ(level_of_fault(30, 0), 2);
  EXPECT_EQ(level_of_fault(29, 0), 0);  // 35 bits from level 2: 32 tables
  EXPECT_EQ(level_of_fault(33, 1), 1);
  EXPECT_EQ(level_of_fault(34, 1), 0);  // 30 bits from level 1: one descriptor
  EXPECT_EQ(level_of_fault(20, 2), 0);
  EXPECT_EQ(level_of_fault(25, 2), 0);
  EXPECT_EQ(level_of_fault(24, 3), 0);
}
TEST_F(Walk, Level0StartOfStage2NeedsMoreThan42PhysicalBits) {
  identity_stage2();
  TranslationContext c = guest();
  c.sctlr = 0;
  c.vtcr = 20 | 2ull << 6 | 4ull << 16;
  c.vttbr = new_table();
  set(c.vttbr, 0, root2 | kTable);
  EXPECT_TRUE(data(c, kRam).ok());
}
TEST_F(WalkOnA53, HasNoLevel0StartOfStage2) {
  TranslationContext c = guest();
  c.sctlr = 0;
  c.vtcr = 24 | 2ull << 6 | 2ull << 16;
  c.vttbr = new_table();
  set(c.vttbr, 0, root2 | kTable);
  identity_stage2();
  EXPECT_EQ(fault(data(c, kRam)), stage2(FaultType::translation, 0, kRam));
}
TEST_F(Walk, IpaBeyondTheInputSizeIsALevel0TranslationFault) {
  TranslationContext c = guest();
  c.sctlr = 0;
  EXPECT_EQ(fault(data(c, 1ull << 40)), stage2(FaultType::translation, 0, 1ull << 40));
}
TEST_F(Walk, Stage2FaultCarriesTheIpaOfTheAccess) {
  identity_stage2();
  map(kVa, 0x8000'0000);
  EXPECT_EQ(fault(data(guest(), kVa + 0x10)), stage2(FaultType::translation, 1, 0x8000'0010));
}
TEST_F(Walk, Stage2AccessFlagFaultHasItsLevel) {
  identity_stage2();
  map(kVa, 0x8000'0000);
  map2(0x8000'0000, kRam, kInner | kS2Wb | kS2Rw);
  EXPECT_EQ(fault(data(guest(), kVa)), stage2(FaultType::access_flag, 3, 0x8000'0000));
}
TEST_F(Walk, Stage2FaultOnAStage1WalkCarriesTheIpaOfTheDescriptor) {
  // Nothing is mapped at stage 2: the first descriptor read faults.
  EXPECT_EQ(fault(data(guest(), kVa)),
            stage2(FaultType::translation, 1, root1 + (kVa >> 30) * 8, true));
}
TEST_F(Walk, Stage1DescriptorsNeedStage2ReadPermission) {
  map2(root1, root1, kS2Leaf | kS2Wo);
  EXPECT_EQ(fault(data(guest(), kVa)),
            stage2(FaultType::permission, 3, root1 + (kVa >> 30) * 8, true));
}
TEST_F(Walk, WriteNeedsNoStage2WritePermissionForItsDescriptors) {
  identity_stage2();
  map(kVa, 0x8000'0000);
  map2(0x8000'0000, kRam);
  for (std::uint64_t page = kRam + (32 << 20); page < next_free; page += 0x20'0000) {
    map2(page, page, kS2Leaf | kS2Ro, 2);
  }
  EXPECT_TRUE(data(guest(), kVa, store()).ok());
}
TEST_F(Walk, ProtectedTableWalkFaultsOnDeviceMemory) {
  map(kVa, 0x8000'0000);
  map2(0x8000'0000, kRam);
  for (std::uint64_t page = kRam + (32 << 20); page < kRam + (34 << 20); page += 0x20'0000) {
    map2(page, page, kAf | kS2Device | kS2Rw, 2);
  }
  TranslationContext c = guest();
  c.hcr |= kHcrPtw;
  EXPECT_EQ(fault(data(c, kVa)), stage2(FaultType::permission, 2, root1 + (kVa >> 30) * 8, true));
  c.hcr &= ~kHcrPtw;
  EXPECT_TRUE(data(c, kVa).ok());
}
TEST_F(Walk, Stage1ComplaintsComeBeforeTheStage2WalkOfTheOutput) {
  identity_stage2();
  map(kVa, 0x8000'0000, kLeaf | kReadOnly);
  EXPECT_EQ(fault(data(guest(), kVa, store())), stage1(FaultType::permission, 3));
  EXPECT_EQ(fault(data(guest(), kVa, load())), stage2(FaultType::translation, 1, 0x8000'0000));
}
TEST_F(Walk, Stage2TableOutsideMemoryIsAnExternalAbortOfStage2) {
  set(root2, 1, kNowhere | kTable);
  const std::uint64_t ipa = root1 + (kVa >> 30) * 8;
  EXPECT_EQ(fault(data(guest(), kVa)),
            stage2(FaultType::synchronous_external_on_walk, 2, ipa, true));
}
TEST_F(Walk, Stage2PageSizeLimitsACombinedEntry) {
  identity_stage2();
  map(0x4000'0000, 0x8000'0000, kLeaf, 2);
  map2(0x8000'0000, kRam);
  map2(0x8000'1000, kRam + 0x9000);
  EXPECT_EQ(pa(data(guest(), 0x4000'0ff8)), kRam + 0xff8);
  EXPECT_EQ(pa(data(guest(), 0x4000'1ff8)), kRam + 0x9ff8);
}
TEST_F(Walk, BigEndianStage2TablesFollowSctlrEl2) {
  TranslationContext c = guest();
  c.sctlr = 0;
  c.sctlr_el2 = kSctlrEe;
  set(root2, 1, __builtin_bswap64(0x4000'0000 | kS2Leaf | kS2Rw | kBlock));
  EXPECT_TRUE(data(c, kRam).ok());
}
TEST_F(Walk, TgeTurnsStage1Off) {
  TranslationContext c = el1(El::el0);
  c.hcr = kHcrTge;
  EXPECT_EQ(pa(data(c, kRam)), kRam);
}
TEST_F(Walk, DcTurnsStage1OffAndStage2On) {
  TranslationContext c = guest();
  c.hcr = kHcrDc;
  EXPECT_EQ(fault(data(c, kRam)), stage2(FaultType::translation, 1, kRam));
  identity_stage2();
  EXPECT_EQ(pa(data(c, kRam)), kRam);
}
TEST_F(Walk, HcrDoesNotTouchTheEl2Regime) {
  map(kVa, kRam);
  TranslationContext c = el2();
  c.hcr = kHcrVm | kHcrDc | kHcrTge | kHcrCd;
  ASSERT_TRUE(data(c, kVa).ok());
  EXPECT_TRUE(data(c, kVa)->attributes.is_cacheable());
}

// ---- how often memory is read

TEST_F(Walk, ColdStage1WalkReadsOneDescriptorALevel) {
  map(kVa, kRam);
  ASSERT_TRUE(data(el1(), kVa).ok());
  EXPECT_EQ(recorder.count(EventKind::walk_read), 3u);
}
TEST_F(Walk, WalkCacheLeavesOneReadForTheNeighbouringPage) {
  map(kVa, kRam);
  map(kVa + 0x1000, kRam + 0x1000);
  ASSERT_TRUE(data(el1(), kVa).ok());
  recorder.events.clear();
  ASSERT_TRUE(data(el1(), kVa + 0x1000).ok());
  EXPECT_EQ(recorder.count(EventKind::walk_read), 1u);
}
TEST_F(Walk, ColdNestedWalkReads24DescriptorsWithFourLevelsEach) {
  // 48-bit VAs, stage 2 from level 0, and every table in its own stage 2 region of pages.
  TranslationContext c = guest();
  c.tcr = (c.tcr & ~0x3full) | 16;
  c.vtcr = 20 | 2ull << 6 | 0x5ull << 8 | 4ull << 16;
  c.vttbr = new_table() | 9ull << 48;
  const std::uint64_t root = c.vttbr & 0xffff'ffff'ffff;
  std::uint64_t tables_of_stage1[4];
  for (unsigned level = 0; level < 4; ++level) {
    tables_of_stage1[level] = new_table();
    // The IPA of each table is far from the others.
    const std::uint64_t ipa = (level + 1ull) << 40;
    poke(slot(root, 0, ipa, 3), tables_of_stage1[level] | kS2Leaf | kS2Rw | kPage);
  }
  for (unsigned level = 0; level < 3; ++level)
    set(tables_of_stage1[level], 0, (level + 2ull) << 40 | kTable);
  set(tables_of_stage1[3], 0, 9ull << 40 | kLeaf | kPage);
  poke(slot(root, 0, 9ull << 40, 3), kRam | kS2Leaf | kS2Rw | kPage);
  c.ttbr0 = 1ull << 40;
  EXPECT_EQ(pa(data(c, 0)), kRam);
  EXPECT_EQ(recorder.count(EventKind::walk_read), 24u);
}
TEST_F(Walk, CostsTimeAndAMicroTlbHitCostsNone) {
  map(kVa, kRam);
  ASSERT_TRUE(data(el1(), kVa).ok());
  const Cycles cold = cost;
  EXPECT_GT(cold.whole(), 3u * preset.costs.l1_hit_walk);
  ASSERT_TRUE(data(el1(), kVa + 8).ok());
  EXPECT_EQ(cost, cold);
}
TEST_F(Walk, ReadsMemoryAtPoCWhenTheWalkIsNotCacheable) {
  map(kVa, kRam);
  const std::uint64_t at = slot(root1, 1, kVa, 3, 39);
  // A dirty line: the coherent value is newer than memory.
  const std::uint64_t newer = (kRam + 0x6000) | kLeaf | kPage;
  const cache::DataLine line = caches->write({0}, {at}, cost);
  std::memcpy(line.data + at % 64, &newer, 8);
  TranslationContext nc = el1();
  nc.tcr &= ~(0xfull << 8);  // IRGN0 = ORGN0 = Non-cacheable
  EXPECT_EQ(pa(data(nc, kVa)), kRam);
  queue->issue({.op = tlb::TlbiOp::vmalle1});
  queue->window_end();
  EXPECT_EQ(pa(data(el1(), kVa)), kRam + 0x6000);
  queue->issue({.op = tlb::TlbiOp::vmalle1});
  queue->window_end();
  TranslationContext off = el1();
  off.sctlr &= ~kSctlrC;
  EXPECT_EQ(pa(data(off, kVa)), kRam);
}

}  // namespace
}  // namespace armature::mmu::test
