// Going back in time: snapshots at window boundaries, and deterministic replay from them. Host input
// is remembered and comes again; listeners, consoles and drives do not notice (what they have heard
// once is not told again, drives keep their writes in memory).
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cpu/stop_points.h"
#include "platform/machine/machine.h"
#include "sim/snapshot/frames.h"

namespace armature::platform::gdb {

// Where a run is. Two places of one run differ, unless nothing at all happened between them.
struct Position {
  Cycles time{};  // start of the window
  std::uint64_t instructions = 0;
  std::uint64_t events = 0;  // canonical ones
  auto operator<=>(const Position&) const = default;
};
Position position_of(const Machine& machine);

class History {
 public:
  struct Options {
    std::uint64_t interval = 50'000'000;   // instructions between snapshots; 0: no history
    std::uint64_t bytes_max = 1ull << 30;  // of snapshots; beyond it every second one goes
  };
  // `stops` are the machine's; they are used to find the way back.
  History(Machine& machine, cpu::StopPoints& stops, Options options);

  // Forgets everything and begins here (between two windows); also after a write by the debugger.
  void begin();
  // To be called between windows: takes a snapshot when one is due.
  void window_done();
  // To be called when the run stops: how far it has come.
  void note_end();

  bool is_on() const { return !snapshots_.empty(); }
  // Why there is none, for the user.
  const std::string& trouble() const { return trouble_; }
  bool is_in_past() const { return is_on() && position_of(machine_) < end_; }
  Position beginning() const { return snapshots_.front().position; }
  Position end() const { return end_; }
  std::size_t snapshots() const { return snapshots_.size(); }
  std::uint64_t bytes() const;
  std::uint64_t interval() const { return options_.interval; }

  // Each leaves the machine where it says and returns false at the beginning of history (and then
  // the machine is there). `interrupted` is asked now and then; true ends the search where it began.
  using Interrupted = std::function<bool()>;
  enum class Outcome : std::uint8_t { found, beginning, interrupted };
  // Before the last turn of `core`: its last instruction, or the exception it took instead.
  Outcome step_back(CoreId core, const Interrupted& interrupted);
  // To the last stop point before this place; `hit` says which. A breakpoint's place is before its
  // instruction; a watchpoint's is behind the access, which gdb undoes with a step back.
  Outcome continue_back(cpu::StopPoints::Hit& hit, const Interrupted& interrupted);

 private:
  struct Snapshot {
    Position position;
    EventBus::Place place;
    std::vector<std::pair<std::string, std::vector<std::uint8_t>>> sections;
    MemoryImage memory;
    std::uint64_t bytes = 0;
  };

  bool take();
  void thin_out();
  void load(std::size_t index);
  std::size_t last_before(const Position& position) const;
  void go_to(const Position& target);
  bool make_turn(cpu::StopPoints::Turn turn, CoreId core);
  void pass_stop(const cpu::StopPoints::Hit& hit);
  bool run_towards(const Position& target);
  // Runs from here to `until`, past every stop; how many there were, and the last one.
  std::uint64_t count_stops(const Position& until, cpu::StopPoints::Hit& last,
                            const Interrupted& interrupted);
  void go_to_stop(std::uint64_t number);
  // The start of the last window before `until` in which `core` made a turn.
  std::optional<Position> last_window_of(CoreId core, const Position& until,
                                         const Interrupted& interrupted);
  std::uint64_t count_turns(CoreId core, const Position& until);

  Machine& machine_;
  cpu::StopPoints& stops_;
  Options options_;
  std::vector<Snapshot> snapshots_;  // by position
  Position end_{};
  EventBus::Place heard_{};  // by the listeners, at end_
  Cycles fixed_until_{};     // input before this time has been applied at end_
  std::string trouble_;
};

}  // namespace armature::platform::gdb
