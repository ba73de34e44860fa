// Performance monitors (PMUv3): 6 event counters and the cycle counter.
#pragma once

#include <cstdint>

#include "sim/base/types.h"

namespace armature::cpu {

class Core;

// Brings the counters up to date; call before anything that they depend on changes (EL, filters,
// enables) and before reading them.
void pmu_synchronise(Core& core);
// Local time before which no enabled counter can overflow; Cycles{~0} if none is enabled.
Cycles pmu_overflow_earliest(const Core& core);
bool pmu_interrupt(const Core& core);  // output level of PPI 23
void pmu_software_increment(Core& core, std::uint32_t mask);

}  // namespace armature::cpu
