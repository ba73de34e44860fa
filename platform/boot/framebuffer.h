// Where the guest's simple framebuffer lies: the top of RAM, kept from the kernel by the device tree.
#pragma once

#include <cstdint>
#include <optional>

#include "sim/base/types.h"
#include "sim/config/run_config.h"

namespace armature::platform {

struct Framebuffer {
  PhysicalAddress base{};
  unsigned width = 0, height = 0;  // pixels, a8r8g8b8
  std::uint64_t stride() const { return std::uint64_t{width} * 4; }
  std::uint64_t bytes() const;  // whole 2 MiB
};

// Nothing when the configuration asks for none.
std::optional<Framebuffer> framebuffer_of(const RunConfig& config);

}  // namespace armature::platform
