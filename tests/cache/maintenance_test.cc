// What each maintenance operation moves, and what it must leave alone.
#include "tests/cache/machine_fixture.h"

namespace armature::cache {
namespace {

class Maintenance : public Machine {};
class InstructionSide : public Machine {};
class SetWay : public Machine {
 protected:
  // 64 sets, 2 ways in L1D and 4 in L2 of the small preset.
  std::uint64_t l1d(PhysicalAddress pa, unsigned way) const {
    return std::uint64_t{way} << 31 | (pa.value & 0xfc0);
  }
  std::uint64_t l2(PhysicalAddress pa, unsigned way) const {
    return std::uint64_t{way} << 30 | (pa.value & 0xfc0) | 1 << 1;
  }
};

TEST_F(Maintenance, AStoreIsSeenAtNeitherPointUntilItIsCleaned) {
  store(kCore0, x, 7);
  EXPECT_EQ(coherent(x), 7);
  EXPECT_EQ(pou(x), 0);
  EXPECT_EQ(poc(x), 0);
}

TEST_F(Maintenance, CleanToPouReachesThePouAndNotThePoc) {
  store(kCore0, x, 7);
  dc(DataOp::clean_pou, x);
  EXPECT_EQ(pou(x), 7);
  EXPECT_EQ(poc(x), 0);
}

TEST_F(Maintenance, CleanToPocReachesBothPoints) {
  store(kCore0, x, 7);
  dc(DataOp::clean_poc, x);
  EXPECT_EQ(pou(x), 7);
  EXPECT_EQ(poc(x), 7);
}

TEST_F(Maintenance, CleanToPocAfterCleanToPouStillReachesMemory) {
  store(kCore0, x, 7);
  dc(DataOp::clean_pou, x);
  dc(DataOp::clean_poc, x);
  EXPECT_EQ(poc(x), 7);
}

TEST_F(Maintenance, CleanLeavesTheLineReadableAndTakesOnlyTheWriteGrant) {
  const unsigned slot = store(kCore0, x, 7);
  dc(DataOp::clean_poc, x);
  EXPECT_TRUE(Observer::has(observers[0].writes, slot));
  EXPECT_FALSE(Observer::has(observers[0].lines, slot));
  EXPECT_EQ(caches->resident_lines(Level::l1_data, kCore0), 1u);
}

TEST_F(Maintenance, TheNextStoreAfterACleanIsDirtyAgain) {
  store(kCore0, x, 7);
  dc(DataOp::clean_poc, x);
  store(kCore0, x, 8);
  EXPECT_EQ(poc(x), 7);
  EXPECT_EQ(pou(x), 7);
  EXPECT_EQ(coherent(x), 8);
}

TEST_F(Maintenance, CleanWorksOnALineDirtyInAnotherCore) {
  store(kCore1, x, 7);
  dc(DataOp::clean_poc, x, kCore0);
  EXPECT_EQ(poc(x), 7);
}

TEST_F(Maintenance, InvalidateLosesDirtyData) {
  store(kCore0, x, 7);
  dc(DataOp::invalidate_poc, x);
  EXPECT_EQ(coherent(x), 0);
  EXPECT_EQ(load(kCore0, x), 0);
  EXPECT_EQ(load(kCore1, x), 0);
}

TEST_F(Maintenance, InvalidateLosesDataThatOnlyReachedThePou) {
  store(kCore0, x, 7);
  dc(DataOp::clean_pou, x);
  dc(DataOp::invalidate_poc, x);
  EXPECT_EQ(load(kCore0, x), 0);
}

TEST_F(Maintenance, InvalidateKeepsWhatWasCleanedToThePoc) {
  store(kCore0, x, 7);
  dc(DataOp::clean_poc, x);
  dc(DataOp::invalidate_poc, x);
  EXPECT_EQ(load(kCore0, x), 7);
}

TEST_F(Maintenance, InvalidateOfOneLineLeavesItsNeighbourAlone) {
  store(kCore0, x, 7);
  store(kCore0, x + 64, 9);
  dc(DataOp::invalidate_poc, x);
  EXPECT_EQ(load(kCore0, x + 64), 9);
}

TEST_F(Maintenance, CleanAndInvalidateLosesNothingAndEmptiesEveryDataCache) {
  store(kCore0, x, 7);
  load(kCore1, x);
  dc(DataOp::clean_invalidate_poc, x, kCore2);
  EXPECT_EQ(coherent(x), 7);
  EXPECT_EQ(poc(x), 7);
  EXPECT_EQ(caches->resident_lines(Level::l1_data, kCore0), 0u);
  EXPECT_EQ(caches->resident_lines(Level::l1_data, kCore1), 0u);
  EXPECT_EQ(caches->resident_lines(Level::l2, kCore0), 0u);
}

TEST_F(Maintenance, OnAnUncachedLineNothingHappens) {
  for (const DataOp op : {DataOp::clean_poc, DataOp::clean_pou, DataOp::invalidate_poc,
                          DataOp::clean_invalidate_poc}) {
    dc(op, x);
  }
  EXPECT_TRUE(log.events.empty());
}

TEST_F(InstructionSide, WithoutCleanToPouOldBytesAreFetched) {
  store(kCore0, x, 7);
  EXPECT_EQ(fetch(kCore0, x), 0);
}

TEST_F(InstructionSide, AfterCleanToPouNewBytesAreFetched) {
  store(kCore0, x, 7);
  dc(DataOp::clean_pou, x);
  EXPECT_EQ(fetch(kCore0, x), 7);
  EXPECT_EQ(fetch(kCore1, x), 7);
}

TEST_F(InstructionSide, WithoutInvalidationTheOldBytesStay) {
  EXPECT_EQ(fetch(kCore0, x), 0);
  store(kCore0, x, 7);
  dc(DataOp::clean_pou, x);
  EXPECT_EQ(fetch(kCore0, x), 0);
}

TEST_F(InstructionSide, InvalidateByAddressReachesEveryCore) {
  fetch(kCore0, x);
  fetch(kCore1, x);
  store(kCore0, x, 7);
  dc(DataOp::clean_pou, x);
  caches->instruction_by_address(x);
  EXPECT_EQ(fetch(kCore0, x), 7);
  EXPECT_EQ(fetch(kCore1, x), 7);
}

TEST_F(InstructionSide, InvalidateByAddressBeforeTheCleanDoesNotHelp) {
  fetch(kCore0, x);
  store(kCore0, x, 7);
  caches->instruction_by_address(x);
  fetch(kCore0, x);
  dc(DataOp::clean_pou, x);
  EXPECT_EQ(fetch(kCore0, x), 0);
}

TEST_F(InstructionSide, InvalidateByAddressLeavesOtherLinesAlone) {
  fetch(kCore0, x);
  const unsigned other = caches->fetch(kCore0, x + 64, cost).slot;
  caches->instruction_by_address(x);
  EXPECT_FALSE(Observer::has(observers[0].code, other));
  EXPECT_EQ(caches->resident_lines(Level::l1_instruction, kCore0), 1u);
}

TEST_F(InstructionSide, InvalidateAllIsLocalUnlessInnerShareable) {
  fetch(kCore0, x);
  fetch(kCore1, x);
  caches->instruction_all(kCore0);
  EXPECT_EQ(caches->resident_lines(Level::l1_instruction, kCore0), 0u);
  EXPECT_EQ(caches->resident_lines(Level::l1_instruction, kCore1), 1u);
  caches->instruction_all_inner_shareable();
  EXPECT_EQ(caches->resident_lines(Level::l1_instruction, kCore1), 0u);
}

TEST_F(InstructionSide, DataMaintenanceNeverTouchesInstructionCaches) {
  fetch(kCore0, x);
  store(kCore0, x, 7);
  dc(DataOp::clean_invalidate_poc, x);
  EXPECT_EQ(fetch(kCore0, x), 0);
  EXPECT_TRUE(observers[0].code.empty());
}

TEST_F(InstructionSide, InstructionMaintenanceNeverTouchesData) {
  store(kCore0, x, 7);
  caches->instruction_all_inner_shareable();
  caches->instruction_by_address(x);
  EXPECT_EQ(pou(x), 0);
  EXPECT_EQ(load(kCore0, x), 7);
}

TEST_F(InstructionSide, AnL2EvictionLeavesInstructionLines) {
  fetch(kCore0, x);
  for (unsigned n = 1; n <= 8; ++n) load(kCore1, alias(x, n));
  EXPECT_EQ(caches->resident_lines(Level::l1_instruction, kCore0), 1u);
  store_uncached(kCore1, x, 9);
  EXPECT_EQ(fetch(kCore0, x), 0);
}

TEST_F(InstructionSide, FetchWithCachesOffTakesThePoc) {
  store(kCore0, x, 7);
  dc(DataOp::clean_pou, x);
  Line line;
  caches->fetch_uncached(kCore0, x, line, cost);
  EXPECT_EQ(line[x.offset_in(64)], 0);
  dc(DataOp::clean_poc, x);
  caches->fetch_uncached(kCore0, x, line, cost);
  EXPECT_EQ(line[x.offset_in(64)], 7);
}

TEST_F(InstructionSide, RomFillsTheInstructionCacheWithoutL2) {
  memory.host(kRom)[5] = 0x42;
  EXPECT_EQ(fetch(kCore0, kRom + 5), 0x42);
  EXPECT_EQ(caches->resident_lines(Level::l1_instruction, kCore0), 1u);
  EXPECT_EQ(caches->resident_lines(Level::l2, kCore0), 0u);
  memory.host(kRom)[5] = 0x43;
  EXPECT_EQ(fetch(kCore0, kRom + 5), 0x42);
}

TEST_F(SetWay, CleanInL1StopsAtL2) {
  store(kCore0, x, 7);
  for (unsigned way : {0u, 1u})
    caches->data_by_set_way(kCore0, l1d(x, way), DataOp::clean_poc, cost);
  EXPECT_EQ(pou(x), 7);
  EXPECT_EQ(poc(x), 0);
}

TEST_F(SetWay, CleanInL1ThenL2ReachesMemory) {
  store(kCore0, x, 7);
  for (unsigned way = 0; way < 2; ++way) {
    caches->data_by_set_way(kCore0, l1d(x, way), DataOp::clean_poc, cost);
  }
  for (unsigned way = 0; way < 4; ++way) {
    caches->data_by_set_way(kCore0, l2(x, way), DataOp::clean_poc, cost);
  }
  EXPECT_EQ(poc(x), 7);
}

TEST_F(SetWay, CleanInL2AloneDoesNotSeeDataDirtyInL1) {
  store(kCore0, x, 7);
  for (unsigned way = 0; way < 4; ++way) {
    caches->data_by_set_way(kCore0, l2(x, way), DataOp::clean_poc, cost);
  }
  EXPECT_EQ(poc(x), 0);
  EXPECT_EQ(load(kCore0, x), 7);
}

TEST_F(SetWay, CleanInL2WritesTheOlderDataThatL2Holds) {
  store(kCore0, x, 7);
  dc(DataOp::clean_pou, x);
  store(kCore0, x, 8);
  for (unsigned way = 0; way < 4; ++way) {
    caches->data_by_set_way(kCore0, l2(x, way), DataOp::clean_poc, cost);
  }
  EXPECT_EQ(poc(x), 7);
  EXPECT_EQ(pou(x), 7);
  EXPECT_EQ(coherent(x), 8);
}

TEST_F(SetWay, InvalidateInL1FallsBackToWhatL2Holds) {
  store(kCore0, x, 7);
  dc(DataOp::clean_pou, x);
  store(kCore0, x, 8);
  for (unsigned way : {0u, 1u}) {
    caches->data_by_set_way(kCore0, l1d(x, way), DataOp::invalidate_poc, cost);
  }
  EXPECT_EQ(load(kCore0, x), 7);
}

TEST_F(SetWay, OperationsInL1ActOnTheirOwnCoreOnly) {
  store(kCore1, x, 7);
  for (unsigned way : {0u, 1u}) {
    caches->data_by_set_way(kCore0, l1d(x, way), DataOp::clean_invalidate_poc, cost);
  }
  EXPECT_EQ(pou(x), 0);
  EXPECT_EQ(caches->resident_lines(Level::l1_data, kCore1), 1u);
}

TEST_F(SetWay, InvalidatingL2TakesTheLineFromL1Too) {
  const unsigned slot = store(kCore1, x, 7);
  for (unsigned way = 0; way < 4; ++way) {
    caches->data_by_set_way(kCore0, l2(x, way), DataOp::clean_invalidate_poc, cost);
  }
  EXPECT_TRUE(Observer::has(observers[1].lines, slot));
  EXPECT_EQ(coherent(x), 7);
  EXPECT_EQ(poc(x), 7);
}

TEST_F(SetWay, OtherSetsAndAbsentLevelsAreLeftAlone) {
  store(kCore0, x, 7);
  caches->data_by_set_way(kCore0, l1d(x + 64, 0), DataOp::invalidate_poc, cost);
  caches->data_by_set_way(kCore0, l1d(x, 0) | 5 << 1, DataOp::invalidate_poc, cost);
  caches->data_by_set_way(kCore0, l1d(x, 0) | 1 << 20, DataOp::invalidate_poc, cost);
  EXPECT_EQ(load(kCore0, x), 7);
}

}  // namespace
}  // namespace armature::cache
