#include "mmu/shootdown.h"

#include <algorithm>

#include "sim/base/assert.h"
#include "sim/snapshot/bytes.h"

namespace armature::mmu {
namespace {

bool is_covered_by_dsb(const tlb::Invalidation& invalidation, CoreId issuer, DsbScope scope) {
  return invalidation.issuer == issuer &&
         (scope == DsbScope::inner_or_wider || !invalidation.broadcast);
}

std::uint32_t tlbi_word(const tlb::Invalidation& invalidation) {
  return static_cast<std::uint32_t>(invalidation.op) | std::uint32_t{invalidation.broadcast} << 8;
}

void put_invalidation(std::vector<std::uint8_t>& out, const tlb::Invalidation& invalidation) {
  put(out, invalidation.op);
  put(out, invalidation.broadcast);
  put(out, invalidation.operand);
  put(out, invalidation.vmid);
  put(out, invalidation.issuer);
  put(out, invalidation.sequence);
  put(out, invalidation.delivered);
}

tlb::Invalidation take_invalidation(std::span<const std::uint8_t>& in) {
  tlb::Invalidation invalidation;
  invalidation.op = take<tlb::TlbiOp>(in);
  invalidation.broadcast = take<bool>(in);
  invalidation.operand = take<std::uint64_t>(in);
  invalidation.vmid = take<Vmid>(in);
  invalidation.issuer = take<CoreId>(in);
  invalidation.sequence = take<std::uint64_t>(in);
  invalidation.delivered = take<std::uint16_t>(in);
  if (invalidation.op >= tlb::TlbiOp::count) throw UserError("snapshot is damaged: TLBI operation");
  return invalidation;
}

}  // namespace

void ShootdownQueue::issue(tlb::Invalidation invalidation) {
  ARMATURE_ASSERT(invalidation.issuer.value < mmus_.size());
  events_.publish(EventKind::tlbi, invalidation.operand, invalidation.vmid.value, 0,
                  tlbi_word(invalidation));
  invalidation.sequence = events_.sequence();
  if (is_adversarial_) deliver_some(invalidation);
  pending_.push_back(invalidation);
}

// Each core for itself: now, or later.
void ShootdownQueue::deliver_some(tlb::Invalidation& invalidation) {
  for (unsigned core = 0; core < mmus_.size(); ++core) {
    const bool is_target = invalidation.broadcast || core == invalidation.issuer.value;
    if (!is_target || (invalidation.delivered >> core & 1) != 0 || choices_.one_in(2)) continue;
    mmus_[core]->invalidate(invalidation, invalidation.sequence);
    invalidation.delivered = static_cast<std::uint16_t>(invalidation.delivered | 1u << core);
  }
}

void ShootdownQueue::apply(const tlb::Invalidation& invalidation) {
  for (unsigned core = 0; core < mmus_.size(); ++core) {
    const bool is_target = invalidation.broadcast || core == invalidation.issuer.value;
    if (!is_target || (invalidation.delivered >> core & 1) != 0) continue;
    mmus_[core]->invalidate(invalidation, invalidation.sequence);
  }
}

// The issuer's DSB orders only its own operations; they take effect in the order of issue.
unsigned ShootdownQueue::complete(CoreId issuer, DsbScope scope, unsigned& broadcasts) {
  broadcasts = 0;
  std::erase_if(pending_, [&](const tlb::Invalidation& invalidation) {
    if (!is_covered_by_dsb(invalidation, issuer, scope)) return false;
    apply(invalidation);
    applied_.push_back(invalidation);
    return true;
  });
  unsigned count = 0;
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  std::vector<tlb::Invalidation> everywhere;
  std::erase_if(applied_, [&](const tlb::Invalidation& invalidation) {
    if (!is_covered_by_dsb(invalidation, issuer, scope)) return false;
    first = count == 0 ? invalidation.sequence : std::min(first, invalidation.sequence);
    last = std::max(last, invalidation.sequence);
    ++count;
    if (invalidation.broadcast) ++broadcasts;
    if (invalidation.broadcast || mmus_.size() == 1) everywhere.push_back(invalidation);
    return true;
  });
  if (count == 0) return 0;
  events_.publish(EventKind::tlbi_complete, first, last, 0, count);
  if (tables_ != nullptr) {
    for (const tlb::Invalidation& invalidation : everywhere) tables_->invalidated(invalidation);
  }
  return count;
}

void ShootdownQueue::window_end() {
  if (is_adversarial_) {
    for (tlb::Invalidation& invalidation : pending_) {
      if (choices_.one_in(4)) deliver_some(invalidation);
    }
    return;
  }
  for (const tlb::Invalidation& invalidation : pending_) {
    apply(invalidation);
    applied_.push_back(invalidation);
  }
  pending_.clear();
}

void ShootdownQueue::save(std::vector<std::uint8_t>& out) const {
  put(out, choices_.state);
  for (const auto* list : {&pending_, &applied_}) {
    put(out, std::uint64_t{list->size()});
    for (const tlb::Invalidation& invalidation : *list) put_invalidation(out, invalidation);
  }
}

void ShootdownQueue::load(std::span<const std::uint8_t>& in) {
  choices_.state = take<std::uint64_t>(in);
  for (auto* list : {&pending_, &applied_}) {
    list->clear();
    for (auto count = take<std::uint64_t>(in); count != 0; --count) {
      list->push_back(take_invalidation(in));
    }
  }
}

}  // namespace armature::mmu
