#include "sim/check/checkers.h"

#include "sim/check/checker_set.h"
#include "sim/check/translation_checkers.h"

namespace armature::check {
namespace {

template <typename T>
std::unique_ptr<Checker> make(const Scene& scene) {
  return std::make_unique<T>(scene);
}

// A checker of one rule has the rule's name and meaning.
CheckerDescription describe(Rule rule, std::unique_ptr<Checker> (*maker)(const Scene&)) {
  return {rule_description(rule).name, rule_description(rule).meaning, maker};
}

}  // namespace

const std::vector<CheckerDescription>& architecture_checkers() {
  static const std::vector<CheckerDescription> checkers{
      describe(Rule::invalidation, make<InvalidationChecker>),
      describe(Rule::break_before_make, make<BreakBeforeMakeChecker>),
      describe(Rule::stale_translation, make<StaleTranslationChecker>),
      describe(Rule::duplicate_vmid, make_duplicate_vmid_checker),
      describe(Rule::instruction_side, make_instruction_side_checker),
      describe(Rule::page_lines, make_page_lines_checker),
      describe(Rule::write_once, make_write_once_checker),
      describe(Rule::lockset, make_lockset_checker),
      describe(Rule::lock_order, make_lock_order_checker),
      describe(Rule::double_fetch, make_double_fetch_checker),
      describe(Rule::vcpu_exclusive, make_vcpu_exclusive_checker),
      describe(Rule::vcpu_migration, make_vcpu_migration_checker),
  };
  return checkers;
}

}  // namespace armature::check
