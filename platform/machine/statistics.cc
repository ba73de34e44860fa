#include "platform/machine/statistics.h"

#include <fmt/format.h>

#include "platform/machine/machine.h"
#include "sim/config/schema.h"

namespace armature::platform {
namespace {

using Registry = StatisticsRegistry;

void add_tlb(Registry& registry, const std::string& prefix, const mmu::Mmu& mmu,
             TlbStructure structure, const std::uint64_t* fast_hits) {
  const auto& s = mmu.statistics(structure);
  const auto fast = [fast_hits] { return fast_hits == nullptr ? 0 : *fast_hits; };
  registry.add(prefix + ".lookups", "Count", "lookups", [&s, fast] { return s.lookups + fast(); });
  registry.add(prefix + ".hits", "Count", "lookups that hit",
               [&s, fast] { return s.hits + fast(); });
  registry.add(prefix + ".misses", "Count", "lookups that missed", s.misses);
  registry.add(prefix + ".fills", "Count", "entries filled", s.fills);
  registry.add(prefix + ".evictions", "Count", "entries replaced", s.evictions);
  registry.add(prefix + ".invalidations", "Count", "entries removed by TLBI", s.invalidations);
  registry.add(prefix + ".resident", "Count", "entries held at the end",
               [&mmu, structure] { return mmu.resident(structure); });
}

void add_core(Registry& registry, Machine& machine, unsigned n) {
  const std::string core = fmt::format("core{}", n);
  const cpu::Core& c = *machine.cores[n];
  const mmu::Mmu& mmu = *machine.mmus[n];
  const auto& own = c.statistics;
  const auto& cache = machine.caches->statistics(c.id);
  registry.add(core + ".instructions", "Count", "instructions retired", c.state.retired);
  registry.add(core + ".cycles", "Cycle", "local time", [&c] { return c.state.cycles.whole(); });
  registry.add(core + ".fetch_groups", "Count", "fetches of the fetch unit", own.fetch_groups);
  registry.add(core + ".device_accesses", "Count", "accesses that left for a device",
               own.device_accesses);
  registry.add(core + ".external_aborts", "Count", "accesses that nothing answered",
               own.external_aborts);
  registry.add(core + ".exclusive_failures", "Count", "failed store-exclusives",
               own.exclusive_failures);
  add_tlb(registry, core + ".itlb", mmu, TlbStructure::l1_instruction, &own.fast_groups_translated);
  const auto fast_data = [&own] { return own.fast_reads + own.fast_writes; };
  const auto& d = mmu.statistics(TlbStructure::l1_data);
  registry.add(core + ".dtlb.lookups", "Count", "lookups",
               [&d, fast_data] { return d.lookups + fast_data(); });
  registry.add(core + ".dtlb.hits", "Count", "lookups that hit",
               [&d, fast_data] { return d.hits + fast_data(); });
  registry.add(core + ".dtlb.misses", "Count", "lookups that missed", d.misses);
  registry.add(core + ".dtlb.fills", "Count", "entries filled", d.fills);
  registry.add(core + ".dtlb.evictions", "Count", "entries replaced", d.evictions);
  registry.add(core + ".dtlb.invalidations", "Count", "entries removed by TLBI", d.invalidations);
  registry.add(core + ".dtlb.resident", "Count", "entries held at the end",
               [&mmu] { return mmu.resident(TlbStructure::l1_data); });
  add_tlb(registry, core + ".l2tlb", mmu, TlbStructure::l2, nullptr);
  add_tlb(registry, core + ".walk_cache", mmu, TlbStructure::walk_cache, nullptr);
  add_tlb(registry, core + ".ipa_cache", mmu, TlbStructure::ipa_cache, nullptr);
  const auto& walks = mmu.walk_statistics();
  registry.add(core + ".walker.stage1_walks", "Count", "stage 1 walks begun", walks.stage1_walks);
  registry.add(core + ".walker.stage1_completed", "Count", "stage 1 walks that found a leaf",
               walks.stage1_completed);
  registry.add(core + ".walker.stage2_walks", "Count", "stage 2 walks begun", walks.stage2_walks);
  registry.add(core + ".walker.stage2_completed", "Count", "stage 2 walks that found a leaf",
               walks.stage2_completed);
  registry.add(core + ".walker.descriptor_reads", "Count", "descriptors read",
               walks.descriptor_reads);
  registry.add(core + ".l1i.accesses", "Count", "fetches through L1I",
               [&own, &cache] { return cache.l1i_accesses + own.fast_groups; });
  registry.add(core + ".l1i.misses", "Count", "fetches that missed L1I", cache.l1i_misses);
  registry.add(core + ".l1i.fills", "Count", "lines filled", cache.l1i_fills);
  registry.add(core + ".l1i.evictions", "Count", "lines replaced", cache.l1i_evictions);
  registry.add(core + ".l1i.invalidations", "Count", "lines invalidated", cache.l1i_invalidations);
  registry.add(core + ".l1d.accesses", "Count", "cacheable data accesses",
               [fast_data, &cache] { return cache.l1d_accesses + fast_data(); });
  registry.add(core + ".l1d.misses", "Count", "accesses that missed L1D", cache.l1d_misses);
  registry.add(core + ".l1d.upgrades", "Count", "writes to a line held Shared", cache.l1d_upgrades);
  registry.add(core + ".l1d.fills", "Count", "lines filled", cache.l1d_fills);
  registry.add(core + ".l1d.evictions", "Count", "lines replaced", cache.l1d_evictions);
  registry.add(core + ".l1d.invalidations", "Count", "lines invalidated", cache.l1d_invalidations);
  registry.add(core + ".l1d.writebacks", "Count", "dirty lines written to L2",
               cache.l1d_writebacks);
  registry.add(core + ".uncached.reads", "Count", "Non-cacheable reads of memory",
               cache.uncached_reads);
  registry.add(core + ".uncached.writes", "Count", "Non-cacheable writes to memory",
               cache.uncached_writes);
}

}  // namespace

RunMetadata run_metadata(const RunConfig& config) {
  RunMetadata run;
  run.preset = config.cpu;
  run.quantum = config.quantum;
  run.seed = config.seed;
  run.cores = config.smp;
  run.configuration = dump_toml(config);
  return run;
}

void add_machine_statistics(Machine& machine, StatisticsRegistry& registry) {
  for (unsigned n = 0; n < machine.cores.size(); ++n) add_core(registry, machine, n);
  const auto& shared = machine.caches->shared_statistics();
  registry.add("l2.accesses", "Count", "accesses to L2", shared.l2_accesses);
  registry.add("l2.misses", "Count", "accesses that missed L2", shared.l2_misses);
  registry.add("l2.fills", "Count", "lines filled", shared.l2_fills);
  registry.add("l2.evictions", "Count", "lines replaced", shared.l2_evictions);
  registry.add("l2.invalidations", "Count", "lines invalidated", shared.l2_invalidations);
  registry.add("l2.writebacks", "Count", "dirty lines written to memory", shared.l2_writebacks);
  registry.add("l2.snoops", "Count", "snoops of other cores' L1D", shared.snoops);
  registry.add("machine.instructions", "Count", "instructions of all cores",
               [&machine] { return machine.instructions(); });
  registry.add("machine.cycles", "Cycle", "simulated time",
               [&machine] { return machine.now().whole(); });
  registry.add("machine.events", "Count", "canonical events",
               [&machine] { return machine.events.sequence(); });
}

void write_machine_statistics(Machine& machine) {
  Registry registry;
  add_machine_statistics(machine, registry);
  write_statistics(machine.config().stats, run_metadata(machine.config()), registry.snapshot());
}

}  // namespace armature::platform
