#include "platform/devices/virtio_input.h"

#include "tests/platform/virtio_bench.h"

namespace armature::platform {
namespace {

class KeyboardBench : public VirtioBench {
 protected:
  void SetUp() override {
    auto device = std::make_unique<VirtioInput>("keyboard0");
    keyboard = device.get();
    plug(std::move(device));
  }
  unsigned ask(unsigned select, unsigned subselect) {
    reg(0x100, select, 1);
    reg(0x101, subselect, 1);
    return static_cast<unsigned>(reg(0x102, 1));
  }
  // Offers one buffer of `bytes` for an event.
  void offer(unsigned head, std::uint32_t bytes = 8) {
    descriptor(ring(0), head, kData + 8 * head, bytes, 2, 0);
    make_available(0, head);
    kick(0);
  }

  VirtioInput* keyboard = nullptr;
};

TEST_F(KeyboardBench, NamesItselfAndTheKeysItHas) {
  EXPECT_EQ(reg(8), 18u);
  EXPECT_EQ(ask(0x01, 0), 17u);
  EXPECT_EQ(reg(0x108, 1), static_cast<unsigned>('A'));
  EXPECT_EQ(ask(0x11, 1), 16u);
  EXPECT_EQ(reg(0x108, 1), 0xfeu);
}

TEST_F(KeyboardBench, AnswersWithNothingToWhatItDoesNotHave) {
  EXPECT_EQ(ask(0x12, 0), 0u);
  EXPECT_EQ(ask(0x11, 3), 0u);
}

TEST_F(KeyboardBench, AKeyIsAnEventAndAReport) {
  start(kFeatureVersion1, 2);
  offer(0);
  offer(1);
  keyboard->press(*slot, 30, true);
  EXPECT_EQ(used_index(0), 2u);
  EXPECT_EQ(memory.get<std::uint16_t>(kData), 1u);
  EXPECT_EQ(memory.get<std::uint16_t>(kData + 2), 30u);
  EXPECT_EQ(memory.get<std::uint32_t>(kData + 4), 1u);
  EXPECT_EQ(memory.get<std::uint64_t>(kData + 8), 0u);
  EXPECT_TRUE(interrupt());
}

TEST_F(KeyboardBench, EventsWaitForABuffer) {
  start(kFeatureVersion1, 2);
  keyboard->press(*slot, 30, true);
  EXPECT_EQ(used_index(0), 0u);
  offer(0);
  EXPECT_EQ(used_index(0), 1u);
}

TEST_F(KeyboardBench, NothingIsKeptForADriverThatIsNotThere) {
  keyboard->press(*slot, 30, true);
  start(kFeatureVersion1, 2);
  offer(0);
  EXPECT_EQ(used_index(0), 0u);
}

TEST_F(KeyboardBench, ABufferTooSmallForAnEventBreaksTheDevice) {
  start(kFeatureVersion1, 2);
  offer(0, 4);
  keyboard->press(*slot, 30, true);
  EXPECT_TRUE(is_broken());
}

TEST_F(KeyboardBench, WaitingEventsSurviveASnapshot) {
  start(kFeatureVersion1, 2);
  keyboard->press(*slot, 31, false);
  std::vector<std::uint8_t> saved;
  keyboard->save(saved);
  VirtioInput other("keyboard0");
  std::span<const std::uint8_t> in = saved;
  other.load(in);
  std::vector<std::uint8_t> again;
  other.save(again);
  EXPECT_EQ(again, saved);
  EXPECT_TRUE(in.empty());
}

}  // namespace
}  // namespace armature::platform
