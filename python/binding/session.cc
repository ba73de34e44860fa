#include "python/binding/session.h"

#include <fmt/format.h>
#include <pybind11/pybind11.h>

#include <algorithm>
#include <chrono>
#include <mutex>
#include <tuple>

#include "hyp/check/checkers.h"
#include "platform/machine/pictures.h"
#include "platform/machine/statistics.h"
#include "sim/base/user_error.h"
#include "sim/config/schema.h"
#include "sim/report/report.h"
#include "sim/trace/perfetto.h"

namespace armature::python {

using platform::Machine;
using platform::StopReason;

namespace {

// Keys that ask the command for something that Python has words of its own for.
void refuse_command_keys(const RunConfig& c) {
  const std::tuple<const char*, bool, const char*> keys[] = {
      {"trace", !c.trace.empty(), "Machine.record() and Events.save()"},
      {"tarmac", !c.tarmac.empty(), "armature run --tarmac"},
      {"stats", !c.stats.empty(), "Machine.stats"},
      {"table", c.table, "Machine.record()"},
      {"save", !c.save.empty(), "Machine.save()"},
      {"restore", !c.restore.empty(), "Machine.restore()"},
      {"report", !c.report.empty(), "Machine.report()"},
      {"perfetto", !c.perfetto.empty(), "Machine.perfetto()"},
      {"output", !c.output.empty(), "Machine.report(), Machine.stats and Events.save()"},
      {"gdb", !c.gdb.empty(), "armature run --gdb"},
      {"stopped", c.stopped, "Machine.run(until=...)"},
      {"display", c.display, "armature run --display"},
      {"screenshot", !c.screenshots.empty(), "armature run --screenshot"},
      {"console", !c.consoles.empty(), "Machine.console() and Machine.type()"},
      {"emit-qemu", !c.emit_qemu.empty(), "armature run --emit-qemu"},
  };
  for (const auto& [key, given, instead] : keys) {
    if (given) throw UserError(fmt::format("{}: not a key of Machine; use {}", key, instead));
  }
}

std::recursive_mutex& the_mutex() {
  static std::recursive_mutex mutex;
  return mutex;
}

}  // namespace

Exclusive::Exclusive() {
  if (the_mutex().try_lock()) return;
  if (PyGILState_Check() != 0) {
    const pybind11::gil_scoped_release release;
    the_mutex().lock();
  } else {
    the_mutex().lock();
  }
}

Exclusive::~Exclusive() { the_mutex().unlock(); }

Session::Session(const RunConfig& config) : config_(config) {
  refuse_command_keys(config_);
  if (config_.digest) digest_ = std::make_unique<Digest>();
  build();
  listen();
  if (!config_.record.empty()) machine_->host_input.record_to(config_.record);
  if (!config_.replay.empty()) machine_->host_input.replay_from(config_.replay);
}

// Python may collect a machine on any thread while another one runs.
Session::~Session() {
  const Exclusive exclusive;
  checks_.reset();
  check_view_.reset();
  machine_.reset();
}

void Session::build() {
  checks_.reset();
  machine_.reset();
  machine_ = std::make_unique<Machine>(config_);
  for (unsigned n = 0; n < Machine::kUarts; ++n) {
    machine_->consoles[n]->set_output([this, n](std::uint8_t byte) {
      consoles_[n].push_back(static_cast<char>(byte));
      printed_ |= 1u << n;
    });
  }
}

// A new machine has a new bus.
void Session::listen() {
  for (const auto& recorder : recorders_)
    machine_->events.add(*recorder, recorder->filter().kinds());
  for (const auto& hook : hooks_) machine_->events.add(*hook, hook->filter().kinds());
  if (digest_ != nullptr) machine_->events.add(*digest_, canonical_kinds());
  check_view_ = std::make_unique<platform::CheckView>(*machine_);
  scene_ = {};
  scene_.manifest = machine_->boot_plan().manifest;
  scene_.cores = config_.smp;
  scene_.machine = check_view_.get();
  violation_told_ = false;
  if (!config_.check.empty()) {
    checks_ = std::make_unique<check::CheckerSet>(scene_, machine_->events);
    checks_->add(config_.check, hyp::all_checkers());
    machine_->events.add(violation_stop_, event_bit(EventKind::violation));
  }
  watch_manifest();
}

void Session::watch_manifest() {
  if (checks_ != nullptr) return;
  if (!machine_->events.wanted_any(check::ManifestWatch::derived_kinds())) return;
  checks_ = std::make_unique<check::CheckerSet>(scene_, machine_->events);
}

void ViolationStop::on_event(const Event& event) {
  constexpr unsigned kSeverityShift = 16;
  if (static_cast<check::Severity>(event.d >> kSeverityShift & 3) == check::Severity::violation)
    stop_.stop(stop_.context);
}

std::vector<check::Verdict> Session::verdicts() const {
  return checks_ == nullptr ? std::vector<check::Verdict>{} : checks_->verdicts();
}

const hyp::PageObserversChecker* Session::page_observers() const {
  if (checks_ == nullptr) return nullptr;
  for (const auto& checker : checks_->checkers()) {
    const auto* found = dynamic_cast<const hyp::PageObserversChecker*>(checker.get());
    if (found != nullptr) return found;
  }
  return nullptr;
}

Machine& Session::machine() {
  if (broken_) throw UserError("machine: unusable after an error; build a new one or restore it");
  return *machine_;
}

SliceEnd Session::run_slice(const SliceLimits& limits) {
  using HostClock = std::chrono::steady_clock;
  const auto end = HostClock::now() + std::chrono::milliseconds(limits.host_milliseconds);
  Machine& m = machine();
  printed_ = 0;
  constexpr std::uint64_t kLookEvery = 16;  // windows
  const Cycles until = Cycles::whole(std::min<std::uint64_t>(limits.cycles, ~0ull >> 4));
  for (std::uint64_t looked = m.windows();;) {
    if (somebody_waits()) return SliceEnd::events;
    if (checks_ != nullptr && !violation_told_ && checks_->first_violation() != nullptr) {
      violation_told_ = true;
      return SliceEnd::violation;
    }
    const std::uint64_t done = m.instructions();
    if (done >= limits.instructions) return SliceEnd::instructions;
    if (m.now().whole() >= limits.cycles) return SliceEnd::cycles;
    StopReason reason = StopReason::running;
    try {
      reason = m.run_window(limits.instructions - done, kLookEvery, until);
    } catch (...) {
      broken_ = true;  // it may have been thrown in the middle of an instruction
      throw;
    }
    if ((printed_ & limits.consoles) != 0) return SliceEnd::console;
    if (somebody_waits()) return SliceEnd::events;
    if (reason == StopReason::nothing_can_happen) return SliceEnd::nothing_can_happen;
    if (reason != StopReason::running && reason != StopReason::paused) return SliceEnd::stopped;
    if (m.windows() - looked >= kLookEvery) {
      looked = m.windows();
      if (HostClock::now() >= end) return SliceEnd::host_time;
    }
  }
}

StopRequest Session::stop_request() {
  return {[](void* session) { static_cast<Session*>(session)->machine_->request_stop(); }, this};
}

bool Session::somebody_waits() const {
  return !hooked_.empty() || std::any_of(recorders_.begin(), recorders_.end(),
                                         [](const auto& recorder) { return recorder->is_full(); });
}

std::shared_ptr<Recorder> Session::record(const EventSelection& selection, std::uint64_t limit,
                                          std::uint64_t wake) {
  auto recorder = std::make_shared<Recorder>(selection, limit, wake, stop_request());
  machine().events.add(*recorder, recorder->filter().kinds());
  recorders_.push_back(recorder);
  watch_manifest();
  return recorder;
}

void Session::remove(const std::shared_ptr<Recorder>& recorder) {
  machine_->events.remove(*recorder);
  std::erase(recorders_, recorder);
}

std::uint64_t Session::hook(const EventSelection& selection) {
  auto hook = std::make_unique<Hook>(selection, next_hook_, hooked_, stop_request());
  machine().events.add(*hook, hook->filter().kinds());
  hooks_.push_back(std::move(hook));
  watch_manifest();
  return next_hook_++;
}

void Session::unhook(std::uint64_t id) {
  std::erase_if(hooked_, [&](const HookedEvent& hooked) { return hooked.hook == id; });
  std::erase_if(hooks_, [&](const std::unique_ptr<Hook>& hook) {
    if (hook->id() != id) return false;
    machine_->events.remove(*hook);
    return true;
  });
}

std::vector<HookedEvent> Session::take_hooked() { return std::exchange(hooked_, {}); }

void Session::write_report(const std::string& path, std::span<const Event> events,
                           std::string ended) {
  Machine& m = machine();
  Report report(platform::run_metadata(config_), platform::event_names());
  for (const Event& event : events) report.on_event(event);
  Report::Results results = platform::report_results(m);
  if (checks_ != nullptr) {
    for (const auto& checker : checks_->checkers()) results.checkers.emplace_back(checker->name());
    results.verdicts = checks_->verdicts();
  }
  results.ended = std::move(ended);
  report.write(path, results);
}

void Session::write_perfetto(const std::string& path, std::span<const Event> events) {
  PerfettoWriter writer(path, platform::run_metadata(config_), platform::event_names());
  for (const Event& event : events) {
    if ((PerfettoWriter::kinds() & event_bit(event.kind)) != 0) writer.on_event(event);
  }
  writer.close();
}

std::string Session::digest() {
  if (digest_ == nullptr) throw UserError("digest: build the machine with digest = true");
  return digest_->text();
}

Snapshot Session::snapshot() {
  Snapshot snapshot{config_, machine().save(), consoles_};
  if (digest_ != nullptr)
    digest_->save(snapshot.sections.emplace_back("digest", std::vector<std::uint8_t>{}).second);
  return snapshot;
}

// `fill` loads the new machine's state and returns all sections of the snapshot.
template <typename Fill>
void Session::rebuild(const Fill& fill) {
  if (!config_.record.empty() || !config_.replay.empty())
    throw UserError("restore: not while host input is recorded or replayed");
  broken_ = true;  // until it has worked
  hooked_.clear();
  build();
  for (const auto& [name, bytes] : fill(*machine_)) {
    if (name != "digest" || digest_ == nullptr) continue;
    std::span<const std::uint8_t> in = bytes;
    digest_->load(in);
  }
  listen();  // those who look at memory find what the snapshot holds
  broken_ = false;
}

void Session::restore(const Snapshot& snapshot) {
  rebuild([&](Machine& m) -> const std::vector<platform::Section>& {
    m.load(snapshot.sections);
    return snapshot.sections;
  });
  consoles_ = snapshot.consoles;
}

void Session::save(const std::string& path) {
  std::vector<platform::Section> more;
  if (digest_ != nullptr)
    digest_->save(more.emplace_back("digest", std::vector<std::uint8_t>{}).second);
  platform::save_snapshot(machine(), path, more);
}

void Session::load(const std::string& path) {
  rebuild([&](Machine& m) { return platform::load_snapshot(m, path); });
  consoles_ = {};
}

}  // namespace armature::python
