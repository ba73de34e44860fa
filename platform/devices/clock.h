// Simulated time for devices. Never the host's.
#pragma once

#include "sim/base/types.h"
#include "sim/config/preset.h"

namespace armature::platform {

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Cycles now() const = 0;
};

inline constexpr Cycles kNever{~0ull};

// A device that does something by itself when time comes: the machine calls advance() at the end of
// the first window whose end is at or past deadline().
class Timed {
 public:
  virtual ~Timed() = default;
  virtual Cycles deadline() const = 0;  // kNever: nothing to do
  virtual void advance(Cycles now) = 0;
};

constexpr Cycles cycles_of_seconds(std::uint64_t seconds) {
  return Cycles::whole(seconds * kCoreHertz);
}
constexpr std::uint64_t whole_seconds(Cycles time) { return time.whole() / kCoreHertz; }

}  // namespace armature::platform
