#include <utility>

#include "platform/devices/user_network.h"
#include "platform/devices/virtio_net.h"
#include "sim/base/user_error.h"
#include "tests/platform/virtio_bench.h"

namespace armature::platform {
namespace {

// A wire that keeps what is sent.
class Wire final : public Network {
 public:
  void send(Cycles, std::span<const std::uint8_t> frame) override {
    sent.emplace_back(frame.begin(), frame.end());
  }
  void poll(Cycles) override {}
  std::vector<Frame> take_frames() override { return std::exchange(arrived, {}); }
  std::vector<Frame> sent, arrived;
};

class VirtioNetTest : public VirtioBench {
 protected:
  void connect(Network* network) {
    auto owned = std::make_unique<VirtioNet>("net0", kQemuMac, clock, network);
    net = owned.get();
    plug(std::move(owned));
  }
  void start_net() { start(kFeatureVersion1, 2); }
  void transmit(const Frame& frame) {
    for (std::size_t n = 0; n < frame.size(); ++n) memory.set(kData + 12 + n, frame[n]);
    request(1, {{kData, 12, false}, {kData + 12, static_cast<std::uint32_t>(frame.size()), false}});
  }
  HandClock clock;
  Wire wire;
  VirtioNet* net = nullptr;
};

TEST_F(VirtioNetTest, ConfigurationHoldsTheMacAndLinkUp) {
  connect(&wire);
  EXPECT_EQ(reg(0x8), 1u);
  for (unsigned n = 0; n < 6; ++n) EXPECT_EQ(reg(0x100 + n, 1), kQemuMac[n]);
  EXPECT_EQ(reg(0x106, 2), 1u);
}

TEST_F(VirtioNetTest, TransmitsTheFrameWithoutItsHeader) {
  connect(&wire);
  start_net();
  transmit({1, 2, 3, 4});
  ASSERT_EQ(wire.sent.size(), 1u);
  EXPECT_EQ(wire.sent[0], (Frame{1, 2, 3, 4}));
  EXPECT_EQ(used_index(1), 1u);
}

TEST_F(VirtioNetTest, ReceivedFrameWaitsForABufferAndGetsAHeader) {
  connect(&wire);
  start_net();
  wire.arrived.push_back({9, 8, 7});
  net->poll(*slot, {});
  EXPECT_EQ(used_index(0), 0u);
  request(0, {{kData, 1600, true}});
  EXPECT_EQ(used_bytes(0, 0), 15u);
  EXPECT_EQ(memory.get<std::uint8_t>(kData + 10), 1u) << "num_buffers";
  EXPECT_EQ(memory.get<std::uint8_t>(kData + 12), 9u);
  EXPECT_TRUE(interrupt());
}

TEST_F(VirtioNetTest, FrameThatDoesNotFitIsDropped) {
  connect(&wire);
  start_net();
  net->receive(*slot, Frame(100, 1));
  net->receive(*slot, Frame(10, 2));
  request(0, {{kData, 64, true}});
  EXPECT_EQ(used_bytes(0, 0), 22u);
  EXPECT_EQ(memory.get<std::uint8_t>(kData + 12), 2u);
}

TEST_F(VirtioNetTest, FramesBeforeDriverOkAreLost) {
  connect(&wire);
  net->receive(*slot, Frame(10, 2));
  start_net();
  request(0, {{kData, 64, true}});
  EXPECT_EQ(used_index(0), 0u);
}

TEST_F(VirtioNetTest, HeaderlessTransmissionBreaksTheDevice) {
  connect(&wire);
  start_net();
  request(1, {{kData, 11, false}});
  EXPECT_TRUE(is_broken());
}

TEST_F(VirtioNetTest, OversizedTransmissionIsDropped) {
  connect(&wire);
  start_net();
  request(1, {{kData, 0xffffffff, false}});
  EXPECT_TRUE(wire.sent.empty());
  EXPECT_EQ(used_index(1), 1u);
}

TEST_F(VirtioNetTest, ActiveNetworkRefusesToBeSavedByName) {
  connect(&wire);
  std::vector<std::uint8_t> bytes;
  try {
    slot->save(bytes);
    FAIL();
  } catch (const UserError& error) {
    EXPECT_NE(std::string(error.what()).find("net0"), std::string::npos);
  }
  connect(nullptr);
  start_net();
  net->receive(*slot, Frame(10, 2));
  auto old = std::move(slot);
  connect(nullptr);
  copy_state(*old, *slot);
  request(0, {{kData, 64, true}});
  EXPECT_EQ(used_index(0), 1u);
}

// ARP request for the gateway 10.0.2.2.
Frame arp_request() {
  Frame frame(6, 0xff);
  const auto append = [&](std::initializer_list<unsigned> bytes) {
    for (const unsigned byte : bytes) frame.push_back(static_cast<std::uint8_t>(byte));
  };
  append({0x52, 0x54, 0x00, 0x12, 0x34, 0x56, 0x08, 0x06, 0, 1, 8, 0, 6, 4, 0, 1});
  append({0x52, 0x54, 0x00, 0x12, 0x34, 0x56, 10, 0, 2, 15});
  append({0, 0, 0, 0, 0, 0, 10, 0, 2, 2});
  return frame;
}

TEST_F(VirtioNetTest, UserNetworkAnswersArpForItsGateway) {
  UserNetwork user({});
  connect(&user);
  start_net();
  transmit(arp_request());
  net->poll(*slot, Cycles::whole(1000));
  request(0, {{kData + 0x1000, 1600, true}});
  EXPECT_EQ(memory.get<std::uint8_t>(kData + 0x1000 + 12 + 21), 2u) << "an ARP reply";
  EXPECT_EQ(memory.get<std::uint8_t>(kData + 0x1000 + 12 + 31), 2u) << "from 10.0.2.2";
}

TEST_F(VirtioNetTest, UserNetworkSpeaksOnlyWhenPolled) {
  UserNetwork user({});
  connect(&user);
  start_net();
  write_chain(ring(0), {{kData + 0x1000, 1600, true}});
  make_available(0, 0);
  kick(0);
  transmit(arp_request());
  EXPECT_EQ(used_index(0), 0u);
  net->poll(*slot, Cycles::whole(1000));
  EXPECT_EQ(used_index(0), 1u);
}

}  // namespace
}  // namespace armature::platform
