// Where QEMU 7.2's cortex-a57 is known to decode differently from Armv8.0, and why we do not
// follow.
#include "session.h"

namespace armature::isa {

namespace {

struct Laxity {
  std::uint32_t mask, value;
  const char* reason;
};

constexpr Laxity kLaxities[] = {
    {0, 1, ""},  // matches nothing
};

}  // namespace

const char* known_laxity(std::uint32_t word) {
  for (const Laxity& laxity : kLaxities) {
    if ((word & laxity.mask) == laxity.value) return laxity.reason;
  }
  return nullptr;
}

}  // namespace armature::isa
