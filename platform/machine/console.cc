#include "platform/machine/console.h"

namespace armature::platform {

void Console::put(std::uint8_t byte) {
  ++bytes_;
  tail_.push_back(static_cast<char>(byte));
  if (tail_.size() > 2 * kTailBytes) tail_.erase(0, tail_.size() - kTailBytes);
  if (output_) output_(byte);
}

}  // namespace armature::platform
