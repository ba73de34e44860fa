// Selection of the highest priority pending physical interrupt of a core, recomputed only when
// something changed.
#include <bit>

#include "platform/gic/gic.h"

namespace armature::platform {
namespace {

// Affinity of a core as Aff3.Aff2.Aff1.Aff0: cores are numbered in Aff0.
bool names_core(GicdIrouter router, unsigned core) {
  return router[gicd_irouter::Aff3] == 0 && router[gicd_irouter::Aff2] == 0 &&
         router[gicd_irouter::Aff1] == 0 && router[gicd_irouter::Aff0] == core;
}

}  // namespace

bool Gic::participates(CoreId core, Group group) const {
  const auto& state = core_of(core);
  return !GicrWaker{state.redistributor.waker}.has(gicr_waker::Quiescent) &&
         state.cpu.enabled[index(group)] != 0;
}

bool Gic::is_routed_to(CoreId core, unsigned intid, Group group) const {
  const GicdIrouter router{state_.distributor.router[intid]};
  if (!router.has(gicd_irouter::Interrupt_Routing_Mode)) return names_core(router, core.value);
  // CHOICE: a 1-of-N interrupt goes to the participating core with the lowest number.
  for (std::uint8_t n = 0; n < core.value; ++n) {
    if (participates({n}, group)) return false;
  }
  return participates(core, group);
}

// Keeps in `best` the highest priority of the candidates; of equal ones the lowest INTID wins
// (CHOICE: the order of equal priorities is IMPLEMENTATION DEFINED).
void Gic::consider_word(const InterruptWord& word, const std::uint8_t* priority,
                        unsigned first_intid, std::uint32_t candidates,
                        PendingInterrupt& best) const {
  for (std::uint32_t left = candidates; left != 0; left &= left - 1) {
    const auto n = static_cast<unsigned>(std::countr_zero(left));
    if (priority[n] < best.priority) {
      best = {first_intid + n, priority[n],
              bit(word.group, n) ? Group::group1 : Group::group0};
    }
  }
}

// CHOICE: an interrupt of a group that is disabled in the distributor or in this core's CPU
// interface is not a candidate, so it never hides one of the other group.
Gic::PendingInterrupt Gic::find_highest_pending(CoreId core) const {
  PendingInterrupt best;
  const auto& state = core_of(core);
  if (GicrWaker{state.redistributor.waker}.has(gicr_waker::Quiescent)) return best;
  const GicdCtlr ctlr{state_.distributor.ctlr};
  const bool group0 = ctlr.has(gicd_ctlr::EnableGrp0) && state.cpu.enabled[0] != 0;
  const bool group1 = ctlr.has(gicd_ctlr::EnableGrp1) && state.cpu.enabled[1] != 0;
  const auto candidates = [&](const InterruptWord& word) {
    const std::uint32_t groups = (group1 ? word.group : 0) | (group0 ? ~word.group : 0);
    return word.pending() & word.enabled & ~word.active & groups;
  };

  const auto& own = state.redistributor;
  consider_word(own.word, own.priority.data(), 0, candidates(own.word), best);
  for (unsigned w = 0; w < kSpiWords; ++w) {
    const InterruptWord& word = state_.distributor.spi[w];
    const unsigned first = kPrivateIntids + 32 * w;
    std::uint32_t routed = 0;
    for (std::uint32_t left = candidates(word); left != 0; left &= left - 1) {
      const auto n = static_cast<unsigned>(std::countr_zero(left));
      const Group group = bit(word.group, n) ? Group::group1 : Group::group0;
      if (is_routed_to(core, first + n, group)) routed |= 1u << n;
    }
    consider_word(word, &state_.distributor.priority[first], first, routed, best);
  }
  return best;
}

}  // namespace armature::platform
