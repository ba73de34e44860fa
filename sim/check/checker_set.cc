#include "sim/check/checker_set.h"

#include <fmt/format.h>

#include "sim/base/user_error.h"
#include "sim/trace/text.h"

namespace armature::check {
namespace {

std::vector<std::string_view> split(std::string_view list) {
  std::vector<std::string_view> parts;
  for (std::size_t at = 0; at <= list.size();) {
    const std::size_t comma = std::min(list.find(',', at), list.size());
    parts.push_back(list.substr(at, comma - at));
    at = comma + 1;
  }
  return parts;
}

[[noreturn]] void refuse(std::string_view name, const std::vector<CheckerDescription>& known) {
  std::vector<std::string_view> names{"all", "guest"};
  for (const CheckerDescription& checker : known) names.push_back(checker.name);
  const auto nearest = nearest_match(name, names);
  throw UserError(fmt::format("check: '{}' is not allowed; allowed: {}{}", name,
                              fmt::join(names, ", "),
                              nearest.empty() ? "" : fmt::format("; did you mean '{}'?", nearest)));
}

}  // namespace

CheckerSet::CheckerSet(Scene scene, EventBus& events) : scene_(std::move(scene)), events_(events) {
  if (!scene_.manifest.is_empty()) watch_ = std::make_unique<ManifestWatch>(scene_, events_);
}

CheckerSet::~CheckerSet() {
  for (const auto& checker : checkers_) events_.remove(*checker);
}

void CheckerSet::add(std::string_view list, const std::vector<CheckerDescription>& known) {
  std::vector<bool> chosen(known.size(), false);
  for (const std::string_view name : split(list)) {
    bool found = name == "all" || name == "guest";
    for (std::size_t n = 0; n < known.size(); ++n) {
      if (name != known[n].name && name != "all" && list != "guest") continue;
      chosen[n] = found = true;
    }
    if (!found) refuse(name, known);
    if (name == "guest") scene_.judge_guests = true;
  }
  for (std::size_t n = 0; n < known.size(); ++n) {
    if (chosen[n]) add(known[n].make(scene_));
  }
}

void CheckerSet::add(std::unique_ptr<Checker> checker) {
  checker->set_sink([this](const Verdict& verdict) {
    if (verdict.severity == Severity::violation && first_violation_ > verdicts_.size()) {
      first_violation_ = verdicts_.size();
    }
    verdicts_.push_back(verdict);
    events_.publish(EventKind::violation, verdict.object, 0, 0,
                    static_cast<std::uint32_t>(verdict.rule) |
                        static_cast<std::uint32_t>(verdict.severity) << 16);
  });
  events_.add(*checker, checker->kinds());
  checkers_.push_back(std::move(checker));
}

const Verdict* CheckerSet::first_violation() const {
  return first_violation_ < verdicts_.size() ? &verdicts_[first_violation_] : nullptr;
}

std::string verdict_text(const Verdict& verdict) {
  std::string out = fmt::format(
      "{} of {}: {}\n  rule: {}\n  core {}, EL{}, pc {:#x}, cycle {}, event {}\n",
      severity_name(verdict.severity), verdict.rule_name(), verdict.what, verdict.citation(),
      verdict.core, verdict.el, verdict.pc, verdict.cycle >> 4, verdict.sequence);
  const LogAlphabet alphabet = current_alphabet();
  for (const Event& event : verdict.proof) out += "  " + event_line(event, alphabet, {}) + "\n";
  if (!verdict.replay.empty()) out += "  replay: " + verdict.replay + "\n";
  return out;
}

}  // namespace armature::check
