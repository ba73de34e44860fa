#include "platform/machine/console.h"

#include <algorithm>
#include <utility>

namespace armature::platform {

void Console::put(std::uint8_t byte) {
  ++bytes_;
  tail_.push_back(static_cast<char>(byte));
  if (tail_.size() > 2 * kTailBytes) tail_.erase(0, tail_.size() - kTailBytes);
  if (bytes_ <= shown_) return;
  shown_ = bytes_;
  if (output_) output_(byte);
}

void Console::restore(std::string tail, std::uint64_t bytes) {
  bytes_ = bytes;
  tail_ = std::move(tail);
  shown_ = std::max(shown_, bytes_);
}

}  // namespace armature::platform
