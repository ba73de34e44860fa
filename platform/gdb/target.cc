#include "platform/gdb/target.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "platform/gdb/registers.h"
#include "platform/machine/virtual_memory.h"
#include "sim/base/bits.h"
#include "sim/base/user_error.h"
#include "sim/check/checker_set.h"

namespace armature::platform::gdb {
namespace {

using cpu::StopPoints;
constexpr std::size_t kPointsMax = 1024;  // of each kind

StopReport at(StopReport::Kind kind, CoreId core, std::string text = {}) {
  return {kind, core, {}, std::move(text)};
}

}  // namespace

Target::Target(Machine& machine, History::Options options)
    : machine_(machine), history_(machine, stops_, options) {
  machine_.shared->stops = &stops_;
  points_changed();
}

Target::~Target() {
  machine_.shared->stops = nullptr;
  detach();
}

void Target::attach() {
  if (!attached_) machine_.events.add(*this, event_bit(EventKind::violation));
  attached_ = true;
  violation_.reset();
  history_.begin();
}

void Target::detach() {
  stops_ = {};
  ranges_.clear();
  step_.reset();
  stop_at_ = ~0ull;
  if (attached_) machine_.events.remove(*this);
  attached_ = false;
  points_changed();
}

void Target::points_changed() {
  for (auto& point : stops_.breakpoints) point.levels = levels_at(point.address);
  for (auto& core : machine_.cores) core->stop_points_changed();
}

// ---- memory

std::vector<std::uint8_t> Target::read_memory(CoreId core, std::uint64_t va, std::size_t bytes) {
  return VirtualMemory(*machine_.cores[core.value], *machine_.coherent).read(va, bytes);
}

bool Target::write_memory(CoreId core, std::uint64_t va, std::span<const std::uint8_t> bytes) {
  before_write();
  if (!VirtualMemory(*machine_.cores[core.value], *machine_.coherent).write(va, bytes)) return false;
  written_ = true;
  return true;
}

void Target::write_register(CoreId id, unsigned number, std::span<const std::uint8_t> bytes) {
  before_write();
  gdb::write_register(core(id), number, bytes);
  written_ = true;
}

std::string Target::why_not_writable() const {
  if (history_.is_in_past()) return "the past cannot be changed: go on to the present first";
  const RunConfig& config = machine_.config();
  if (!config.record.empty() || !config.replay.empty()) {
    return "a run that is recorded or replayed cannot be changed by a debugger";
  }
  return {};
}

void Target::before_write() const {
  if (const std::string why = why_not_writable(); !why.empty()) throw UserError(why);
}

// ---- stop points

std::uint8_t Target::levels_at(std::uint64_t address) const {
  std::uint8_t levels = 0;
  for (const Range& range : ranges_) {
    if (address - range.from < range.to - range.from) {
      levels = static_cast<std::uint8_t>(levels | 1u << static_cast<unsigned>(range.el));
    }
  }
  return levels == 0 ? 0xf : levels;
}

void Target::restrict_breakpoints(El el, std::uint64_t from, std::uint64_t to) {
  ranges_.push_back({el, from, to});
  points_changed();
}

bool Target::insert_breakpoint(std::uint64_t address) {
  if (stops_.breakpoints.size() >= kPointsMax) return false;
  stops_.breakpoints.push_back({address, 0});
  points_changed();
  return true;
}

void Target::remove_breakpoint(std::uint64_t address) {
  auto& points = stops_.breakpoints;
  const auto found = std::find_if(points.begin(), points.end(),
                                  [&](const auto& point) { return point.address == address; });
  if (found == points.end()) return;
  points.erase(found);
  points_changed();
}

bool Target::insert_watchpoint(const StopPoints::Watchpoint& point) {
  if (stops_.watchpoints.size() >= kPointsMax || point.bytes == 0 || point.bytes > kFrameBytes) {
    return false;
  }
  stops_.watchpoints.push_back(point);
  points_changed();
  return true;
}

void Target::remove_watchpoint(const StopPoints::Watchpoint& point) {
  auto& points = stops_.watchpoints;
  const auto found = std::find(points.begin(), points.end(), point);
  if (found == points.end()) return;
  points.erase(found);
  points_changed();
}

// ---- running

void Target::go(std::optional<Step> step) {
  if (written_ && attached_) history_.begin();
  written_ = false;
  step_ = step;
  stops_.clear_hit();
  stops_.turn = step ? StopPoints::Turn::one_core : StopPoints::Turn::none;
  if (step) stops_.turn_core = step->core;
}

std::optional<StopReport> Target::report_hit() {
  const StopPoints::Hit hit = stops_.hit;
  stops_.clear_hit();
  if (hit.cause == StopPoints::Cause::turn && step_) {
    const std::uint64_t pc = core(hit.core).state.pc;
    if (pc - step_->range_begin < step_->range_end - step_->range_begin) return std::nullopt;
  }
  stops_.turn = StopPoints::Turn::none;
  switch (hit.cause) {
    case StopPoints::Cause::breakpoint:
      return at(StopReport::Kind::breakpoint, hit.core);
    case StopPoints::Cause::watchpoint:
      return StopReport{StopReport::Kind::watchpoint, hit.core, hit.watchpoint, {}};
    default:
      return at(StopReport::Kind::step, hit.core);
  }
}

std::optional<StopReport> Target::report_end(StopReason reason) {
  const CoreId first{};
  switch (reason) {
    case StopReason::running:
    case StopReason::paused:
      return std::nullopt;
    case StopReason::nothing_can_happen:
      return at(StopReport::Kind::nothing_can_happen, first,
                "every core sleeps and nothing can wake one");
    default:
      break;
  }
  if (end_reported_) return at(StopReport::Kind::ended, first);
  end_reported_ = true;
  return at(StopReport::Kind::machine_off, first,
            reason == StopReason::powered_off ? "the machine is off"
            : reason == StopReason::reset     ? "the guest asked for a reset"
            : reason == StopReason::exited    ? "the program ended"
                                              : "the run is over: --until or --max-instructions");
}

std::optional<StopReport> Target::run(unsigned windows) {
  if (step_ && core(step_->core).state.sleep == cpu::Sleep::off) {
    stops_.turn = StopPoints::Turn::none;
    return at(StopReport::Kind::step, step_->core);
  }
  std::optional<StopReport> report;
  for (; windows != 0 && !report; --windows) {
    const std::uint64_t done = machine_.instructions();
    const StopReason reason = machine_.run_window(stop_at_ > done ? stop_at_ - done : ~0ull);
    if (stops_.is_hit()) report = report_hit();
    if (!report && done < stop_at_ && machine_.instructions() >= stop_at_) {
      report = at(StopReport::Kind::step, CoreId{});
    }
    if (violation_) {
      // With its proof, as the checkers tell it by now.
      const auto found = verdicts ? verdicts() : std::span<const check::Verdict>{};
      if (!found.empty()) violation_->text = check::verdict_text(found.back());
      report = std::exchange(violation_, std::nullopt);
    }
    if (!report) report = report_end(reason);
    if (attached_ && !report) history_.window_done();
  }
  if (report && attached_) history_.note_end();
  if (!report) return report;
  stops_.turn = StopPoints::Turn::none;
  stop_at_ = ~0ull;
  return report;
}

StopReport Target::interrupt(CoreId core) {
  stops_.turn = StopPoints::Turn::none;
  if (attached_) history_.note_end();
  return at(StopReport::Kind::interrupted, core);
}

StopReport Target::step_back(CoreId core, const History::Interrupted& interrupted) {
  if (!history_.is_on()) {
    return at(StopReport::Kind::history_beginning, core,
              "there is no history: " + history_.trouble());
  }
  end_reported_ = false;
  switch (history_.step_back(core, interrupted)) {
    case History::Outcome::found:
      return at(StopReport::Kind::step, core);
    case History::Outcome::beginning:
      return at(StopReport::Kind::history_beginning, core);
    case History::Outcome::interrupted:
      break;
  }
  return at(StopReport::Kind::interrupted, core);
}

StopReport Target::continue_back(CoreId core, const History::Interrupted& interrupted) {
  if (!history_.is_on()) {
    return at(StopReport::Kind::history_beginning, core,
              "there is no history: " + history_.trouble());
  }
  end_reported_ = false;
  StopPoints::Hit hit;
  switch (history_.continue_back(hit, interrupted)) {
    case History::Outcome::found:
      if (hit.cause == StopPoints::Cause::watchpoint) {
        return {StopReport::Kind::watchpoint, hit.core, hit.watchpoint, {}};
      }
      return at(StopReport::Kind::breakpoint, hit.core);
    case History::Outcome::beginning:
      return at(StopReport::Kind::history_beginning, core);
    case History::Outcome::interrupted:
      break;
  }
  return at(StopReport::Kind::interrupted, core);
}

// A checker's verdict: the machine stops behind the instruction that broke the rule.
void Target::on_event(const Event& event) {
  constexpr unsigned kSeverityHigh = 17, kSeverityLow = 16;
  const bool is_violation = bits(event.d, kSeverityHigh, kSeverityLow) != 0;  // not a note
  if (!is_violation || violation_ || event.core >= cores()) return;
  violation_ = at(StopReport::Kind::violation, CoreId{event.core},
                  fmt::format("a checker found a violation about {:#x}", event.a));
  core(CoreId{event.core}).request_stop();
}

}  // namespace armature::platform::gdb
