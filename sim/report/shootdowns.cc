#include "sim/report/shootdowns.h"

#include <algorithm>

#include "sim/base/bits.h"

namespace armature {

std::uint64_t Shootdown::dropped() const {
  std::uint64_t sum = 0;
  for (const Application& application : applications) sum += application.dropped;
  return sum;
}

std::uint64_t Shootdowns::kinds() {
  using enum EventKind;
  return event_bit(tlbi) | event_bit(tlbi_receive) | event_bit(tlbi_complete);
}

void Shootdowns::on_event(const Event& event) {
  if (event.core >= kCoresMax) return;
  const std::uint64_t cycle = event.cycle >> 4;
  Shootdown& open = open_[event.core];
  switch (event.kind) {
    case EventKind::tlbi:
      open.core = event.core;
      if (open.operations.size() == kOperations) return;
      open.operations.push_back({event.sequence, cycle, event.a, event.pc,
                                 static_cast<std::uint8_t>(bits(event.d, 7, 0)), bit(event.d, 8)});
      return;
    case EventKind::tlbi_receive:
      // At a window's end another core than the issuer may be the one that stamps the event.
      for (Shootdown& shootdown : open_) {
        const auto mine = [&](const auto& operation) { return operation.sequence == event.b; };
        if (std::none_of(shootdown.operations.begin(), shootdown.operations.end(), mine)) continue;
        shootdown.applications.push_back({event.b, cycle,
                                          static_cast<std::uint8_t>(bits(event.d, 15, 8)),
                                          static_cast<std::uint32_t>(event.c)});
      }
      return;
    case EventKind::tlbi_complete:
      if (open.operations.empty()) return;
      open.completed = cycle;
      open.completed_sequence = event.sequence;
      open.completed_pc = event.pc;
      keep(std::move(open));
      open = {};
      return;
    default:
      return;
  }
}

void Shootdowns::finish() {
  for (Shootdown& open : open_) {
    if (!open.operations.empty()) keep(std::move(open));
    open = {};
  }
}

void Shootdowns::keep(Shootdown&& shootdown) {
  ++total_;
  if (first_.size() < kKept) {
    first_.push_back(std::move(shootdown));
    return;
  }
  last_.push_back(std::move(shootdown));
  if (last_.size() > kKept) last_.pop_front();
}

std::vector<Shootdown> Shootdowns::kept() const {
  std::vector<Shootdown> all = first_;
  all.insert(all.end(), last_.begin(), last_.end());
  return all;
}

}  // namespace armature
