// report.html: one run on one self-contained page. It listens to events (of a run under way or of a
// log) and keeps a bounded summary of them; nothing on the page comes from the network.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "sim/check/verdict.h"
#include "sim/event/bus.h"
#include "sim/report/held.h"
#include "sim/report/owners.h"
#include "sim/report/shootdowns.h"
#include "sim/report/timeline.h"
#include "sim/stats/registry.h"
#include "sim/stats/run_metadata.h"
#include "sim/stats/translation_table.h"
#include "sim/trace/text.h"

namespace armature {

class Report : public EventListener {
 public:
  // The kinds it has to be added to the bus with.
  static std::uint64_t kinds();

  Report(const RunMetadata& run, EventNames names);
  void on_event(const Event& event) override;

  // What only whoever ran the machine knows; a report from a log has none of it.
  struct Results {
    std::vector<Statistic> statistics;
    std::vector<std::string> checkers;  // the names of those that ran
    std::vector<check::Verdict> verdicts;
    std::string console;   // its last lines
    std::string ended;     // why the run stopped
    bool complete = true;  // false: a log without an end
  };
  // The page. Call once, at the end.
  std::string html(const Results& results);
  // Writes it. Throws UserError when the file cannot be written.
  void write(const std::string& path, const Results& results);

 private:
  std::string json(const Results& results);

  RunMetadata run_;
  EventNames names_;
  LogAlphabet alphabet_ = current_alphabet();
  std::array<std::uint64_t, kEventKinds> counts_{};
  std::vector<Event> violations_;  // of a log: verdicts without their proof; at most kViolations
  static constexpr std::size_t kViolations = 200;
  Timeline timeline_;
  Shootdowns shootdowns_;
  HeldTranslations held_;
  TranslationTable table_;
  PageOwners owners_;
};

}  // namespace armature
