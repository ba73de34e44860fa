// The table walkers of one core: stage 1 nested in stage 2, with the walk cache and the IPA cache.
// AArch64.TranslationTableWalk and AArch64.SecondStageWalk.
#pragma once

#include <array>
#include <cstdint>

#include "cache/hierarchy.h"
#include "mmu/controls.h"
#include "mmu/descriptor.h"
#include "mmu/mmu.h"
#include "mmu/stale_entries.h"
#include "mmu/table_frames.h"
#include "sim/arch/access.h"
#include "sim/event/bus.h"
#include "sim/memory/memory_map.h"
#include "tlb/set_associative.h"

namespace armature::mmu {

class Walker {
 public:
  using Statistics = Mmu::StructureStatistics;

  Walker(CoreId core_id, const CpuPreset& cpu, MemoryMap& memory_map, cache::Hierarchy& hierarchy,
         EventBus& bus)
      : core(core_id),
        preset(cpu),
        memory(memory_map),
        caches(hierarchy),
        events(bus),
        walk_cache(cpu.walk_cache),
        ipa_cache(cpu.ipa_cache) {}

  CoreId core;
  CpuPreset preset;
  MemoryMap& memory;
  cache::Hierarchy& caches;
  EventBus& events;
  tlb::SetAssociativeTlb walk_cache, ipa_cache;
  std::array<Statistics, kTlbStructures> statistics{};  // of all structures of the core
  Mmu::WalkStatistics walks{};
  TableFrames* tables = nullptr;
  StaleEntries stale;
  std::uint64_t stale_descriptor_used = 0;  // since the last refill

  // Walks stage 1 for VA bits 55..0. On success makes `entry` as a whole a stage 1 only
  // entry: rights, attributes, provenance; its output is the IPA when stage 2 is on. Nothing is cached
  // but table pointers. Otherwise false and `fault`.
  bool stage1(const Controls& controls, std::uint64_t va, Cycles& cost, tlb::Entry& entry,
              FaultRecord& fault);

  // Translates an IPA: IPA cache, else a walk that fills it. A stage 2 only entry, the IPA cache's own,
  // good until that is changed; permissions are not checked here. `s2fs1walk` goes into the fault.
  // nullptr and `fault` otherwise.
  [[gnu::noinline]] const tlb::Entry* stage2(const Controls& controls, IntermediateAddress ipa,
                                             bool s2fs1walk, Cycles& cost, FaultRecord& fault);

  // Publishes stale_use when `entry` is made from a descriptor that has changed since; says whether.
  [[gnu::noinline]] bool publish_stale_use(const tlb::Entry& entry, TlbStructure name, std::uint64_t input);

  // Publishes tlb_evict and tlb_fill, keeps the counts, and stamps the entry.
  // Returns the entry in the structure, which is good until that is changed.
  const tlb::Entry* fill(tlb::SetAssociativeTlb& structure, TlbStructure name, tlb::Entry& entry);

 private:
  struct Position {  // where a walk is
    Stage stage = Stage::stage1;
    Regime regime = Regime::el10;
    std::uint64_t input = 0;
    std::uint64_t table = 0;  // address of the current table
    int level = 0;
    TableBits table_bits{};
    PhysicalAddress parent{};
  };

  bool read_descriptor(const Controls& controls, const TableControls& tables_of, const Position& at,
                       PhysicalAddress pa, bool cacheable, Cycles& cost, std::uint64_t& descriptor,
                       FaultRecord& fault);
  // Where a stage 1 descriptor really is, and whether its read may use the caches.
  struct DescriptorPlace {
    PhysicalAddress pa{};
    bool cacheable = false;
  };
  bool place_of(const Controls& controls, const TableControls& tables_of, std::uint64_t address,
                Cycles& cost, DescriptorPlace& place, FaultRecord& fault);
  void fill_attributes(const Controls& controls, Descriptor leaf, TableBits table_bits,
                       tlb::Entry& entry);
  bool resume_from_walk_cache(const Controls& controls, const TableControls& tables_of,
                              Position& at);
  [[gnu::noinline]] void cache_table_pointer(const Controls& controls, const TableControls& tables_of,
                           const Position& at, PhysicalAddress descriptor_address,
                           std::uint64_t next_table, TableBits table_bits);
  void note_frame(const Controls& controls, const TableControls& tables_of, const Position& at,
                  PhysicalAddress pa);
  [[gnu::noinline]] void note_role(const Controls& controls, const TableControls& tables_of,
                                   const Position& at, PhysicalAddress pa);
  void publish_walk(EventKind kind, const Position& at, std::uint64_t b, std::uint64_t c,
                    FaultType fault = FaultType::none) {
    events.publish_made(kind, [&] {
      const std::uint32_t d = static_cast<std::uint32_t>(at.stage) |
                              static_cast<std::uint32_t>(at.regime) << 5 |
                              static_cast<std::uint32_t>(at.level) << 13 |
                              static_cast<std::uint32_t>(fault) << 16;
      return EventBus::Words{at.input, b, c, d};
    });
  }

  // Frames already noted; only saves asking TableFrames again.
  struct Noted {
    std::uint64_t generation = 0;
    std::uint64_t frame = 0, parent = 0, root = 0;
    std::uint64_t who = 0;  // stage, regime, level, VMID, ASID
  };
  std::array<Noted, 256> noted_{};

  // What the last stage 1 leaf's rights and attributes were made from, and what they are.
  struct Leaf {
    std::uint64_t bits = ~0ull, mair = 0;  // bits: of the descriptor, the table descriptors, regime
    MemoryAttributes attributes{};
    std::uint16_t rights = 0;
    bool global = false;
  };
  Leaf leaf_{};
};

}  // namespace armature::mmu
