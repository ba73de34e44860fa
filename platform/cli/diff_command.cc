#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "platform/cli/commands.h"
#include "platform/cli/recording.h"
#include "sim/base/user_error.h"
#include "sim/diff/diff.h"
#include "sim/trace/kinds.h"

namespace armature::platform {
namespace {

std::string g_a, g_b;
std::string g_kinds = "all";
unsigned g_context = 3;
constexpr std::size_t kLines = 40;  // of differences in one part

// Prints a part; true when there is a difference.
bool print_part(std::string_view title, const Differences& differences) {
  if (differences.empty()) {
    fmt::print("{}: same\n", title);
    return false;
  }
  fmt::print("{}: {} different\n", title, differences.size());
  for (std::size_t n = 0; n < std::min(kLines, differences.size()); ++n) {
    fmt::print("  {}\n", differences[n]);
  }
  if (differences.size() > kLines) fmt::print("  ... and {} more\n", differences.size() - kLines);
  return true;
}

bool diff_parts(const RunOutput& a, const RunOutput& b) {
  bool differs = false;
  unsigned parts = 0;
  if (a.has_configuration && b.has_configuration) {
    differs |= print_part("configuration", diff_configurations(a, b));
    ++parts;
  }
  if (!a.statistics.empty() && !b.statistics.empty()) {
    differs |= print_part("statistics", diff_statistics(a.statistics, b.statistics));
    ++parts;
  }
  if (!a.log.empty() && !b.log.empty()) {
    const EventDifference events =
        diff_logs(a.log, b.log, parse_event_kinds(g_kinds), g_context, event_names());
    if (events.same) {
      fmt::print("events: same, {} compared\n", events.compared);
    } else {
      fmt::print("events: different after {} that agree\n{}", events.compared, events.text);
      differs = true;
    }
    ++parts;
  }
  if (parts == 0) {
    throw UserError(
        fmt::format("diff: '{}' and '{}' have no part in common that can be compared", g_a, g_b));
  }
  return differs;
}

int diff() { return diff_parts(open_run_output(g_a), open_run_output(g_b)) ? 1 : 0; }

}  // namespace

Command add_diff_command(CLI::App& app) {
  CLI::App* command = app.add_subcommand(
      "diff", "where two runs part: configuration, statistics, first event that differs");
  command->add_option("A", g_a, "a folder of run --output, an event log, a .json or a .toml")
      ->required()
      ->type_name("A");
  command->add_option("B", g_b, "the other one")->required()->type_name("B");
  command->add_option("--events", g_kinds, "compare only these kinds or groups (default all)")
      ->type_name("KINDS");
  command->add_option("--context", g_context, "events shown before and after, 0..1000 (default 3)")
      ->type_name("N")
      ->check(CLI::Range(0u, 1000u));
  command->footer(
      "Exit code 0: the same; 1: different; 2: trouble.\n"
      "Examples:\n"
      "  armature run --output one --seed 1 -kernel Image\n"
      "  armature run --output two --seed 2 -kernel Image\n"
      "  armature diff one two\n"
      "  armature diff one/events.trace two/events.trace --events tlbi_tree");
  return {command, diff};
}

}  // namespace armature::platform
