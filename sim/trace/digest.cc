#include "sim/trace/digest.h"

#include <fmt/format.h>

namespace armature {

void Digest::on_event(const Event& event) {
  if (!is_canonical(event.kind)) return;
  ++events_;
  hash_.update({reinterpret_cast<const std::uint8_t*>(&event), sizeof event});
}

std::string Digest::text() const { return fmt::format("{:016x}", value()); }

}  // namespace armature
