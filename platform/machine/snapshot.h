// Snapshots of a whole machine in one file (sim/snapshot/archive).
#pragma once

#include <string>

namespace armature::platform {

class Machine;

// Throw UserError naming the file, or the part that cannot be saved. A failed save overwrites
// nothing; a snapshot of another configuration is refused.
void save_snapshot(const Machine& machine, const std::string& path);
void load_snapshot(Machine& machine, const std::string& path);

}  // namespace armature::platform
