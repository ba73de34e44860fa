// A CPU preset: identification, geometry, replacement and costs of one kind of core.
// Figures come from the TRMs and from measurements; each preset in preset.cc names its sources.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "sim/base/types.h"

namespace armature {

enum class Replacement : std::uint8_t { round_robin, nru, random };

// entries = sets * ways; fully associative when sets == 1.
struct TlbGeometry {
  std::uint16_t sets = 1;
  std::uint16_t ways = 1;
};

struct CacheGeometry {
  std::uint32_t bytes = 0;
  std::uint16_t ways = 1;
  Replacement replacement = Replacement::nru;
};

// Whole cycles unless said otherwise. Penalties add to an instruction's base cost.
struct Costs {
  std::uint8_t issue_sixteenths = 8;  // base cost of a simple integer instruction, 1/16 cycle
  std::uint8_t load = 1, store = 1, multiply = 2, divide = 12, fp = 2, fp_divide = 14, simd = 2;
  std::uint8_t branch = 1, system = 4, barrier = 8, exception_entry = 20, exception_return = 10;
  std::uint8_t mispredict = 15;      // the end of a loop: a branch backwards that is not taken
  std::uint8_t l2_tlb_hit = 10;      // micro-TLB miss that hits the L2 TLB
  std::uint8_t l1_hit_walk = 4;      // a walker's descriptor read that hits L1D/L2
  std::uint8_t l2_cache_hit = 18;    // L1 miss, L2 hit
  std::uint16_t memory = 150;        // L2 miss
  std::uint8_t snoop = 30;           // another core's L1D had to answer
  std::uint16_t device = 100;        // one device or Non-cacheable access
  std::uint16_t dsb_broadcast = 60;  // DSB that completes a broadcast TLBI, plus dsb_per_core
  std::uint16_t dsb_per_core = 20;
};

struct IdRegisters {
  std::uint64_t midr, revidr, ctr, clidr, dczid;
  std::uint64_t ccsidr_l1d, ccsidr_l1i, ccsidr_l2;
  std::uint64_t pfr0, pfr1, dfr0, dfr1, isar0, isar1, isar2, mmfr0, mmfr1, mmfr2, afr0, afr1;
  std::uint64_t pmceid0, pmceid1, pmcr_reset;
};

struct CpuPreset {
  std::string_view name;
  std::string_view title;
  IdRegisters id;
  TlbGeometry l1_itlb, l1_dtlb, l2_tlb, walk_cache, ipa_cache;
  CacheGeometry l1i, l1d, l2;
  Costs costs;
  std::uint8_t physical_address_bits;                          // 40, 44
  std::uint8_t asid_bits;                                      // 8, 16
  std::uint8_t vmid_bits;                                      // 8
  std::uint8_t breakpoints, watchpoints, context_breakpoints;  // counts
  std::uint8_t gic_list_registers, gic_priority_bits;
  std::uint8_t pmu_counters;
};

std::span<const CpuPreset> cpu_presets();

// A preset by name, or by "NAME,replacement=POLICY" with all its caches of that policy: nru, random or
// round-robin. Throws UserError with the nearest match when there is none.
const CpuPreset& cpu_preset(std::string_view name);

// Simulated frequency: 1 GHz, so a cycle is a nanosecond and a 62.5 MHz counter tick 16 cycles.
// CHOICE: one frequency for all presets; QEMU's -icount shift=0 has the same pace.
inline constexpr std::uint64_t kCoreHertz = 1'000'000'000;
inline constexpr std::uint64_t kCounterHertz = 62'500'000;
inline constexpr std::uint64_t kSixteenthsPerTick = 256;

}  // namespace armature
