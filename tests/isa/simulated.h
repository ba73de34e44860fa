// Runs cases on one simulated core: flat identity map, EL0, caches on.
#pragma once

#include <span>
#include <vector>

#include "batch.h"

namespace armature::isa {

struct SimulatedOptions {
  bool fast = true;  // blocks and L0 filter, or instruction by instruction
};

std::vector<IsaResult> run_simulated(std::span<const IsaCase> cases, SimulatedOptions options);

}  // namespace armature::isa
