// A core that waits: WFI, WFE, or off. What wakes it is looked at once; until something of it has changed
// or is due, the core is left alone.
#include <algorithm>

#include "cpu/core.h"
#include "cpu/exception_routing.h"
#include "cpu/timer.h"

namespace armature::cpu {

Cycles Core::asleep_until() const {
  const bool has_news = state.sleep == Sleep::running || interrupts_changed ||
                        machine.gic.changes() != lines_seen_ ||
                        (state.sleep == Sleep::wfe && state.event_register);
  return has_news ? Cycles{} : deadline_;
}

// It has just been found that nothing wakes it.
void Core::fall_asleep() {
  update_timers(*this, state.cycles);
  deadline_ = next_deadline();
  lines_seen_ = machine.gic.changes();
  interrupts_changed = false;
}

bool Core::wake_if_due() {
  if (state.sleep == Sleep::off) {
    state.cycles = std::max(state.cycles, run_end_);
    fall_asleep();
    return false;
  }
  for (;;) {
    update_timers(*this, state.cycles);
    const bool woken =
        wfi_wakeup_pending(*this) || (state.sleep == Sleep::wfe && state.event_register);
    if (woken) {
      machine.events.publish(EventKind::wake, 0, 0, 0, static_cast<std::uint32_t>(state.sleep));
      if (state.sleep == Sleep::wfe) state.event_register = false;
      state.sleep = Sleep::running;
      interrupts_changed = true;
      return true;
    }
    if (state.cycles >= run_end_) {
      fall_asleep();
      return false;
    }
    const Cycles from = state.cycles;
    state.cycles = std::min(run_end_, std::max(next_deadline(), from + Cycles{1}));
    if (event_stream_fired(*this, from, state.cycles)) state.event_register = true;
  }
}

}  // namespace armature::cpu
