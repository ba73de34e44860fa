#include "cache/statistics.h"

#include <limits>
#include <string>

namespace armature::cache {
namespace {

using Counter = std::uint64_t Hierarchy::CoreStatistics::*;

struct L1Names {
  const char* name;
  Level level;
  Counter accesses, misses, fills, evictions, invalidations;
};

double ratio(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? std::numeric_limits<double>::quiet_NaN()
                    : static_cast<double>(part) / static_cast<double>(whole);
}

void register_l1(StatisticsRegistry& registry, const std::string& core_name, const L1Names& l1,
                 const Hierarchy& caches, CoreId core,
                 const std::function<std::uint64_t(Level)>& fast_hits) {
  const std::string name = core_name + "." + l1.name;
  const Hierarchy::CoreStatistics& s = caches.statistics(core);
  const auto accesses = [&s, l1, fast_hits] {
    return s.*l1.accesses + (fast_hits ? fast_hits(l1.level) : 0);
  };
  registry.add(name + ".accesses", "Count", "accesses", accesses);
  registry.add(name + ".hits", "Count", "accesses that hit",
               [accesses, &s, l1] { return accesses() - s.*l1.misses; });
  registry.add(name + ".misses", "Count", "accesses that missed", s.*l1.misses);
  registry.add_real(name + ".miss_rate", "Ratio", "misses per access",
                    [accesses, &s, l1] { return ratio(s.*l1.misses, accesses()); });
  registry.add(name + ".fills", "Count", "lines filled", s.*l1.fills);
  registry.add(name + ".evictions", "Count", "lines replaced", s.*l1.evictions);
  registry.add(name + ".invalidations", "Count", "lines removed by coherence or maintenance",
               s.*l1.invalidations);
  registry.add(name + ".resident", "Count", "lines held at the end",
               [&caches, l1, core] { return caches.resident_lines(l1.level, core); });
}

}  // namespace

void register_core_statistics(StatisticsRegistry& registry, const Hierarchy& caches, CoreId core,
                              const std::function<std::uint64_t(Level)>& fast_hits) {
  using S = Hierarchy::CoreStatistics;
  const std::string name = "core" + std::to_string(core.value);
  const S& s = caches.statistics(core);
  register_l1(registry, name,
              {"l1i", Level::l1_instruction, &S::l1i_accesses, &S::l1i_misses, &S::l1i_fills,
               &S::l1i_evictions, &S::l1i_invalidations},
              caches, core, fast_hits);
  register_l1(registry, name,
              {"l1d", Level::l1_data, &S::l1d_accesses, &S::l1d_misses, &S::l1d_fills,
               &S::l1d_evictions, &S::l1d_invalidations},
              caches, core, fast_hits);
  registry.add(name + ".l1d.upgrades", "Count", "stores that turned Shared into Modified",
               s.l1d_upgrades);
  registry.add(name + ".l1d.writebacks", "Count", "dirty lines moved to L2", s.l1d_writebacks);
  registry.add(name + ".walker.reads", "Count", "descriptor reads", s.walk_reads);
  registry.add(name + ".walker.reads_l1d", "Count", "descriptor reads that hit L1D",
               s.walk_reads_l1d);
  registry.add(name + ".walker.reads_l2", "Count", "descriptor reads that hit L2", s.walk_reads_l2);
  registry.add(name + ".uncached.reads", "Count", "reads of RAM at the Point of Coherency",
               s.uncached_reads);
  registry.add(name + ".uncached.writes", "Count", "writes of RAM at the Point of Coherency",
               s.uncached_writes);
}

void register_shared_statistics(StatisticsRegistry& registry, const Hierarchy& caches) {
  const Hierarchy::SharedStatistics& s = caches.shared_statistics();
  registry.add("l2.accesses", "Count", "accesses", s.l2_accesses);
  registry.add("l2.hits", "Count", "accesses that hit",
               [&s] { return s.l2_accesses - s.l2_misses; });
  registry.add("l2.misses", "Count", "accesses that missed", s.l2_misses);
  registry.add_real("l2.miss_rate", "Ratio", "misses per access",
                    [&s] { return ratio(s.l2_misses, s.l2_accesses); });
  registry.add("l2.fills", "Count", "lines filled", s.l2_fills);
  registry.add("l2.evictions", "Count", "lines replaced", s.l2_evictions);
  registry.add("l2.invalidations", "Count", "lines removed by maintenance", s.l2_invalidations);
  registry.add("l2.writebacks", "Count", "dirty lines moved to memory", s.l2_writebacks);
  registry.add("l2.snoops", "Count", "times another core's L1D had to answer", s.snoops);
  registry.add("l2.resident", "Count", "lines held at the end",
               [&caches] { return caches.resident_lines(Level::l2, CoreId{0}); });
}

}  // namespace armature::cache
