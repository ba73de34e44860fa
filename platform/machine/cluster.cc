#include "platform/machine/cluster.h"

#include <algorithm>

#include "cpu/exception.h"
#include "sim/snapshot/bytes.h"

namespace armature::platform {
namespace {

constexpr std::uint64_t kInterleavedWindow = 1000;  // cycles between looks at the kernel

// Another core may have woken a sleeper after its turn in this window: it runs in the next one.
bool stays_asleep(const cpu::Core& core) {
  if (core.asleep_until() != Cycles{}) return true;
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

// Joins as many windows as `reach` allows while a single core is awake, and no other has anything to
// do in them.
bool Cluster::join_windows(std::uint64_t instructions_max, Reach reach) {
  cpu::Core* alone = nullptr;
  Cycles wake{~0ull};
  for (cpu::Core* core : machine_.cores) {
    if (const Cycles until = core->asleep_until(); until != Cycles{}) {
      wake = std::min(wake, until);
    } else if (stays_asleep(*core)) {
      wake = std::min(wake, core->next_deadline());
    } else {
      if (alone != nullptr) return false;
      alone = core;
    }
  }
  // Invalidations that are queued take effect at the next end of a window. The slow engine joins none,
  // so that a comparison with it shows what joining changes.
  if (alone == nullptr || !alone->is_fast() || machine_.stops != nullptr ||
      !machine_.shootdown.pending().empty()) {
    return false;
  }
  const std::uint64_t length = window_.end.sixteenths - window_.start.sixteenths;
  const auto whole_before = [&](Cycles time) {  // windows that end before it
    return time <= window_.start ? 0 : ((time - window_.start).sixteenths - 1) / length;
  };
  std::uint64_t count = std::min(reach.windows, whole_before(wake));
  count = std::min(count, whole_before(reach.due) + 1);
  // Not one instruction more than was asked for, however fast they are.
  count = std::min(count, instructions_max / (length / alone->least_cost() + 1));
  if (count < 2) return false;
  window_.end = window_.start + Cycles{count * length};
  window_.length = Cycles{length};
  window_.alone = alone;
  next_core_ = alone->id.value;
  return true;
}

// After the run through joined windows: what is left is the last one, or the one they were parted in.
void Cluster::leave_joined_windows(Cycles begin) {
  if (window_.alone != nullptr) {
    window_.start = window_.end - window_.length;
    machine_.settle_windows();
  }
  windows_ += (window_.start - begin).sixteenths / window_.length.sixteenths;
}

bool Cluster::run_window(std::uint64_t instructions_max, Reach reach) {
  const Cycles begin = window_.start;
  bool joined = false;
  const std::uint64_t stop = instructions_max == ~0ull ? ~0ull : instructions() + instructions_max;
  if (next_core_ == 0 && window_.end <= window_.start) {
    window_.end = window_.start + Cycles::whole(quantum_ == 0 ? kInterleavedWindow : quantum_);
    if (quantum_ != 0 && reach.windows > 1) joined = join_windows(instructions_max, reach);
  }
  if (quantum_ == 0) {
    if (!run_interleaved(instructions_max)) return false;
  } else {
    for (; next_core_ < machine_.cores.size(); ++next_core_) {
      cpu::Core& core = *machine_.cores[next_core_];
      const std::uint64_t left = stop == ~0ull ? ~0ull : stop - instructions();
      if (left == 0 || machine_.stop_requested) return false;
      core.run(window_.end, left);
      if (joined) leave_joined_windows(begin);
      joined = false;
      if (core.state.cycles < window_.end &&
          (core.state.sleep == cpu::Sleep::running || machine_.stop_requested)) {
        return false;
      }
    }
  }
  machine_.shootdown.window_end();
  next_core_ = 0;
  ++windows_;
  window_.start = window_.end;
  return true;
}

// One instruction at a time, always on the core whose local time is lowest (the lowest number among
// equals).
bool Cluster::run_interleaved(std::uint64_t instructions_max) {
  const std::uint64_t stop = instructions_max == ~0ull ? ~0ull : instructions() + instructions_max;
  for (;;) {
    cpu::Core* first = nullptr;
    for (cpu::Core* core : machine_.cores) {
      if (core->state.cycles < window_.end &&
          (first == nullptr || core->state.cycles < first->state.cycles)) {
        first = core;
      }
    }
    if (first == nullptr) return true;
    if (machine_.stop_requested || (stop != ~0ull && instructions() >= stop)) return false;
    // A sleeper only follows the lowest running core, so that a wake-up reaches it in time.
    Cycles end = window_.end;
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
  if (next_core_ == 0 && time > window_.start) window_.end = time;
}

std::uint64_t Cluster::instructions() const {
  std::uint64_t sum = 0;
  for (const cpu::Core* core : machine_.cores) sum += core->retired_now();
  return sum;
}

void Cluster::save(std::vector<std::uint8_t>& out) const {
  put(out, window_.start);
  put(out, window_.end);
  put(out, next_core_);
}

void Cluster::load(std::span<const std::uint8_t>& in) {
  window_.start = take<Cycles>(in);
  window_.end = take<Cycles>(in);
  next_core_ = take<std::uint8_t>(in);
}

}  // namespace armature::platform
