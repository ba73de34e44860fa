#include "sim/trace/digest.h"

#include <fmt/format.h>
#include "sim/snapshot/bytes.h"

namespace armature {

void Digest::on_event(const Event& event) {
  if (!is_canonical(event.kind)) return;
  ++events_;
  hash_.update({reinterpret_cast<const std::uint8_t*>(&event), sizeof event});
}

std::string Digest::text() const { return fmt::format("{:016x}", value()); }

void Digest::save(std::vector<std::uint8_t>& out) const {
  put(out, hash_);
  put(out, events_);
}

void Digest::load(std::span<const std::uint8_t>& in) {
  hash_ = take<Xxh64>(in);
  events_ = take<std::uint64_t>(in);
}

}  // namespace armature
