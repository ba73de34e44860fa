// virtio console device (virtio 1.1, 5.3) with one port: receive queue 0, transmit queue 1.
#pragma once

#include <deque>
#include <string>

#include "platform/devices/character_sink.h"
#include "platform/devices/virtio.h"

namespace armature::platform {

class VirtioConsole final : public VirtioDevice {
 public:
  static constexpr std::size_t kPendingMax = 4096;

  VirtioConsole(std::string name, CharacterSink& sink) : name_(std::move(name)), sink_(sink) {}

  // Bytes typed: kept until the driver has a buffer for them. False, and the byte not taken, when
  // kPendingMax bytes wait already. `transport` is the slot that carries this device.
  bool push(VirtioTransport& transport, std::uint8_t byte);

  std::string_view name() const override { return name_; }
  std::uint32_t device_id() const override { return 3; }
  unsigned queues() const override { return 2; }
  std::uint64_t features() const override;
  std::vector<std::uint8_t> config() const override;
  void write_config(unsigned offset, std::uint8_t byte) override;
  void notify(VirtioTransport& transport, unsigned queue) override;
  void save(std::vector<std::uint8_t>& out) const override;
  void load(std::span<const std::uint8_t>& in) override;

 private:
  void deliver(VirtioTransport& transport);
  void transmit(VirtioTransport& transport);

  std::string name_;
  CharacterSink& sink_;
  std::deque<std::uint8_t> pending_;
};

}  // namespace armature::platform
