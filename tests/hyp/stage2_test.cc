#include "hyp/kcore/stage2.h"

#include <gtest/gtest.h>

#include "tests/hyp/fake_processor_fixture.h"

namespace armature::kcore {
namespace {

using Kind = fake::Step::Kind;
using Memory = descriptor::Memory;
using Result = Stage2::Result;

// A walk by the manual's rules, written apart from the code under test: 40-bit input, level 1 of
// 1,024 entries in two concatenated tables, 512 entries below.
std::uint64_t leaf_of(std::uint64_t address) {
  const fake::Step* link = nullptr;
  for (const auto& step : fake::processor.steps) {
    if (step.kind == Kind::descriptor) {
      link = &step;
      break;
    }
  }
  if (link == nullptr) return 0;
  // The first descriptor ever written is in the root, which is aligned to its own size.
  auto* root = reinterpret_cast<std::uint64_t*>(reinterpret_cast<std::uintptr_t>(link->entry) & ~0x1fffull);
  const std::uint64_t level1 = root[address / (1ull << 30)];
  if ((level1 & 3) != 3) return 0;
  const auto* level2 = reinterpret_cast<const std::uint64_t*>(level1 & 0xfffffffff000ull);
  const std::uint64_t entry2 = level2[address / (1ull << 21) % 512];
  if ((entry2 & 3) != 3) return 0;
  const auto* level3 = reinterpret_cast<const std::uint64_t*>(entry2 & 0xfffffffff000ull);
  return level3[address / 4096 % 512];
}

class Stage2Table : public testing::Test {
 protected:
  void SetUp() override { fake::reset(); }
  Result map(std::uint64_t address, Memory memory = Memory::normal) {
    return g_kcore.kserv.map_page({address}, {address}, memory);
  }
};

TEST_F(Stage2Table, StartsEmpty) { EXPECT_EQ(leaf_of(0x40000000), 0u); }

TEST_F(Stage2Table, MapsAPageOfRamAsNormalWriteBackReadWriteExecute) {
  EXPECT_EQ(map(0x40123000), Result::mapped);
  // Output address, AF, inner shareable, S2AP 11, MemAttr 1111, page.
  EXPECT_EQ(leaf_of(0x40123000), 0x40123000ull | 1 << 10 | 3 << 8 | 3 << 6 | 15 << 2 | 3);
}

TEST_F(Stage2Table, MapsADevicePageAsDeviceAndNeverExecutable) {
  EXPECT_EQ(map(0x09000000, Memory::device), Result::mapped);
  EXPECT_EQ(leaf_of(0x09000000), 0x09000000ull | 1ull << 54 | 1 << 10 | 3 << 6 | 1 << 2 | 3);
}

TEST_F(Stage2Table, MapsOnePageOnly) {
  map(0x40123000);
  EXPECT_EQ(leaf_of(0x40122000), 0u);
  EXPECT_EQ(leaf_of(0x40124000), 0u);
  EXPECT_EQ(leaf_of(0x40323000), 0u);
  EXPECT_EQ(leaf_of(0x80123000), 0u);
}

TEST_F(Stage2Table, UsesBothConcatenatedTables) {
  EXPECT_EQ(map(0xff'ffff'f000), Result::mapped);
  EXPECT_EQ(leaf_of(0xff'ffff'f000) & 0xfffffffff000, 0xff'ffff'f000u);
  EXPECT_EQ(leaf_of(0x7f'ffff'f000), 0u);
}

TEST_F(Stage2Table, RefusesAddressesAboveFortyBits) {
  EXPECT_EQ(map(1ull << 40), Result::out_of_range);
  EXPECT_TRUE(fake::processor.steps.empty());
}

TEST_F(Stage2Table, LeavesAMappedPageAlone) {
  map(0x40123000);
  const auto steps = fake::processor.steps.size();
  const auto before = leaf_of(0x40123000);
  EXPECT_EQ(map(0x40123000, Memory::device), Result::was_mapped);
  EXPECT_EQ(leaf_of(0x40123000), before);
  EXPECT_EQ(fake::processor.steps.size(), steps);
}

TEST_F(Stage2Table, OrdersTheZeroesOfATableBeforeTheLinkToIt) {
  map(0x40123000);
  ASSERT_EQ(fake::processor.steps.size(), 6u);
  const Kind expected[] = {Kind::order_before_link, Kind::descriptor, Kind::order_before_link,
                           Kind::descriptor, Kind::descriptor, Kind::publish};
  for (unsigned n = 0; n < 6; ++n) EXPECT_EQ(fake::processor.steps[n].kind, expected[n]) << n;
}

TEST_F(Stage2Table, NewTablesAreZeroWhateverLayInTheirPages) {
  map(0x40123000);  // the fixture fills the pools with ones
  const auto* level3 = reinterpret_cast<const std::uint64_t*>(
      reinterpret_cast<std::uintptr_t>(fake::processor.steps[4].entry) & ~0xfffull);
  unsigned valid = 0;
  for (unsigned n = 0; n < 512; ++n) valid += level3[n] != 0;
  EXPECT_EQ(valid, 1u);
}

TEST_F(Stage2Table, ChangesEveryEntryAtMostOnceAndOnlyFromInvalid) {
  std::vector<std::uint64_t*> written;
  for (std::uint64_t n = 0; n < 64; ++n) map(0x40000000 + n * 0x8000);
  for (const auto& step : fake::processor.steps) {
    if (step.kind != Kind::descriptor) continue;
    EXPECT_EQ(std::count(written.begin(), written.end(), step.entry), 0);
    EXPECT_EQ(step.value & 1, 1u);
    written.push_back(step.entry);
  }
  EXPECT_EQ(written.size(), 64u + 2u);
}

TEST_F(Stage2Table, NeverInvalidatesTheTlbWhileItGrows) {
  for (std::uint64_t n = 0; n < 64; ++n) map(0x40000000 + n * 0x1000);
  for (const auto& step : fake::processor.steps) EXPECT_NE(step.kind, Kind::invalidate);
}

TEST_F(Stage2Table, SaysWhenItsPoolsAreUsedUp) {
  Result result = Result::mapped;
  unsigned tables = 0;
  for (; result == Result::mapped && tables < 100; ++tables) result = map(0x40000000 + tables * 0x200000ull);
  EXPECT_EQ(result, Result::out_of_tables);
  EXPECT_EQ(tables, 8u + 1u);  // the fixture's level 3 pool has 8 pages
  // What is mapped stays mapped.
  EXPECT_NE(leaf_of(0x40000000), 0u);
}

TEST_F(Stage2Table, RevokingTakesEveryPageAwayAndThenInvalidates) {
  map(0x40123000);
  map(0x09000000, Memory::device);
  g_kcore.kserv.revoke_everything();
  EXPECT_EQ(leaf_of(0x40123000), 0u);
  EXPECT_EQ(leaf_of(0x09000000), 0u);
  EXPECT_EQ(fake::processor.steps.back().kind, Kind::invalidate);
}

}  // namespace
}  // namespace armature::kcore
