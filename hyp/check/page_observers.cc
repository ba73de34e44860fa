#include "hyp/check/page_observers.h"

#include <fmt/format.h>

#include <optional>

#include "hyp/check/checkers.h"
#include "sim/base/bits.h"
#include "sim/check/tlbi_scope.h"

namespace armature::hyp {
namespace {

using check::kHost;
using check::Principal;
using check::principal_name;
using check::Rule;
using check::Severity;
using check::Tlbi;

// What the completed operation removed; nothing for one that concerns no stage 2.
std::optional<Flush> flush_of(const Event& tlbi, unsigned cores) {
  Flush flush;
  flush.issued_at = tlbi.sequence;
  flush.vmid = static_cast<std::uint16_t>(tlbi.b);
  flush.cores = check::is_broadcast(tlbi) || cores == 1 ? ~0u : 1u << tlbi.core;
  switch (check::tlbi_op(tlbi)) {
    case Tlbi::vmalle1:
      flush.combined = true;
      return flush;
    case Tlbi::ipas2e1:
    case Tlbi::ipas2le1:
      flush.stage2 = true;
      flush.ipa = bits(tlbi.a, 35, 0) << 12;
      flush.last_level_only = check::tlbi_op(tlbi) == Tlbi::ipas2le1;
      return flush;
    case Tlbi::alle1:
      flush.all_vmids = true;
      [[fallthrough]];
    case Tlbi::vmalls12e1:
      flush.stage2 = flush.combined = true;
      return flush;
    default:
      return std::nullopt;
  }
}

std::string sets(const PageObservers& observers) {
  return fmt::format("by tables {}, by TLBs {}", set_text(observers.by_tables(), {}),
                     set_text(observers.by_tlbs(), {}));
}

// Which step made them differ, and what should have come before it.
std::string blame(const PageObservers& observers, const Event& last) {
  const std::string missing = observers.missing();
  return fmt::format("{}, by what core {} did at pc {:#x}: {}", sets(observers), last.core, last.pc,
                     missing.empty() ? "it was not unmapped first" : missing);
}

Way way_of(const Mapping& m) { return {m.principal, m.vmid, m.ipa}; }

}  // namespace

PageObserversChecker::PageObserversChecker(const check::Scene& scene)
    : scene_(scene), maps_(scene), array_(scene) {
  maps_.mapped = [this](std::uint64_t page, const Mapping& m, bool, const Event& event) {
    Page& state = page_of(page);
    const bool agrees = state.observers.map(way_of(m), event.sequence);
    // A device's page is nobody's: VMs get and lose it under locks of their own, in any order.
    step(page, state, agrees || !array_.find(page), event);
  };
  maps_.unmapped = [this](std::uint64_t page, const Mapping& m, bool by_table, const Event& event) {
    Page& state = page_of(page);
    step(page, state, state.observers.unmap(way_of(m), by_table, event.sequence), event);
    if (state.observers.is_waiting()) waiting_.insert(page);
  };
}

std::uint64_t PageObserversChecker::kinds() const {
  return Stage2Maps::kinds() | event_bit(EventKind::tlbi) | event_bit(EventKind::tlbi_complete) |
         event_bit(EventKind::owner_change) | event_bit(EventKind::lock_release) |
         event_bit(EventKind::exception_return) | event_bit(EventKind::write);
}

void PageObserversChecker::on(const Event& event) {
  maps_.on(event);
  if (event.kind == EventKind::tlbi && !waiting_.empty()) issued_.emplace(event.sequence, event);
  if (event.kind == EventKind::tlbi_complete) complete(event);
  if (event.kind == EventKind::exception_return) has_booted_ |= bits(event.d, 17, 16) == 2;
  if (event.kind == EventKind::owner_change) changed_.insert_or_assign(event.a, event);
  // A grant that ends also changes who may observe the page.
  if (event.kind == EventKind::write && has_booted_ && event.el == 2) {
    if (const auto page = array_.written(event)) changed_.insert_or_assign(*page, event);
  }
  if (event.kind == EventKind::lock_release && scene_.manifest.locks[event.d].guards_owners) {
    judge(event);
  }
}

PageObserversChecker::Page& PageObserversChecker::page_of(std::uint64_t page) {
  return pages_.try_emplace(page, scene_.cores).first->second;
}

void PageObserversChecker::step(std::uint64_t page, Page& state, bool agrees, const Event& event) {
  if (state.story.empty() || state.story.back().sequence != event.sequence) {
    state.story.push_back(event);
  }
  if (!agrees) {
    report(Rule::page_observers, Severity::violation, page,
           fmt::format("page {:#x}: TLBs and tables show different groups of observers: {}", page,
                       blame(state.observers, event)),
           state.story);
  }
  if (!state.observers.is_waiting() && state.observers.groups_ahead().empty()) state.story.clear();
}

void PageObserversChecker::complete(const Event& event) {
  for (auto at = issued_.begin(); at != issued_.end();) {
    const Event tlbi = at->second;
    if (tlbi.core != event.core || tlbi.sequence < event.a || tlbi.sequence > event.b) {
      ++at;
      continue;
    }
    at = issued_.erase(at);
    const auto flush = flush_of(tlbi, scene_.cores);
    if (!flush) continue;
    for (auto page = waiting_.begin(); page != waiting_.end();) {
      Page& state = page_of(*page);
      state.story.push_back(tlbi);
      step(*page, state, state.observers.flush(*flush, event.sequence), event);
      page = state.observers.is_waiting() ? std::next(page) : waiting_.erase(page);
    }
  }
}

// Whoever may still observe a page that has changed hands must be allowed to.
void PageObserversChecker::judge(const Event& event) {
  for (const auto& [page, change] : changed_) {
    const auto owner = array_.find(page);
    const auto place = pages_.find(page);
    if (!owner || place == pages_.end()) continue;
    for (const Principal principal : place->second.observers.by_tlbs()) {
      const bool is_allowed =
          principal == owner->owner || (principal == kHost && owner->is_granted());
      if (is_allowed) continue;
      std::vector<Event> proof = place->second.story;
      proof.push_back(change);
      proof.push_back(event);
      report(Rule::page_observers, Severity::violation, page,
             fmt::format("page {:#x} belongs to {} now, but {} can still observe it: {}", page,
                         principal_name(owner->owner), principal_name(principal),
                         blame(place->second.observers, change)),
             std::move(proof));
    }
  }
  changed_.clear();
}

std::unique_ptr<check::Checker> make_page_observers_checker(const check::Scene& scene) {
  return std::make_unique<PageObserversChecker>(scene);
}

}  // namespace armature::hyp
