#include "hyp/kcore/core/stage2_table.h"

#include <gtest/gtest.h>

#include "tests/hyp_core/world_fixture.h"

namespace armature::kcore::test {
namespace {

using Memory = descriptor::Memory;
using Blocks = Stage2Table::Blocks;
using fake::Op;

class Table : public testing::TestWithParam<Levels> {
 protected:
  static constexpr std::size_t kPages = 16;
  struct alignas(8192) Pool {
    TablePage pages[kPages];
  };
  void SetUp() override {
    fake::reset();
    for (auto& page : pool->pages) std::fill_n(page.entries, TablePage::kEntries, ~0ull);
    table.open(GetParam(), 5, pool->pages, kPages);
  }
  // The leaf for `ipa` by a walk of our own: 0 when there is none.
  std::uint64_t leaf(std::uint64_t ipa) const {
    const auto* at = reinterpret_cast<const std::uint64_t*>(table.vttbr() & 0xffff'ffff'fffe);
    const unsigned first = GetParam() == Levels::three ? 1 : 0;
    for (unsigned level = first;; ++level) {
      const std::uint64_t index = ipa >> (39 - 9 * level);
      const std::uint64_t entry = at[level == first ? index : index & 511];
      if ((entry & 1) == 0) return 0;
      if (level == 3 || (entry & 2) == 0) return entry;
      at = reinterpret_cast<const std::uint64_t*>(entry & 0xffff'ffff'f000);
    }
  }
  Result map(std::uint64_t from, std::uint64_t to, std::uint64_t pages = 1, Memory memory = Memory::normal,
                Blocks blocks = Blocks::where_possible) {
    const Result check = table.check_range({from}, {to}, pages, memory);
    if (check != Result::ok) return check;
    return table.map_range({from}, {to}, pages, memory, blocks);
  }
  std::unique_ptr<Pool> pool = std::make_unique<Pool>();
  Stage2Table table;
};
INSTANTIATE_TEST_SUITE_P(Levels, Table, testing::Values(Levels::three, Levels::four),
                         [](const auto& what) { return what.param == Levels::three ? "Three" : "Four"; });

TEST_P(Table, NamesItsVmidInVttbr) { EXPECT_EQ(table.vttbr() >> 48, 5u); }

TEST_P(Table, StartsEmptyWhateverLayInItsPages) {
  EXPECT_EQ(leaf(0), 0u);
  EXPECT_EQ(leaf(0x4000'0000), 0u);
}

TEST_P(Table, MapsNormalMemoryWriteBackInnerShareableReadWriteExecute) {
  EXPECT_EQ(map(0x4012'3000, 0x8000'1000), Result::ok);
  EXPECT_EQ(leaf(0x4012'3000), 0x8000'1000ull | 1 << 10 | 3 << 8 | 3 << 6 | 15 << 2 | 3);
}

TEST_P(Table, MapsDevicesAsDeviceAndNeverExecutable) {
  EXPECT_EQ(map(0x900'0000, 0x900'0000, 1, Memory::device), Result::ok);
  EXPECT_EQ(leaf(0x900'0000), 0x900'0000ull | 1ull << 54 | 1 << 10 | 3 << 6 | 1 << 2 | 3);
}

TEST_P(Table, MapsAnAlignedLongRangeByBlocks) {
  EXPECT_EQ(map(0x4000'0000, 0x8020'0000, 1024), Result::ok);
  EXPECT_EQ(leaf(0x4020'0000), 0x8040'0000ull | 1 << 10 | 3 << 8 | 3 << 6 | 15 << 2 | 1);
}

TEST_P(Table, MapsByPagesWhatDoesNotFitABlock) {
  EXPECT_EQ(map(0x4000'0000, 0x8000'1000, 512), Result::ok);
  EXPECT_EQ(leaf(0x4000'0000) & 3, 3u);
  EXPECT_EQ(map(0x4020'0000, 0x8020'0000, 511), Result::ok);
  EXPECT_EQ(leaf(0x4020'0000) & 3, 3u);
}

TEST_P(Table, NeverMapsDevicesByBlocks) {
  EXPECT_EQ(map(0x1000'0000, 0x1000'0000, 512, Memory::device, Blocks::never), Result::ok);
  EXPECT_EQ(leaf(0x1000'0000) & 3, 3u);
}

TEST_P(Table, LeavesAMappedPageAsItIs) {
  map(0x4000'0000, 0x8000'0000);
  EXPECT_EQ(map(0x4000'0000, 0x9000'0000), Result::already_mapped);
  EXPECT_EQ(leaf(0x4000'0000) & 0xffff'f000, 0x8000'0000u);
}

TEST_P(Table, RefusesAPageUnderABlockAndABlockOverATable) {
  map(0x4000'0000, 0x8000'0000, 512);
  EXPECT_EQ(map(0x4000'1000, 0x9000'0000), Result::already_mapped);
  map(0x4020'0000, 0x9000'0000);
  table.unmap_range({0x4020'0000}, 1);
  EXPECT_EQ(map(0x4020'0000, 0x8020'0000, 512), Result::already_mapped) << "the table stays for ever";
}

TEST_P(Table, ChecksBeforeItTakesTables) {
  const auto used = table.tables_used();
  // Each page needs a level 3 table of its own.
  for (std::uint64_t n = 0; n < kPages; ++n) {
    if (map(0x4000'0000 + n * kBlockBytes, 0x8000'0000) != Result::ok) break;
  }
  EXPECT_EQ(table.tables_used(), kPages);
  EXPECT_GT(table.tables_used(), used);
  EXPECT_EQ(map(0x4000'0000 + kPages * kBlockBytes, 0x8000'0000), Result::exhausted);
  EXPECT_EQ(map(0x4000'1000, 0x8000'0000), Result::ok) << "what needs no table still works";
}

TEST_P(Table, CountsATableOnceThatSeveralPagesNeed) {
  const unsigned roots = GetParam() == Levels::three ? 2 : 1, above = GetParam() == Levels::three ? 1 : 2;
  EXPECT_EQ(map(0x4000'0000, 0x8000'1000, 600), Result::ok);
  EXPECT_EQ(table.tables_used(), roots + above + 2);
}

TEST_P(Table, RefusesAddressesBeyondItsRange) {
  const std::uint64_t limit = 1ull << geometry(GetParam()).ipa_bits;
  EXPECT_EQ(map(limit, 0x8000'0000), Result::bad_argument);
  EXPECT_EQ(map(limit - kPageBytes, 0x8000'0000, 2), Result::bad_argument);
  EXPECT_EQ(map(limit - kPageBytes, 0x8000'0000), Result::ok);
  EXPECT_EQ(map(~0xfffull, 0x8000'0000), Result::bad_argument);
}

TEST_P(Table, ZeroesReachTheWalkersBeforeTheLink) {
  fake::processor.steps.clear();
  map(0x4000'0000, 0x8000'0000);
  const auto& steps = fake::processor.steps;
  const std::size_t links = GetParam() == Levels::three ? 2 : 3;
  ASSERT_EQ(steps.size(), 2 * links + 2);
  for (std::size_t n = 0; n < links; ++n) {
    EXPECT_EQ(steps[2 * n].op, Op::order_before_link);
    EXPECT_EQ(steps[2 * n + 1].op, Op::descriptor);
  }
  EXPECT_EQ(steps[2 * links].op, Op::descriptor);
  EXPECT_EQ(steps[2 * links + 1].op, Op::dsb_ishst);
}

TEST_P(Table, UnmappingNothingDoesNothing) {
  fake::processor.steps.clear();
  table.unmap_range({0x4000'0000}, 600);
  EXPECT_TRUE(fake::processor.steps.empty());
}

TEST_P(Table, UnmappingARangeInvalidatesEachMappedPageAndCombinedEntriesOnce) {
  map(0x4000'0000, 0x8000'0000);
  map(0x4000'2000, 0x8000'2000);
  fake::processor.steps.clear();
  table.unmap_range({0x4000'0000}, 4);
  std::vector<std::uint64_t> pages;
  unsigned combined = 0;
  for (const auto& step : fake::processor.steps) {
    if (step.op == Op::tlbi_ipas2e1is) pages.push_back(step.value);
    combined += step.op == Op::tlbi_vmalle1is;
  }
  EXPECT_EQ(pages, (std::vector<std::uint64_t>{0x4000'0000, 0x4000'2000}));
  EXPECT_EQ(combined, 1u);
  EXPECT_EQ(leaf(0x4000'0000), 0u);
}

TEST_P(Table, ClosedItMapsNothingAnyMore) {
  map(0x4000'0000, 0x8000'0000);
  table.close();
  EXPECT_EQ(leaf(0x4000'0000), 0u);
  EXPECT_EQ(map(0x4000'0000, 0x8000'0000), Result::wrong_state);
  EXPECT_FALSE(table.look_up({0x4000'0000}).is_mapped);
}

TEST(FourLevels, AreRefusedBelow44BitsOfPhysicalAddress) {
  World world;
  fake::processor.pa_bits = 40;
  Core core;
  EXPECT_THROW(initialize(core, {.levels = Levels::four}), fake::Halted);
  EXPECT_NE(fake::processor.console.find("needs 44 bits of physical address, this core has 40"),
            std::string::npos);
}

}  // namespace
}  // namespace armature::kcore::test
