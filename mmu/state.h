// The inside of an Mmu, shared by its .cc files.
#pragma once

#include <optional>

#include "mmu/adversary.h"
#include "mmu/controls.h"
#include "mmu/mmu.h"
#include "mmu/walker.h"
#include "tlb/micro.h"
#include "tlb/set_associative.h"

namespace armature::mmu {

// What is asked of one translation.
struct Request {
  std::uint64_t va = 0;
  AccessDescriptor access{};
  bool is_aligned = true;
};

// operator== without its branches: this is asked on every access.
inline bool is_same(const TranslationContext& a, const TranslationContext& b) {
  const auto small = [](const TranslationContext& c) {
    return static_cast<std::uint64_t>(c.regime) | static_cast<std::uint64_t>(c.el) << 8 |
           std::uint64_t{c.has_el2} << 16;
  };
  return ((small(a) ^ small(b)) | (a.sctlr ^ b.sctlr) | (a.tcr ^ b.tcr) | (a.ttbr0 ^ b.ttbr0) |
          (a.ttbr1 ^ b.ttbr1) | (a.mair ^ b.mair) | (a.hcr ^ b.hcr) | (a.vtcr ^ b.vtcr) |
          (a.vttbr ^ b.vttbr) | (a.sctlr_el2 ^ b.sctlr_el2)) == 0;
}

struct Mmu::State {
  State(CoreId core, const CpuPreset& preset, MemoryMap& memory, cache::Hierarchy& caches,
        EventBus& events);

  Walker walker;
  tlb::MicroTlb l1i, l1d;
  tlb::SetAssociativeTlb l2;
  MicroTlbObserver* observer = nullptr;

  Adversary adversary;
  // Stale entries are watched, or the mode is adversarial: no short cuts. Derived, not state.
  bool needs_general_path = false;
  // Whether translate_usual() may be used for data and for fetches; derived from that and the controls.
  bool usual_data = false, usual_fetch = false;
  void update_path() {
    needs_general_path = adversary.mode != TlbMode::normal || !walker.stale.empty();
    const bool usual = controls.stage1_on && !needs_general_path;
    usual_data = usual && !controls.data_uncached;
    usual_fetch = usual && !controls.fetch_uncached;
  }
  void evict_at_random();

  // The controls of the last context; derived, not state.
  TranslationContext derived_from{};
  std::uint32_t derived_number = 0;  // of derived_from, when a caller numbered it
  Controls controls{};
  const Controls& controls_of(const TranslationContext& context) {
    if (!is_same(context, derived_from)) [[unlikely]] {
      controls = derive_controls(context, walker.preset);
      derived_from = context;
      derived_number = 0;
      update_path();
    }
    return controls;
  }
  // The same for a caller that numbers its contexts, equal numbers (never 0) meaning equal contexts.
  const Controls& controls_of(const TranslationContext& context, std::uint32_t number) {
    if (number != derived_number) [[unlikely]] renumber(context, number);
    return controls;
  }
  [[gnu::noinline]] void renumber(const TranslationContext& context, std::uint32_t number) {
    controls_of(context);
    derived_number = number;
  }

  StructureStatistics& counts(TlbStructure structure) {
    return walker.statistics[static_cast<unsigned>(structure)];
  }

  Result<Translation, FaultRecord> translate(const Controls& c, tlb::MicroTlb& micro,
                                             TlbStructure name, const Request& request,
                                             Cycles& cost);
  UsualTranslation translate_usual(const Controls& c, tlb::MicroTlb& micro, TlbStructure name,
                                   std::uint64_t va, AccessKind kind);
  tlb::Entry scratch{};       // what walk_and_fill() fills: emptying one of its own would take longer
  FaultRecord usual_fault{};  // of the last one that answered Usual::fault
  Result<Translation, FaultRecord> translate_off(const Controls& c, const Request& request) const;
  Translation flat(const Controls& c, const Request& request) const;
  [[gnu::noinline]] static FaultRecord complaint(const Controls& c, const Request& request, const tlb::Entry& entry,
                               bool stage1_is_device);
  // After a micro-TLB miss: the translation comes from the L2 TLB or from the walkers, and goes
  // into the micro-TLB. Returns its slot.
  Result<unsigned, FaultRecord> refill(const Controls& c, tlb::MicroTlb& micro, TlbStructure name,
                                       const Request& request, Cycles& cost);
  // Makes `entry` the translation; otherwise false and `fault`.
  bool walk(const Controls& c, const Request& request, Cycles& cost, tlb::Entry& entry,
            FaultRecord& fault);
  // After misses in the micro-TLB and in the L2 TLB: the translation, now in the L2 TLB, or nullptr
  // and `fault`.
  [[gnu::noinline]] const tlb::Entry* walk_and_fill(const Controls& c, const Request& request, Cycles& cost,
                                  FaultRecord& fault);
  // Puts `entry`, whose tag words are `words`, into the micro-TLB; returns its slot.
  unsigned fill_micro(tlb::MicroTlb& micro, TlbStructure name, const tlb::Entry& entry,
                      tlb::TagWords words);
  void lost(TlbStructure name, unsigned slot, const tlb::Entry& entry);
  void forget_stale();
};

// Stage 1's complaints about a finished stage 1 translation, in order: alignment, permission.
std::optional<FaultRecord> stage1_check(const Controls& c, const Request& request,
                                        std::uint16_t rights, bool is_device, int level);
// Stage 2's, likewise.
std::optional<FaultRecord> stage2_check(const Controls& c, const Request& request,
                                        std::uint16_t rights, bool is_device, int level,
                                        IntermediateAddress ipa);
// The input address check of a regime: VA range with stage 1 on, address size with it off.
std::optional<FaultRecord> input_check(const Controls& c, std::uint64_t va);
// What the cache controls and the kind of access make of the combined attributes.
MemoryAttributes access_attributes(const Controls& c, MemoryAttributes attributes, bool is_fetch);
MemoryAttributes final_attributes(const Controls& c, const tlb::Entry& entry, bool is_fetch);

}  // namespace armature::mmu
