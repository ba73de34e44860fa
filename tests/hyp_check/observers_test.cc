#include "hyp/check/observers.h"

#include <gtest/gtest.h>

namespace armature::hyp {
namespace {

constexpr Way kA{1, 1, 0x1000}, kB{2, 2, 0x1000};

Flush both_stages(std::uint64_t issued_at, std::uint32_t cores = ~0u) {
  Flush flush;
  flush.issued_at = issued_at;
  flush.vmid = kA.vmid;
  flush.stage2 = flush.combined = true;
  flush.cores = cores;
  return flush;
}

TEST(CaseStudyTest, TheCorrectOrderIsTheSlidesTableRowByRow) {
  EXPECT_EQ(
      case_text(case_study(CaseOrder::correct)),
      "step                  observers by TLB  observers by PT   groups by TLB     groups by PT\n"
      "start                 {A}               {A}               {A}               {A}\n"
      "unmap(pfn 1, A)       {A}               {}                {A}               {A},{}\n"
      "flush_tlb(pfn 1, A)   {}                {}                {A},{}            {A},{}\n"
      "map(pfn 1, B)         {B}               {B}               {A},{},{B}        {A},{},{B}\n"
      "same groups\n");
}

TEST(CaseStudyTest, TheWrongOrderIsTheSlidesTableRowByRow) {
  EXPECT_EQ(
      case_text(case_study(CaseOrder::wrong)),
      "step                  observers by TLB  observers by PT   groups by TLB     groups by PT\n"
      "start                 {A}               {A}               {A}               {A}\n"
      "flush_tlb(pfn 1, A)   {A}               {A}               {A}               {A}\n"
      "unmap(pfn 1, A)       {A}               {}                {A}               {A},{}\n"
      "map(pfn 1, B)         {A,B}             {B}               {A},{A,B}         {A},{},{B}\n"
      "different groups\n");
}

class PageObserversTest : public testing::Test {
 protected:
  PageObservers page{2};
  void SetUp() override {
    ASSERT_TRUE(page.map(kA, 1));
    ASSERT_TRUE(page.unmap(kA, false, 2));
  }
  Flush part(std::uint64_t at, bool stage2, bool combined) {
    Flush flush = both_stages(at);
    flush.stage2 = stage2;
    flush.combined = combined;
    if (stage2) flush.ipa = 0x1000;
    return flush;
  }
};

TEST_F(PageObserversTest, OneCoresFlushLeavesTheOther) {
  EXPECT_TRUE(page.flush(both_stages(3, 1), 4));
  EXPECT_EQ(page.by_tlbs(), (PrincipalSet{1}));
  EXPECT_FALSE(page.map(kB, 5));
}

TEST_F(PageObserversTest, Stage2ThenCombinedIsEnough) {
  page.flush(part(3, true, false), 4);
  EXPECT_EQ(page.by_tlbs(), (PrincipalSet{1}));
  EXPECT_TRUE(page.flush(part(5, false, true), 6));
  EXPECT_TRUE(page.by_tlbs().empty());
  EXPECT_TRUE(page.map(kB, 7));
}

TEST_F(PageObserversTest, CombinedBeforeStage2IsCompleteIsNot) {
  page.flush(part(3, false, true), 6);
  page.flush(part(4, true, false), 6);
  EXPECT_EQ(page.by_tlbs(), (PrincipalSet{1}));
}

TEST_F(PageObserversTest, CombinedIssuedBeforeStage2WasCompleteIsNot) {
  page.flush(part(3, true, false), 6);
  page.flush(part(5, false, true), 8);
  EXPECT_EQ(page.by_tlbs(), (PrincipalSet{1}));
}

TEST_F(PageObserversTest, AFlushIssuedBeforeTheUnmapIsNot) {
  page.flush(both_stages(1), 4);
  EXPECT_EQ(page.by_tlbs(), (PrincipalSet{1}));
}

TEST_F(PageObserversTest, AnotherVmidOrIpaIsNot) {
  Flush other = both_stages(3);
  other.vmid = 9;
  page.flush(other, 4);
  Flush elsewhere = part(5, true, false);
  elsewhere.ipa = 0x2000;
  page.flush(elsewhere, 6);
  page.flush(part(7, false, true), 8);
  EXPECT_EQ(page.by_tlbs(), (PrincipalSet{1}));
}

TEST(PageObserverTables, ARemovedTableNeedsMoreThanAnOperationByAddress) {
  PageObservers page{1};
  page.map(kA, 1);
  page.unmap(kA, true, 2);
  Flush by_ipa;
  by_ipa.issued_at = 3;
  by_ipa.vmid = kA.vmid;
  by_ipa.stage2 = true;
  by_ipa.ipa = kA.ipa;
  page.flush(by_ipa, 4);
  Flush combined = by_ipa;
  combined.stage2 = false;
  combined.ipa.reset();
  combined.combined = true;
  combined.issued_at = 5;
  page.flush(combined, 6);
  EXPECT_EQ(page.by_tlbs(), (PrincipalSet{1}));
  EXPECT_TRUE(page.flush(both_stages(7), 8));
  EXPECT_TRUE(page.by_tlbs().empty());
}

TEST(PageObserverTables, ASharedPageHasBothObservers) {
  PageObservers page{1};
  page.map(kA, 1);
  EXPECT_TRUE(page.map(kB, 2));
  EXPECT_EQ(page.by_tlbs(), (PrincipalSet{1, 2}));
  EXPECT_TRUE(page.unmap(kA, false, 3));
  EXPECT_EQ(page.by_tables(), (PrincipalSet{2}));
  EXPECT_EQ(page.by_tlbs(), (PrincipalSet{1, 2}));
  EXPECT_TRUE(page.flush(both_stages(4), 5));
  EXPECT_EQ(page.by_tlbs(), (PrincipalSet{2}));
}

}  // namespace
}  // namespace armature::hyp
