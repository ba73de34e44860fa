// The hierarchy's counters under their public names.
#pragma once

#include <cstdint>
#include <functional>

#include "cache/hierarchy.h"
#include "sim/stats/registry.h"

namespace armature::cache {

// Adds `coreN.l1i.*`, `coreN.l1d.*`, `coreN.walker.*`, `coreN.uncached.*` and `l2.*`. `fast_hits`
// gives a core's hits in L1I or L1D that never reached the hierarchy (they are accesses and hits);
// without it there are none. The hierarchy must outlive the registry.
void register_statistics(StatisticsRegistry& registry, const Hierarchy& caches, unsigned cores,
                         std::function<std::uint64_t(CoreId, Level)> fast_hits = {});

}  // namespace armature::cache
