// QEMU's "testdev" character device, which test programs end a run with: the text "Nq", N in
// decimal, asks for an exit with status 2N + 1.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "platform/devices/character_sink.h"

namespace armature::platform {

class TestPort final : public CharacterSink {
 public:
  void put(std::uint8_t byte) override;
  std::optional<std::uint32_t> exit_status() const;

  void save(std::vector<std::uint8_t>& out) const;
  void load(std::span<const std::uint8_t>& in);

 private:
  std::uint32_t number_ = 0;
  std::uint32_t status_ = 0;
  bool has_exited_ = false;
};

}  // namespace armature::platform
