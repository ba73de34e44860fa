#include "platform/cli/checks.h"

#include <fmt/format.h>

#include <map>

#include "hyp/check/checkers.h"
#include "sim/config/schema.h"

namespace armature::platform {
namespace {

// The command that shows the same again: every option that is not the default.
std::string replay_command(const RunConfig& config) {
  std::string command = "armature run";
  const RunConfig defaults;
  for (const OptionSpec& option : run_options()) {
    using Kind = OptionSpec::Kind;
    if (option.kind == Kind::list || option.kind == Kind::tables) continue;
    const std::string value = option.get(config);
    if (value == option.get(defaults)) continue;
    if (option.kind == OptionSpec::Kind::flag) {
      command += fmt::format(" --{}", option.name);
    } else {
      command += fmt::format(" --{} {}", option.name, value);
    }
  }
  // Defaults again left out; of a VM's keys all have one.
  const VmConfig plain;
  for (const VmConfig& vm : config.vms) {
    std::string keys;
    for (const VmKey& key : vm_keys()) {
      std::string value = key.get(vm);
      if (value == key.get(plain)) continue;
      std::erase(value, '"');
      keys += fmt::format("{}{}={}", keys.empty() ? "" : ",", key.name, value);
    }
    command += " --vm " + keys;
  }
  return command;
}

}  // namespace

Checks::Checks(Machine& machine) : machine_(machine), view_(machine) {
  const RunConfig& config = machine.config();
  if (config.check.empty() && !machine.events.wanted_any(check::ManifestWatch::derived_kinds())) {
    return;
  }
  check::Scene scene;
  scene.manifest = machine.boot_plan().manifest;
  scene.cores = config.smp;
  scene.machine = &view_;
  set_ = std::make_unique<check::CheckerSet>(std::move(scene), machine.events);
  if (!config.check.empty()) set_->add(config.check, hyp::all_checkers());
}

std::vector<check::Verdict> Checks::verdicts() const {
  std::vector<check::Verdict> verdicts = set_->verdicts();
  if (const check::Verdict* found = set_->first_violation()) {
    verdicts[static_cast<std::size_t>(found - set_->verdicts().data())].replay =
        replay_command(machine_.config());
  }
  return verdicts;
}

std::string Checks::report() const {
  if (machine_.config().check.empty()) return "";
  if (const check::Verdict* found = set_->first_violation()) {
    check::Verdict verdict = *found;
    verdict.replay = replay_command(machine_.config());
    return "armature: " + check::verdict_text(verdict);
  }
  std::map<std::string_view, unsigned> notes;
  for (const check::Verdict& verdict : set_->verdicts()) ++notes[verdict.rule_name()];
  std::string out = fmt::format("armature: {} checkers, 0 violations", set_->checkers().size());
  for (const auto& [rule, count] : notes) out += fmt::format(", {} notes of {}", count, rule);
  return out + "\n";
}

}  // namespace armature::platform
