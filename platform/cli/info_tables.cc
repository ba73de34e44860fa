// `armature info stats` and `info options`: what a run counts, and what can be asked of it.
#include "platform/cli/info_tables.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <set>

#include "hyp/check/checkers.h"
#include "platform/machine/machine.h"
#include "platform/machine/statistics.h"
#include "sim/base/user_error.h"
#include "sim/check/verdict.h"
#include "sim/config/schema.h"
#include "sim/config/vm_config.h"
#include "sim/stats/registry.h"

namespace armature::platform {
namespace {

// The nearest of `names` in the message when `name` is none of them.
[[noreturn]] void unknown(std::string_view what, const std::string& name,
                          const std::vector<std::string_view>& names) {
  const std::string_view nearest = nearest_match(name, names);
  throw UserError(fmt::format("no {} '{}'{}", what, name,
                              nearest.empty() ? "" : fmt::format("; did you mean '{}'?", nearest)));
}

// A statistic registers itself with a machine, and a machine wants something to run.
std::vector<Statistic> all_statistics() {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> program(std::tmpfile(), std::fclose);
  constexpr std::uint32_t kBranchToItself = 0x14000000;
  if (!program || std::fwrite(&kBranchToItself, sizeof kBranchToItself, 1, program.get()) != 1 ||
      std::fflush(program.get()) != 0) {
    throw UserError("info stats: no temporary file can be written");
  }
  RunConfig config;
  config.kernel = fmt::format("/proc/self/fd/{}", fileno(program.get()));
  Machine machine(config);
  StatisticsRegistry registry;
  add_machine_statistics(machine, registry);
  return registry.snapshot();
}

// "core0.dtlb.hits" is that of every core.
std::string of_every_core(const std::string& name) {
  constexpr std::string_view kFirst = "core0.";
  return name.starts_with(kFirst) ? "coreN." + name.substr(kFirst.size()) : name;
}

}  // namespace

int info_stats(const std::string& name) {
  const std::vector<Statistic> statistics = all_statistics();
  std::vector<std::string> names;
  for (const Statistic& statistic : statistics) names.push_back(of_every_core(statistic.name));
  // A name is also each of its beginnings (coreN.dtlb) and what core 0 calls it.
  const std::string wanted = of_every_core(name);
  bool found = false;
  for (std::size_t n = 0; n < statistics.size(); ++n) {
    if (!wanted.empty() && names[n] != wanted && !names[n].starts_with(wanted + ".")) continue;
    found = true;
    fmt::print("{:40} {:8} {}\n", names[n], statistics[n].unit, statistics[n].description);
  }
  if (!found) unknown("statistic", name, {names.begin(), names.end()});
  return 0;
}

int info_options(const std::string& name) {
  const RunConfig defaults;
  std::vector<std::string_view> names;
  bool found = false;
  std::string_view group;
  for (const OptionSpec& option : run_options()) {
    names.push_back(option.name);
    if (!name.empty() && option.name != name && option.alias != name) continue;
    found = true;
    if (option.group != group)
      fmt::print("{}{}:\n", group.empty() ? "" : "\n", group = option.group);
    fmt::print("  {:20} {:8} {}\n", option.name, option.value_name, option.help);
    if (option.kind == OptionSpec::Kind::value) {
      fmt::print("  {:20} {:8} default {}\n", "", "", option.get(defaults));
    }
  }
  if (name.empty()) fmt::print("\nkeys of --vm:\n");
  for (const VmKey& key : vm_keys()) {
    names.push_back(key.name);
    if (!name.empty() && key.name != name) continue;
    found = true;
    fmt::print("  {:20} {:8} {}{}\n", key.name, "", name.empty() ? "" : "of --vm: ", key.help);
  }
  if (!found) unknown("option", name, names);
  return 0;
}

int info_checkers(const std::string& name) {
  std::vector<std::string_view> names;
  for (const check::CheckerDescription& checker : hyp::all_checkers()) {
    names.push_back(checker.name);
    if (!name.empty() && checker.name != name) continue;
    const auto rule =
        std::find_if(check::rules().begin(), check::rules().end(),
                     [&](const check::RuleDescription& r) { return r.name == checker.name; });
    fmt::print("{:20} {}\n{:20} {}\n{:20} {}\n", checker.name, checker.meaning, "", rule->citation,
               "", rule->severity);
  }
  if (!name.empty() && std::find(names.begin(), names.end(), name) == names.end()) {
    unknown("checker", name, names);
  }
  return 0;
}

}  // namespace armature::platform
