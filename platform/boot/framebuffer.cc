#include "platform/boot/framebuffer.h"

#include "platform/machine/memory_layout.h"

namespace armature::platform {

std::uint64_t Framebuffer::bytes() const {
  constexpr std::uint64_t kUnit = 2 << 20;
  return (stride() * height + kUnit - 1) / kUnit * kUnit;
}

std::optional<Framebuffer> framebuffer_of(const RunConfig& config) {
  if (config.framebuffer_width == 0) return std::nullopt;
  Framebuffer framebuffer{{}, config.framebuffer_width, config.framebuffer_height};
  framebuffer.base = layout::kRam + (config.memory - framebuffer.bytes());
  return framebuffer;
}

}  // namespace armature::platform
