// One core's MMU: micro-TLBs, L2 TLB, walk and IPA caches, and the stage 1 and stage 2 walkers.
// AArch64.TranslateAddress and below. Walkers read descriptors through the cache hierarchy.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "cache/hierarchy.h"
#include "mmu/context.h"
#include "sim/arch/access.h"
#include "sim/arch/memory_attributes.h"
#include "sim/base/result.h"
#include "sim/base/types.h"
#include "sim/config/preset.h"
#include "sim/event/bus.h"
#include "tlb/tlbi.h"

namespace armature::mmu {

// Told when a micro-TLB entry leaves, so that the core can forget what it derived from it.
class MicroTlbObserver {
 public:
  virtual ~MicroTlbObserver() = default;
  // `va` and `bytes` (a power of two) are the input range of the lost entry.
  virtual void l1d_entry_lost(unsigned slot, VirtualAddress va, std::uint64_t bytes) = 0;
  virtual void l1i_entry_lost(unsigned slot) = 0;
};

inline constexpr unsigned kNoSlot = ~0u;

// A successful translation of one access.
struct Translation {
  PhysicalAddress pa{};            // of the accessed byte
  MemoryAttributes attributes{};   // combined, after SCTLR.C/I, HCR.CD/ID/DC
  unsigned slot = kNoSlot;         // micro-TLB slot; kNoSlot when nothing was cached (stage 1 off
                                   // and stage 2 off: the flat map needs no entry)
  // Permissions of this page in the current context, for the L0 filter: a later access of the same
  // context, privilege and page with the right granted needs no other check.
  bool readable = false, writable = false;
};

class Mmu {
 public:
  Mmu(CoreId core, const CpuPreset& preset, std::uint64_t seed, MemoryMap& memory,
      cache::Hierarchy& caches, EventBus& events);
  ~Mmu();
  void set_observer(MicroTlbObserver* observer);

  // Data access: permission, alignment to Device memory (unaligned), TLBs, walks. `bytes` is the
  // access size (1..64); an access that crosses a page is split by the caller.
  Result<Translation, FaultRecord> translate_data(const TranslationContext& context,
                                                  VirtualAddress va, AccessDescriptor access,
                                                  unsigned bytes, Cycles& cost);
  Result<Translation, FaultRecord> translate_fetch(const TranslationContext& context,
                                                   VirtualAddress va, Cycles& cost);

  // AT instructions: PAR_EL1 value, or the stage 2 fault on a stage 1 walk that is taken to EL2 as
  // an exception. `stages12` is AT S12*; `regime`/privileged/write say which AT it is.
  struct AtResult {
    std::uint64_t par = 0;
    bool trap = false;       // take `fault` as an exception to EL2 instead of writing PAR_EL1
    FaultRecord fault{};
  };
  AtResult address_translate(const TranslationContext& context, VirtualAddress va, bool stages12,
                             AccessDescriptor access, Cycles& cost);

  // Applies one invalidation to this core's structures: publishes tlbi_receive and tlb_drop (word c:
  // sequence number `tlbi_sequence` of the causing tlbi event). Returns the number of entries lost.
  unsigned invalidate(const tlb::Invalidation& invalidation, std::uint64_t tlbi_sequence);

  // ---- statistics and inspection
  struct StructureStatistics {
    std::uint64_t lookups = 0, hits = 0, misses = 0, fills = 0, evictions = 0, invalidations = 0;
  };
  // stage kind and VMID resolved statistics come from events; these are the plain counters.
  const StructureStatistics& statistics(TlbStructure structure) const;
  std::uint64_t resident(TlbStructure structure) const;
  struct WalkStatistics {
    std::uint64_t stage1_walks = 0, stage1_completed = 0, stage2_walks = 0, stage2_completed = 0,
                  descriptor_reads = 0;
  };
  const WalkStatistics& walk_statistics() const;

  void save(std::vector<std::uint8_t>& out) const;
  void load(std::span<const std::uint8_t>& in);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace armature::mmu
