// Where two runs part: their configurations first, then their statistics, then the first event that
// differs. Each part is a function over what the runs wrote; the command puts them together.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sim/trace/text.h"

namespace armature {

// One thing that differs, as the line that is shown. Empty: the same.
using Differences = std::vector<std::string>;

// What a run wrote. An empty path is a part it did not write.
struct RunOutput {
  std::string name;           // as the user gave it
  std::string configuration;  // TOML text; also from the header of the log
  bool has_configuration = false;
  std::string statistics;  // path of a JSON file
  std::string log;         // path of an event log
};

// A folder of run --output, an event log, a statistics file (.json) or a configuration (.toml).
// Throws UserError when it is none of these or cannot be read.
RunOutput open_run_output(const std::string& path);

// Key by key. Keys that only say where results go (groups Results and Snapshots) do not count.
// Throws UserError when a text is no TOML.
Differences diff_configurations(const RunOutput& a, const RunOutput& b);

// Statistic by statistic, in the order of A. Throws UserError when a file is no statistics file.
Differences diff_statistics(const std::string& a, const std::string& b);

struct EventDifference {
  bool same = true;
  std::uint64_t compared = 0;  // events that agree
  std::string text;            // the events before, the two that differ and what comes after each
};
// `kinds`: a set of event_bit()s that is compared; `context`: events shown before and after.
// Throws UserError when a log cannot be read.
EventDifference diff_logs(const std::string& a, const std::string& b, std::uint64_t kinds,
                          unsigned context, const EventNames& names);

}  // namespace armature
