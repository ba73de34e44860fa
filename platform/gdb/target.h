// The machine as a debugger sees it: threads are cores. Looking changes nothing; stopping changes
// nothing; only writes do.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cpu/stop_points.h"
#include "platform/gdb/history.h"
#include "platform/machine/machine.h"
#include "sim/check/verdict.h"
#include "sim/event/bus.h"

namespace armature::platform::gdb {

struct StopReport {
  enum class Kind : std::uint8_t {
    breakpoint,
    watchpoint,
    step,
    interrupted,
    violation,          // a checker's; `text` is its proof
    history_beginning,  // going back found nothing
    nothing_can_happen,
    machine_off,  // powered off, reset, or a limit of the run: it can only be looked at
    ended,        // and it was told to go on
  };
  Kind kind = Kind::interrupted;
  CoreId core{};
  cpu::StopPoints::Watchpoint watchpoint{};
  std::string text;  // for the user, may be empty
};

class Target final : private EventListener {
 public:
  Target(Machine& machine, History::Options options);
  ~Target() override;
  Target(const Target&) = delete;
  Target& operator=(const Target&) = delete;

  Machine& machine() { return machine_; }
  History& history() { return history_; }
  unsigned cores() const { return static_cast<unsigned>(machine_.cores.size()); }
  cpu::Core& core(CoreId id) { return *machine_.cores[id.value]; }

  // A debugger comes: history begins. It goes: every stop point goes.
  void attach();
  void detach();

  // Through the current translation of `core`, with no effect on TLBs or caches. Reading stops at
  // the first byte that is not memory. Writing is all or nothing and begins a new history; it throws
  // UserError where it is not possible.
  std::vector<std::uint8_t> read_memory(CoreId core, std::uint64_t va, std::size_t bytes);
  bool write_memory(CoreId core, std::uint64_t va, std::span<const std::uint8_t> bytes);
  void write_register(CoreId core, unsigned number, std::span<const std::uint8_t> bytes);
  // Why registers and memory cannot be written now; empty when they can.
  std::string why_not_writable() const;

  // False when there are too many.
  bool insert_breakpoint(std::uint64_t address);
  void remove_breakpoint(std::uint64_t address);
  bool insert_watchpoint(const cpu::StopPoints::Watchpoint& point);
  void remove_watchpoint(const cpu::StopPoints::Watchpoint& point);
  // Breakpoints in [from, to) count only at this Exception level (monitor elf).
  void restrict_breakpoints(El el, std::uint64_t from, std::uint64_t to);

  struct Step {
    CoreId core{};
    std::uint64_t range_begin = 0, range_end = 0;  // go on while the pc is in it
  };
  void go(std::optional<Step> step);  // forwards, until run() reports
  // The next run ends when so many instructions have retired in all.
  void stop_at(std::uint64_t instructions) { stop_at_ = instructions; }
  // Up to `windows` windows; the report of a stop, if there was one.
  std::optional<StopReport> run(unsigned windows);
  StopReport interrupt(CoreId core);
  StopReport step_back(CoreId core, const History::Interrupted& interrupted);
  StopReport continue_back(CoreId core, const History::Interrupted& interrupted);

  // What the checkers found so far; empty: nobody checks. The last one, with its proof, is the message
  // of the stop that a `violation` event makes.
  std::function<std::span<const check::Verdict>()> verdicts;

 private:
  void on_event(const Event& event) override;
  std::optional<StopReport> report_hit();
  std::optional<StopReport> report_end(StopReason reason);
  void points_changed();
  std::uint8_t levels_at(std::uint64_t address) const;
  void before_write() const;

  struct Range {
    El el{};
    std::uint64_t from = 0, to = 0;
  };

  Machine& machine_;
  cpu::StopPoints stops_;
  History history_;
  std::vector<Range> ranges_;
  std::optional<Step> step_;
  std::optional<StopReport> violation_;
  std::uint64_t stop_at_ = ~0ull;
  bool end_reported_ = false;
  bool attached_ = false;
  bool written_ = false;  // history must begin anew before the machine goes on
};

}  // namespace armature::platform::gdb
