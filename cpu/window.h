// Windows of simulated time (design section "Time"): at their ends cores and devices see what the others
// did. While one core is awake and nothing is due, that core runs through several of them at a stretch:
// they are joined, and the result is that of one after the other. What another core or a device could
// notice parts them first (Machine::part_windows): from then on there is only the window in which the
// instruction being executed began.
#pragma once

#include "sim/base/types.h"

namespace armature::cpu {

class Core;

struct Window {
  Cycles start{}, end{};
  Core* alone = nullptr;  // runs through joined windows; nullptr: this is one window
  Cycles length{};        // of each of the joined ones

  // The start of the one that holds `time`.
  Cycles start_at(Cycles time) const {
    if (alone == nullptr) return start;
    const std::uint64_t before = (time - start).sixteenths / length.sixteenths;
    return start + Cycles{before * length.sixteenths};
  }
};

}  // namespace armature::cpu
