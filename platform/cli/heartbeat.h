// How fast a run goes, for the person who waits: nothing of it reaches the simulation.
#pragma once

#include <chrono>
#include <cstdint>

#include "platform/machine/machine.h"

namespace armature::platform {

// Every two seconds on standard error, if that is a terminal. A guest's console in the same terminal keeps its lines:
// the figures are then in the terminal's title.
class Heartbeat {
 public:
  explicit Heartbeat(bool wanted);
  ~Heartbeat();
  Heartbeat(const Heartbeat&) = delete;
  Heartbeat& operator=(const Heartbeat&) = delete;

  void tick(const Machine& machine);

 private:
  using HostClock = std::chrono::steady_clock;

  enum class Place : std::uint8_t { nowhere, line, title };
  Place place_;
  bool printed_ = false;
  HostClock::time_point last_ = HostClock::now();
  std::uint64_t instructions_ = 0;
};

}  // namespace armature::platform
