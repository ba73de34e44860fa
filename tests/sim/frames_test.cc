// Memory as shared frames.
#include "sim/snapshot/frames.h"

#include <gtest/gtest.h>

namespace armature {
namespace {

class Frames : public ::testing::Test {
 protected:
  Frames() { memory.add("ram", {0x4000'0000}, 64 * kFrameBytes, true); }
  std::uint8_t& byte(std::uint64_t offset) { return *memory.host({0x4000'0000 + offset}); }
  MemoryMap memory;
};

TEST_F(Frames, ZeroFramesCostNothing) { EXPECT_EQ(MemoryImage::of(memory, nullptr).own_bytes, 0u); }

TEST_F(Frames, AnImageSharesWhatDidNotChange) {
  byte(0) = 1;
  byte(kFrameBytes) = 2;
  const MemoryImage first = MemoryImage::of(memory, nullptr);
  EXPECT_EQ(first.own_bytes, 2 * kFrameBytes);
  byte(1) = 3;
  const MemoryImage second = MemoryImage::of(memory, &first);
  EXPECT_EQ(second.own_bytes, kFrameBytes);
  EXPECT_EQ(second.regions[0].frames[1], first.regions[0].frames[1]);
}

TEST_F(Frames, RestoringBringsContentsFlagsAndZerosBack) {
  byte(5) = 7;
  memory.frame_flags({0x4000'0000}) = kFrameTable;
  const MemoryImage image = MemoryImage::of(memory, nullptr);
  byte(5) = 8;
  byte(3 * kFrameBytes) = 9;
  memory.frame_flags({0x4000'0000}) = kFrameWatched;  // by somebody who still watches
  memory.regions()[0]->readable = false;
  image.restore(memory);
  EXPECT_EQ(byte(5), 7);
  EXPECT_EQ(byte(3 * kFrameBytes), 0);
  EXPECT_EQ(memory.frame_flags({0x4000'0000}), kFrameTable | kFrameWatched);
  EXPECT_TRUE(memory.regions()[0]->readable);
}

}  // namespace
}  // namespace armature
