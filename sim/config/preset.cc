#include "sim/config/preset.h"

#include <array>
#include <string>
#include <utility>
#include <vector>

#include "sim/base/user_error.h"

namespace armature {
namespace {

// Identification: what QEMU's models of the same parts report, except AArch64 only (EL0..EL1 = 1),
// and PMCEID that lists only what counts (SW_INCR, INST_RETIRED, CPU_CYCLES, CHAIN).
// Geometry and latencies: the TRMs (A53 DDI 0500, A57 DDI 0488, A72 100095), compiler scheduling
// models and measured neighbours, as the README of sim/ lists them.
constexpr std::uint64_t kPmceid0 = 1ull << 0x00 | 1ull << 0x08 | 1ull << 0x11 | 1ull << 0x1e;

constexpr IdRegisters kIdA57{.midr = 0x411fd070,
                             .revidr = 0,
                             .ctr = 0x8444c004,
                             .clidr = 0x0a200023,
                             .dczid = 4,
                             .ccsidr_l1d = 0x701fe00a,
                             .ccsidr_l1i = 0x201fe012,
                             .ccsidr_l2 = 0x70ffe07a,
                             .pfr0 = 0x01000111,
                             .pfr1 = 0,
                             .dfr0 = 0x10305106,
                             .dfr1 = 0,
                             .isar0 = 0x00011120,
                             .isar1 = 0,
                             .isar2 = 0,
                             .mmfr0 = 0x00001124,
                             .mmfr1 = 0,
                             .mmfr2 = 0,
                             .afr0 = 0,
                             .afr1 = 0,
                             .pmceid0 = kPmceid0,
                             .pmceid1 = 0,
                             .pmcr_reset = 0x41013000};

constexpr IdRegisters with(IdRegisters id, std::uint64_t midr, std::uint64_t ccsidr_l2,
                           std::uint64_t mmfr0, std::uint64_t pmcr) {
  id.midr = midr;
  id.ccsidr_l2 = ccsidr_l2;
  id.mmfr0 = mmfr0;
  id.pmcr_reset = pmcr;
  return id;
}

constexpr CpuPreset kA57{.name = "cortex-a57",
                         .title = "Arm Cortex-A57 (Armv8.0-A), 2 MiB L2",
                         .id = kIdA57,
                         .l1_itlb = {1, 48},
                         .l1_dtlb = {1, 32},
                         .l2_tlb = {256, 4},
                         .walk_cache = {16, 4},
                         .ipa_cache = {16, 4},
                         .l1i = {48 * 1024, 3, Replacement::nru},
                         .l1d = {32 * 1024, 2, Replacement::nru},
                         .l2 = {2048 * 1024, 16, Replacement::random},
                         .costs = {},
                         .physical_address_bits = 44,
                         .asid_bits = 16,
                         .vmid_bits = 8,
                         .breakpoints = 6,
                         .watchpoints = 4,
                         .context_breakpoints = 2,
                         .gic_list_registers = 4,
                         .gic_priority_bits = 5,
                         .pmu_counters = 6};

constexpr CpuPreset a53() {
  CpuPreset p = kA57;
  p.name = "cortex-a53";
  p.title = "Arm Cortex-A53 (Armv8.0-A), 1 MiB L2";
  p.id = with(kIdA57, 0x410fd034, 0x707fe07a, 0x00001122, 0x41033000);
  p.id.ctr = 0x84448004;
  p.id.ccsidr_l1d = 0x700fe01a;
  p.id.ccsidr_l1i = 0x201fe00a;
  p.l1_itlb = {1, 10};
  p.l1_dtlb = {1, 10};
  p.l2_tlb = {128, 4};
  p.l1i = {32 * 1024, 2, Replacement::random};
  p.l1d = {32 * 1024, 4, Replacement::random};
  p.l2 = {1024 * 1024, 16, Replacement::random};
  p.physical_address_bits = 40;
  p.costs = {.issue_sixteenths = 11,
             .load = 2,
             .multiply = 3,
             .divide = 16,
             .fp = 4,
             .fp_divide = 22,
             .simd = 4,
             .mispredict = 9,
             .l2_tlb_hit = 2,
             .l2_cache_hit = 13,
             .memory = 124};
  return p;
}

constexpr CpuPreset a72() {
  CpuPreset p = kA57;
  p.name = "cortex-a72";
  p.title = "Arm Cortex-A72 (Armv8.0-A), 1 MiB L2";
  p.id = with(kIdA57, 0x410fd083, 0x707fe07a, 0x00001124, 0x41023000);
  p.l2 = {1024 * 1024, 16, Replacement::random};
  p.costs.issue_sixteenths = 7;
  p.costs.fp_divide = 11;
  return p;
}

constexpr CpuPreset seattle() {
  CpuPreset p = kA57;
  p.name = "seattle";
  p.title = "A57-like core with the timing of a 2 GHz server part (no claim about the real one)";
  p.id = with(kIdA57, 0x411fd070, 0x707fe07a, 0x00001124, 0x41013000);
  p.l2 = {1024 * 1024, 16, Replacement::random};
  p.costs.memory = 200;
  return p;
}

constexpr CpuPreset m400() {
  CpuPreset p = seattle();
  p.name = "m400";
  p.title = "A57-like core with a small TLB (a what-if, no claim about the real part)";
  p.l1_itlb = {1, 10};
  p.l1_dtlb = {1, 20};
  p.l2_tlb = {32, 4};
  p.walk_cache = {4, 4};
  p.ipa_cache = {4, 4};
  p.l2 = {256 * 1024, 16, Replacement::random};
  p.id.ccsidr_l2 = 0x701fe07a;
  p.costs.memory = 240;
  return p;
}

constexpr std::array<CpuPreset, 5> kPresets{a53(), kA57, a72(), seattle(), m400()};

}  // namespace

std::span<const CpuPreset> cpu_presets() { return kPresets; }

namespace {

constexpr std::array<std::pair<std::string_view, Replacement>, 3> kPolicies{
    {{"nru", Replacement::nru},
     {"random", Replacement::random},
     {"round-robin", Replacement::round_robin}}};
constexpr std::string_view kReplacement = ",replacement=";

// Every preset with every policy in all three of its caches, under its own name.
struct Variants {
  std::array<std::string, kPresets.size() * kPolicies.size()> names;
  std::array<CpuPreset, kPresets.size() * kPolicies.size()> presets{};

