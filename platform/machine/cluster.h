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
  Cluster(cpu::Machine& machine, std::uint64_t quantum)
      : machine_(machine), window_(machine.window), quantum_(quantum) {}

  // How far a run may go beyond one window while a single core is awake (cpu/window.h).
  struct Reach {
    std::uint64_t windows = 1;
    Cycles due{~0ull};  // no window begins then or later: at its start, something happens
  };
  // Runs one window, or several within `reach`: every core until the window's end, then TLB
  // invalidations still queued take effect. Stops early, without altering the run, once
  // `instructions_max` more have retired. Returns true when the last window is complete.
  bool run_window(std::uint64_t instructions_max, Reach reach);
  std::uint64_t windows() const { return windows_; }  // complete ones since construction

  // Start of the current window.
  Cycles time() const {
    return window_.alone == nullptr ? window_.start : window_.start_at(window_.alone->started());
  }
  bool in_window() const { return window_.end > window_.start; }  // the last run_window() stopped early
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
  bool join_windows(std::uint64_t instructions_max, Reach reach);
  void leave_joined_windows(Cycles begin);

  cpu::Machine& machine_;
  cpu::Window& window_;  // machine_'s
  std::uint64_t quantum_;
  std::uint8_t next_core_ = 0;  // where an interrupted window goes on
  std::uint64_t windows_ = 0;
};

}  // namespace armature::platform
