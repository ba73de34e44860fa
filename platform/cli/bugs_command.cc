#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <cstdio>
#include <filesystem>
#include <regex>
#include <set>

#include "platform/cli/checks.h"
#include "platform/cli/commands.h"
#include "platform/cli/planted_bugs.h"
#include "sim/base/user_error.h"
#include "sim/config/tlb_mode.h"

namespace armature::platform {
namespace {

constexpr char kAllModes[] = "normal,tiny,infinite,random-evict,prefetch,stale";

struct Arguments {
  std::string images, only = ".*", modes = kAllModes, clean_modes = "normal,prefetch,stale";
  unsigned seeds = 4, clean_seeds = 8, jobs = 1;
  bool list = false, explain = false, stable = false;
};
Arguments g_arguments;

std::vector<std::string> split(const std::string& list) {
  std::vector<std::string> parts;
  for (std::size_t at = 0; at <= list.size();) {
    const std::size_t comma = std::min(list.find(',', at), list.size());
    parts.push_back(list.substr(at, comma - at));
    static_cast<void>(parse_tlb_mode(parts.back()));
    at = comma + 1;
  }
  return parts;
}

// The images lie beside the command in a build tree.
BugImages images() {
  BugImages found;
  std::error_code error;
  const auto here = std::filesystem::read_symlink("/proc/self/exe", error).parent_path();
  found.hyp = g_arguments.images.empty() ? (here / "hyp").string() : g_arguments.images;
  found.programs = (std::filesystem::path(found.hyp).parent_path() / "firmware").string();
  if (!std::filesystem::exists(found.hyp + "/planted/kcore-none.elf")) {
    throw UserError(fmt::format(
        "bugs: no {}/planted/kcore-none.elf; build the target planted_firmware, or give "
        "--images",
        found.hyp));
  }
  return found;
}

std::string rule_name(check::Rule rule) { return std::string(check::rule_description(rule).name); }

std::string names(const Quarry& quarry) {
  std::string out;
  for (const auto& [rule, caught] : quarry.caught)
    out += (out.empty() ? "" : ", ") + rule_name(rule);
  return out;
}

// With --stable addresses and counts are left out: they move with every change of the firmware.
std::string masked(const std::string& text) {
  static const std::regex address("0x[0-9a-f]+|\\b[0-9]{2,}\\b|\\b[wx][0-9]+\\b");
  return g_arguments.stable ? std::regex_replace(text, address, "*") : text;
}

std::string time_text(const Quarry& quarry) {
  return g_arguments.stable ? "" : fmt::format("  {:.1f} s", quarry.seconds);
}

void explain(const Quarry& quarry) {
  for (const auto& [rule, caught] : quarry.caught) {
    fmt::print("     {}: {}\n", rule_name(rule), masked(caught.what));
    fmt::print("       found by core {} at {}\n", caught.core,
               masked(fmt::format("pc {:#x}: {}", caught.pc, caught.instruction)));
  }
}

// ---- the matrix: a row for each bug, a column for each checker

class Matrix {
 public:
  void add(const PlantedBug& bug, const Quarry& quarry) {
    for (const auto& [rule, caught] : quarry.caught) ++kills_[bug.name][rule];
  }
  bool is_killed(const PlantedBug& bug) const { return kills_.contains(bug.name); }
  void print(const std::vector<PlantedBug>& bugs, std::size_t modes) const {
    fmt::print("\nkill matrix: in how many of {} modes each checker caught it\n", modes);
    std::string letters;
    for (unsigned n = 0; n < check::kRules; ++n) {
      const char letter = static_cast<char>('a' + n);
      fmt::print("  {} {}\n", letter, check::rules()[n].name);
      letters += fmt::format("  {}", letter);
    }
    fmt::print("\n   {:<24}{}\n", "", letters);
    for (const PlantedBug& bug : bugs) {
      std::string cells;
      for (unsigned n = 0; n < check::kRules; ++n) {
        const unsigned count = at(bug, static_cast<check::Rule>(n));
        cells += count == 0 ? "  ." : fmt::format("{:>3}", count);
      }
      fmt::print("{:>2} {:<24}{}\n", bug.number, bug.name, cells);
    }
  }

