// One core's MMU: micro-TLBs, L2 TLB, walk and IPA caches, and the stage 1 and stage 2 walkers.
// AArch64.TranslateAddress and below. Walkers read descriptors through the cache hierarchy.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "cache/hierarchy.h"
#include "mmu/context.h"
#include "mmu/table_frames.h"
#include "sim/arch/access.h"
#include "sim/arch/memory_attributes.h"
#include "sim/base/result.h"
#include "sim/base/types.h"
#include "sim/config/preset.h"
#include "sim/config/tlb_mode.h"
#include "sim/event/bus.h"
#include "tlb/entry.h"
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
  PhysicalAddress pa{};           // of the accessed byte
  MemoryAttributes attributes{};  // combined, after SCTLR.C/I, HCR.CD/ID/DC
  unsigned slot = kNoSlot;        // micro-TLB slot; kNoSlot when nothing was cached (stage 1 off
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
  Mmu(const Mmu&) = delete;
  Mmu& operator=(const Mmu&) = delete;
  void set_observer(MicroTlbObserver* observer);
  // Walkers then note every frame they read a descriptor from.
  void set_table_frames(TableFrames* tables);

  // Data access: permission, alignment to Device memory (unaligned), TLBs, walks. `bytes` is the
  // access size (1..64); an access that crosses a page is split by the caller.
  Result<Translation, FaultRecord> translate_data(const TranslationContext& context,
                                                  VirtualAddress va, AccessDescriptor access,
                                                  unsigned bytes, Cycles& cost);
  // The same for an aligned access of an ordinary load or store (not LDTR, STTR) while stage 1 and the
  // caches are on and nobody watches the TLBs; `unusual`, and nothing happened, otherwise. `number`
  // stands for the context: equal ones, never 0, mean equal contexts.
  enum class Usual : std::uint8_t { done, fault, unusual };
  struct UsualTranslation {
    Usual outcome;
    MemoryAttributes attributes;
    unsigned slot;
    PhysicalAddress pa;
    Cycles cost;
  };
  UsualTranslation translate_data_usual(const TranslationContext& context, std::uint32_t number,
                                        VirtualAddress va, bool write);
  Result<Translation, FaultRecord> translate_fetch(const TranslationContext& context,
                                                   VirtualAddress va, Cycles& cost);
  // The usual case of it, likewise.
  UsualTranslation translate_fetch_usual(const TranslationContext& context, std::uint32_t number,
                                         VirtualAddress va);
  const FaultRecord& usual_fault() const;  // of the last of these two that answered Usual::fault

  // AT instructions: PAR_EL1 value, or a fault that is taken as an exception. `context` is of the
  // regime the AT names, with the current Exception level in `el`; `stages12` is AT S12*;
  // `privileged` and `write` say which AT it is.
  struct AtResult {
    std::uint64_t par = 0;
    // Take `fault` as a Data Abort instead of writing PAR_EL1. Two cases: at EL1, a stage 2 fault
    // on the stage 1 walk (s2fs1walk; goes to EL2), and an external abort on a walk (routed as
    // any).
    bool trap = false;
    FaultRecord fault{};
  };
  AtResult address_translate(const TranslationContext& context, VirtualAddress va, bool stages12,
                             AccessDescriptor access, Cycles& cost);

  // Applies one invalidation to this core's structures: publishes a tlb_drop for each entry (word
  // c: sequence number `tlbi_sequence` of the causing tlbi event), then tlbi_receive with their
  // number. Returns the number of entries lost.
  unsigned invalidate(const tlb::Invalidation& invalidation, std::uint64_t tlbi_sequence);

  // A reset of the machine: every entry leaves. `sequence`: of the event that caused it.
  void reset(std::uint64_t sequence);

  // For checkers: the descriptor at `descriptor` has been changed. When some structure holds an entry
  // made from it, each use of such an entry is published (stale_use) until the last of them is gone.
  // Nothing that is simulated changes; forgotten by load().
  void watch_entries_of(PhysicalAddress descriptor);

  // ---- adversarial TLBs (sim/config/tlb_mode.h)
  // `context` and `is_dirty` are the core's: the context it translates in, and whether it is out of
  // date. Both outlive this.
  void set_adversary(TlbMode mode, std::uint64_t seed, const TranslationContext* context,
                     const bool* is_dirty);
  // A table is about to be written, or entries have just been dropped: modes that prefetch walk what
  // this core used lately in its present context. No time passes.
  void prefetch();

  // ---- statistics and inspection
  struct StructureStatistics {
    std::uint64_t lookups = 0, hits = 0, misses = 0, fills = 0, evictions = 0, invalidations = 0;
  };
  // stage kind and VMID resolved statistics come from events; these are the plain counters.
  const StructureStatistics& statistics(TlbStructure structure) const;
  // Adds lookups that the core's fast path answered: all of them hits.
  void add_hits(TlbStructure structure, std::uint64_t count);
  std::uint64_t resident(TlbStructure structure) const;
  // Every entry of every structure, by structure and slot.
  struct EntryView {
    TlbStructure structure = TlbStructure::l2;
    unsigned slot = 0;
    tlb::Entry entry{};
  };
  std::vector<EntryView> entries() const;
  struct WalkStatistics {
    std::uint64_t stage1_walks = 0, stage1_completed = 0, stage2_walks = 0, stage2_completed = 0,
                  descriptor_reads = 0;
  };
  const WalkStatistics& walk_statistics() const;

  // The observer is told on load that every micro-TLB entry was lost.
  void save(std::vector<std::uint8_t>& out) const;
  void load(std::span<const std::uint8_t>& in);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace armature::mmu
