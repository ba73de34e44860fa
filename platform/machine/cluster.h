// The cores of a machine in windows of simulated time (design section "Time").
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "cpu/core.h"

namespace armature::platform {

class Cluster {
 public:
  // quantum in cycles; 0 interleaves single instructions, lowest local time first.
  Cluster(cpu::Machine& machine, std::uint64_t quantum) : machine_(machine), quantum_(quantum) {}

  // Runs one window: every core until `window_end()`, then TLB invalidations still queued take
  // effect. Stops early, without altering the run, once `instructions_max` more have retired.
  // Returns true when the window is complete.
  bool run_window(std::uint64_t instructions_max);

  Cycles time() const { return time_; }  // start of the current window
  Cycles window_end() const { return window_end_; }
  bool in_window() const { return window_end_ > time_; }  // the last run_window() stopped early
  bool all_asleep() const;
  bool all_off() const;
  // The earliest deadline of any sleeping core; Cycles{~0} when nothing will ever wake one.
  Cycles next_wake() const;
  // Between windows: lets time jump to `time` when all cores sleep.
  void skip_to(Cycles time);
  std::uint64_t instructions() const;
  cpu::Core& core(CoreId id) { return *machine_.cores[id.value]; }

  void save(std::vector<std::uint8_t>& out) const;
  void load(std::span<const std::uint8_t>& in);

 private:
  bool run_interleaved(std::uint64_t instructions_max);

  cpu::Machine& machine_;
  std::uint64_t quantum_;
  Cycles time_{};
  Cycles window_end_{};
  std::uint8_t next_core_ = 0;  // where an interrupted window goes on
};

}  // namespace armature::platform
