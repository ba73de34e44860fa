// What an explanation says besides its answer, which random_walk_test.cc checks.
#include "mmu/explanation.h"

#include "tests/mmu/mmu_fixture.h"

namespace armature::mmu {
namespace {

using namespace test;

class Explanation : public MmuTest {
 protected:
  WalkExplanation explain(const TranslationContext& c, std::uint64_t va,
                          AccessDescriptor access = load()) {
    return explain_walk(c, {va}, access, preset, memory, *caches);
  }
};

TEST_F(Explanation, NamesEveryDescriptorOfStage1) {
  map(0x1000, kRam + 0x5000);
  const WalkExplanation walk = explain(el1(), 0x1234);
  ASSERT_EQ(walk.steps.size(), 3u);
  EXPECT_EQ(walk.steps[0].address.value, root1);
  EXPECT_EQ(walk.steps[0].kind, DescriptorKind::table);
  const WalkStep& leaf = walk.steps[2];
  EXPECT_EQ(leaf.level, 3);
  EXPECT_EQ(leaf.address.value, slot(root1, 1, 0x1000, 3, 39));
  EXPECT_EQ(leaf.descriptor, peek(leaf.address.value));
  EXPECT_EQ(leaf.output, kRam + 0x5000);
  EXPECT_EQ(walk.pa.value, kRam + 0x5234);
}

TEST_F(Explanation, ShowsTheStage2StepsOfEachStage1Descriptor) {
  identity_stage2();
  map(0x1000, kRam + 0x5000);
  const WalkExplanation walk = explain(guest(), 0x1000);
  ASSERT_EQ(walk.steps.size(), 11u);  // 3 descriptors, 4 addresses through 2 levels
  EXPECT_TRUE(walk.steps[0].for_stage1_walk);
  EXPECT_EQ(walk.steps[0].input, root1);
  EXPECT_EQ(walk.steps[2].stage, Stage::stage1);
  EXPECT_FALSE(walk.steps[10].for_stage1_walk);
  EXPECT_EQ(walk.steps[10].input, kRam + 0x5000);
  EXPECT_EQ(walk.vmid.value, 9);
}

TEST_F(Explanation, EndsWithTheInvalidDescriptorThatFaults) {
  const WalkExplanation walk = explain(el1(), 0x1000);
  ASSERT_EQ(walk.steps.size(), 1u);
  EXPECT_EQ(walk.steps[0].kind, DescriptorKind::invalid);
  EXPECT_EQ(walk.fault, stage1(FaultType::translation, 1));
}

TEST_F(Explanation, ChangesNothing) {
  map(0x1000, kRam + 0x5000);
  explain(el1(), 0x1000);
  EXPECT_TRUE(recorder.events.empty());
  EXPECT_TRUE(mmu().entries().empty());
  EXPECT_EQ(mmu().walk_statistics().descriptor_reads, 0u);
  EXPECT_EQ(caches->shared_statistics().l2_accesses, 0u);
}

TEST_F(Explanation, SeesTheTablesAndNotTheTlb) {
  map(0x1000, kRam + 0x5000);
  ASSERT_TRUE(data(el1(), 0x1000).ok());
  map(0x1000, kRam + 0x6000);
  EXPECT_EQ(pa(data(el1(), 0x1000)), kRam + 0x5000);
  EXPECT_EQ(explain(el1(), 0x1000).pa.value, kRam + 0x6000);
}

}  // namespace
}  // namespace armature::mmu
