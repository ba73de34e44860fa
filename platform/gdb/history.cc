#include "platform/gdb/history.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "sim/base/user_error.h"

namespace armature::platform::gdb {
namespace {

using cpu::StopPoints;
constexpr unsigned kWindowsBetweenLooks = 256;  // at whether the user wants to stop the search

// For a search: stop points as they are wanted now, put back afterwards.
class Stops {
 public:
  Stops(StopPoints& stops, bool armed) : stops_(stops), armed_(stops.armed) {
    stops_.armed = armed;
    stops_.turn = StopPoints::Turn::none;
    stops_.clear_hit();
  }
  ~Stops() {
    stops_.armed = armed_;
    stops_.turn = StopPoints::Turn::none;
  }
  Stops(const Stops&) = delete;
  Stops& operator=(const Stops&) = delete;

 private:
  StopPoints& stops_;
  bool armed_;
};

bool goes_on(StopReason reason) {
  return reason == StopReason::running || reason == StopReason::paused;
}

// Changes with every turn of the core.
auto trace_of(const cpu::Core& core) {
  return std::tuple(core.state.retired, core.state.pc, core.state.ps.el);
}

struct WasInterrupted {};

}  // namespace

Position position_of(const Machine& machine) {
  return {machine.cluster->time(), machine.instructions(), machine.events.sequence()};
}

History::History(Machine& machine, StopPoints& stops, Options options)
    : machine_(machine), stops_(stops), options_(options) {}

void History::begin() {
  snapshots_.clear();
  end_ = {};
  if (options_.interval == 0) {
    trouble_ = "it was switched off with --gdb-history 0";
    return;
  }
  if (!machine_.config().tarmac.empty()) {
    trouble_ = "a Tarmac trace is being written, which cannot be taken back";
    return;
  }
  machine_.host_input.remember();
  if (take()) note_end();
}

bool History::take() {
  Snapshot snapshot;
  try {
    snapshot.sections = machine_.save(Machine::MemoryPart::apart);
  } catch (const UserError& error) {
    snapshots_.clear();
    trouble_ = error.what();
    return false;
  }
  snapshot.position = position_of(machine_);
  snapshot.place = machine_.events.place();
  const auto later = std::find_if(snapshots_.begin(), snapshots_.end(), [&](const Snapshot& s) {
    return s.position >= snapshot.position;
  });
  if (later != snapshots_.end() && later->position == snapshot.position) return true;
  const MemoryImage* before = later == snapshots_.begin() ? nullptr : &std::prev(later)->memory;
  snapshot.memory = MemoryImage::of(machine_.memory, before);
  snapshot.bytes = snapshot.memory.own_bytes;
  for (const auto& [name, bytes] : snapshot.sections) snapshot.bytes += bytes.size();
  snapshots_.insert(later, std::move(snapshot));
  thin_out();
  return true;
}

std::uint64_t History::bytes() const {
  std::uint64_t sum = 0;
  for (const Snapshot& snapshot : snapshots_) sum += snapshot.bytes;
  return sum;
}

// Every second snapshot goes, except the first and the last. A frame that only a dropped one owned
// goes with it; one that others share stays and is no longer counted.
void History::thin_out() {
  if (bytes() <= options_.bytes_max || snapshots_.size() < 4) return;
  std::vector<Snapshot> kept;
  for (std::size_t n = 0; n < snapshots_.size(); ++n) {
    if (n % 2 == 0 || n + 1 == snapshots_.size()) kept.push_back(std::move(snapshots_[n]));
  }
  snapshots_ = std::move(kept);
  options_.interval *= 2;
}

void History::window_done() {
  if (!is_on() || machine_.cluster->in_window()) return;
  if (machine_.instructions() < snapshots_.back().position.instructions + options_.interval) return;
  take();
}

void History::note_end() {
  const Position now = position_of(machine_);
  if (now < end_) return;
  end_ = now;
  heard_ = std::max(heard_, machine_.events.place());
  fixed_until_ = now.time + Cycles{machine_.cluster->in_window() ? 1u : 0u};
}

void History::load(std::size_t index) {
  const Snapshot& snapshot = snapshots_[index];
  snapshot.memory.restore(machine_.memory);
  machine_.load(snapshot.sections, Machine::MemoryPart::apart);
  machine_.events.restore_place(snapshot.place);
  machine_.events.mute_until(heard_);
  // Inside a window its input has been applied already.
  const Cycles inside{machine_.cluster->in_window() ? 1u : 0u};
  machine_.host_input.rewind(snapshot.position.time + inside, fixed_until_);
}

// The last snapshot that lies before `position`, or the first one.
std::size_t History::last_before(const Position& position) const {
  std::size_t index = 0;
  while (index + 1 < snapshots_.size() && snapshots_[index + 1].position < position) ++index;
  return index;
}

// A piece of the way to `target`, which lies ahead; false when the machine is there, or cannot go on.
bool History::run_towards(const Position& target) {
  const Position now = position_of(machine_);
  if (now >= target) return false;
  if (now.time < target.time) return goes_on(machine_.run_window());
  if (now.instructions < target.instructions) {
    return goes_on(machine_.run_window(target.instructions - now.instructions));
  }
  stops_.turn = StopPoints::Turn::any_core;
  const StopReason reason = machine_.run_window();
  stops_.turn = StopPoints::Turn::none;
  if (stops_.hit.cause == StopPoints::Cause::turn) stops_.clear_hit();
  return goes_on(reason);
}

void History::go_to(const Position& target) {
  const Stops passed(stops_, false);
  while (run_towards(target)) {
  }
}

// One turn of `core`, past every stop point; false when the machine cannot go on.
bool History::make_turn(StopPoints::Turn turn, CoreId core) {
  const Stops passed(stops_, false);
  stops_.turn = turn;
  stops_.turn_core = core;
  bool on = true;
  while (on && !stops_.is_hit()) on = goes_on(machine_.run_window());
  stops_.clear_hit();
  return on;
}

void History::pass_stop(const StopPoints::Hit& hit) {
  make_turn(StopPoints::Turn::one_core, hit.core);
}

std::uint64_t History::count_stops(const Position& until, StopPoints::Hit& last,
                                   const Interrupted& interrupted) {
  const Stops armed(stops_, true);
  std::uint64_t count = 0;
  for (unsigned windows = 1;; ++windows) {
    const bool on = run_towards(until);
    if (stops_.is_hit()) {
      const StopPoints::Hit hit = stops_.hit;
      stops_.clear_hit();
      if (position_of(machine_) >= until) return count;
      ++count;
      last = hit;
      pass_stop(hit);
    } else if (!on) {
      return count;
    }
    if (windows % kWindowsBetweenLooks == 0 && interrupted()) throw WasInterrupted{};
  }
}

// To the stop that count_stops() gave this number (from 1) on the same way.
void History::go_to_stop(std::uint64_t number) {
  const Stops armed(stops_, true);
  for (;;) {
    if (!goes_on(machine_.run_window())) return;
    if (!stops_.is_hit()) continue;
    const StopPoints::Hit hit = stops_.hit;
    stops_.clear_hit();
    if (--number == 0) return;
    pass_stop(hit);
  }
}

History::Outcome History::continue_back(StopPoints::Hit& hit, const Interrupted& interrupted) {
  note_end();
  const Position here = position_of(machine_);
  Position until = here;
  try {
    for (std::size_t index = last_before(here);; --index) {
      load(index);
      const std::uint64_t count = count_stops(until, hit, interrupted);
      load(index);
      if (count != 0) {
        go_to_stop(count);
        // gdb expects that an access is reported before it happens, which is after it on the way
        // back; it steps once more itself (nonsteppable watchpoints, as Arm's are).
        if (hit.cause == StopPoints::Cause::watchpoint) pass_stop(hit);
        return Outcome::found;
      }
      if (index == 0) return Outcome::beginning;
      until = snapshots_[index].position;
    }
  } catch (const WasInterrupted&) {
    load(last_before(here));
    go_to(here);
    return Outcome::interrupted;
  }
}

std::optional<Position> History::last_window_of(CoreId core, const Position& until,
                                                const Interrupted& interrupted) {
  const Stops passed(stops_, false);
  const cpu::Core& watched = *machine_.cores[core.value];
  std::optional<Position> found;
  Position window = position_of(machine_);
  auto before = trace_of(watched);
  for (unsigned windows = 1;; ++windows) {
    const bool on = run_towards(until);
    const bool over = !on || position_of(machine_) >= until;
    if (!machine_.cluster->in_window() || over) {
      if (trace_of(watched) != before) found = window;
      before = trace_of(watched);
      window = position_of(machine_);
    }
    if (over) return found;
    if (windows % kWindowsBetweenLooks == 0 && interrupted()) throw WasInterrupted{};
  }
}

// Turns of `core` that are over at `until`.
std::uint64_t History::count_turns(CoreId core, const Position& until) {
  std::uint64_t count = 0;
  while (make_turn(StopPoints::Turn::one_core, core) && position_of(machine_) <= until) ++count;
  return count;
}

History::Outcome History::step_back(CoreId core, const Interrupted& interrupted) {
  note_end();
  const Position here = position_of(machine_);
  Position until = here;
  try {
    for (std::size_t index = last_before(here);; --index) {
      load(index);
      const auto window = last_window_of(core, until, interrupted);
      load(index);
      if (window) {
        go_to(*window);
        // Going back once more begins here.
        const bool kept = !machine_.cluster->in_window() && take();
        const std::uint64_t turns = count_turns(core, until);
        load(kept ? last_before({here.time, here.instructions, here.events}) : index);
        go_to(*window);
        for (std::uint64_t turn = 1; turn < turns; ++turn) {
          make_turn(StopPoints::Turn::one_core, core);
        }
        return Outcome::found;
      }
      if (index == 0) return Outcome::beginning;
      until = snapshots_[index].position;
    }
  } catch (const WasInterrupted&) {
    load(last_before(here));
    go_to(here);
    return Outcome::interrupted;
  }
}

}  // namespace armature::platform::gdb
