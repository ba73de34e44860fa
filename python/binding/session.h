// A machine as Python holds it: run in slices of host time, with what it printed and who listens.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "hyp/check/page_observers.h"
#include "platform/machine/check_view.h"
#include "platform/machine/machine.h"
#include "platform/machine/snapshot.h"
#include "python/binding/listeners.h"
#include "sim/check/checker_set.h"
#include "sim/config/run_config.h"
#include "sim/trace/digest.h"

namespace armature::python {

// SystemC knows one current kernel a process, so one machine runs at a time. Everything that
// touches one holds this; two Python threads then take turns.
//
// A thread waits for its turn without the GIL, so that whoever has the turn can get it; and may take it
// again while it has it: collecting garbage in the middle of a call may end another machine.
class Exclusive {
 public:
  Exclusive();
  ~Exclusive();
  Exclusive(const Exclusive&) = delete;
  Exclusive& operator=(const Exclusive&) = delete;
};

// Why a slice ended.
enum class SliceEnd : std::uint8_t {
  host_time,  // nothing happened; look whether the user wants something and go on
  console,    // a watched console printed
  events,     // a hook has seen something
  cycles,     // the limits
  instructions,
  stopped,  // Machine::stop_reason() says why; it will not go on
  nothing_can_happen,
  violation,  // the first one that a checker found; the machine can go on
};

struct SliceLimits {
  std::uint64_t cycles = ~0ull;        // simulated time, whole cycles since the machine's start
  std::uint64_t instructions = ~0ull;  // of all cores, since the machine's start
  unsigned consoles = 0;               // bit n: come back when UART n printed
  unsigned host_milliseconds = 50;     // never changes what is simulated, only who looks when
};

// Everything that can be gone back to, in memory.
struct Snapshot {
  RunConfig config;
  std::vector<platform::Section> sections;
  std::array<std::string, platform::Machine::kUarts> consoles;
};

// Stops the machine at a checker's violation.
class ViolationStop final : public EventListener {
 public:
  explicit ViolationStop(StopRequest stop) : stop_(stop) {}
  void on_event(const Event& event) override;

 private:
  StopRequest stop_;
};

class Session {
 public:
  // Throws UserError, also for keys that only the command acts on.
  explicit Session(const RunConfig& config);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  SliceEnd run_slice(const SliceLimits& limits);

  // Throws UserError after an error of ours: nothing can be said about its state.
  platform::Machine& machine();
  const std::string& console(unsigned uart) const { return consoles_.at(uart); }

  std::shared_ptr<Recorder> record(const EventSelection& selection, std::uint64_t limit,
                                   std::uint64_t wake);
  void remove(const std::shared_ptr<Recorder>& recorder);
  std::uint64_t hook(const EventSelection& selection);  // an id
  void unhook(std::uint64_t id);
  std::vector<HookedEvent> take_hooked();
  // What the checkers of the configuration's `check` said so far. They start anew on a restore.
  std::vector<check::Verdict> verdicts() const;
  // Null when `check` does not name it.
  const hyp::PageObserversChecker* page_observers() const;
  // What the firmware's manifest says, on this machine; valid until the next restore.
  const check::Scene& scene() const { return scene_; }
  // One page about `events` of this machine, and what only the machine knows; a Perfetto trace of
  // them. Throws UserError when the file cannot be written.
  void write_report(const std::string& path, std::span<const Event> events, std::string ended);
  void write_perfetto(const std::string& path, std::span<const Event> events);
  // The digest of the canonical stream since the machine's start, or since it was first asked for.
  std::string digest();

  Snapshot snapshot();
  void restore(const Snapshot& snapshot);
  void save(const std::string& path);
  void load(const std::string& path);  // of a machine with the same configuration

 private:
  void build();
  void listen();
  // What the manifest promises is published once somebody wants it.
  void watch_manifest();
  StopRequest stop_request();
  bool somebody_waits() const;
  template <typename Fill>
  void rebuild(const Fill& fill);

  RunConfig config_;
  std::array<std::string, platform::Machine::kUarts> consoles_{};
  unsigned printed_ = 0;  // bit n: UART n since the slice began
  std::vector<std::shared_ptr<Recorder>> recorders_;
  std::vector<std::unique_ptr<Hook>> hooks_;
  std::vector<HookedEvent> hooked_;
  std::uint64_t next_hook_ = 1;
  ViolationStop violation_stop_{stop_request()};
  std::unique_ptr<Digest> digest_;
  bool broken_ = false;
  bool violation_told_ = false;
  std::unique_ptr<platform::Machine> machine_;  // goes before those who listen to it ...
  std::unique_ptr<platform::CheckView> check_view_;
  check::Scene scene_{};
  std::unique_ptr<check::CheckerSet> checks_;  // ... but for these, which look at it
};

}  // namespace armature::python
