// What KServ knows of a VM's memory, and the ring in a page that a VM grants.
#include "hyp/kserv/guest_memory.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <memory>
#include <vector>

#include "hyp/abi/calls.h"
#include "hyp/kserv/ring.h"

namespace armature::kserv {
namespace {

constexpr std::uint64_t kRamBytes = 4 * kBlockBytes;

// Real memory, because tables are written to the pages.
class GuestMemoryTest : public testing::Test {
 protected:
  GuestMemoryTest()
      : ram_(static_cast<std::uint8_t*>(std::aligned_alloc(kBlockBytes, kRamBytes)), std::free),
        bookkeeping_(PageAllocator::bytes_for(kRamBytes)) {
    pages_.open({reinterpret_cast<std::uint64_t>(ram_.get()), kRamBytes}, bookkeeping_.data());
    EXPECT_TRUE(memory_.open(pages_, 64 << 20));
  }
  ~GuestMemoryTest() override {
    memory_.close();
    EXPECT_EQ(pages_.free_pages(), kRamBytes / kPageBytes) << "a table is lost";
  }
  std::unique_ptr<std::uint8_t, void (*)(void*)> ram_;
  std::vector<std::uint8_t> bookkeeping_;
  PageAllocator pages_;
  GuestMemory memory_;
};

TEST_F(GuestMemoryTest, NothingIsThereAtFirst) {
  EXPECT_FALSE(memory_.has_pages(0));
  EXPECT_FALSE(memory_.find(0));
  EXPECT_FALSE(memory_.find(64 << 20));
  EXPECT_FALSE(memory_.find(~0ull));
}

TEST_F(GuestMemoryTest, ABlockIsFoundByteForByte) {
  memory_.note(kBlockBytes, 0x4000'0000, kBlockBytes);
  EXPECT_FALSE(memory_.has_pages(kBlockBytes));
  EXPECT_EQ(memory_.find(kBlockBytes + 0x12345), 0x4001'2345u);
  EXPECT_FALSE(memory_.find(kBlockBytes - 1));
  EXPECT_FALSE(memory_.find(2 * kBlockBytes));
}

TEST_F(GuestMemoryTest, PagesLieAnywhere) {
  ASSERT_TRUE(memory_.break_region(0x3000));
  EXPECT_TRUE(memory_.has_pages(kBlockBytes - 1));
  EXPECT_FALSE(memory_.has_pages(kBlockBytes));
  memory_.note(0x3000, 0x5555'5000, kPageBytes);
  EXPECT_EQ(memory_.find(0x3008), 0x5555'5008u);
  EXPECT_FALSE(memory_.find(0x4000));
}

// Two vCPUs fault at once: one is offered a block, the other, with no block left, a page.
TEST_F(GuestMemoryTest, ABlockThatComesAfterTheRegionWasBrokenIsFoundAsWell) {
  ASSERT_TRUE(memory_.break_region(0));
  memory_.note(0, 0x6000'0000, kBlockBytes);
  EXPECT_EQ(memory_.find(kBlockBytes - 8), 0x601f'fff8u);
}

TEST_F(GuestMemoryTest, ABrokenBlockIsStillFound) {
  memory_.note(0, 0x6000'0000, kBlockBytes);
  ASSERT_TRUE(memory_.break_region(0));
  EXPECT_EQ(memory_.find(0x5000), 0x6000'5000u);
}

TEST_F(GuestMemoryTest, ItTakesNoMorePagesThanItSays) {
  const std::uint64_t before = pages_.free_pages();
  for (std::uint64_t at = 0; at < 64 << 20; at += kBlockBytes) ASSERT_TRUE(memory_.break_region(at));
  // The root was taken before.
  EXPECT_EQ(before - pages_.free_pages() + 1, GuestMemory::pages_needed(64 << 20));
}

class RingTest : public testing::Test {
 protected:
  RingTest() { ring_.set_page(1, reinterpret_cast<std::uint64_t>(&page_)); }
  Ring ring_;
  alignas(4096) abi::RingPage page_{};
};

TEST_F(RingTest, EveryRequestIsAnsweredOnce) {
  page_.request[0] = 7;
  page_.request[1] = 8;
  page_.asked = 2;
  ring_.serve(1);
  EXPECT_EQ(page_.answered, 2u);
  EXPECT_EQ(page_.answer[0], abi::ring_answer(7));
  EXPECT_EQ(page_.answer[1], abi::ring_answer(8));
  page_.answer[0] = 0;
  ring_.serve(1);
  EXPECT_EQ(page_.answer[0], 0u);
}

TEST_F(RingTest, SlotsAreUsedAgain) {
  page_.asked = abi::kRingSlots;
  ring_.serve(1);
  page_.request[0] = 9;
  page_.asked = abi::kRingSlots + 1;
  ring_.serve(1);
  EXPECT_EQ(page_.answer[0], abi::ring_answer(9));
}

TEST_F(RingTest, ACountThatNoRingCanHoldIsIgnored) {
  page_.asked = ~0ul;
  ring_.serve(1);
  EXPECT_EQ(page_.answered, 0u);
}

TEST_F(RingTest, WithoutAPageNothingHappens) {
  ring_.set_page(1, {});
  page_.asked = 1;
  ring_.serve(1);
  ring_.serve(0);
  EXPECT_EQ(page_.answered, 0u);
}

}  // namespace
}  // namespace armature::kserv
