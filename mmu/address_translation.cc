// The AT instructions: AArch64.AT and the encoding of PAR_EL1 (AArch64.EncodePAR).
//
// CHOICE: AT always walks. It uses and fills the walk cache and the IPA cache, not the L2 TLB and
// the micro-TLBs, so its answer is never older than they are.
#include "mmu/attributes.h"
#include "mmu/fault_status.h"
#include "mmu/permissions.h"
#include "mmu/state.h"
#include "sim/arch/registers/translation.h"

namespace armature::mmu {
namespace {

constexpr Field<ParEl1Tag, 11> kRes1{};

std::uint64_t par_success(std::uint64_t address, const MemoryAttributes& attributes) {
  return ParEl1{}
      .with(par_el1::ATTR, par_attr(attributes))
      .with(par_el1::PA, address >> 12)
      .with(kRes1, 1)
      .with(par_el1::NS, 1)  // CHOICE: UNKNOWN from Non-secure state
      .with(par_el1::SH, par_shareability(attributes))
      .value;
}

std::uint64_t par_fault(const FaultRecord& fault) {
  return ParEl1{}
      .with(kRes1, 1)
      .with(par_el1::S, fault.stage == Stage::stage2 ? 1 : 0)
      .with(par_el1::PTW, fault.s2fs1walk ? 1 : 0)
      .with(par_el1::FST, fault_status_code(fault))
      .with(par_el1::F, 1)
      .value;
}

struct Outcome {
  std::uint64_t address = 0;
  MemoryAttributes attributes{};
};

Result<Outcome, FaultRecord> at_translate(Walker& walker, const Controls& c, const Request& request,
                                          bool stages12, Cycles& cost) {
  if (const auto fault = input_check(c, request.va)) return *fault;
  const std::uint64_t va = request.va & mask(55, 0);
  Outcome outcome{va, c.stage1_off_data};
  if (c.stage1_on) {
    tlb::Entry stage1;
    FaultRecord walk_fault;
    if (!walker.stage1(c, va, cost, stage1, walk_fault)) return walk_fault;
    if (const auto fault = stage1_check(c, request, stage1.rights, stage1.stage1_is_device,
                                        stage1.stage1_level)) {
      return *fault;
    }
    outcome.address = stage1.output | (va & ((1ull << stage1.size_log2) - 1));
    outcome.attributes = stage1.attributes;
    if (c.stage1_data_uncached) outcome.attributes = without_caches(outcome.attributes);
  }
  if (!stages12 || !c.stage2_on) return outcome;
  const IntermediateAddress ipa{outcome.address};
  FaultRecord walk_fault;
  const tlb::Entry* const stage2 = walker.stage2(c, ipa, false, cost, walk_fault);
  if (stage2 == nullptr) return walk_fault;
  if (const auto fault = stage2_check(c, request, stage2->rights, stage2->stage2_is_device,
                                      stage2->stage2_level, ipa)) {
    return *fault;
  }
  outcome.address = stage2->output | ipa.offset_in(1ull << stage2->size_log2);
  outcome.attributes = combine(outcome.attributes, stage2->attributes);
  if (c.stage2_data_uncached) outcome.attributes = without_caches(outcome.attributes);
  return outcome;
}

}  // namespace

Mmu::AtResult Mmu::address_translate(const TranslationContext& context, VirtualAddress va,
                                     bool stages12, AccessDescriptor access, Cycles& cost) {
  access.kind = AccessKind::address_translation;
  const Controls& c = state_->controls_of(context);
  const auto outcome = at_translate(state_->walker, c, {va.value, access, true}, stages12, cost);
  if (outcome) return {.par = par_success(outcome->address, outcome->attributes)};
  const FaultRecord& fault = outcome.error();
  const bool is_external = fault.type == FaultType::synchronous_external_on_walk;
  const bool is_stage2_on_walk_at_el1 = context.el == El::el1 && fault.s2fs1walk;
  if (is_external || is_stage2_on_walk_at_el1) return {.trap = true, .fault = fault};
  return {.par = par_fault(fault), .fault = fault};
}

}  // namespace armature::mmu
