// What report.html keeps of a run.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <numeric>

#include "sim/report/report.h"

namespace armature {
namespace {

using testing::HasSubstr;

EventNames names() {
  return {[](unsigned op) { return op == 0 ? std::string("VMALLE1") : std::string("VAE1"); }, {}};
}

Event event(EventKind kind, std::uint64_t sequence, std::uint64_t cycle, unsigned core = 0) {
  Event e;
  e.kind = kind;
  e.sequence = sequence;
  e.cycle = cycle << 4;
  e.core = static_cast<std::uint8_t>(core);
  e.el = 1;
  return e;
}

// Entries of the L2 TLB (structure 2), 4 KB, made from `descriptor`.
Event fill(std::uint64_t sequence, std::uint64_t cycle, unsigned core, std::uint64_t descriptor) {
  Event e = event(EventKind::tlb_fill, sequence, cycle, core);
  e.a = 0x8000'0000;
  e.b = 0x4025'e000;
  e.c = descriptor;
  e.d = 2 | 12 << 7;
  return e;
}

Event drop(std::uint64_t sequence, std::uint64_t cycle, unsigned target, std::uint64_t tlbi) {
  Event e = event(EventKind::tlb_drop, sequence, cycle);
  e.a = 0x8000'0000;
  e.b = 0x4025'e000;
  e.c = tlbi;
  e.d = 2 | 12 << 7 | target << 17;
  return e;
}

Event write(std::uint64_t sequence, std::uint64_t cycle, std::uint64_t descriptor,
            std::uint64_t old_value, std::uint64_t value) {
  Event e = event(EventKind::table_write, sequence, cycle);
  e.a = descriptor;
  e.b = old_value;
  e.c = value;
  return e;
}

Event tlbi(std::uint64_t sequence, std::uint64_t cycle, unsigned op, std::uint64_t operand) {
  Event e = event(EventKind::tlbi, sequence, cycle);
  e.a = operand;
  e.d = op | 1 << 8;
  return e;
}

Event received(std::uint64_t sequence, std::uint64_t cycle, std::uint64_t of, unsigned target,
               std::uint64_t dropped) {
  Event e = event(EventKind::tlbi_receive, sequence, cycle);
  e.b = of;
  e.c = dropped;
  e.d = target << 8;
  return e;
}

Event completed(std::uint64_t sequence, std::uint64_t cycle, std::uint64_t first,
                std::uint64_t last) {
  Event e = event(EventKind::tlbi_complete, sequence, cycle);
  e.a = first;
  e.b = last;
  e.d = 1;
  return e;
}

TEST(Timeline, KeepsAllTimeAndAllCountsWhenItsBucketsWiden) {
  Timeline timeline(1, false);
  std::uint64_t number = 0;
  for (std::uint64_t cycle = 0; cycle <= 10'000'000; cycle += 1000) {
    Event e = event(EventKind::exception_entry, ++number, cycle);
    e.d = (number % 2) << 18;  // to EL1, EL0, EL1, ...
    timeline.on_event(e);
  }
  timeline.finish();
  EXPECT_LE(timeline.used_buckets(), Timeline::kBuckets);
  EXPECT_EQ(timeline.activities(), (std::vector<std::string>{"EL1", "EL0"}));
  std::array<std::uint64_t, 2> time{};
  std::uint64_t counted = 0;
  for (std::size_t bucket = 0; bucket < timeline.used_buckets(); ++bucket) {
    std::uint64_t in_bucket = 0;
    for (std::size_t n = 0; n < 2; ++n) {
      time[n] += timeline.shares(0, bucket)[n];
      in_bucket += timeline.shares(0, bucket)[n];
    }
    EXPECT_LE(in_bucket, timeline.bucket_cycles());
    counted += timeline.count(5, bucket);
  }
  EXPECT_EQ(counted, 10'001u);
  EXPECT_EQ(time[0], 5'000'000u);
  EXPECT_EQ(time[1], 5'000'000u);
}

TEST(Shootdowns, CollectWhatEachCoreDidUpToTheDsb) {
  Shootdowns shootdowns;
  shootdowns.on_event(tlbi(10, 100, 1, 0x80000));
  shootdowns.on_event(received(12, 104, 10, 0, 0));
  shootdowns.on_event(received(14, 104, 10, 1, 3));
  shootdowns.on_event(completed(15, 105, 10, 10));
  shootdowns.on_event(tlbi(20, 200, 0, 0));
  shootdowns.finish();
  const auto kept = shootdowns.kept();
  ASSERT_EQ(kept.size(), 2u);
  EXPECT_EQ(kept[0].completed, 105u);
  EXPECT_EQ(kept[0].dropped(), 3u);
  ASSERT_EQ(kept[0].applications.size(), 2u);
  EXPECT_EQ(kept[0].applications[1].target, 1);
  EXPECT_EQ(kept[1].completed, 0u);  // its DSB never came
}

TEST(Shootdowns, KeepTheFirstAndTheLastOfMany) {
  Shootdowns shootdowns;
  for (std::uint64_t n = 1; n <= 1000; ++n) {
    shootdowns.on_event(tlbi(2 * n, n, 1, 0));
    shootdowns.on_event(completed(2 * n + 1, n, 2 * n, 2 * n));
  }
  EXPECT_EQ(shootdowns.total(), 1000u);
  const auto kept = shootdowns.kept();
  ASSERT_EQ(kept.size(), 2 * Shootdowns::kKept);
  EXPECT_EQ(kept.front().completed, 1u);
  EXPECT_EQ(kept.back().completed, 1000u);
}

TEST(HeldTranslations, AnEntryIsStaleFromTheChangeToItsTlbi) {
  HeldTranslations held(names().tlbi);
  held.on_event(fill(1, 10, 0, 0x1000));
  held.on_event(fill(2, 20, 1, 0x1000));
  held.on_event(write(3, 30, 0x1000, 0x4025'e703, 0));
  held.on_event(tlbi(4, 40, 1, 0x80000));
  held.on_event(drop(5, 45, 0, 4));
  held.on_event(received(6, 45, 4, 0, 1));
  held.on_event(completed(7, 46, 4, 4));
  held.on_event(drop(8, 500, 1, 9));
  const auto lives = held.longest();
  ASSERT_EQ(lives.size(), 1u);
  ASSERT_EQ(lives[0].holders.size(), 2u);
  EXPECT_EQ(lives[0].holders[0].stale_from, 30u);
  EXPECT_EQ(lives[0].holders[0].to, 45u);
  EXPECT_EQ(lives[0].holders[0].dropped_by, 4u);
  EXPECT_EQ(lives[0].holders[1].to, 500u);
  EXPECT_EQ(lives[0].longest_stale(1000), 500u - 30u + 1u);
  EXPECT_EQ(lives[0].marks.size(), 4u);  // write, TLBI, applied, DSB
  EXPECT_EQ(held.stale_entries(), 2u);
}

TEST(HeldTranslations, NothingIsStaleWithoutAChange) {
  HeldTranslations held(names().tlbi);
  held.on_event(fill(1, 10, 0, 0x1000));
  held.on_event(write(2, 20, 0x1000, 0x4025'e703, 0x4025'e703));
  held.on_event(write(3, 30, 0x2000, 1, 0));
  held.on_event(drop(4, 40, 0, 3));
  held.on_event(write(5, 50, 0x1000, 0x4025'e703, 0));
  EXPECT_TRUE(held.longest().empty());
  EXPECT_EQ(held.stale_entries(), 0u);
}

TEST(HeldTranslations, OperationsOnOtherAddressesAreNoPartOfALife) {
  HeldTranslations held(names().tlbi);
  held.on_event(fill(1, 10, 0, 0x1000));
  held.on_event(write(2, 20, 0x1000, 0x4025'e703, 0));
  held.on_event(tlbi(3, 30, 1, 0x80001));
  EXPECT_EQ(held.longest()[0].marks.size(), 1u);
  held.on_event(tlbi(4, 30, 0, 0x80001));  // all of EL1
  EXPECT_EQ(held.longest()[0].marks.size(), 2u);
}

// Stage 2 maps pages, so that each page of a stage 1 block has an entry of its own.
TEST(HeldTranslations, EntriesOfOneBlockLeaveOneByOne) {
  HeldTranslations held(names().tlbi);
  const auto page = [&](Event e, std::uint64_t n) {
    e.a += n << 12;
    e.b += n << 12;
    held.on_event(e);
  };
  std::uint64_t number = 0;
  for (std::uint64_t n = 0; n < 200; ++n, ++number) {
    page(fill(number + 1, number + 1, 0, 0x1000), n);
    Event evict = fill(number + 2, number + 2, 0, 0x1000);
    evict.kind = EventKind::tlb_evict;
    page(evict, n);
    number += 2;
  }
  page(fill(number + 1, number + 1, 0, 0x1000), 7);
  held.on_event(write(number + 2, number + 2, 0x1000, 0x4020'0701, 0));
  EXPECT_EQ(held.stale_entries(), 1u);
  page(drop(number + 4, number + 40, 0, number + 3), 7);
  const auto lives = held.longest();
  ASSERT_EQ(lives.size(), 1u);
  EXPECT_EQ(lives[0].longest_stale(1'000'000), 39u);
}

TEST(HeldTranslations, MoreEntriesHeldThanAreRememberedAreAllKept) {
  HeldTranslations held(names().tlbi);
  const std::uint64_t many = HeldTranslations::kRemembered + 100;
  for (std::uint64_t n = 1; n <= many; ++n) held.on_event(fill(n, n, 0, 8 * n));
  for (std::uint64_t n = 1; n <= many; ++n) held.on_event(write(many + n, many + n, 8 * n, 1, 0));
  EXPECT_EQ(held.stale_entries(), many);
}

TEST(HeldTranslations, MemoryIsBoundedAndTheWorstLifeIsKept) {
  HeldTranslations held(names().tlbi);
  std::uint64_t number = 0;
  const auto live = [&](std::uint64_t descriptor, std::uint64_t stale) {
    ++number;
    held.on_event(fill(number, number, 0, descriptor));
    ++number;
    held.on_event(write(number, number, descriptor, 1, 0));
    held.on_event(drop(number + 1, number + stale, 0, number));
    number += stale + 1;
  };
  live(0x8, 5000);
  for (std::uint64_t n = 2; n < 20'000; ++n) live(8 * n, 3);
  const auto lives = held.longest();
  ASSERT_EQ(lives.size(), HeldTranslations::kShown);
  EXPECT_EQ(lives[0].descriptor, 0x8u);
}

TEST(PageOwners, JoinNeighboursOfOneOwner) {
  PageOwners owners;
  const auto change = [&](std::uint64_t page, std::uint64_t from, std::uint64_t to) {
    Event e = event(EventKind::owner_change, 1, 1);
    e.a = page << 12;
    e.b = from;
    e.c = to;
    owners.on_event(e);
  };
  for (std::uint64_t page = 16; page < 20; ++page) change(page, 2, 0x101);
  change(18, 0x101, 2);
  change(30, 2, 0x101);
  const auto runs = owners.runs();
  ASSERT_EQ(runs.size(), 4u);
  EXPECT_EQ(runs[0].page, 16u);
  EXPECT_EQ(runs[0].pages, 2u);
  EXPECT_EQ(runs[0].former_vm, 0u);
  EXPECT_EQ(runs[1].owner, 2u);
  EXPECT_EQ(runs[1].former_vm, 0x101u);  // given back
  EXPECT_EQ(runs[3].page, 30u);
  EXPECT_EQ(owners.changes(), 6u);
}

TEST(Report, HoldsItsDataAsJsonThatCannotEndTheScript) {
  RunMetadata run{.preset = "cortex-a57", .quantum = 1000, .seed = 9, .cores = 2};
  run.configuration = "append = \"</script><b>\"\n";
  Report report(run, names());
  report.on_event(fill(1, 10, 0, 0x1000));
  report.on_event(tlbi(2, 20, 1, 0x80000));
  Report::Results results;
  check::Verdict verdict;
  verdict.rule = check::Rule::break_before_make;
  verdict.severity = check::Severity::violation;
  verdict.what = "the descriptor went from valid to valid";
  verdict.proof.push_back(fill(1, 10, 0, 0x1000));
  results.verdicts.push_back(verdict);
  results.checkers = {"break-before-make"};
  const std::string page = report.html(results);
  const auto begin = page.find("id=\"data\">") + 10;
  const auto end = page.find("</script>", begin);
  const auto data = nlohmann::json::parse(page.substr(begin, end - begin));
  EXPECT_EQ(data["configuration"], run.configuration);
  EXPECT_EQ(data["run"]["cores"], 2);
  EXPECT_EQ(data["shootdowns"]["total"], 1);
  EXPECT_EQ(data["verdicts"][0]["rule"], "break-before-make");
  EXPECT_EQ(data["checkers"][0], "break-before-make");
  EXPECT_THAT(data["verdicts"][0]["proof"][0].get<std::string>(), HasSubstr("tlb_fill"));
  EXPECT_EQ(data["timeline"]["cores"].size(), 2u);
  EXPECT_EQ(page.find("/*data*/"), std::string::npos);
  EXPECT_EQ(page.find("/*script*/"), std::string::npos);
}

}  // namespace
}  // namespace armature
