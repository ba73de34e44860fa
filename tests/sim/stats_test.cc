// The statistics registry and the table of translation events.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "sim/base/user_error.h"
#include "sim/stats/registry.h"
#include "sim/stats/translation_table.h"

namespace armature {
namespace {

using testing::HasSubstr;

struct Counters {
  Counters() {
    registry.add("core0.dtlb.lookups", "Count", "look-ups", lookups);
    registry.add("core0.dtlb.hits", "Count", "hits", [this] { return lookups / 2; });
    registry.add_real("core0.dtlb.hit_rate", "Ratio", "hits per look-up",
                      [this] { return lookups == 0 ? std::nan("") : 0.5; });
  }
  std::uint64_t lookups = 10;
  StatisticsRegistry registry;
};
const RunMetadata kRun{.preset = "cortex-a57", .quantum = 1000, .seed = 7, .cores = 2};

TEST(Registry, AsksForTheValuesOfNow) {
  Counters c;
  EXPECT_EQ(std::get<std::uint64_t>(c.registry.snapshot()[0].value), 10u);
  c.lookups = 30;
  EXPECT_EQ(std::get<std::uint64_t>(c.registry.snapshot()[0].value), 30u);
  EXPECT_EQ(std::get<std::uint64_t>(c.registry.snapshot()[1].value), 15u);
}

TEST(Registry, ADifferenceSubtractsCountersOnly) {
  Counters c;
  const auto before = c.registry.snapshot();
  c.lookups = 50;
  const auto interval = difference(c.registry.snapshot(), before);
  EXPECT_EQ(std::get<std::uint64_t>(interval[0].value), 40u);
  EXPECT_EQ(std::get<double>(interval[2].value), 0.5);
}

TEST(Registry, JsonNamesQuantumPresetAndSeed) {
  Counters c;
  const auto json = nlohmann::json::parse(statistics_json(kRun, c.registry.snapshot()));
  EXPECT_EQ(json["run"]["preset"], "cortex-a57");
  EXPECT_EQ(json["run"]["quantum"], "1000");
  EXPECT_EQ(json["run"]["seed"], 7);
  EXPECT_EQ(json["statistics"]["core0.dtlb.lookups"]["value"], 10);
  EXPECT_EQ(json["statistics"]["core0.dtlb.hit_rate"]["value"], 0.5);
  EXPECT_EQ(json["statistics"]["core0.dtlb.hit_rate"]["unit"], "Ratio");
}

TEST(Registry, ARatioOfNothingIsNullInJsonAndNanInText) {
  Counters c;
  c.lookups = 0;
  const auto json = nlohmann::json::parse(statistics_json(kRun, c.registry.snapshot()));
  EXPECT_TRUE(json["statistics"]["core0.dtlb.hit_rate"]["value"].is_null());
  EXPECT_THAT(statistics_text(kRun, c.registry.snapshot()), HasSubstr(" nan # hits per look-up"));
}

TEST(Registry, TextHasTheFormOfGem5) {
  Counters c;
  const std::string text = statistics_text(kRun, c.registry.snapshot());
  EXPECT_THAT(text, HasSubstr("---------- Begin Simulation Statistics ----------\n"));
  EXPECT_THAT(text, testing::ContainsRegex("core0.dtlb.lookups +10 # look-ups \\(Count\\)\n"));
  EXPECT_THAT(text, HasSubstr("# quantum 1000\n# seed 7\n"));
  EXPECT_THAT(text, HasSubstr("---------- End Simulation Statistics   ----------\n"));
}

TEST(Registry, InterleavingByInstructionIsNamedAsSuch) {
  RunMetadata run = kRun;
  run.quantum = 0;
  EXPECT_THAT(statistics_text(run, {}), HasSubstr("# quantum insn\n"));
}

TEST(Registry, AFileThatCannotBeWrittenIsTheUsersError) {
  EXPECT_THROW(write_statistics("/nonexistent/stats.txt", kRun, {}), UserError);
}

TEST(RegistryDeathTest, NamesAreUniqueAndDotted) {
  EXPECT_DEATH(
      {
        StatisticsRegistry r;
        r.add("a.b", "", "", [] { return std::uint64_t{0}; });
        r.add("a.b", "", "", [] { return std::uint64_t{0}; });
      },
      "internal error");
  EXPECT_DEATH(StatisticsRegistry().add("a..b", "", "", [] { return std::uint64_t{0}; }),
               "internal error");
  EXPECT_DEATH(StatisticsRegistry().add("a b", "", "", [] { return std::uint64_t{0}; }),
               "internal error");
}

// ---- the table

struct At : EventPosition {
  void stamp(Event& event) const override {
    event.core = core;
    event.el = el;
    event.vmid = vmid;
  }
  std::uint8_t core = 0, el = 1;
  std::uint16_t vmid = 0;
};

class Table : public testing::Test {
 protected:
  Table() {
    bus.set_position(&at);
    bus.add(table, TranslationTable::kinds());
  }
  void fill(TlbStructure structure, unsigned kind, unsigned regime) {
    bus.publish(EventKind::tlb_fill, 0, 0, 0,
                static_cast<std::uint32_t>(structure) | kind << 3 | regime << 5);
  }
  EventBus bus;
  At at;
  TranslationTable table{[](unsigned op) { return op == 1 ? "VAE1" : "other"; }};
};

TEST_F(Table, FillsAreCountedByStagesVmidAndStructure) {
  at.vmid = 3;
  fill(TlbStructure::l1_data, 2, 0);
  fill(TlbStructure::l1_data, 2, 0);
  fill(TlbStructure::l2, 2, 0);
  at.vmid = 4;
  fill(TlbStructure::l1_data, 2, 0);
  fill(TlbStructure::ipa_cache, 1, 0);
  using Stages = TranslationTable::Stages;
  EXPECT_EQ(table.fills().at({Stages::both, 0, 3})[1], 2u);
  EXPECT_EQ(table.fills().at({Stages::both, 0, 3})[2], 1u);
  EXPECT_EQ(table.fills().at({Stages::both, 0, 4})[1], 1u);
  EXPECT_EQ(table.fills().at({Stages::stage2, 0, 4})[4], 1u);
  EXPECT_EQ(table.fills().size(), 3u);
}

TEST_F(Table, EntriesOfEl2HaveNoVmid) {
  at.vmid = 3;
  fill(TlbStructure::l1_data, 0, 1);
  EXPECT_EQ(table.fills().begin()->first.vmid, TranslationTable::kNoVmid);
}

TEST_F(Table, FlushesAreCountedByOperationWithWhatTheyRemoved) {
  bus.publish(EventKind::tlbi, 0, 0, 0, 1 | 1 << 8);
  for (unsigned core = 0; core < 2; ++core) {
    bus.publish(EventKind::tlbi_receive, 0, 1, 5, 1 | core << 8);
  }
  bus.publish(EventKind::tlbi, 0, 0, 0, 1);
  const auto& counts = table.flushes().at(1);
  EXPECT_EQ(counts.issued, 2u);
  EXPECT_EQ(counts.broadcast, 1u);
  EXPECT_EQ(counts.applied, 2u);
  EXPECT_EQ(counts.dropped, 10u);
}

TEST_F(Table, TableWritesAreCountedByLevelAndWriter) {
  at.el = 2;
  bus.publish(EventKind::table_write, 0, 0, 0, 3 | 2 << 3);
  bus.publish(EventKind::table_write, 0, 0, 0, 3 | 2 << 3 | 1 << 7);
  at.core = kMasterDevice;
  bus.publish(EventKind::table_write, 0, 0, 0, 3 | 2 << 3);
  EXPECT_EQ(table.writes().at({2, 3, 0, 2}).writes, 2u);
  EXPECT_EQ(table.writes().at({2, 3, 0, 2}).detached, 1u);
  EXPECT_EQ(table.writes().at({2, 3, 0, TranslationTable::kDeviceWriter}).writes, 1u);
}

TEST_F(Table, TheTextShowsAllThreeParts) {
  at.vmid = 3;
  fill(TlbStructure::l2, 2, 0);
  bus.publish(EventKind::tlb_evict, 0, 0, 0, 2);
  bus.publish(EventKind::tlb_drop, 0, 0, 0, 1);
  bus.publish(EventKind::tlbi, 0, 0, 0, 1);
  bus.publish(EventKind::table_write, 0, 0, 0, 3 | 1 << 3);
  const std::string text = table.text();
  EXPECT_THAT(text, testing::ContainsRegex("1 and 2 +EL1&0 +3 +0 +0 +1 +0 +0 +1\n"));
  EXPECT_THAT(text, testing::ContainsRegex("replaced +0 +0 +1 +0 +0 +1\n"));
  EXPECT_THAT(text, testing::ContainsRegex("flushed +0 +1 +0 +0 +0 +1\n"));
  EXPECT_THAT(text, testing::ContainsRegex("VAE1 +1 +0 +0 +0\n"));
  EXPECT_THAT(text, testing::ContainsRegex("1 +EL1&0 +3 +EL1 +1 +0\n"));
}

}  // namespace
}  // namespace armature
