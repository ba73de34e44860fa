#include "platform/machine/statistics.h"

#include <fmt/format.h>

#include <functional>

#include "cache/statistics.h"
#include "platform/machine/machine.h"
#include "sim/config/schema.h"

namespace armature::platform {
namespace {

using Registry = StatisticsRegistry;

// `fast_hits`: lookups that the core's fast path answered, all of them hits.
void add_tlb(Registry& registry, const std::string& prefix, const mmu::Mmu& mmu,
             TlbStructure structure, const std::function<std::uint64_t()>& fast_hits) {
  const auto& s = mmu.statistics(structure);
  registry.add(prefix + ".lookups", "Count", "lookups",
               [&s, fast_hits] { return s.lookups + fast_hits(); });
  registry.add(prefix + ".hits", "Count", "lookups that hit",
               [&s, fast_hits] { return s.hits + fast_hits(); });
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
  registry.add(core + ".instructions", "Count", "instructions retired",
               [&c] { return c.retired_now(); });
  registry.add(core + ".cycles", "Cycle", "local time", [&c] { return c.now().whole(); });
  registry.add(core + ".fetch_groups", "Count", "fetches of the fetch unit", own.fetch_groups);
  registry.add(core + ".device_accesses", "Count", "accesses that left for a device",
               own.device_accesses);
  registry.add(core + ".external_aborts", "Count", "accesses that nothing answered",
               own.external_aborts);
  registry.add(core + ".exclusive_failures", "Count", "failed store-exclusives",
               own.exclusive_failures);
  const auto none = [] { return std::uint64_t{0}; };
  add_tlb(registry, core + ".itlb", mmu, TlbStructure::l1_instruction,
          [&own] { return own.fast_groups_translated; });
  add_tlb(registry, core + ".dtlb", mmu, TlbStructure::l1_data,
          [&own] { return own.fast_reads + own.fast_writes; });
  add_tlb(registry, core + ".l2tlb", mmu, TlbStructure::l2, none);
  add_tlb(registry, core + ".walk_cache", mmu, TlbStructure::walk_cache, none);
  add_tlb(registry, core + ".ipa_cache", mmu, TlbStructure::ipa_cache, none);
  const auto& walks = mmu.walk_statistics();
  registry.add(core + ".walker.stage1_walks", "Count", "stage 1 walks begun", walks.stage1_walks);
  registry.add(core + ".walker.stage1_completed", "Count", "stage 1 walks that found a leaf",
               walks.stage1_completed);
  registry.add(core + ".walker.stage2_walks", "Count", "stage 2 walks begun", walks.stage2_walks);
  registry.add(core + ".walker.stage2_completed", "Count", "stage 2 walks that found a leaf",
               walks.stage2_completed);
  registry.add(core + ".walker.descriptor_reads", "Count", "descriptors read",
               walks.descriptor_reads);
  // What the L0 filter answered: the caches saw nothing of it.
  cache::register_core_statistics(registry, *machine.caches, c.id, [&own](cache::Level level) {
    return level == cache::Level::l1_instruction ? own.fast_groups
                                                 : own.fast_reads + own.fast_writes;
  });
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
  cache::register_shared_statistics(registry, *machine.caches);
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
