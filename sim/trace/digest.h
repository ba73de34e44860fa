// One number for the whole canonical event stream: equal runs have equal digests.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "sim/event/bus.h"
#include "sim/trace/xxh64.h"

namespace armature {

// The set of canonical kinds, for EventBus::add().
constexpr std::uint64_t canonical_kinds() { return event_bit(EventKind::read) - 1; }

// XXH64 over the 64-byte records in order. Other kinds are ignored, so the digest does not depend
// on who else listens.
class Digest : public EventListener {
 public:
  void on_event(const Event& event) override;
  std::uint64_t value() const { return hash_.value(); }
  std::uint64_t events() const { return events_; }
  std::string text() const;  // 16 hexadecimal digits
  // A digest under way, so that a restored run goes on where the saved one stopped.
  void save(std::vector<std::uint8_t>& out) const;
  void load(std::span<const std::uint8_t>& in);

 private:
  Xxh64 hash_;
  std::uint64_t events_ = 0;
};

}  // namespace armature
