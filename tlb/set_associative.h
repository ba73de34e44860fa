// A set-associative TLB that holds entries of several sizes: the L2 TLB, the walk cache and the IPA
// cache. Each entry sits in the set of its own page number, so a lookup probes one set per size
// present.
//
// CHOICE: replacement is round-robin per set, empty ways first. Hits change nothing.
// CHOICE: when several entries match, the one filled first is used. Whatever was derived from a hit
// then stays what the next lookup would find, for as long as that entry lives.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <type_traits>
#include <vector>

#include "sim/config/preset.h"
#include "tlb/entry.h"
#include "tlb/invalidate.h"
#include "tlb/size_set.h"
#include "tlb/tag.h"

namespace armature::tlb {

class SetAssociativeTlb {
 public:
  // Sets must be a power of two.
  explicit SetAssociativeTlb(TlbGeometry geometry);

  // The matching entry, or nullptr. The same as the walk of sets below, behind an exact memo of
  // recent answers: as long as the entry found first lives, no later one takes precedence over it.
  const Entry* find(std::uint64_t address, ContextWord wanted) {
    const unsigned slot = find_slot(address, wanted);
    return slot == kNone ? nullptr : &held_[slot].entry;
  }
  // Its slot, or kNone.
  static constexpr unsigned kNone = ~0u;
  unsigned find_slot(std::uint64_t address, ContextWord wanted) {
    Memo& memo = memos_[(address >> kPageShift) % kMemos];
    const std::uint64_t page = address >> kPageShift;
    if (memo.page == page && memo.wanted == wanted && is_good(memo)) {
      return memo.slot;
    }
    const Entry* const found = search(address, wanted);
    if (found == nullptr) return kNone;
    remember(memo, page, wanted, *found);
    return memo.slot;
  }
  // The same among entries of one size.
  const Entry* find_sized(std::uint64_t address, unsigned size_log2, ContextWord wanted) {
    Memo& memo = memos_[(address >> size_log2) % kMemos];
    const std::uint64_t page = page_word(address, size_log2);
    if (memo.page == page && memo.wanted == wanted && is_good(memo)) {
      return &held_[memo.slot].entry;
    }
    const Entry* const found = search_sized(address, size_log2, wanted);
    if (found != nullptr) remember(memo, page, wanted, *found);
    return found;
  }
  // Without the memo, for those who must change nothing.
  const Entry* search(std::uint64_t address, ContextWord wanted) const {
    const Entry* oldest = nullptr;
    for (std::uint64_t sizes = sizes_.present; sizes != 0;) {
      const unsigned size_log2 = SizeSet::take(sizes);
      const Entry* entry = search_sized(address, size_log2, wanted);
      if (entry != nullptr && (oldest == nullptr || entry->sequence < oldest->sequence)) {
        oldest = entry;
      }
    }
    return oldest;
  }
  const Entry* search_sized(std::uint64_t address, unsigned size_log2, ContextWord wanted) const;

  // Where `entry` will go. When a valid entry is in the way it is returned in `victim` and stays
  // until fill().
  unsigned choose(const Entry& entry, const Entry*& victim);
  void fill(unsigned slot, const Entry& entry);

  // Removes what `invalidation` removes; `on_drop(const Entry&)` sees each before it goes.
  template <typename OnDrop>
  unsigned invalidate(const Invalidation& invalidation, OnDrop on_drop);

  // Removes the entry of a valid slot.
  void drop(unsigned slot) { remove(slot); }

  std::uint64_t resident() const { return resident_; }
  unsigned slots() const { return static_cast<unsigned>(held_.size()); }
  bool is_valid(unsigned slot) const { return pages_[slot] != kNoPage; }
  const Entry& entry(unsigned slot) const { return held_[slot].entry; }
  // The tag words of a valid slot.
  TagWords words_of(unsigned slot) const { return held_[slot].words; }
  unsigned slot_of(const Entry& held) const {
    return static_cast<unsigned>(reinterpret_cast<const Held*>(&held) - held_.data());
  }

  void save(std::vector<std::uint8_t>& out) const;
  void load(std::span<const std::uint8_t>& in);

 private:
  static constexpr unsigned kMemos = 256;

