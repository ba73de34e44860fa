// Coherence between cores, memory attributes, monitors, other masters, replacement and costs.
#include <numeric>

#include "sim/base/user_error.h"
#include "tests/cache/machine_fixture.h"

namespace armature::cache {
namespace {

class Coherence : public Machine {};
class NonCacheable : public Machine {};
class Monitor : public Machine {};
class Dma : public Machine {};
class Walker : public Machine {};
class Rights : public Machine {};
class Cost : public Machine {};

TEST_F(Coherence, AStoreIsSeenByEveryCore) {
  store(kCore0, x, 7);
  EXPECT_EQ(load(kCore1, x), 7);
  store(kCore2, x, 8);
  EXPECT_EQ(load(kCore0, x), 8);
  EXPECT_EQ(load(kCore1, x), 8);
}

TEST_F(Coherence, AWriteLeavesTheLineInNoOtherL1) {
  load(kCore0, x);
  load(kCore1, x);
  store(kCore2, x, 1);
  EXPECT_EQ(caches->resident_lines(Level::l1_data, kCore0), 0u);
  EXPECT_EQ(caches->resident_lines(Level::l1_data, kCore1), 0u);
}

TEST_F(Coherence, SharingADirtyLineMovesItToThePouButNotToMemory) {
  store(kCore0, x, 7);
  load(kCore1, x);
  EXPECT_EQ(pou(x), 7);
  EXPECT_EQ(poc(x), 0);
}

TEST_F(Coherence, EvictionFromL1WritesToThePouOnly) {
  store(kCore0, x, 7);
  load(kCore0, alias(x, 1));
  load(kCore0, alias(x, 2));
  ASSERT_EQ(caches->statistics(kCore0).l1d_evictions, 1u);
  EXPECT_EQ(pou(x), 7);
  EXPECT_EQ(poc(x), 0);
}

TEST_F(Coherence, EvictionFromL2WritesToThePocAndTakesTheLineFromL1) {
  const unsigned slot = store(kCore0, x, 7);
  for (unsigned n = 1; n <= 4; ++n) load(kCore1, alias(x, n));
  ASSERT_EQ(caches->shared_statistics().l2_evictions, 1u);
  EXPECT_TRUE(Observer::has(observers[0].lines, slot));
  EXPECT_EQ(poc(x), 7);
  EXPECT_EQ(load(kCore2, x), 7);
}

TEST_F(Coherence, AnUpgradeIsCountedAndAFirstStoreToAnExclusiveLineIsNot) {
  load(kCore0, x);
  store(kCore0, x, 1);
  EXPECT_EQ(caches->statistics(kCore0).l1d_upgrades, 0u);
  load(kCore1, x);
  store(kCore0, x, 2);
  EXPECT_EQ(caches->statistics(kCore0).l1d_upgrades, 1u);
}

TEST_F(NonCacheable, AReadSeesWhatWasNotCleaned) {
  store(kCore0, x, 7);
  EXPECT_EQ(load_uncached(kCore1, x), 0);
  dc(DataOp::clean_poc, x);
  EXPECT_EQ(load_uncached(kCore1, x), 7);
}

TEST_F(NonCacheable, AWriteIsHiddenByACachedLine) {
  load(kCore0, x);
  store_uncached(kCore1, x, 9);
  EXPECT_EQ(load(kCore0, x), 0);
  EXPECT_EQ(load(kCore2, x), 0);
  EXPECT_EQ(load_uncached(kCore2, x), 9);
}

TEST_F(NonCacheable, AWriteUnderACleanLineAppearsWhenTheLineGoes) {
  load(kCore0, x);
  store_uncached(kCore1, x, 9);
  dc(DataOp::clean_poc, x);
  EXPECT_EQ(poc(x), 9);  // a clean line has nothing to write
  dc(DataOp::invalidate_poc, x);
  EXPECT_EQ(load(kCore0, x), 9);
}

TEST_F(NonCacheable, AWriteUnderACleanLineAppearsAfterItsEviction) {
  load(kCore0, x);
  store_uncached(kCore1, x, 9);
  for (unsigned n = 1; n <= 4; ++n) load(kCore1, alias(x, n));
  EXPECT_EQ(coherent(x), 9);
  EXPECT_EQ(load(kCore0, x), 9);
}

TEST_F(NonCacheable, AWriteUnderADirtyLineIsOverwrittenByItsEviction) {
  store(kCore0, x, 7);
  store_uncached(kCore1, x + 1, 9);
  EXPECT_EQ(poc(x + 1), 9);
  for (unsigned n = 1; n <= 4; ++n) load(kCore1, alias(x, n));
  EXPECT_EQ(poc(x), 7);
  EXPECT_EQ(coherent(x + 1), 0);
}

TEST_F(NonCacheable, ReadsAndWritesAllocateNothing) {
  store_uncached(kCore0, x, 9);
  EXPECT_EQ(load_uncached(kCore0, x), 9);
  EXPECT_EQ(coherent(x), 9);
  EXPECT_TRUE(log.events.empty());
  EXPECT_EQ(caches->resident_lines(Level::l2, kCore0), 0u);
}

TEST_F(Monitor, CoversItsWholeGranuleAndNothingElse) {
  caches->monitor_set(kCore0, x);
  EXPECT_TRUE(caches->monitor_covers(kCore0, x.aligned_down(64)));
  EXPECT_TRUE(caches->monitor_covers(kCore0, x.aligned_down(64) + 63));
  EXPECT_FALSE(caches->monitor_covers(kCore0, x + 64));
  EXPECT_FALSE(caches->monitor_covers(kCore1, x));
}

TEST_F(Monitor, AnotherCoresWriteClearsIt) {
  load(kCore0, x);
  caches->monitor_set(kCore0, x);
  store(kCore1, x, 1);
  EXPECT_FALSE(caches->monitor_covers(kCore0, x));
  EXPECT_EQ(observers[0].monitors, 1u);
}

TEST_F(Monitor, AnotherCoresReadDoesNot) {
  load(kCore0, x);
  caches->monitor_set(kCore0, x);
  load(kCore1, x);
  load_uncached(kCore1, x);
  EXPECT_TRUE(caches->monitor_covers(kCore0, x));
}

TEST_F(Monitor, OnesOwnWriteDoesNot) {
  load(kCore0, x);
  caches->monitor_set(kCore0, x);
  store(kCore0, x, 1);
  store_uncached(kCore0, x, 1);
  EXPECT_TRUE(caches->monitor_covers(kCore0, x));
}

TEST_F(Monitor, SurvivesTheEvictionOfItsLineAndIsStillCleared) {
  load(kCore0, x);
  caches->monitor_set(kCore0, x);
  for (unsigned n = 1; n <= 8; ++n) load(kCore1, alias(x, n));
  EXPECT_TRUE(caches->monitor_covers(kCore0, x));
  store(kCore1, x, 1);
  EXPECT_FALSE(caches->monitor_covers(kCore0, x));
}

TEST_F(Monitor, AWriteToTheNextGranuleDoesNot) {
  caches->monitor_set(kCore0, x);
  store(kCore1, x + 64, 1);
  EXPECT_TRUE(caches->monitor_covers(kCore0, x));
}

TEST_F(Monitor, NonCacheableAndDmaWritesClearIt) {
  caches->monitor_set(kCore0, x);
  store_uncached(kCore1, x, 1);
  EXPECT_FALSE(caches->monitor_covers(kCore0, x));
  caches->monitor_set(kCore0, x);
  const std::uint8_t byte = 1;
  caches->dma_write(x, {&byte, 1});
  EXPECT_FALSE(caches->monitor_covers(kCore0, x));
  EXPECT_EQ(observers[0].monitors, 2u);
}

TEST_F(Dma, SeesDirtyDataAndDisturbsNothing) {
  store(kCore0, x, 7);
  log.events.clear();
  std::uint8_t byte = 0;
  caches->dma_read(x, {&byte, 1});
  EXPECT_EQ(byte, 7);
  EXPECT_EQ(poc(x), 0);
  EXPECT_TRUE(log.events.empty());
}

TEST_F(Dma, AWriteMakesAllThreeValuesEqualAndKeepsTheRestOfADirtyLine) {
  store(kCore0, x, 7);
  const std::uint8_t byte = 9;
  caches->dma_write(x + 1, {&byte, 1});
  for (const auto value : {coherent(x), pou(x), poc(x)}) EXPECT_EQ(value, 7);
  for (const auto value : {coherent(x + 1), pou(x + 1), poc(x + 1)}) EXPECT_EQ(value, 9);
  EXPECT_EQ(caches->resident_lines(Level::l1_data, kCore0), 0u);
}

TEST_F(Dma, AWriteCrossesLines) {
  store(kCore0, x, 7);
  store(kCore1, x + 128, 8);
  std::vector<std::uint8_t> bytes(200);
  std::iota(bytes.begin(), bytes.end(), std::uint8_t{1});
  caches->dma_write(x, bytes);
  EXPECT_EQ(load(kCore2, x), 1);
  EXPECT_EQ(load(kCore2, x + 128), 129);
  std::vector<std::uint8_t> back(200);
  caches->dma_read(x, back);
  EXPECT_EQ(back, bytes);
}

TEST_F(Dma, AWriteLeavesOldCodeInTheInstructionCache) {
  fetch(kCore0, x);
  const std::uint8_t byte = 9;
  caches->dma_write(x, {&byte, 1});
  EXPECT_EQ(fetch(kCore0, x), 0);
  EXPECT_EQ(fetch(kCore1, x), 9);
}

TEST_F(Walker, SeesDirtyDataOfItsOwnAndOfOtherCores) {
  store(kCore0, x, 7);
  EXPECT_EQ(caches->walk_read(kCore0, x, cost) & 0xff, 7u);
  EXPECT_EQ(caches->walk_read(kCore1, x, cost) & 0xff, 7u);
  EXPECT_EQ(caches->statistics(kCore0).walk_reads_l1d, 1u);
  EXPECT_EQ(caches->statistics(kCore1).walk_reads_l2, 1u);
}

TEST_F(Walker, AllocatesInL2Only) {
  caches->walk_read(kCore0, x, cost);
  EXPECT_EQ(caches->resident_lines(Level::l2, kCore0), 1u);
  EXPECT_EQ(caches->resident_lines(Level::l1_data, kCore0), 0u);
}

TEST_F(Walker, ReadsTheWholeDescriptorOfAnyAlignment) {
  const std::uint64_t descriptor = 0x0123456789abcdef;
  std::memcpy(memory.host(x), &descriptor, 8);
  EXPECT_EQ(caches->walk_read(kCore0, x, cost), descriptor);
  EXPECT_EQ(caches->walk_read(kCore0, x + 3, cost), descriptor);
}

TEST_F(Rights, AReadByAnotherCoreTakesOnlyTheWriteRight) {
  const unsigned slot = store(kCore0, x, 7);
  load(kCore1, x);
  EXPECT_TRUE(Observer::has(observers[0].writes, slot));
  EXPECT_FALSE(Observer::has(observers[0].lines, slot));
}

TEST_F(Rights, AWriteByAnotherCoreTakesTheLine) {
  const unsigned slot = caches->read(kCore0, x, cost).slot;
  store(kCore1, x, 7);
  EXPECT_TRUE(Observer::has(observers[0].lines, slot));
}

TEST_F(Rights, ClearingReferenceBitsIsAnnounced) {
  const unsigned a = caches->read(kCore0, x, cost).slot;
  const unsigned b = caches->read(kCore0, alias(x, 1), cost).slot;
  EXPECT_TRUE(observers[0].lines.empty());
  caches->read(kCore0, alias(x, 2), cost);  // both bits are set: cleared, one line goes
  EXPECT_TRUE(Observer::has(observers[0].lines, a));
  EXPECT_TRUE(Observer::has(observers[0].lines, b));
}

TEST_F(Rights, NruKeepsTheLineThatWasUsedAgain) {
  load(kCore0, x);
  load(kCore0, alias(x, 1));
  load(kCore0, alias(x, 2));  // replaces one of the two, and clears the other's bit
  const PhysicalAddress kept = alias(x, 1);
  log.events.clear();
  load(kCore0, kept);
  ASSERT_TRUE(log.events.empty()) << "expected a hit";
  load(kCore0, alias(x, 3));
  load(kCore0, alias(x, 3));
  EXPECT_EQ(caches->resident_lines(Level::l1_data, kCore0), 2u);
}

TEST_F(Rights, TheInstructionSideIsToldOfReplacement) {
  const unsigned slot = caches->fetch(kCore0, x, cost).slot;
  for (unsigned n = 1; n <= 3; ++n) fetch(kCore0, alias(x, n));
  EXPECT_TRUE(Observer::has(observers[0].code, slot));
}

TEST_F(Cost, HitsAreFreeAndMissesArePricedByTheLevelThatAnswers) {
  const Costs& costs = small_preset().costs;
  load(kCore0, x);
  EXPECT_EQ(cost, Cycles::whole(costs.memory));
  cost = {};
  load(kCore0, x);
  store(kCore0, x, 1);
  load(kCore0, x);
  EXPECT_EQ(cost, Cycles{});
  load(kCore1, x);
  EXPECT_EQ(cost, Cycles::whole(costs.l2_cache_hit + costs.snoop));
  cost = {};
  load(kCore2, x);
  EXPECT_EQ(cost, Cycles::whole(costs.l2_cache_hit));
  cost = {};
  load_uncached(kCore0, x);
  EXPECT_EQ(cost, Cycles::whole(costs.device));
}

TEST_F(Coherence, ASnapshotOfAnotherGeometryIsRefused) {
  std::vector<std::uint8_t> saved;
  caches->save(saved);
  MemoryMap other_memory;
  other_memory.add("ram", kRam, kRamBytes, true);
  EventBus bus;
  CpuPreset larger = small_preset();
  larger.l2.bytes *= 2;
  Hierarchy other(larger, 3, 1, other_memory, bus);
  std::span<const std::uint8_t> in(saved);
  EXPECT_THROW(other.load(in), UserError);
  Hierarchy fewer(small_preset(), 2, 1, other_memory, bus);
  in = saved;
  EXPECT_THROW(fewer.load(in), UserError);
  Hierarchy same(small_preset(), 3, 1, other_memory, bus);
  in = std::span<const std::uint8_t>(saved).first(saved.size() / 2);
  EXPECT_THROW(same.load(in), UserError);
}

}  // namespace
}  // namespace armature::cache
