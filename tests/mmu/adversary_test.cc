// Adversarial TLBs: what each mode may do beyond the friendly one, and what none may.
#include "sim/base/user_error.h"
#include "sim/config/tlb_mode.h"
#include "tests/mmu/mmu_fixture.h"

namespace armature::mmu::test {
namespace {

class AdversaryTest : public MmuTest {
 protected:
  static constexpr std::uint64_t kVa = 0x5000;
  void use(TlbMode mode, std::uint64_t seed = 1) {
    mmu().set_adversary(mode, seed, &context, &dirty);
  }
  void touch_pages(unsigned count) {
    for (unsigned n = 0; n < count; ++n) {
      map(kVa + n * 0x1000, kRam + n * 0x1000);
      ASSERT_TRUE(data(context, kVa + n * 0x1000).ok());
    }
  }
  void invalidate_all() {
    queue->issue({.op = tlb::TlbiOp::vmalle1, .broadcast = true, .issuer = {0}});
    queue->complete({0}, DsbScope::inner_or_wider, broadcasts);
  }
  std::uint64_t in_l2() { return mmu().resident(TlbStructure::l2); }
  TranslationContext context = el1();
  bool dirty = false;
  unsigned broadcasts = 0;
};

TEST(TlbModes, TinyHasTwoEntriesInEachStructure) {
  const CpuPreset tiny = with_tlb_mode(cpu_preset("cortex-a72"), TlbMode::tiny);
  for (const TlbGeometry& tlb :
       {tiny.l1_itlb, tiny.l1_dtlb, tiny.l2_tlb, tiny.walk_cache, tiny.ipa_cache}) {
    EXPECT_EQ(tlb.sets * tlb.ways, 2u);
  }
}
TEST(TlbModes, InfiniteHoldsMoreThanAWorkloadTouchesAndNormalIsThePreset) {
  const CpuPreset preset = cpu_preset("cortex-a72");
  for (const TlbMode mode : {TlbMode::infinite, TlbMode::stale}) {
    EXPECT_EQ(with_tlb_mode(preset, mode).l2_tlb.sets * 16u, 8192u);
  }
  for (const TlbMode mode : {TlbMode::normal, TlbMode::random_evict, TlbMode::prefetch}) {
    EXPECT_EQ(with_tlb_mode(preset, mode).l2_tlb.sets, preset.l2_tlb.sets);
    EXPECT_EQ(with_tlb_mode(preset, mode).l1_dtlb.ways, preset.l1_dtlb.ways);
  }
}
TEST(TlbModes, EachHasANameAndAnUnknownOneIsTheUsersError) {
  for (unsigned n = 0; n < 6; ++n) {
    const auto mode = static_cast<TlbMode>(n);
    EXPECT_EQ(parse_tlb_mode(tlb_mode_name(mode)), mode);
  }
  try {
    parse_tlb_mode("random_evict");
    FAIL();
  } catch (const UserError& error) {
    EXPECT_NE(std::string(error.what()).find("did you mean 'random-evict'"), std::string::npos);
  }
}

TEST_F(AdversaryTest, NormalEvictsOnlyWhatReplacementTakes) {
  use(TlbMode::normal);
  touch_pages(20);  // fewer than the L1 holds
  EXPECT_EQ(recorder.count(EventKind::tlb_evict), 0u);
}
TEST_F(AdversaryTest, RandomEvictDropsEntriesAtMissesAndSaysSo) {
  use(TlbMode::random_evict);
  touch_pages(400);
  EXPECT_GT(recorder.count(EventKind::tlb_evict), 0u);
  const auto counts = mmu().statistics(TlbStructure::l2);
  EXPECT_EQ(in_l2(), counts.fills - counts.evictions - counts.invalidations);
}
TEST_F(AdversaryTest, RandomEvictNeverAnswersWrongly) {
  use(TlbMode::random_evict, 7);
  touch_pages(100);
  for (unsigned n = 0; n < 100; ++n)
    EXPECT_EQ(pa(data(context, kVa + n * 0x1000)), kRam + n * 0x1000);
}
TEST_F(AdversaryTest, ChoicesAreTheSeeds) {
  Choices one{1}, same{1}, other{2};
  bool differs = false;
  for (unsigned n = 0; n < 100; ++n) {
    const std::uint64_t choice = one.next();
    EXPECT_EQ(choice, same.next());
    differs = differs || choice != other.next();
  }
  EXPECT_TRUE(differs);
}

TEST_F(AdversaryTest, PrefetchFillsAgainWhatATlbiHasJustRemoved) {
  use(TlbMode::prefetch);
  touch_pages(1);
  invalidate_all();
  EXPECT_EQ(in_l2(), 1u);
}
TEST_F(AdversaryTest, NormalFillsNothingAfterATlbi) {
  use(TlbMode::normal);
  touch_pages(1);
  invalidate_all();
  EXPECT_EQ(in_l2(), 0u);
}
TEST_F(AdversaryTest, PrefetchBeforeATableWriteKeepsTheOldTranslation) {
  use(TlbMode::prefetch);
  touch_pages(1);
  invalidate_all();
  mmu().prefetch();
  poke(slot(root1, 1, kVa, 3, 39), kInvalid);
  EXPECT_EQ(pa(data(context, kVa)), kRam);  // until it is invalidated
}
TEST_F(AdversaryTest, PrefetchDoesNotBringBackWhatTheTablesHoldNoMore) {
  use(TlbMode::prefetch);
  touch_pages(1);
  poke(slot(root1, 1, kVa, 3, 39), kInvalid);
  invalidate_all();
  EXPECT_EQ(in_l2(), 0u);
  EXPECT_FALSE(data(context, kVa).ok());
}
TEST_F(AdversaryTest, PrefetchWalksOnlyForThePresentContext) {
  use(TlbMode::prefetch);
  touch_pages(1);
  context.ttbr0 = new_table() | 6ull << 48;
  invalidate_all();
  EXPECT_EQ(in_l2(), 0u);
}
TEST_F(AdversaryTest, PrefetchWaitsWhileTheContextIsOutOfDate) {
  use(TlbMode::prefetch);
  touch_pages(1);
  dirty = true;
  invalidate_all();
  EXPECT_EQ(in_l2(), 0u);
}

class AdversarialQueue : public AdversaryTest {
 protected:
  // Which cores had applied it before the DSB, a bit each.
  unsigned early(std::uint64_t seed) {
    queue->set_adversary(seed);
    for (auto& core : cores) {
      EXPECT_TRUE(core->translate_data(context, {kVa}, load(), 8, cost).ok());
    }
    queue->issue({.op = tlb::TlbiOp::vmalle1, .broadcast = true, .issuer = {0}});
    unsigned gone = 0;
    for (unsigned n = 0; n < 2; ++n) {
      if (cores[n]->resident(TlbStructure::l2) == 0) gone |= 1u << n;
    }
    return gone;
  }
  void SetUp() override { map(kVa, kRam); }
};

TEST_F(AdversarialQueue, EachCoreMayGetItBeforeTheDsbOrNot) {
  std::set<unsigned> seen;
  for (std::uint64_t seed = 1; seed < 60; ++seed) {
    seen.insert(early(seed));
    queue->complete({0}, DsbScope::inner_or_wider, broadcasts);
  }
  EXPECT_EQ(seen, (std::set<unsigned>{0, 1, 2, 3}));
}
TEST_F(AdversarialQueue, TheIssuersDsbDeliversItEverywhere) {
  for (std::uint64_t seed = 1; seed < 30; ++seed) {
    early(seed);
    queue->complete({0}, DsbScope::inner_or_wider, broadcasts);
    for (auto& core : cores) EXPECT_EQ(core->resident(TlbStructure::l2), 0u);
  }
}
TEST_F(AdversarialQueue, EachCoreAppliesItOnce) {
  for (std::uint64_t seed = 1; seed < 30; ++seed) {
    recorder.events.clear();
    early(seed);
    queue->window_end();
    queue->complete({0}, DsbScope::inner_or_wider, broadcasts);
    EXPECT_EQ(recorder.count(EventKind::tlbi_receive), 2u);
  }
}
TEST_F(AdversarialQueue, WithoutTheDsbAWindowEndNeedNotDeliverIt) {
  bool waits = false;
  for (std::uint64_t seed = 1; seed < 30; ++seed) {
    early(seed);
    queue->window_end();
    waits = waits || cores[1]->resident(TlbStructure::l2) != 0;
    queue->complete({0}, DsbScope::inner_or_wider, broadcasts);
  }
  EXPECT_TRUE(waits);
}

}  // namespace
}  // namespace armature::mmu::test
