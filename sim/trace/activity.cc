#include "sim/trace/activity.h"

#include <fmt/format.h>

#include "sim/base/bits.h"
#include "sim/check/manifest.h"

namespace armature {
namespace {

constexpr unsigned kWaitOff = 3;  // WaitType::off of the wait event

}  // namespace

std::uint64_t ActivityTracker::kinds() {
  using enum EventKind;
  return event_bit(exception_entry) | event_bit(exception_return) | event_bit(wait) |
         event_bit(wake) | event_bit(vm_enter) | event_bit(vm_exit);
}

bool ActivityTracker::on_event(const Event& event) {
  if (event.core >= kCoresMax) return false;
  Activity& now = cores_[event.core];
  const Activity before = now;
  if (now.state == Activity::State::unknown) {
    now.state = Activity::State::running;
    now.el = event.el;
  }
  switch (event.kind) {
    case EventKind::exception_entry:
    case EventKind::exception_return:
      now.state = Activity::State::running;
      now.el = static_cast<std::uint8_t>(bits(event.d, 19, 18));
      now.vmid = event.vmid;
      break;
    case EventKind::wait:
      now.state = bits(event.d, 3, 0) == kWaitOff ? Activity::State::off : Activity::State::waiting;
      break;
    case EventKind::wake:
      now.state = Activity::State::running;
      now.el = event.el;
      break;
    case EventKind::vm_enter:
      now.principal = static_cast<std::uint16_t>(bits(event.d, 15, 0));
      break;
    case EventKind::vm_exit:
      now.principal = 0;
      break;
    default:
      break;
  }
  return now != before;
}

std::string ActivityTracker::name(const Activity& activity) const {
  switch (activity.state) {
    case Activity::State::unknown:
      return "unknown";
    case Activity::State::waiting:
      return "waiting";
    case Activity::State::off:
      return "off";
    case Activity::State::running:
      break;
  }
  if (!firmware_) {
    return activity.vmid == 0 || activity.el == 2
               ? fmt::format("EL{}", activity.el)
               : fmt::format("EL{} VMID {}", activity.el, activity.vmid);
  }
  if (activity.el == 2) return "KCore";
  if (activity.principal >= check::kFirstVm) {
    return fmt::format("{} EL{}", check::principal_name(activity.principal), activity.el);
  }
  if (activity.vmid != 0) return fmt::format("VMID {} EL{}", activity.vmid, activity.el);
  return fmt::format("KServ EL{}", activity.el);
}

}  // namespace armature