  Variants() {
    std::size_t n = 0;
    for (const CpuPreset& preset : kPresets) {
      for (const auto& [policy, replacement] : kPolicies) {
        names[n] = std::string(preset.name) + std::string(kReplacement) + std::string(policy);
        presets[n] = preset;
        presets[n].name = names[n];
        for (CacheGeometry* cache : {&presets[n].l1i, &presets[n].l1d, &presets[n].l2}) {
          cache->replacement = replacement;
        }
        ++n;
      }
    }
  }
};

const CpuPreset* find_variant(std::string_view name) {
  static const Variants variants;
  for (const CpuPreset& preset : variants.presets) {
    if (preset.name == name) return &preset;
  }
  return nullptr;
}

}  // namespace

const CpuPreset& cpu_preset(std::string_view name) {
  std::vector<std::string_view> names;
  std::string allowed;
  for (const auto& preset : kPresets) {
    if (preset.name == name) return preset;
    names.push_back(preset.name);
    allowed += (allowed.empty() ? "" : ", ") + std::string(preset.name);
  }
  if (const CpuPreset* variant = find_variant(name)) return *variant;
  std::string message = "cpu: no preset '" + std::string(name) + "'; allowed: " + allowed +
                        ", each also with ,replacement=nru, random or round-robin";
  if (const auto nearest = nearest_match(name, names); !nearest.empty()) {
    message += "; did you mean '" + std::string(nearest) + "'?";
  }
  throw UserError(message);
}

}  // namespace armature
