// What must be so when the host is entered for the first time. Nothing changes it later but an owner of
// KCore's page, and that is a violation of its own.
#pragma once

#include <string>
#include <vector>

#include "hyp/check/page_array.h"

namespace armature::hyp {

struct BootFault {
  std::uint64_t page = 0;
  std::string what;
};
// Page 0 is nobody's: it is no RAM that the page array knows. Every page of KCore's own memory is KCore's.
std::vector<BootFault> boot_faults(const check::Scene& scene, const PageArray& pages);

}  // namespace armature::hyp
