#include "hyp/check/checkers.h"

namespace armature::hyp {

const std::vector<check::CheckerDescription>& hypervisor_checkers() {
  using check::Rule;
  static const std::vector<check::CheckerDescription> checkers{
      {"ownership", check::rule_description(Rule::ownership).meaning, make_ownership_checker},
      {"page-observers", check::rule_description(Rule::page_observers).meaning,
       make_page_observers_checker},
  };
  return checkers;
}

std::vector<check::CheckerDescription> all_checkers() {
  std::vector<check::CheckerDescription> checkers = check::architecture_checkers();
  for (const auto& checker : hypervisor_checkers()) checkers.push_back(checker);
  return checkers;
}

}  // namespace armature::hyp
