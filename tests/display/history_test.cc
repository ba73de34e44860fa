#include "platform/display/history.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "platform/display/memory_map.h"
#include "platform/machine/machine.h"

namespace armature::platform::display {
namespace {

Event tlbi(std::uint64_t number, unsigned core) {
  Event event;
  event.kind = EventKind::tlbi;
  event.sequence = number;
  event.core = static_cast<std::uint8_t>(core);
  return event;
}
Event receive(std::uint64_t number, unsigned target, unsigned dropped) {
  Event event;
  event.kind = EventKind::tlbi_receive;
  event.b = number;
  event.c = dropped;
  event.d = target << 8;
  return event;
}
Event complete(std::uint64_t first, std::uint64_t last, unsigned core) {
  Event event;
  event.kind = EventKind::tlbi_complete;
  event.a = first;
  event.b = last;
  event.core = static_cast<std::uint8_t>(core);
  return event;
}

TEST(History, AShootdownGathersItsReceiptsAndItsDsb) {
  History history(2);
  for (const Event& event : {tlbi(7, 0), receive(7, 0, 1), receive(7, 1, 3), complete(7, 7, 0)}) {
    history.on_event(event);
  }
  ASSERT_EQ(history.shootdowns().size(), 1u);
  const Shootdown& shootdown = history.shootdowns()[0];
  ASSERT_EQ(shootdown.receipts.size(), 2u);
  EXPECT_EQ(shootdown.receipts[1].core, 1u);
  EXPECT_EQ(shootdown.receipts[1].dropped, 3u);
  EXPECT_TRUE(shootdown.is_complete);
}

TEST(History, AnotherCoresDsbCompletesNothing) {
  History history(2);
  for (const Event& event : {tlbi(7, 0), complete(7, 7, 1)}) history.on_event(event);
  EXPECT_FALSE(history.shootdowns()[0].is_complete);
}

TEST(History, ADsbCompletesOnlyTheInvalidationsItNames) {
  History history(1);
  for (const Event& event : {tlbi(7, 0), tlbi(9, 0), complete(7, 7, 0)}) history.on_event(event);
  EXPECT_TRUE(history.shootdowns()[0].is_complete);
  EXPECT_FALSE(history.shootdowns()[1].is_complete);
}

TEST(History, OnlyTheLastShootdownsAreKept) {
  History history(1);
  for (std::uint64_t n = 1; n <= History::kShootdownsMax + 3; ++n) history.on_event(tlbi(n, 0));
  EXPECT_EQ(history.shootdowns().size(), History::kShootdownsMax);
  EXPECT_EQ(history.shootdowns().front().issue.sequence, 4u);
  EXPECT_EQ(history.count(EventKind::tlbi), History::kShootdownsMax + 3);
}

// A machine that runs `b .` on two cores' worth of time.
class SpinningMachine : public testing::Test {
 protected:
  void SetUp() override {
    // One for each process: ctest runs in parallel.
    file_ = std::filesystem::path(testing::TempDir()) / "armature_display_spin.bin";
    const std::uint32_t spin = 0x14000000;
    std::ofstream(file_, std::ios::binary).write(reinterpret_cast<const char*>(&spin), sizeof spin);
    RunConfig config;
    config.kernel = file_;
    config.memory = 64 << 20;
    config.smp = 2;
    machine_ = std::make_unique<Machine>(config);
  }
  void TearDown() override { std::filesystem::remove(file_); }

  std::filesystem::path file_;
  std::unique_ptr<Machine> machine_;
};

TEST_F(SpinningMachine, AColumnSaysWhoRan) {
  History history(2);
  for (unsigned n = 0; n < 10; ++n) machine_->run_window();
  history.sample(*machine_);
  ASSERT_EQ(history.lanes()[0].size(), 10'000 / History::kColumnCyclesMin);
  EXPECT_EQ(history.lanes()[0].back().principal, Principal::el1);
  EXPECT_EQ(history.lanes()[1].back().principal, Principal::asleep);
}

TEST_F(SpinningMachine, FullLanesAreHalved) {
  History history(2);
  while (machine_->now().whole() <= (History::kColumnsMax + 1) * History::kColumnCyclesMin) {
    machine_->run_window();
    history.sample(*machine_);
  }
  EXPECT_EQ(history.column_cycles(), 2 * History::kColumnCyclesMin);
  EXPECT_LE(history.lanes()[0].size(), History::kColumnsMax);
}

TEST_F(SpinningMachine, TheMapCoversAllOfMemory) {
  const PageMap map = page_map(*machine_, 1000);
  EXPECT_LE(map.cells.size(), 1000u);
  EXPECT_GE(map.cells.size() * map.frames_per_cell, (64u << 20) / 4096);
}

TEST_F(SpinningMachine, ATableFrameShowsInItsCell) {
  mmu::TableRole role;
  machine_->tables->note(PhysicalAddress{0x4000'0000 + 5 * 4096}, role);
  const PageMap map = page_map(*machine_, 1 << 20);
  ASSERT_EQ(map.frames_per_cell, 1u);
  EXPECT_EQ(map.cells[5].kind, PageKind::table);
  EXPECT_EQ(map.cells[4].kind, PageKind::plain);
}

}  // namespace
}  // namespace armature::platform::display
