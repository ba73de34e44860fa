#include "cpu/window.h"

#include <algorithm>

#include "cpu/core.h"

namespace armature::cpu {

// One after the other, those in front of the core in a window's order have had their turn in it, and
// those behind it have not. Nothing woke any of them: only time passed.
void Machine::settle_windows() {
  const unsigned turn = window.alone->id.value;
  for (Core* core : cores) {
    if (core == window.alone) continue;
    core->state.cycles =
        std::max(core->state.cycles, core->id.value < turn ? window.end : window.start);
  }
  window.alone = nullptr;
}

void Machine::part_joined_windows() {
  Core& core = *window.alone;
  window.start = window.start_at(core.started());
  window.end = window.start + window.length;
  settle_windows();
  core.end_run_at(window.end);
}

}  // namespace armature::cpu
