// The shootdown queue: when an invalidation takes effect, where, and what completes it.
#include "tests/mmu/mmu_fixture.h"

namespace armature::mmu::test {
namespace {

class Shootdown : public MmuTest {
 protected:
  static constexpr std::uint64_t kVa = 0x5000;
  void SetUp() override {
    map(kVa, kRam);
    for (auto& core : cores) {
      ASSERT_TRUE(core->translate_data(el1(), {kVa}, load(), 8, cost).ok());
    }
    recorder.events.clear();
  }
  bool has_it(unsigned core) const { return cores[core]->resident(TlbStructure::l2) != 0; }
  void tlbi(bool broadcast, std::uint8_t issuer = 0, tlb::TlbiOp op = tlb::TlbiOp::vmalle1) {
    queue->issue({.op = op, .broadcast = broadcast, .issuer = {issuer}});
  }
  unsigned broadcasts = 0;
};

TEST_F(Shootdown, IssueAloneRemovesNothingNotEvenLocally) {
  tlbi(true);
  EXPECT_TRUE(has_it(0));
  EXPECT_TRUE(has_it(1));
  EXPECT_EQ(queue->pending().size(), 1u);
}
TEST_F(Shootdown, DsbOfTheIssuerAppliesItEverywhere) {
  tlbi(true);
  EXPECT_EQ(queue->complete({0}, DsbScope::inner_or_wider, broadcasts), 1u);
  EXPECT_EQ(broadcasts, 1u);
  EXPECT_FALSE(has_it(0));
  EXPECT_FALSE(has_it(1));
}
TEST_F(Shootdown, LocalOperationLeavesOtherCoresAlone) {
  tlbi(false);
  EXPECT_EQ(queue->complete({0}, DsbScope::inner_or_wider, broadcasts), 1u);
  EXPECT_EQ(broadcasts, 0u);
  EXPECT_FALSE(has_it(0));
  EXPECT_TRUE(has_it(1));
}
TEST_F(Shootdown, NonShareableDsbCompletesLocalOperationsOnly) {
  tlbi(false);
  tlbi(true);
  EXPECT_EQ(queue->complete({0}, DsbScope::non_shareable, broadcasts), 1u);
  EXPECT_TRUE(has_it(1));
  EXPECT_EQ(queue->complete({0}, DsbScope::inner_or_wider, broadcasts), 1u);
  EXPECT_FALSE(has_it(1));
}
TEST_F(Shootdown, DsbOfAnotherCoreCompletesNothing) {
  tlbi(true);
  EXPECT_EQ(queue->complete({1}, DsbScope::inner_or_wider, broadcasts), 0u);
  EXPECT_TRUE(has_it(0));
  EXPECT_EQ(recorder.count(EventKind::tlbi_complete), 0u);
}
TEST_F(Shootdown, WindowEndAppliesButDoesNotComplete) {
  tlbi(true);
  queue->window_end();
  EXPECT_FALSE(has_it(0));
  EXPECT_FALSE(has_it(1));
  EXPECT_EQ(recorder.count(EventKind::tlbi_complete), 0u);
  EXPECT_EQ(queue->complete({0}, DsbScope::inner_or_wider, broadcasts), 1u);
  EXPECT_EQ(recorder.count(EventKind::tlbi_complete), 1u);
  EXPECT_EQ(queue->complete({0}, DsbScope::inner_or_wider, broadcasts), 0u);
}
TEST_F(Shootdown, IsNotAppliedTwice) {
  tlbi(true);
  queue->window_end();
  ASSERT_TRUE(cores[1]->translate_data(el1(), {kVa}, load(), 8, cost).ok());
  queue->complete({0}, DsbScope::inner_or_wider, broadcasts);
  queue->window_end();
  EXPECT_TRUE(has_it(1));
}
TEST_F(Shootdown, DsbWithoutAnyTlbiPublishesNothing) {
  EXPECT_EQ(queue->complete({0}, DsbScope::inner_or_wider, broadcasts), 0u);
  EXPECT_TRUE(recorder.events.empty());
}
TEST_F(Shootdown, EventsFormATreeUnderTheTlbi) {
  tlbi(true);
  const std::uint64_t cause = recorder.events.at(0).sequence;
  EXPECT_EQ(recorder.events[0].kind, EventKind::tlbi);
  EXPECT_EQ(recorder.events[0].d, 1u << 8);
  queue->complete({0}, DsbScope::inner_or_wider, broadcasts);
  unsigned dropped[2] = {};
  for (const Event& event : recorder.events) {
    if (event.kind == EventKind::tlb_drop) {
      EXPECT_EQ(event.c, cause);
      ++dropped[event.d >> 17 & 15];
    }
    if (event.kind == EventKind::tlbi_receive) {
      EXPECT_EQ(event.b, cause);
      EXPECT_EQ(event.c, dropped[event.d >> 8 & 0xff]);
    }
  }
  EXPECT_EQ(recorder.count(EventKind::tlbi_receive), 2u);
  EXPECT_EQ(dropped[0], 4u);  // two table pointers, L2 TLB, micro-TLB
  const Event& last = recorder.events.back();
  EXPECT_EQ(last.kind, EventKind::tlbi_complete);
  EXPECT_EQ(last.a, cause);
  EXPECT_EQ(last.d, 1u);
}
TEST_F(Shootdown, TakesEffectInTheOrderOfIssue) {
  tlbi(true);
  tlbi(true, 0, tlb::TlbiOp::alle1);
  queue->complete({0}, DsbScope::inner_or_wider, broadcasts);
  std::vector<unsigned> ops;
  for (const Event& event : recorder.events) {
    if (event.kind == EventKind::tlbi_receive) ops.push_back(event.d & 0xff);
  }
  const auto vmalle1 = static_cast<unsigned>(tlb::TlbiOp::vmalle1);
  const auto alle1 = static_cast<unsigned>(tlb::TlbiOp::alle1);
  EXPECT_EQ(ops, (std::vector<unsigned>{vmalle1, vmalle1, alle1, alle1}));
  EXPECT_EQ(recorder.events.back().d, 2u);
}
TEST_F(Shootdown, QueueIsState) {
  tlbi(true);
  tlbi(false, 1);
  queue->window_end();
  tlbi(true, 1, tlb::TlbiOp::alle2);
  std::vector<std::uint8_t> bytes;
  queue->save(bytes);
  ShootdownQueue copy({cores[0].get(), cores[1].get()}, events);
  std::span<const std::uint8_t> in(bytes);
  copy.load(in);
  EXPECT_TRUE(in.empty());
  ASSERT_EQ(copy.pending().size(), 1u);
  EXPECT_EQ(copy.pending()[0], queue->pending()[0]);
  EXPECT_EQ(copy.complete({1}, DsbScope::inner_or_wider, broadcasts), 2u);
  EXPECT_EQ(copy.complete({0}, DsbScope::inner_or_wider, broadcasts), 1u);
}

}  // namespace
}  // namespace armature::mmu::test
