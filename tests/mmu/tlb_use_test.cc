// What the TLBs keep, for whom, and how the counts and events add up.
#include <algorithm>
#include <random>

#include "tests/mmu/mmu_fixture.h"

namespace armature::mmu::test {
namespace {

class TlbUse : public MmuTest {
 protected:
  static constexpr std::uint64_t kVa = 0x5000;
  void invalidate(tlb::TlbiOp op, std::uint64_t operand = 0, Vmid vmid = {}) {
    mmu().invalidate({.op = op, .operand = operand, .vmid = vmid}, 0);
  }
  std::uint64_t walks() const { return cores[0]->walk_statistics().stage1_walks; }
  static TranslationContext with_asid(TranslationContext c, std::uint64_t asid) {
    c.ttbr0 = (c.ttbr0 & 0xffff'ffff'ffff) | asid << 48;
    return c;
  }
  static TranslationContext with_vmid(TranslationContext c, std::uint64_t vmid) {
    c.vttbr = (c.vttbr & 0xffff'ffff'ffff) | vmid << 48;
    return c;
  }
};

TEST_F(TlbUse, StaleTranslationIsUsedUntilATlbi) {
  map(kVa, kRam);
  ASSERT_EQ(pa(data(el1(), kVa)), kRam);
  map(kVa, kRam + 0x9000);
  EXPECT_EQ(pa(data(el1(), kVa)), kRam);
  invalidate(tlb::TlbiOp::vaae1, kVa >> 12);
  EXPECT_EQ(pa(data(el1(), kVa)), kRam + 0x9000);
}
TEST_F(TlbUse, NewRootUnderTheSameAsidFlushesNothing) {
  map(kVa, kRam);
  ASSERT_EQ(pa(data(el1(), kVa)), kRam);
  TranslationContext c = el1();
  c.ttbr0 = new_table() | 5ull << 48;
  EXPECT_EQ(pa(data(c, kVa)), kRam);
}
TEST_F(TlbUse, NonGlobalEntryIsNotUsedUnderAnotherAsid) {
  map(kVa, kRam, kLeaf | kNonGlobal);
  ASSERT_TRUE(data(el1(), kVa).ok());
  map(kVa, kRam + 0x9000, kLeaf | kNonGlobal);
  EXPECT_EQ(pa(data(with_asid(el1(), 6), kVa)), kRam + 0x9000);
  EXPECT_EQ(pa(data(el1(), kVa)), kRam);  // still there
}
TEST_F(TlbUse, GlobalEntryIsUsedUnderEveryAsid) {
  map(kVa, kRam);
  ASSERT_TRUE(data(el1(), kVa).ok());
  map(kVa, kRam + 0x9000);
  EXPECT_EQ(pa(data(with_asid(el1(), 6), kVa)), kRam);
}
TEST_F(TlbUse, A1TakesTheAsidOfTtbr1ForBothHalves) {
  map(kVa, kRam, kLeaf | kNonGlobal);
  TranslationContext c = el1();
  c.tcr |= 1 << 22;
  c.ttbr1 |= 7ull << 48;
  ASSERT_TRUE(data(c, kVa).ok());
  EXPECT_EQ(mmu().entries().front().entry.asid.value, 7);
}
TEST_F(TlbUse, TcrAsZeroUsesEightBitsOfTheAsid) {
  map(kVa, kRam, kLeaf | kNonGlobal);
  TranslationContext c = with_asid(el1(), 0x1234);
  c.tcr &= ~(1ull << 36);
  ASSERT_TRUE(data(c, kVa).ok());
  EXPECT_EQ(mmu().entries().front().entry.asid.value, 0x34);
}
TEST_F(TlbUse, EntriesCarryTheVmidAlsoWhileStage2IsOff) {
  map(kVa, kRam);
  ASSERT_TRUE(data(with_vmid(el1(), 3), kVa).ok());
  map(kVa, kRam + 0x9000);
  EXPECT_EQ(pa(data(with_vmid(el1(), 4), kVa)), kRam + 0x9000);
  EXPECT_EQ(pa(data(with_vmid(el1(), 3), kVa)), kRam);
}
TEST_F(TlbUse, VmidHasEightBits) {
  map(kVa, kRam);
  ASSERT_TRUE(data(with_vmid(el1(), 3), kVa).ok());
  map(kVa, kRam + 0x9000);
  EXPECT_EQ(pa(data(with_vmid(el1(), 0x103), kVa)), kRam);
}
TEST_F(TlbUse, EntriesOfOneRegimeDoNotServeTheOther) {
  map(kVa, kRam);
  ASSERT_TRUE(data(el1(), kVa).ok());
  map(kVa, kRam + 0x9000);
  EXPECT_EQ(pa(data(el2(), kVa)), kRam + 0x9000);
}
TEST_F(TlbUse, Stage1OnlyEntryDoesNotServeOnceStage2IsOn) {
  identity_stage2();
  map(kVa, kRam);
  ASSERT_TRUE(data(with_vmid(el1(), 9), kVa).ok());
  map(kVa, kRam + 0x20'0000);
  EXPECT_EQ(pa(data(guest(), kVa)), kRam + 0x20'0000);
}
TEST_F(TlbUse, CombinedEntrySurvivesIpas2AndFallsToVmalle1) {
  identity_stage2();
  map(kVa, 0x8000'0000);
  map2(0x8000'0000, kRam);
  ASSERT_EQ(pa(data(guest(), kVa)), kRam);
  map2(0x8000'0000, kRam + 0x9000);
  invalidate(tlb::TlbiOp::ipas2e1, 0x8000'0000 >> 12, {9});
  EXPECT_EQ(pa(data(guest(), kVa)), kRam);
  invalidate(tlb::TlbiOp::vmalle1, 0, {9});
  EXPECT_EQ(pa(data(guest(), kVa)), kRam + 0x9000);
}
TEST_F(TlbUse, IpaCacheRefillsACombinedEntryWithTheOldStage2) {
  identity_stage2();
  map(kVa, 0x8000'0000);
  map2(0x8000'0000, kRam);
  ASSERT_EQ(pa(data(guest(), kVa)), kRam);
  map2(0x8000'0000, kRam + 0x9000);
  invalidate(tlb::TlbiOp::vmalle1, 0, {9});  // stage 2 was forgotten
  EXPECT_EQ(pa(data(guest(), kVa)), kRam);
  invalidate(tlb::TlbiOp::vmalls12e1, 0, {9});
  EXPECT_EQ(pa(data(guest(), kVa)), kRam + 0x9000);
}
TEST_F(TlbUse, Stage1OffUnderStage2IsRemovedByIpa) {
  identity_stage2();
  map2(0x8000'0000, kRam);
  TranslationContext c = guest();
  c.sctlr = 0;
  ASSERT_EQ(pa(data(c, 0x8000'0000)), kRam);
  map2(0x8000'0000, kRam + 0x9000);
  invalidate(tlb::TlbiOp::vmalle1, 0, {9});
  EXPECT_EQ(pa(data(c, 0x8000'0000)), kRam);
  invalidate(tlb::TlbiOp::ipas2e1, 0x8000'0000 >> 12, {9});
  EXPECT_EQ(pa(data(c, 0x8000'0000)), kRam + 0x9000);
}
TEST_F(TlbUse, LastLevelTlbiLeavesAStaleTablePointer) {
  map(kVa, kRam);
  ASSERT_EQ(pa(data(el1(), kVa)), kRam);
  const std::uint64_t other = new_table();
  set(other, kVa >> 12, (kRam + 0x9000) | kLeaf | kPage);
  poke(slot(root1, 1, kVa, 2, 39), other | kTable);
  invalidate(tlb::TlbiOp::vale1, kVa >> 12 | 5ull << 48);
  EXPECT_EQ(pa(data(el1(), kVa)), kRam);  // the old table is still walked
  invalidate(tlb::TlbiOp::vae1, kVa >> 12 | 5ull << 48);
  EXPECT_EQ(pa(data(el1(), kVa)), kRam + 0x9000);
}
TEST_F(TlbUse, OneTlbiInsideAGuestBlockRemovesAllItsSplinters) {
  identity_stage2();
  map(0x4000'0000, 0x8000'0000, kLeaf, 2);
  for (std::uint64_t page = 0; page < 0x20'0000; page += 0x1000)
    map2(0x8000'0000 + page, kRam + page);
  for (std::uint64_t page = 0; page < 0x10'0000; page += 0x1000) {
    ASSERT_TRUE(data(guest(), 0x4000'0000 + page).ok());
  }
  invalidate(tlb::TlbiOp::vae1, 0x4000'1000 >> 12 | 5ull << 48, {9});
  for (const auto& view : mmu().entries()) {
    EXPECT_NE(view.entry.kind, tlb::EntryKind::combined) << tlb_structure_name(view.structure);
  }
}
TEST_F(TlbUse, EntriesExplainThemselves) {
  identity_stage2();
  map(kVa, 0x8000'0000);
  map2(0x8000'0000, kRam);
  ASSERT_TRUE(data(guest(), kVa).ok());
  unsigned found = 0;
  for (const auto& view : mmu().entries()) {
    const tlb::Entry& e = view.entry;
    if (e.kind != tlb::EntryKind::combined) continue;
    ++found;
    EXPECT_EQ(e.stage1_descriptor, slot(root1, 1, kVa, 3, 39));
    EXPECT_EQ(e.stage2_descriptor, slot(root2, 1, 0x8000'0000, 3, 40));
    EXPECT_EQ(e.stage1_root, root1);
    EXPECT_EQ(e.stage2_root, root2);
    EXPECT_EQ(e.ipa, 0x8000'0000u);
    const auto fill = std::find_if(recorder.events.begin(), recorder.events.end(),
                                   [&](const Event& x) { return x.sequence == e.sequence; });
    ASSERT_NE(fill, recorder.events.end());
    EXPECT_EQ(fill->kind, EventKind::tlb_fill);
    EXPECT_EQ(fill->c, e.stage1_descriptor);
  }
  EXPECT_EQ(found, 2u);  // L2 TLB and data micro-TLB
}
TEST_F(TlbUse, FetchesAndDataHaveMicroTlbsOfTheirOwnAndShareTheL2Tlb) {
  map(kVa, kRam);
  ASSERT_TRUE(data(el1(), kVa).ok());
  ASSERT_TRUE(fetch(el1(), kVa).ok());
  EXPECT_EQ(walks(), 1u);
  EXPECT_EQ(mmu().statistics(TlbStructure::l2).hits, 1u);
  EXPECT_EQ(mmu().resident(TlbStructure::l1_instruction), 1u);
  EXPECT_EQ(mmu().resident(TlbStructure::l1_data), 1u);
}

// ---- events

TEST_F(TlbUse, WalkPublishesItsBeginReadsEndAndFills) {
  map(0x4000'0000, kRam, kLeaf, 2);
  ASSERT_TRUE(data(el1(), 0x4000'0000).ok());
  using enum EventKind;
  std::erase_if(recorder.events, [](const Event& event) { return event.kind >= cache_fill; });
  EXPECT_EQ(recorder.kinds(), (std::vector<EventKind>{walk_begin, walk_read, tlb_fill, walk_read,
                                                      walk_end, tlb_fill, tlb_fill}));
  EXPECT_EQ(recorder.events[2].d & 7, static_cast<unsigned>(TlbStructure::walk_cache));
  EXPECT_EQ(recorder.events[5].d & 7, static_cast<unsigned>(TlbStructure::l2));
  EXPECT_EQ(recorder.events[6].d & 7, static_cast<unsigned>(TlbStructure::l1_data));
  EXPECT_EQ(recorder.events[6].d >> 7 & 63, 21u);
  EXPECT_EQ(recorder.events[6].d >> 13 & 7, 2u);
  EXPECT_EQ(recorder.events[6].b, kRam);
}
TEST_F(TlbUse, FaultingWalkEndsWithItsFault) {
  EXPECT_FALSE(data(el1(), kVa).ok());
  const Event* end = recorder.last(EventKind::walk_end);
  ASSERT_NE(end, nullptr);
  EXPECT_EQ(end->d >> 16 & 15, static_cast<unsigned>(FaultType::translation));
  EXPECT_EQ(end->d >> 13 & 7, 1u);
}
TEST_F(TlbUse, ListenerChangesNothing) {
  map(kVa, kRam);
  ASSERT_TRUE(data(el1(), kVa).ok());
  const std::uint64_t heard = events.sequence();
  events.remove(recorder);
  Mmu unheard({0}, preset, 1, memory, *caches, events);
  ASSERT_TRUE(unheard.translate_data(el1(), {kVa}, load(), 8, cost).ok());
  // The second one finds its descriptors in the caches: count only translation events.
  unsigned translation = 0;
  for (const Event& event : recorder.events) {
    translation += event.kind >= EventKind::walk_begin && event.kind <= EventKind::table_write;
  }
  EXPECT_EQ(events.sequence() - heard, translation);
}

// ---- the observer

class Lost final : public MicroTlbObserver {
 public:
  struct Entry {
    unsigned slot;
    std::uint64_t va, bytes;
    bool operator==(const Entry&) const = default;
  };
  std::vector<Entry> data{};
  std::vector<unsigned> instruction{};
  void l1d_entry_lost(unsigned slot, VirtualAddress va, std::uint64_t bytes) override {
    data.push_back({slot, va.value, bytes});
  }
  void l1i_entry_lost(unsigned slot) override { instruction.push_back(slot); }
};

TEST_F(TlbUse, ObserverHearsOfInvalidatedAndReplacedEntries) {
  Lost lost;
  mmu().set_observer(&lost);
  const unsigned ways = preset.l1_dtlb.ways;
  for (std::uint64_t n = 0; n <= ways; ++n) {
    map(n << 12, kRam);
    ASSERT_TRUE(data(el1(), n << 12).ok());
  }
  EXPECT_EQ(lost.data, (std::vector<Lost::Entry>{{0, 0, 0x1000}}));
  const std::uint64_t high = 0xffff'ff80'0000'0000;
  ASSERT_TRUE(fetch(el1(), 0x1000).ok());
  map(0x4000'0000, kRam, kLeaf, 2);
  const auto block = data(el1(), high + 0x4000'0000);
  ASSERT_TRUE(block.ok());
  lost.data.clear();
  invalidate(tlb::TlbiOp::vaae1, (high + 0x4000'3000) >> 12 & 0xfff'ffff'ffff);
  EXPECT_EQ(lost.data, (std::vector<Lost::Entry>{{block->slot, high + 0x4000'0000, 0x20'0000}}));
  EXPECT_TRUE(lost.instruction.empty());
  invalidate(tlb::TlbiOp::vmalle1);
  EXPECT_EQ(lost.instruction.size(), 1u);
  EXPECT_EQ(lost.data.size(), ways);
}

// ---- conservation

TEST_F(TlbUse, CountsConserveUnderRandomUse) {
  identity_stage2();
  for (std::uint64_t n = 0; n < 512; ++n) {
    if (n % 7 != 0) map(n << 12, kRam + (n % 64 << 12), kLeaf | (n % 3 == 0 ? kNonGlobal : 0));
  }
  for (std::uint64_t n = 1; n < 8; ++n) map(n << 30, 0x4000'0000, kLeaf, 1);
  std::mt19937_64 random(7);
  for (unsigned step = 0; step < 30000; ++step) {
    TranslationContext c = random() % 2 == 0 ? with_vmid(el1(), random() % 2) : guest();
    c = with_asid(c, random() % 3);
    if (random() % 8 == 0) c = el2();
    if (random() % 16 == 0) c.sctlr = 0;
    const std::uint64_t va =
        random() % 2 == 0 ? (random() % 512) << 12 : (random() % 8 << 30) + (random() % 64 << 12);
    if (random() % 4 == 0) {
      (void)fetch(c, va);
    } else {
      (void)data(c, va, random() % 2 == 0 ? load() : store());
    }
    if (random() % 200 == 0) {
      invalidate(static_cast<tlb::TlbiOp>(random() % static_cast<unsigned>(tlb::TlbiOp::count)),
                 va >> 12 | random() % 3 << 48,
                 {random() % 2 == 0 ? std::uint16_t{9} : std::uint16_t{0}});
    }
  }
  std::uint64_t fills = 0, evictions = 0, invalidations = 0;
  for (unsigned n = 0; n < kTlbStructures; ++n) {
    const auto structure = static_cast<TlbStructure>(n);
    const auto& s = mmu().statistics(structure);
    EXPECT_EQ(s.lookups, s.hits + s.misses) << tlb_structure_name(structure);
    EXPECT_EQ(mmu().resident(structure), s.fills - s.evictions - s.invalidations)
        << tlb_structure_name(structure);
    EXPECT_GT(s.fills, 0u);
    EXPECT_GT(s.hits, 0u);
    fills += s.fills;
    evictions += s.evictions;
    invalidations += s.invalidations;
  }
  EXPECT_GT(evictions, 0u);
  EXPECT_EQ(fills, recorder.count(EventKind::tlb_fill));
  EXPECT_EQ(evictions, recorder.count(EventKind::tlb_evict));
  EXPECT_EQ(invalidations, recorder.count(EventKind::tlb_drop));
  const auto& walks = mmu().walk_statistics();
  EXPECT_EQ(mmu().statistics(TlbStructure::ipa_cache).fills, walks.stage2_completed);
  EXPECT_EQ(walks.descriptor_reads, recorder.count(EventKind::walk_read));
  EXPECT_EQ(walks.stage1_walks + walks.stage2_walks, recorder.count(EventKind::walk_begin));
  EXPECT_EQ(recorder.count(EventKind::walk_begin), recorder.count(EventKind::walk_end));
  std::uint64_t shown = 0;
  for (unsigned n = 0; n < kTlbStructures; ++n)
    shown += mmu().resident(static_cast<TlbStructure>(n));
  EXPECT_EQ(mmu().entries().size(), shown);
}
TEST_F(TlbUse, ColdWalkThatCompletesFillsTheL2Tlb) {
  for (std::uint64_t n = 0; n < 100; ++n) {
    if (n % 3 != 0) map(n << 12, kRam);
    (void)data(el1(), n << 12);
  }
  EXPECT_EQ(mmu().walk_statistics().stage1_walks, 100u);
  EXPECT_EQ(mmu().statistics(TlbStructure::l2).fills, mmu().walk_statistics().stage1_completed);
  EXPECT_EQ(mmu().walk_statistics().stage1_completed, 66u);
}

// ---- snapshots

TEST_F(TlbUse, RestoredMmuContinuesLikeTheOriginal) {
  identity_stage2();
  for (std::uint64_t n = 0; n < 200; ++n) map(n << 12, kRam + (n << 12));
  std::mt19937_64 random(3);
  for (unsigned step = 0; step < 1000; ++step) (void)data(guest(), random() % 200 << 12);
  std::vector<std::uint8_t> bytes;
  mmu().save(bytes);
  Mmu copy({0}, preset, 1, memory, *caches, events);
  std::span<const std::uint8_t> in(bytes);
  copy.load(in);
  EXPECT_TRUE(in.empty());
  for (unsigned step = 0; step < 1000; ++step) {
    const std::uint64_t va = random() % 200 << 12;
    const auto a = data(guest(), va);
    const auto b = copy.translate_data(guest(), {va}, load(), 8, cost);
    ASSERT_EQ(a->slot, b->slot);
  }
  const auto& s = mmu().statistics(TlbStructure::l2);
  EXPECT_EQ(s.fills, copy.statistics(TlbStructure::l2).fills);
  EXPECT_EQ(s.hits, copy.statistics(TlbStructure::l2).hits);
}

}  // namespace
}  // namespace armature::mmu::test
