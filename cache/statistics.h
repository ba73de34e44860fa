// The hierarchy's counters under their public names.
#pragma once

#include <cstdint>
#include <functional>

#include "cache/hierarchy.h"
#include "sim/stats/registry.h"

namespace armature::cache {

// Adds `coreN.l1i.*`, `coreN.l1d.*`, `coreN.walker.*` and `coreN.uncached.*` of core N. `fast_hits`
// gives its hits in L1I or L1D that never reached the hierarchy (they are accesses and hits);
// without it there are none. The hierarchy must outlive the registry.
void register_core_statistics(StatisticsRegistry& registry, const Hierarchy& caches, CoreId core,
                              const std::function<std::uint64_t(Level)>& fast_hits = {});
// Adds `l2.*`.
void register_shared_statistics(StatisticsRegistry& registry, const Hierarchy& caches);

}  // namespace armature::cache
