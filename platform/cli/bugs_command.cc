#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <cstdio>
#include <filesystem>
#include <regex>

#include "platform/cli/commands.h"
#include "platform/cli/planted_bugs.h"
#include "sim/base/user_error.h"

namespace armature::platform {
namespace {

struct Arguments {
  std::string images, only = ".*", modes = "normal";
  unsigned seeds = 4, clean_seeds = 2;
  bool list = false, explain = false, no_times = false;
};
Arguments g_arguments;

std::vector<std::string> split(const std::string& list) {
  std::vector<std::string> parts;
  for (std::size_t at = 0; at <= list.size();) {
    const std::size_t comma = std::min(list.find(',', at), list.size());
    parts.push_back(list.substr(at, comma - at));
    at = comma + 1;
  }
  return parts;
}

// The images lie beside the command in a build tree.
BugOptions options() {
  BugOptions found;
  std::error_code error;
  const auto here = std::filesystem::read_symlink("/proc/self/exe", error).parent_path();
  found.hyp = g_arguments.images.empty() ? (here / "hyp").string() : g_arguments.images;
  found.programs = (std::filesystem::path(found.hyp).parent_path() / "firmware").string();
  found.modes = split(g_arguments.modes);
  found.seeds = g_arguments.seeds;
  if (!std::filesystem::exists(found.hyp + "/planted/kcore-none.elf")) {
    throw UserError(
        fmt::format("bugs: no {}/planted/kcore-none.elf; build the target "
                    "planted_firmware, or give --images",
                    found.hyp));
  }
  return found;
}

std::string time_text(double seconds) {
  return g_arguments.no_times ? "" : fmt::format("  {:.1f} s", seconds);
}

std::string names(const std::map<check::Rule, std::string>& caught) {
  std::string out;
  for (const auto& [rule, what] : caught) {
    out += (out.empty() ? "" : ", ") + std::string(check::rule_description(rule).name);
  }
  return out;
}

// True: some seed killed it in this mode.
bool kill(const BugOptions& all, const PlantedBug& bug, const std::string& mode) {
  double seconds = 0;
  for (unsigned seed = 1; seed <= all.seeds; ++seed) {
    const BugRun run = run_planted(all, bug.name, mode, seed);
    seconds += run.seconds;
    if (run.caught.empty()) continue;
    fmt::print("{:>2} {:<24}{:<14}seed {}  {}{}\n", bug.number, bug.name, mode, seed,
               names(run.caught), time_text(seconds));
    if (g_arguments.explain) {
      for (const auto& [rule, what] : run.caught) {
        fmt::print("     {}: {}\n", check::rule_description(rule).name, what);
      }
    }
    std::fflush(stdout);
    return true;
  }
  fmt::print("{:>2} {:<24}{:<14}not caught with {} seeds{}\n", bug.number, bug.name, mode,
             all.seeds, time_text(seconds));
  std::fflush(stdout);
  return false;
}

// The same objects without a fault: any verdict is a false alarm.
unsigned clean_runs(const BugOptions& all) {
  unsigned alarms = 0;
  for (const std::string& mode : all.modes) {
    for (unsigned seed = 1; seed <= g_arguments.clean_seeds; ++seed) {
      const BugRun run = run_planted(all, "none", mode, seed);
      if (run.caught.empty() && run.end.empty()) continue;
      ++alarms;
      fmt::print("   none                    {:<14}seed {}  FALSE ALARM {} {}\n", mode, seed,
                 names(run.caught), run.end);
      for (const auto& [rule, what] : run.caught) fmt::print("     {}\n", what);
    }
    fmt::print("   {:<24}{:<14}{} seeds clean\n", "none", mode, g_arguments.clean_seeds - alarms);
    std::fflush(stdout);
  }
  return alarms;
}

int run() {
  if (g_arguments.list) {
    for (const PlantedBug& bug : planted_bugs()) {
      fmt::print("{:>2} {:<24}{}\n", bug.number, bug.name, bug.meaning);
    }
    return 0;
  }
  const BugOptions all = options();
  const std::regex only(g_arguments.only);
  unsigned tried = 0, missed = 0;
  for (const PlantedBug& bug : planted_bugs()) {
    if (!std::regex_search(std::string(bug.name), only)) continue;
    ++tried;
    bool killed = false;
    for (const std::string& mode : all.modes) killed |= kill(all, bug, mode);
    missed += killed ? 0 : 1;
  }
  const unsigned alarms = clean_runs(all);
  fmt::print("{} of {} caught, {} false alarms\n", tried - missed, tried, alarms);
  return missed == 0 && alarms == 0 ? 0 : 1;
}

}  // namespace

Command add_bugs_command(CLI::App& app) {
  CLI::App* command = app.add_subcommand(
      "bugs", "run KCore with each planted fault and say which checker catches it");
  command->add_flag("--list", g_arguments.list, "only list them");
  command->add_option("--images", g_arguments.images,
                      "folder with planted/*.elf, kserv.img, *.guest");
  command->add_option("--only", g_arguments.only, "regular expression on names");
  command->add_option("--modes", g_arguments.modes, "TLB modes, comma-separated (default normal)");
  command->add_option("--seeds", g_arguments.seeds, "tried until one kills (default 4)");
  command->add_option("--clean-seeds", g_arguments.clean_seeds,
                      "runs of the image without a fault in each mode (default 2)");
  command->add_flag("--explain", g_arguments.explain, "also the first verdict of each checker");
  command->add_flag("--no-times", g_arguments.no_times, "the same text on every host");
  return {command, run};
}

}  // namespace armature::platform
