// Snapshots of a whole machine in one file (sim/snapshot/archive).
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace armature::platform {

class Machine;

// Throw UserError naming the file, or the part that cannot be saved. A failed save overwrites
// nothing; a snapshot of another configuration is refused.
using Section = std::pair<std::string, std::vector<std::uint8_t>>;
// `more` are sections that are not the machine's (a digest under way); load returns all sections.
void save_snapshot(Machine& machine, const std::string& path,
                   const std::vector<Section>& more = {});
std::vector<Section> load_snapshot(Machine& machine, const std::string& path);

}  // namespace armature::platform