  // Remembers the answer of one lookup; good while the slot's generation lasts. `page` is a page word
  // (find_sized) or an address over 4 KB (find), which has no size in its upper bits.
  struct Memo {
    std::uint64_t page = kNoPage;
    ContextWord wanted{};
    std::uint32_t slot = 0;
    std::uint32_t generation = 0;
  };
  bool is_good(const Memo& memo) const { return memo.generation == held_[memo.slot].generation; }
  void remember(Memo& memo, std::uint64_t page, ContextWord wanted, const Entry& found) const {
    const std::uint32_t slot = slot_of(found);
    memo = {page, wanted, slot, held_[slot].generation};
  }

  // What a hit needs: two lines of the host's cache.
  struct alignas(64) Held {
    Entry entry{};
    TagWords words{};
    std::uint32_t generation = 0;  // how many entries the slot has lost
  };
  static_assert(sizeof(Held) == 128 && std::is_standard_layout_v<Held>);

  unsigned set_of(std::uint64_t address, unsigned size_log2) const {
    return static_cast<unsigned>(address >> size_log2) & set_mask_;
  }
  void remove(unsigned slot);
  void count_in(const Entry& entry);

  unsigned ways_;
  unsigned set_mask_;
  std::vector<Held> held_;  // by set * ways + way
  std::vector<std::uint64_t> pages_;  // their page words, for a search; kNoPage: empty
  std::array<Memo, kMemos> memos_{};
  std::vector<std::uint16_t> next_victim_;  // by set
  SizeSet sizes_;
  std::uint64_t resident_ = 0;
  std::uint64_t splintered_ = 0;  // entries smaller than the stage 1 block they come from
};

inline const Entry* SetAssociativeTlb::search_sized(std::uint64_t address, unsigned size_log2,
                                                    ContextWord wanted) const {
  const std::uint64_t page = page_word(address, size_log2);
  const unsigned first = set_of(address, size_log2) * ways_;
  const Entry* oldest = nullptr;
  for (unsigned slot = first; slot < first + ways_; ++slot) {
    const Held& held = held_[slot];
    if (pages_[slot] != page || !held.words.context.is_hit_by(wanted)) continue;
    if (oldest == nullptr || held.entry.sequence < oldest->sequence) oldest = &held.entry;
  }
  return oldest;
}

inline unsigned SetAssociativeTlb::choose(const Entry& entry, const Entry*& victim) {
  const unsigned set = set_of(entry.input, entry.size_log2);
  const unsigned first = set * ways_;
  victim = nullptr;
  if (resident_ != held_.size()) {
    for (unsigned slot = first; slot < first + ways_; ++slot) {
      if (!is_valid(slot)) return slot;
    }
  }
  const unsigned way = next_victim_[set];
  const unsigned slot = first + way;
  next_victim_[set] = static_cast<std::uint16_t>(way + 1 == ways_ ? 0 : way + 1);
  victim = &held_[slot].entry;
  return slot;
}

inline void SetAssociativeTlb::fill(unsigned slot, const Entry& entry) {
  if (is_valid(slot)) remove(slot);
  Held& held = held_[slot];
  held.words = TagWords::of(entry);
  held.entry = entry;
  pages_[slot] = held.words.page;
  count_in(entry);
}

inline void SetAssociativeTlb::count_in(const Entry& entry) {
  sizes_.add(entry.size_log2);
  ++resident_;
  if (entry.stage1_size_log2 > entry.size_log2) ++splintered_;
}

inline void SetAssociativeTlb::remove(unsigned slot) {
  const Entry& entry = held_[slot].entry;
  sizes_.remove(entry.size_log2);
  --resident_;
  ++held_[slot].generation;
  if (entry.stage1_size_log2 > entry.size_log2) --splintered_;
  pages_[slot] = kNoPage;
}

template <typename OnDrop>
unsigned SetAssociativeTlb::invalidate(const Invalidation& invalidation, OnDrop on_drop) {
  unsigned dropped = 0;
  const auto try_slot = [&](unsigned slot) {
    if (is_valid(slot) && is_removed_by(held_[slot].entry, invalidation)) {
      on_drop(held_[slot].entry);
      remove(slot);
      ++dropped;
    }
  };
  const auto address = address_operand(invalidation);
  if (!address || splintered_ != 0) {
    for (unsigned slot = 0; slot < slots(); ++slot) try_slot(slot);
    return dropped;
  }
  for (std::uint64_t sizes = sizes_.present; sizes != 0;) {
    const unsigned first = set_of(*address, SizeSet::take(sizes)) * ways_;
    for (unsigned slot = first; slot < first + ways_; ++slot) try_slot(slot);
  }
  return dropped;
}

}  // namespace armature::tlb
