// The machine's queue of TLB invalidations between issue and effect (design section 3): applied to
// every target at the issuer's next DSB that covers them, or at the window end. It is state;
// adversarial modes change only *when*.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "mmu/mmu.h"
#include "mmu/table_frames.h"
#include "sim/config/tlb_mode.h"
#include "sim/event/bus.h"
#include "tlb/tlbi.h"

namespace armature::mmu {

enum class DsbScope : std::uint8_t { non_shareable, inner_or_wider };

class ShootdownQueue {
 public:
  ShootdownQueue(std::vector<Mmu*> mmus, EventBus& events)
      : mmus_(std::move(mmus)), events_(events) {}

  // Told of every operation that has completed on all cores.
  void set_table_frames(TableFrames* tables) { tables_ = tables; }

  // An adversarial queue delivers at any time up to the issuer's DSB, to each core apart: the choices
  // are seeded. Without that DSB an operation may never arrive.
  void set_adversary(std::uint64_t seed) {
    is_adversarial_ = true;
    choices_.state = seed ^ 0x7f4a7c15;
  }

  // TLBI executed: publishes `tlbi`, queues. `invalidation.sequence` is set here.
  void issue(tlb::Invalidation invalidation);

  // DSB by `issuer`: applies what it covers (non_shareable: local operations only), publishes
  // tlbi_complete when there was anything. Returns how many operations it completed, and in
  // `broadcasts` how many of them were broadcast (for the DSB's cost).
  unsigned complete(CoreId issuer, DsbScope scope, unsigned& broadcasts);

  // Window end: everything still queued is applied (not completed: that needs the DSB).
  void window_end();

  // A reset of the machine: nothing is queued any more.
  void reset() {
    pending_.clear();
    applied_.clear();
  }

  std::span<const tlb::Invalidation> pending() const { return pending_; }
  void save(std::vector<std::uint8_t>& out) const;
  void load(std::span<const std::uint8_t>& in);

 private:
  void apply(const tlb::Invalidation& invalidation);
  void deliver_some(tlb::Invalidation& invalidation);

  std::vector<Mmu*> mmus_;  // by core number
  EventBus& events_;
  TableFrames* tables_ = nullptr;
  bool is_adversarial_ = false;
  Choices choices_{};
  std::vector<tlb::Invalidation> pending_{};  // issued, not yet applied
  std::vector<tlb::Invalidation> applied_{};  // applied, not yet completed by the issuer's DSB
};

}  // namespace armature::mmu
