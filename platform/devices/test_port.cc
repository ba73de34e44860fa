#include "platform/devices/test_port.h"

#include <cctype>

#include "sim/snapshot/bytes.h"

namespace armature::platform {

// A command is digits and a letter; 'q' is the only letter that means something.
void TestPort::put(std::uint8_t byte) {
  if (std::isspace(byte) != 0) return;
  if (std::isdigit(byte) != 0) {
    number_ = 10 * number_ + (byte - '0');
    return;
  }
  if (byte == 'q' && !has_exited_) {
    has_exited_ = true;
    status_ = 2 * number_ + 1;
  }
  number_ = 0;
}

std::optional<std::uint32_t> TestPort::exit_status() const {
  return has_exited_ ? std::optional(status_) : std::nullopt;
}

void TestPort::save(std::vector<std::uint8_t>& out) const {
  armature::put(out, number_);
  armature::put(out, status_);
  armature::put(out, has_exited_);
}
void TestPort::load(std::span<const std::uint8_t>& in) {
  number_ = take<std::uint32_t>(in);
  status_ = take<std::uint32_t>(in);
  has_exited_ = take<bool>(in);
}

}  // namespace armature::platform