 private:
  unsigned at(const PlantedBug& bug, check::Rule rule) const {
    const auto row = kills_.find(bug.name);
    if (row == kills_.end()) return 0;
    const auto cell = row->second.find(rule);
    return cell == row->second.end() ? 0 : cell->second;
  }
  std::map<std::string_view, std::map<check::Rule, unsigned>> kills_;
};

std::vector<PlantedBug> wanted_bugs() {
  const std::regex only(g_arguments.only);
  std::vector<PlantedBug> bugs;
  for (const PlantedBug& bug : planted_bugs()) {
    if (std::regex_search(std::string(bug.name), only)) bugs.push_back(bug);
  }
  return bugs;
}

// Returns how many were not killed in any mode.
unsigned hunt_bugs(const BugImages& where, const std::vector<PlantedBug>& bugs) {
  const std::vector<std::string> modes = split(g_arguments.modes);
  std::vector<Hunt> hunts;
  for (const PlantedBug& bug : bugs) {
    for (const std::string& mode : modes) {
      hunts.push_back({std::string(bug.name), mode, g_arguments.seeds});
    }
  }
  Matrix matrix;
  unsigned missed = 0;
  std::size_t told = 0;
  go_hunting(where, g_arguments.jobs, hunts, [&](const Hunt& hunt, const Quarry& quarry) {
    const PlantedBug& bug = bugs[told / modes.size()];
    const bool is_first = told++ % modes.size() == 0;
    if (is_first) fmt::print("{:>2} {}: {}\n", bug.number, bug.name, bug.meaning);
    if (quarry.seed != 0) {
      fmt::print("   {:<14}seed {}  {}{}\n", hunt.mode, quarry.seed, names(quarry),
                 time_text(quarry));
      if (g_arguments.explain && !matrix.is_killed(bug)) explain(quarry);
    } else {
      fmt::print("   {:<14}not caught with {} seeds{}\n", hunt.mode, hunt.seeds, time_text(quarry));
    }
    for (const std::string& complaint : quarry.complaints) fmt::print("   {}\n", complaint);
    matrix.add(bug, quarry);
    if (told % modes.size() == 0 && !matrix.is_killed(bug)) ++missed;
    std::fflush(stdout);
  });
  if (!bugs.empty()) matrix.print(bugs, modes.size());
  return missed;
}

// The same objects without a fault: any verdict is a false alarm. Returns how many modes had one.
unsigned hunt_none(const BugImages& where) {
  std::vector<Hunt> hunts;
  if (g_arguments.clean_seeds == 0) return 0;
  for (const std::string& mode : split(g_arguments.clean_modes)) {
    hunts.push_back({"none", mode, g_arguments.clean_seeds});
  }
  unsigned alarms = 0;
  fmt::print("\nwithout a fault\n");
  go_hunting(where, g_arguments.jobs, hunts, [&](const Hunt& hunt, const Quarry& quarry) {
    const bool is_clean = quarry.caught.empty() && quarry.complaints.empty();
    alarms += is_clean ? 0 : 1;
    fmt::print("   {:<14}{} seeds  {}{}\n", hunt.mode, hunt.seeds,
               is_clean ? "clean" : "FALSE ALARM: " + names(quarry), time_text(quarry));
    if (!is_clean) explain(quarry);
    for (const std::string& complaint : quarry.complaints) fmt::print("     {}\n", complaint);
    std::fflush(stdout);
  });
  return alarms;
}

void print_uncaught() {
  fmt::print("\nnot yet caught\n");
  for (const UncaughtBug& bug : uncaught_bugs()) {
    fmt::print("{:>2} {}: {}\n", bug.number, bug.meaning, bug.why);
  }
}

int run() {
  if (g_arguments.list) {
    for (const PlantedBug& bug : planted_bugs()) {
      fmt::print("{:>2} {:<24}{}\n", bug.number, bug.name, bug.meaning);
    }
    print_uncaught();
    return 0;
  }
  const BugImages where = images();
  const std::vector<PlantedBug> bugs = wanted_bugs();
  const unsigned missed = hunt_bugs(where, bugs);
  const unsigned alarms = hunt_none(where);
  print_uncaught();
  fmt::print("\n{} of {} caught, {} false alarms\n", bugs.size() - missed, bugs.size(), alarms);
  return missed == 0 && alarms == 0 ? 0 : 1;
}

}  // namespace

Command add_bugs_command(CLI::App& app) {
  CLI::App* command = app.add_subcommand(
      "bugs", "run KCore with each planted fault and say which checker catches it");
  command->add_flag("--list", g_arguments.list, "only list them, and those not yet caught");
  command->add_option("--images", g_arguments.images,
                      "folder with planted/*.elf, kserv.img, *.guest");
  command->add_option("--only", g_arguments.only, "regular expression on names");
  command->add_option("--modes", g_arguments.modes, "TLB modes, comma-separated (default all)");
  command->add_option("--seeds", g_arguments.seeds, "tried until one kills (default 4)");
  command->add_option("--clean-seeds", g_arguments.clean_seeds,
                      "runs of the image without a fault in each mode (default 8)");
  command->add_option("--clean-modes", g_arguments.clean_modes,
                      "TLB modes of these (default normal,prefetch,stale)");
  command->add_option("--jobs", g_arguments.jobs, "runs at a time (default 1)");
  command->add_flag("--explain", g_arguments.explain,
                    "also the first violation of each checker, in the first mode that has one");
  command->add_flag("--stable", g_arguments.stable,
                    "no times, addresses and counts: to be compared with another run");
  return {command, run};
}

}  // namespace armature::platform
