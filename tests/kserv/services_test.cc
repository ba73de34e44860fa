#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "hyp/kserv/consoles.h"
#include "hyp/kserv/page_allocator.h"
#include "hyp/kserv/pl011.h"
#include "hyp/kserv/scheduler.h"

namespace armature::kserv {

// The machine under the scheduler: time and core as the test says, kicks noted.
namespace {
std::uint64_t g_now = 0;
unsigned g_core = 0;
std::vector<unsigned> g_kicks;
TaskGroup g_group;
std::string g_text;
}  // namespace
namespace machine {
std::uint64_t now() { return g_now; }
unsigned this_core() { return g_core; }
void kick(unsigned core) { g_kicks.push_back(core); }
}  // namespace machine
TaskGroup& group_of(const Task&) { return g_group; }

namespace {

class SchedulerTest : public testing::Test {
 protected:
  void SetUp() override {
    g_now = 0;
    g_core = 0;
    g_kicks.clear();
    g_group.reset();
    scheduler_.add(a_);
    scheduler_.add(b_);
  }
  Scheduler scheduler_;
  Task a_, b_;
};

TEST_F(SchedulerTest, FirstComeFirstServed) {
  scheduler_.start(a_);
  scheduler_.start(b_);
  EXPECT_EQ(scheduler_.pick(0), &a_);
  EXPECT_FALSE(scheduler_.yield(a_));
  EXPECT_EQ(scheduler_.pick(0), &b_);
  EXPECT_EQ(scheduler_.pick(1), &a_);
  EXPECT_EQ(scheduler_.pick(2), nullptr);
}

TEST_F(SchedulerTest, ASleeperWakesAtItsDeadline) {
  scheduler_.start(a_);
  scheduler_.pick(0);
  scheduler_.sleep(a_, 100);
  EXPECT_EQ(scheduler_.next_wake(), 100u);
  EXPECT_EQ(scheduler_.pick(0), nullptr);
  g_now = 100;
  EXPECT_EQ(scheduler_.pick(0), &a_);
  EXPECT_EQ(scheduler_.next_wake(), kForever);
}

TEST_F(SchedulerTest, ANotificationWakesASleeperAndKicksAnIdleCore) {
  scheduler_.start(a_);
  scheduler_.pick(0);
  EXPECT_EQ(scheduler_.pick(1), nullptr);  // core 1 idles
  scheduler_.sleep(a_, kForever);
  scheduler_.notify(a_);
  EXPECT_EQ(a_.state, RunState::ready);
  EXPECT_EQ(g_kicks, std::vector<unsigned>{1});
}

TEST_F(SchedulerTest, ANotificationBeforeSleepingIsNotLost) {
  scheduler_.start(a_);
  scheduler_.pick(0);
  scheduler_.notify(a_);
  scheduler_.sleep(a_, kForever);
  EXPECT_EQ(scheduler_.pick(0), &a_);
}

TEST_F(SchedulerTest, ARunningVcpuIsKickedFromAnotherCoreOnly) {
  scheduler_.start(a_);
  g_core = 1;
  scheduler_.pick(1);
  scheduler_.notify(a_);
  EXPECT_TRUE(g_kicks.empty());
  g_core = 0;
  scheduler_.notify(a_);
  EXPECT_EQ(g_kicks, std::vector<unsigned>{1});
}

TEST_F(SchedulerTest, OnlyTheLastToLeaveTakesAStoppingVmApart) {
  scheduler_.start(a_);
  scheduler_.start(b_);
  scheduler_.pick(0);
  scheduler_.pick(1);
  Task* all[] = {&a_, &b_};
  scheduler_.stop_group(a_, 2, all);
  EXPECT_EQ(g_kicks, std::vector<unsigned>{1});
  EXPECT_FALSE(scheduler_.stop(a_));
  EXPECT_TRUE(scheduler_.yield(b_));
  EXPECT_EQ(scheduler_.pick(0), nullptr);
}

TEST_F(SchedulerTest, AStoppingVmLeavesTheQueue) {
  scheduler_.start(a_);
  scheduler_.start(b_);
  scheduler_.pick(0);
  Task* all[] = {&a_, &b_};
  scheduler_.stop_group(a_, 2, all);
  EXPECT_EQ(b_.state, RunState::off);
  EXPECT_TRUE(scheduler_.stop(a_));
}

TEST_F(SchedulerTest, AVcpuStartedOnItsWayOutStartsAgain) {
  scheduler_.start(a_);
  scheduler_.pick(0);
  scheduler_.start(a_);
  scheduler_.stop(a_);
  EXPECT_EQ(scheduler_.pick(0), &a_);
}

class PagesTest : public testing::Test {
 protected:
  void SetUp() override { pages_.open({0x4000'0000, 8 << 20}, bookkeeping_.data()); }
  std::vector<std::uint64_t> bookkeeping_ = std::vector<std::uint64_t>(1024);
  PageAllocator pages_;
};

TEST_F(PagesTest, PagesComeFromBrokenChunksSoThatBlocksStay) {
  ASSERT_TRUE(pages_.page(kKServ));
  for (int n = 0; n < 100; ++n) ASSERT_TRUE(pages_.page(kKServ));
  for (int n = 0; n < 3; ++n) {
    const auto block = pages_.block(kFirstVm);
    ASSERT_TRUE(block);
    EXPECT_EQ(*block % kBlockBytes, 0u);
  }
  EXPECT_FALSE(pages_.block(kFirstVm));
}

TEST_F(PagesTest, NothingIsGivenTwiceAndReservedPagesNever) {
  pages_.reserve({0x4000'0800, 4096});  // touches two pages
  std::vector<std::uint64_t> seen;
  while (const auto page = pages_.page(kKServ)) seen.push_back(*page);
  EXPECT_EQ(seen.size(), 2048u - 2);
  std::sort(seen.begin(), seen.end());
  EXPECT_EQ(std::adjacent_find(seen.begin(), seen.end()), seen.end());
  EXPECT_EQ(seen.front(), 0x4000'2000u);
}

TEST_F(PagesTest, TheRunsOfAVmAreItsPagesAndComeBack) {
  const auto block = pages_.block(kFirstVm);
  const auto page = pages_.page(kFirstVm);
  pages_.page(kFirstVm + 1);
  const auto first = pages_.next_run(kFirstVm, 0);
  ASSERT_TRUE(first);
  const auto second = pages_.next_run(kFirstVm, first->end());
  std::uint64_t bytes = first->bytes + (second ? second->bytes : 0);
  EXPECT_EQ(bytes, kBlockBytes + kPageBytes);
  pages_.release_block(*block);
  pages_.release_page(*page);
  EXPECT_FALSE(pages_.next_run(kFirstVm, 0));
  EXPECT_EQ(pages_.free_pages(), 2048u - 1);
}

TEST(Pl011, AReceivedCharacterInterruptsUntilItIsRead) {
  Pl011 uart;
  uart.write(0x38, 1 << 4);
  EXPECT_FALSE(uart.interrupt_line());
  EXPECT_TRUE(uart.receive('x'));
  EXPECT_TRUE(uart.interrupt_line());
  uart.write(0x44, 0x7ff);  // the level stays
  EXPECT_TRUE(uart.interrupt_line());
  EXPECT_EQ(uart.read(0), static_cast<std::uint32_t>('x'));
  EXPECT_FALSE(uart.interrupt_line());
  EXPECT_NE(uart.read(0x18) & 1 << 4, 0u);  // FR.RXFE
}

TEST(Pl011, WhatDoesNotFitIsLost) {
  Pl011 uart;
  EXPECT_TRUE(uart.receive('a'));
  EXPECT_FALSE(uart.receive('b'));  // FIFOs off: one character
  uart.write(0x2c, 1 << 4);
  EXPECT_TRUE(uart.receive('b'));
}

class ConsolesTest : public testing::Test {
 protected:
  void SetUp() override { g_text.clear(); }
  void say(unsigned vm, std::string_view text) {
    for (const char c : text) consoles_.put(vm, c);
  }
  static void send(unsigned uart, char c) {
    g_text += uart == 0 ? std::string(1, c) : "[" + std::to_string(uart) + "]" + c;
  }
  Consoles consoles_;
};

TEST_F(ConsolesTest, SharedLinesAreWholeAndNameTheirVm) {
  consoles_.open(1, 2, send);
  say(0, "one ");
  say(1, "two\r\n");
  say(0, "three\n");
  EXPECT_EQ(g_text, "vm1| two\r\nvm0| one three\r\n");
}

TEST_F(ConsolesTest, APromptIsShownAndEndedBeforeAnotherWriter) {
  consoles_.open(1, 2, send);
  say(0, "# ");
  consoles_.flush(0);
  say(0, "ls\n");
  say(0, "$ ");
  consoles_.flush(0);
  consoles_.log("hello");
  EXPECT_EQ(g_text, "vm0| # ls\r\nvm0| $ \r\nkserv| hello\r\n");
}

TEST_F(ConsolesTest, WithEnoughUartsEachVmHasItsOwn) {
  consoles_.open(2, 2, send);
  say(1, "x");
  EXPECT_EQ(g_text, "[1]x");
  EXPECT_EQ(consoles_.receiver(1, 'c'), 1);
}

TEST_F(ConsolesTest, ALineOfKServWaitsForTheEndOfTheOneThatIsBegun) {
  consoles_.open(2, 2, send);
  say(0, "half");
  consoles_.log("hello");
  EXPECT_EQ(g_text, "half");
  say(0, " a line\n");
  EXPECT_EQ(g_text, "half a line\nkserv| hello\r\n");
  say(0, "# ");
  consoles_.log("again");
  consoles_.flush(0);
  EXPECT_EQ(g_text, "half a line\nkserv| hello\r\n# \r\nkserv| again\r\n");
}

TEST_F(ConsolesTest, TheEscapeChoosesWhoIsTypedTo) {
  consoles_.open(1, 2, send);
  EXPECT_EQ(consoles_.receiver(0, 'a'), 0);
  EXPECT_EQ(consoles_.receiver(0, 0x1d), -1);
  EXPECT_EQ(consoles_.receiver(0, '1'), -1);
  EXPECT_EQ(consoles_.receiver(0, 'a'), 1);
}

}  // namespace
}  // namespace armature::kserv
