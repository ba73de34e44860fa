// The checkers that a run was asked for, on its machine.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "platform/machine/check_view.h"
#include "platform/machine/machine.h"
#include "sim/check/checker_set.h"

namespace armature::platform {

class Checks {
 public:
  // With an empty config.check nothing judges, but what the manifest promises is published when
  // somebody wants it: after the listeners of the run. Throws UserError for a name that does not
  // exist.
  explicit Checks(Machine& machine);

  bool found_violation() const { return set_ != nullptr && set_->first_violation() != nullptr; }
  // The violation with its proof, or a line that says how many notes there are.
  std::string report() const;
  const check::CheckerSet* set() const { return set_.get(); }
  // All verdicts; the first violation has the command that shows it again.
  std::vector<check::Verdict> verdicts() const;

 private:
  Machine& machine_;
  CheckView view_;
  std::unique_ptr<check::CheckerSet> set_;
};

}  // namespace armature::platform
