#include "sim/config/tlb_mode.h"

#include <fmt/format.h>

#include <array>

#include "sim/base/user_error.h"

namespace armature {
namespace {

constexpr std::array<std::string_view, 6> kNames{"normal",       "tiny",     "infinite",
                                                 "random-evict", "prefetch", "stale"};

}  // namespace

TlbMode parse_tlb_mode(std::string_view text) {
  for (std::size_t n = 0; n < kNames.size(); ++n) {
    if (kNames[n] == text) return static_cast<TlbMode>(n);
  }
  const auto nearest = nearest_match(text, kNames);
  throw UserError(fmt::format("tlb: '{}' is not allowed; allowed: {}{}", text,
                              fmt::join(kNames, ", "),
                              nearest.empty() ? "" : fmt::format("; did you mean '{}'?", nearest)));
}

std::string_view tlb_mode_name(TlbMode mode) { return kNames[static_cast<unsigned>(mode)]; }

CpuPreset with_tlb_mode(const CpuPreset& preset, TlbMode mode) {
  CpuPreset changed = preset;
  if (mode == TlbMode::tiny) {
    for (TlbGeometry* tlb : {&changed.l1_itlb, &changed.l1_dtlb, &changed.l2_tlb,
                             &changed.walk_cache, &changed.ipa_cache}) {
      *tlb = {1, 2};
    }
  }
  if (mode == TlbMode::infinite || mode == TlbMode::stale) {
    // The micro-TLBs stay: what they replace the L2 TLB still holds.
    // 8,192 entries of each kind a core: more than a workload of the tests touches.
    changed.l2_tlb = {512, 16};
    changed.walk_cache = {128, 16};
    changed.ipa_cache = {512, 16};
  }
  return changed;
}

}  // namespace armature
