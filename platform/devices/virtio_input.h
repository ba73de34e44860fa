// virtio input device (virtio 1.1, 5.8) that is a keyboard: event queue 0, status queue 1.
#pragma once

#include <deque>
#include <string>

#include "platform/devices/virtio.h"

namespace armature::platform {

class VirtioInput final : public VirtioDevice {
 public:
  static constexpr std::size_t kPendingMax = 1024;  // events
  static constexpr std::uint16_t kKeyMax = 127;     // KEY_... of Linux' input-event-codes.h

  explicit VirtioInput(std::string name) : name_(std::move(name)) {}

  // A key went down or up: the event and a SYN_REPORT. Dropped, as by a keyboard with a full buffer,
  // when the driver does not take them, and when there is no such key.
  void press(VirtioTransport& transport, std::uint16_t key, bool down);

  std::string_view name() const override { return name_; }
  std::uint32_t device_id() const override { return 18; }
  unsigned queues() const override { return 2; }
  std::vector<std::uint8_t> config() const override;
  void write_config(unsigned offset, std::uint8_t byte) override;
  void notify(VirtioTransport& transport, unsigned queue) override;
  void reset() override;
  void save(std::vector<std::uint8_t>& out) const override;
  void load(std::span<const std::uint8_t>& in) override;

 private:
  struct InputEvent {
    std::uint16_t type = 0, code = 0;
    std::uint32_t value = 0;
  };
  void deliver(VirtioTransport& transport);
  std::vector<std::uint8_t> answer() const;

  std::string name_;
  std::uint8_t select_ = 0, subselect_ = 0;
  std::deque<InputEvent> pending_;
};

}  // namespace armature::platform
