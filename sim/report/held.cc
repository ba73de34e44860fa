#include "sim/report/held.h"

#include <algorithm>
#include <array>

#include "sim/base/bits.h"
#include "sim/base/types.h"

namespace armature {
namespace {

using Life = DescriptorLife;
using Mark = DescriptorLife::Mark;

// Sizes of pages and blocks with 4 KB granules: an operation by address names any page of a block.
constexpr std::array<unsigned, 3> kSizes{12, 21, 30};
constexpr unsigned kInputBits = 56;  // of an address in a TLBI's operand: bits 43:0 are VA[55:12]

std::uint64_t page_of(std::uint64_t input) { return bits(input, kInputBits - 1, 12); }

bool is_by_address(const std::string& operation) {
  return operation.starts_with("VA") || operation.starts_with("IPA");
}

template <typename T>
void push_bounded(std::deque<T>& queue, const T& value) {
  queue.push_back(value);
  if (queue.size() > HeldTranslations::kHistory) queue.pop_front();
}

bool is_held(const Life::Holder& holder) { return holder.to == 0; }
bool reaches(const Life& life, unsigned size_log2) {
  return std::any_of(life.holders.begin(), life.holders.end(),
                     [&](const Life::Holder& h) { return h.size_log2 == size_log2; });
}
bool is_held_anywhere(const Life& life) {
  return std::any_of(life.holders.begin(), life.holders.end(), is_held);
}

}  // namespace

std::uint64_t DescriptorLife::longest_stale(std::uint64_t now) const {
  std::uint64_t longest = 0;
  for (const Holder& holder : holders) {
    if (holder.stale_from == 0) continue;
    const std::uint64_t to = is_held(holder) ? now : holder.to;
    longest = std::max(longest, to - std::min(to, holder.stale_from) + 1);
  }
  return longest;
}

std::uint64_t HeldTranslations::kinds() {
  using enum EventKind;
  return event_bit(tlb_fill) | event_bit(tlb_evict) | event_bit(tlb_drop) | event_bit(tlbi) |
         event_bit(tlbi_receive) | event_bit(tlbi_complete) | event_bit(table_write);
}

HeldTranslations::HeldTranslations(std::function<std::string(unsigned op)> tlbi_name)
    : tlbi_name_(std::move(tlbi_name)) {}

void HeldTranslations::on_event(const Event& event) {
  now_ = std::max(now_, event.cycle >> 4);
  switch (event.kind) {
    case EventKind::tlb_fill:
      return fill(event);
    case EventKind::tlb_evict:
      return leave(event, event.core, 0);
    case EventKind::tlb_drop:
      return leave(event, static_cast<std::uint8_t>(bits(event.d, 20, 17)), event.c);
    case EventKind::table_write:
      return write(event);
    case EventKind::tlbi:
      return tlbi(event);
    case EventKind::tlbi_receive:
      return applied(event);
    case EventKind::tlbi_complete:
      return completed(event);
    default:
      return;
  }
}

void HeldTranslations::fill(const Event& event) {
  if (event.core >= kCoresMax) return;
  Life::Holder holder;
  holder.core = event.core;
  holder.structure = static_cast<std::uint8_t>(bits(event.d, 2, 0));
  holder.entry_kind = static_cast<std::uint8_t>(bits(event.d, 4, 3));
  holder.size_log2 = static_cast<std::uint8_t>(bits(event.d, 12, 7));
  holder.vmid = event.vmid;
  holder.asid = event.asid;
  holder.input = event.a;
  holder.output = event.b;
  holder.from = event.cycle >> 4;
  holder.fill = event.sequence;
  holder.pc = event.pc;
  const auto [at, is_new] = lives_.try_emplace(event.c);
  Life& life = at->second;
  life.descriptor = event.c;
  hold(life, holder);
  if (!is_new) return;
  order_.push_back(event.c);
  if (lives_.size() > kRemembered) forget_oldest();
}

// One descriptor of a block makes many entries when stage 2 maps pages: each is found by its own.
void HeldTranslations::hold(Life& life, const Life::Holder& holder) {
  life.holders.push_back(holder);
  auto& here = by_page_[page_of(holder.input)];
  if (std::find(here.begin(), here.end(), life.descriptor) == here.end()) {
    here.push_back(life.descriptor);
  }
  if (life.holders.size() <= kHistory) return;
  const std::uint64_t page = page_of(life.holders.front().input);
  life.holders.pop_front();
  const bool is_last =
      std::none_of(life.holders.begin(), life.holders.end(),
                   [&](const Life::Holder& h) { return page_of(h.input) == page; });
  if (is_last) forget_page(page, life.descriptor);
}

void HeldTranslations::forget_page(std::uint64_t page, std::uint64_t descriptor) {
  const auto found = by_page_.find(page);
  if (found == by_page_.end()) return;
  std::erase(found->second, descriptor);
  if (found->second.empty()) by_page_.erase(found);
}

// The entry's tags are not in the event: the oldest of those that agree in the rest has left.
void HeldTranslations::leave(const Event& event, std::uint8_t core, std::uint64_t tlbi) {
  const auto found = by_page_.find(page_of(event.a));
  if (found == by_page_.end()) return;
  for (const std::uint64_t descriptor : found->second) {
    for (Life::Holder& holder : lives_.at(descriptor).holders) {
      if (!is_held(holder) || holder.core != core || holder.structure != bits(event.d, 2, 0) ||
          holder.input != event.a || holder.output != event.b) {
        continue;
      }
      holder.to = std::max(event.cycle >> 4, holder.from + 1);
      holder.end = event.sequence;
      holder.dropped_by = tlbi;
      return;
    }
  }
}

void HeldTranslations::write(const Event& event) {
  const auto found = lives_.find(event.a);
  if (found == lives_.end()) return;
  Mark mark{Mark::Type::write, event.core, event.cycle >> 4, event.sequence, event.pc};
  mark.old_value = event.b;
  mark.value = event.c;
  push_bounded(found->second.marks, mark);
  if (event.b == event.c) return;
  for (Life::Holder& holder : found->second.holders) {
    if (!is_held(holder) || holder.stale_from != 0) continue;
    holder.stale_from = mark.cycle;
    holder.stale_at = mark.sequence;
    ++stale_entries_;
  }
}

void HeldTranslations::tlbi(const Event& event) {
  Mark mark{Mark::Type::tlbi, event.core, event.cycle >> 4, event.sequence, event.pc};
  mark.tlbi = event.sequence;
  mark.value = event.a;
  mark.op = static_cast<std::uint8_t>(bits(event.d, 7, 0));
  mark.broadcast = bit(event.d, 8);
  Operation& operation = operations_[event.sequence];
  operation.issuer = event.core;
  if (is_by_address(tlbi_name_(mark.op))) {
    const std::uint64_t page = bits(event.a, kInputBits - 13, 0);
    for (const unsigned size : kSizes) {
      const auto found = by_page_.find(page >> (size - 12) << (size - 12));
      if (found == by_page_.end()) continue;
      for (const std::uint64_t descriptor : found->second) {
        if (reaches(lives_.at(descriptor), size)) operation.lives.push_back(descriptor);
      }
    }
  } else {
    // Of the operations without an address only those matter that find something to remove.
    for (const std::uint64_t descriptor : order_) {
      if (is_held_anywhere(lives_.at(descriptor))) operation.lives.push_back(descriptor);
    }
  }
  for (const std::uint64_t descriptor : operation.lives) {
    push_bounded(lives_.at(descriptor).marks, mark);
  }
}

void HeldTranslations::applied(const Event& event) {
  const auto found = operations_.find(event.b);
  if (found == operations_.end()) return;
  Mark mark{Mark::Type::applied, static_cast<std::uint8_t>(bits(event.d, 15, 8)), event.cycle >> 4,
            event.sequence, event.pc};
  mark.tlbi = event.b;
  for (const std::uint64_t descriptor : found->second.lives) {
    const auto life = lives_.find(descriptor);
    if (life == lives_.end()) continue;
    mark.dropped = static_cast<std::uint32_t>(std::count_if(
        life->second.holders.begin(), life->second.holders.end(), [&](const Life::Holder& holder) {
          return holder.core == mark.core && holder.dropped_by == mark.tlbi;
        }));
    push_bounded(life->second.marks, mark);
  }
}

void HeldTranslations::completed(const Event& event) {
  Mark mark{Mark::Type::completed, event.core, event.cycle >> 4, event.sequence, event.pc};
  auto at = operations_.lower_bound(event.a);
  while (at != operations_.end() && at->first <= event.b) {
    if (at->second.issuer != event.core) {
      ++at;
      continue;
    }
    mark.tlbi = at->first;
    for (const std::uint64_t descriptor : at->second.lives) {
      const auto life = lives_.find(descriptor);
      if (life != lives_.end()) push_bounded(life->second.marks, mark);
    }
    at = operations_.erase(at);
  }
}

void HeldTranslations::forget_oldest() {
  for (std::size_t tries = order_.size(); tries != 0; --tries) {
    const std::uint64_t descriptor = order_.front();
    order_.pop_front();
    Life& life = lives_.at(descriptor);
    if (is_held_anywhere(life)) {
      order_.push_back(descriptor);
      continue;
    }
    for (const Life::Holder& holder : life.holders) {
      forget_page(page_of(holder.input), descriptor);
    }
    if (life.longest_stale(now_) != 0) finished_.push_back(std::move(life));
    lives_.erase(descriptor);
    break;
  }
  if (finished_.size() <= 4 * kShown) return;
  std::partial_sort(finished_.begin(), finished_.begin() + kShown, finished_.end(),
                    [this](const Life& a, const Life& b) {
                      return a.longest_stale(now_) > b.longest_stale(now_);
                    });
  finished_.resize(kShown);
}

std::vector<DescriptorLife> HeldTranslations::longest() const {
  std::vector<DescriptorLife> all = finished_;
  for (const std::uint64_t descriptor : order_) {
    const Life& life = lives_.at(descriptor);
    if (life.longest_stale(now_) != 0) all.push_back(life);
  }
  std::stable_sort(all.begin(), all.end(), [this](const Life& a, const Life& b) {
    return a.longest_stale(now_) > b.longest_stale(now_);
  });
  if (all.size() > kShown) all.resize(kShown);
  return all;
}

}  // namespace armature
