#include "platform/machine/cluster.h"

#include <algorithm>

#include "cpu/exception.h"
#include "sim/snapshot/bytes.h"

namespace armature::platform {
namespace {

constexpr std::uint64_t kInterleavedWindow = 1000;  // cycles between looks at the kernel

// Another core may have woken a sleeper after its turn in this window: it runs in the next one.
bool stays_asleep(const cpu::Core& core) {
  switch (core.state.sleep) {
    case cpu::Sleep::running:
      return false;
    case cpu::Sleep::off:
      return true;
    case cpu::Sleep::wfe:
      return !core.state.event_register && !wfi_wakeup_pending(core);
    case cpu::Sleep::wfi:
      return !wfi_wakeup_pending(core);
  }
  return false;
}

}  // namespace

bool Cluster::run_window(std::uint64_t instructions_max) {
  const std::uint64_t stop = instructions_max == ~0ull ? ~0ull : instructions() + instructions_max;
  if (next_core_ == 0 && window_end_ <= time_) {
    window_end_ = time_ + Cycles::whole(quantum_ == 0 ? kInterleavedWindow : quantum_);
  }
  if (quantum_ == 0) {
    if (!run_interleaved(instructions_max)) return false;
  } else {
    for (; next_core_ < machine_.cores.size(); ++next_core_) {
      cpu::Core& core = *machine_.cores[next_core_];
      const std::uint64_t left = stop == ~0ull ? ~0ull : stop - instructions();
      if (left == 0 || machine_.stop_requested) return false;
      core.run(window_end_, left);
      if (core.state.cycles < window_end_ &&
          (core.state.sleep == cpu::Sleep::running || machine_.stop_requested)) {
        return false;
      }
    }
  }
  machine_.shootdown.window_end();
  next_core_ = 0;
  time_ = window_end_;
  return true;
}

// One instruction at a time, always on the core whose local time is lowest (the lowest number among
// equals).
bool Cluster::run_interleaved(std::uint64_t instructions_max) {
  const std::uint64_t stop = instructions_max == ~0ull ? ~0ull : instructions() + instructions_max;
  for (;;) {
    cpu::Core* first = nullptr;
    for (cpu::Core* core : machine_.cores) {
      if (core->state.cycles < window_end_ &&
          (first == nullptr || core->state.cycles < first->state.cycles)) {
        first = core;
      }
    }
    if (first == nullptr) return true;
    if (machine_.stop_requested || (stop != ~0ull && instructions() >= stop)) return false;
    // A sleeper only follows the lowest running core, so that a wake-up reaches it in time.
    Cycles end = window_end_;
    if (first->state.sleep != cpu::Sleep::running) {
      for (const cpu::Core* core : machine_.cores) {
        if (core->state.sleep == cpu::Sleep::running) {
          end = std::min(end, std::max(core->state.cycles, first->state.cycles) + Cycles{1});
        }
      }
    }
    first->run(end, 1);
  }
}

bool Cluster::all_asleep() const {
  return std::all_of(machine_.cores.begin(), machine_.cores.end(),
                     [](const cpu::Core* core) { return stays_asleep(*core); });
}

bool Cluster::all_off() const {
  return std::all_of(machine_.cores.begin(), machine_.cores.end(),
                     [](const cpu::Core* core) { return core->state.sleep == cpu::Sleep::off; });
}

Cycles Cluster::next_wake() const {
  Cycles earliest{~0ull};
  for (const cpu::Core* core : machine_.cores) {
    if (core->state.sleep == cpu::Sleep::off) continue;
    earliest = std::min(earliest, core->next_deadline());
  }
  return earliest;
}

void Cluster::skip_to(Cycles time) {
  if (next_core_ == 0 && time > time_) window_end_ = time;
}

std::uint64_t Cluster::instructions() const {
  std::uint64_t sum = 0;
  for (const cpu::Core* core : machine_.cores) sum += core->retired_now();
  return sum;
}

void Cluster::save(std::vector<std::uint8_t>& out) const {
  put(out, time_);
  put(out, window_end_);
  put(out, next_core_);
}

void Cluster::load(std::span<const std::uint8_t>& in) {
  time_ = take<Cycles>(in);
  window_end_ = take<Cycles>(in);
  next_core_ = take<std::uint8_t>(in);
}

}  // namespace armature::platform
