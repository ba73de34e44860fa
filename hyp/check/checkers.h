// Makes the hypervisor's checkers.
#pragma once

#include <memory>
#include <vector>

#include "sim/check/checker_set.h"

namespace armature::hyp {

std::unique_ptr<check::Checker> make_ownership_checker(const check::Scene& scene);
std::unique_ptr<check::Checker> make_page_observers_checker(const check::Scene& scene);

// For CheckerSet::add, behind those of the architecture.
const std::vector<check::CheckerDescription>& hypervisor_checkers();
// Those of the architecture, then those of the hypervisor.
std::vector<check::CheckerDescription> all_checkers();

}  // namespace armature::hyp
