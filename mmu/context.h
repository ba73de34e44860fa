// What a translation depends on besides the address: the registers of the current regime,
// gathered by the cpu whenever one of them, the Exception level or PSTATE changes.
#pragma once

#include <cstdint>

#include "sim/base/types.h"
#include "tlb/entry.h"

namespace armature::mmu {

using Regime = tlb::Regime;

struct TranslationContext {
  Regime regime = Regime::el10;
  El el = El::el1;          // the current Exception level, also for an AT of another regime
  std::uint64_t sctlr = 0;  // SCTLR_EL1 or SCTLR_EL2 of the regime
  std::uint64_t tcr = 0;    // TCR_EL1 or TCR_EL2
  std::uint64_t ttbr0 = 0, ttbr1 = 0;
  std::uint64_t mair = 0;
  std::uint64_t hcr = 0;  // HCR_EL2 as it takes effect (0 without EL2)
  std::uint64_t vtcr = 0, vttbr = 0;
  bool has_el2 = true;
  std::uint64_t sctlr_el2 = 0;  // for stage 2 walks: only EE is looked at

  bool operator==(const TranslationContext&) const = default;
};

}  // namespace armature::mmu
