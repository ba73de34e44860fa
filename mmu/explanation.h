// What a translation is made of, step by step: a walk through both stages without TLBs, costs,
// events or any other effect. For people, debuggers and checkers; the walkers of a core are
// mmu/walker.h, and the tests hold the two against each other.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "cache/hierarchy.h"
#include "mmu/context.h"
#include "mmu/descriptor.h"
#include "sim/arch/access.h"
#include "sim/arch/memory_attributes.h"
#include "sim/base/types.h"
#include "sim/config/preset.h"
#include "sim/memory/memory_map.h"

namespace armature::mmu {

// One descriptor read.
struct WalkStep {
  Stage stage = Stage::stage1;
  int level = 0;
  bool for_stage1_walk = false;  // stage 2 step for the address of a stage 1 descriptor
  std::uint64_t input = 0;       // VA or IPA
  std::uint64_t table = 0;       // base of the table: an IPA for stage 1 while stage 2 is on
  PhysicalAddress address{};     // of the descriptor
  std::uint64_t descriptor = 0;
  DescriptorKind kind = DescriptorKind::invalid;
  std::uint64_t output = 0;  // the next table or the base of the block or page; 0 when invalid
  unsigned size_log2 = 0;    // bytes that the descriptor translates
  // Of a block or page.
  MemoryAttributes attributes{};
  std::uint16_t rights = 0;  // tlb::Right at tlb::k*Shift, of this stage
  bool global = false;
};

struct WalkExplanation {
  Regime regime = Regime::el10;
  bool stage1_on = false, stage2_on = false;
  Asid asid{};
  Vmid vmid{};
  std::vector<WalkStep> steps;
  std::optional<FaultRecord> fault;  // of the access asked for; the rest is as far as it came
  std::uint64_t ipa = 0;             // output of stage 1
  PhysicalAddress pa{};
  MemoryAttributes attributes{};  // of both stages and the cache controls
};

// `access` decides on permissions only. Descriptors are read as the walkers would: the coherent
// value, or the value at PoC where the walk is Non-cacheable.
WalkExplanation explain_walk(const TranslationContext& context, VirtualAddress va,
                             const AccessDescriptor& access, const CpuPreset& preset,
                             MemoryMap& memory, const cache::Hierarchy& caches);

}  // namespace armature::mmu
