// Who runs on each core, told from events: the Exception level and, where the run has a manifest,
// the principal (KCore, KServ or a VM). What Perfetto's slices and the report's lanes show.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "sim/base/types.h"
#include "sim/event/event.h"

namespace armature {

struct Activity {
  enum class State : std::uint8_t { unknown, running, waiting, off };
  State state = State::unknown;
  std::uint8_t el = 0;
  std::uint16_t vmid = 0;       // below EL2
  std::uint16_t principal = 0;  // whose vCPU is loaded, by vm_enter; 0 = none

  bool operator==(const Activity&) const = default;
};

class ActivityTracker {
 public:
  // The kinds that move it.
  static std::uint64_t kinds();

  // With a hypervisor at EL2 (`firmware`) levels get the names of those who run there.
  explicit ActivityTracker(bool firmware = false) : firmware_(firmware) {}

  // True when the event changed what its core does. Events of devices change nothing.
  bool on_event(const Event& event);
  const Activity& of(unsigned core) const { return cores_[core]; }
  // "EL1", "KCore", "KServ EL0", "VM 2 EL1", "waiting", "off".
  std::string name(const Activity& activity) const;

 private:
  std::array<Activity, kCoresMax> cores_{};
  bool firmware_;
};

}  // namespace armature
