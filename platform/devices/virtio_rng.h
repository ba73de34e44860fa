// virtio entropy device (virtio 1.1, 5.4) on a seeded generator: the same seed, the same bytes.
#pragma once

#include <string>

#include "platform/devices/virtio.h"

namespace armature::platform {

class VirtioRng final : public VirtioDevice {
 public:
  VirtioRng(std::string name, std::uint64_t seed) : name_(std::move(name)), state_(seed) {}

  std::string_view name() const override { return name_; }
  std::uint32_t device_id() const override { return 4; }
  unsigned queues() const override { return 1; }
  void notify(VirtioTransport& transport, unsigned queue) override;
  void save(std::vector<std::uint8_t>& out) const override;
  void load(std::span<const std::uint8_t>& in) override;

 private:
  std::uint64_t next();

  std::string name_;
  std::uint64_t state_;  // of SplitMix64; a device reset does not rewind it
};

}  // namespace armature::platform
