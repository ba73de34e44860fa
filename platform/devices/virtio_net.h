// virtio network device (virtio 1.1, 5.1): receive queue 0, transmit queue 1, no offloads.
//
// Frames from the host enter by receive() only, at simulated times the machine chooses and records;
// in a replay there is no Network and the recorded frames come instead.
#pragma once

#include <array>
#include <deque>
#include <string>

#include "platform/devices/clock.h"
#include "platform/devices/network.h"
#include "platform/devices/virtio.h"

namespace armature::platform {

using MacAddress = std::array<std::uint8_t, 6>;
inline constexpr MacAddress kQemuMac{0x52, 0x54, 0x00, 0x12, 0x34, 0x56};

class VirtioNet final : public VirtioDevice {
 public:
  static constexpr std::size_t kPendingMax = 256;      // frames; more are dropped, as on a wire
  static constexpr std::size_t kFrameBytesMax = 65535;

  // network == nullptr: transmitted frames are dropped.
  VirtioNet(std::string name, MacAddress mac, const Clock& clock, Network* network)
      : name_(std::move(name)), mac_(mac), clock_(clock), network_(network) {}

  // `transport` is the slot that carries this device.
  void receive(VirtioTransport& transport, std::span<const std::uint8_t> frame);
  // For a machine without an input queue: polls the network and receives what arrived.
  void poll(VirtioTransport& transport, Cycles now);
  Network* network() { return network_; }

  std::string_view name() const override { return name_; }
  std::uint32_t device_id() const override { return 1; }
  unsigned queues() const override { return 2; }
  std::uint64_t features() const override;
  std::vector<std::uint8_t> config() const override;
  void notify(VirtioTransport& transport, unsigned queue) override;
  void reset() override { pending_.clear(); }
  // save() throws UserError while a Network is attached: its connections cannot be saved.
  void save(std::vector<std::uint8_t>& out) const override;
  void load(std::span<const std::uint8_t>& in) override;

 private:
  void deliver(VirtioTransport& transport);
  void transmit(VirtioTransport& transport);

  std::string name_;
  MacAddress mac_;
  const Clock& clock_;
  Network* network_;
  std::deque<Frame> pending_;
};

}  // namespace armature::platform
