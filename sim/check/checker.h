// A checker listens to events and says what broke a rule. It never changes what is simulated.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "sim/base/types.h"
#include "sim/check/machine_view.h"
#include "sim/check/manifest.h"
#include "sim/check/verdict.h"
#include "sim/event/bus.h"

namespace armature::check {

// Where a checker stands: the same for all checkers of a machine. Outlives them.
struct Scene {
  Manifest manifest{};
  unsigned cores = 1;
  MachineView* machine = nullptr;
  // Also judge translation tables that the manifest does not name.
  bool judge_guests = false;
};

class Checker : public EventListener {
 public:
  // The name in --check.
  virtual std::string_view name() const = 0;
  // The kinds of events it wants: a set of event_bit()s.
  virtual std::uint64_t kinds() const = 0;
  virtual void on(const Event& event) = 0;

  const std::vector<Verdict>& verdicts() const { return verdicts_; }
  void on_event(const Event& event) final { on(event); }

  // Called for each verdict as it is reached.
  void set_sink(std::function<void(const Verdict&)> sink) { sink_ = std::move(sink); }

 protected:
  // `proof` ends with the event that is judged; it fills core, pc, cycle and number.
  void report(Rule rule, Severity severity, std::uint64_t object, std::string what,
              std::vector<Event> proof);

 private:
  // Notes beyond this many of one checker are only counted.
  static constexpr std::size_t kNotesMax = 1000;
  std::size_t notes_ = 0;
  std::vector<Verdict> verdicts_;
  std::function<void(const Verdict&)> sink_;
};

}  // namespace armature::check
