// The generic timers of a core: EL1 physical, EL1 virtual, EL2 physical, and the event stream.
#pragma once

#include <cstdint>

#include "sim/base/types.h"

namespace armature::cpu {

class Core;

inline constexpr unsigned kPpiCntv = 27, kPpiCntp = 30, kPpiCnthp = 26, kPpiPmu = 23;

// Recomputes the three timer outputs and the PMU's at `now` and tells the GIC about changes.
void update_timers(Core& core, Cycles now);
// The earliest local time at which an output or the event stream changes; Cycles{~0} if never.
Cycles next_timer_deadline(const Core& core);
// Event stream (CNTKCTL_EL1/CNTHCTL_EL2.EVNTEN): true when an event occurred in (from, to].
bool event_stream_fired(const Core& core, Cycles from, Cycles to);

}  // namespace armature::cpu
