// Tables of `armature info` about a run itself. An empty name: the whole table; else one row, or UserError
// with the nearest.
#pragma once

#include <string>

namespace armature::platform {

int info_stats(const std::string& name);    // also a beginning: "coreN.dtlb"
int info_options(const std::string& name);  // of `armature run`, and the keys of --vm
int info_checkers(const std::string& name);  // of --check

}  // namespace armature::platform
