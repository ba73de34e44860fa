// A micro-TLB: fully associative, at most 64 entries of any size, found through a small hash on the
// page number (one probe per size present).
//
// CHOICE: round-robin replacement, empty slots first; the TRMs do not say. Hits change nothing, so
// a filter in front of it is invisible. Among several matches the one filled first is used.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <span>
#include <vector>

#include "tlb/entry.h"
#include "tlb/invalidate.h"
#include "tlb/size_set.h"
#include "tlb/tag.h"

namespace armature::tlb {

class MicroTlb {
 public:
  static constexpr unsigned kSlotsMax = 64;
  static constexpr unsigned kNone = kSlotsMax;

  // 1 <= slots <= kSlotsMax.
  explicit MicroTlb(unsigned slots);

  // Slot of the matching entry, or kNone.
  unsigned find(std::uint64_t address, ContextWord wanted) {
    const std::uint64_t number = address >> kPageShift;
    Memo& memo = memos_[(number ^ number >> 5) % kMemos];
    if (memo.number == number && memo.wanted == wanted &&
        memo.generation == held_[memo.slot].generation) {
      return memo.slot;
    }
    const unsigned slot = search(address, wanted);
    if (slot != kNone) memo = {number, wanted, slot, held_[slot].generation};
    return slot;
  }

  // As SetAssociativeTlb's.
  unsigned choose(const Entry*& victim);
  void fill(unsigned slot, const Entry& entry) {
    fill(slot, entry, TagWords::of(entry), entry.sequence);
  }
  void fill(unsigned slot, const Entry& entry, TagWords words, std::uint64_t sequence);
  template <typename OnDrop>  // on_drop(unsigned slot, const Entry&)
  unsigned invalidate(const Invalidation& invalidation, OnDrop on_drop);

  // Removes the entry of a valid slot.
  void drop(unsigned slot) { remove(slot); }

  std::uint64_t resident() const { return static_cast<std::uint64_t>(std::popcount(valid_)); }
  unsigned slots() const { return slots_; }
  bool is_valid(unsigned slot) const { return (valid_ >> slot & 1) != 0; }
  const Entry& entry(unsigned slot) const { return held_[slot].entry; }

  void save(std::vector<std::uint8_t>& out) const;
  void load(std::span<const std::uint8_t>& in);

 private:
  static constexpr unsigned kBuckets = 512;  // so many that most of those without an entry are empty

  // The answers of the last few lookups, for streams of accesses to a page or two; so few that a program
  // without such streams hardly ever finds one.
  static constexpr unsigned kMemos = 4;
  struct Memo {
    std::uint64_t number = ~0ull;  // of the 4 KB page
    ContextWord wanted{};
    unsigned slot = 0;
    std::uint32_t generation = 0;  // good while it is the slot's
  };

  static unsigned bucket_of(std::uint64_t page) {
    return static_cast<unsigned>((page * 0x9e3779b97f4a7c15ull) >> 55);  // Fibonacci hashing
  }
  // Two lines of the host's cache.
  struct alignas(64) Held {
    Entry entry{};
    TagWords words{};
    std::uint32_t generation = 0;  // how many entries the slot has lost
    std::uint16_t bucket = 0;
    std::uint8_t next = 0;         // chain of the bucket
  };
  static_assert(sizeof(Held) == 128);

  unsigned search(std::uint64_t address, ContextWord wanted) const;
  void unlink(unsigned slot);
  void remove(unsigned slot);

  unsigned slots_;
  unsigned next_victim_ = 0;
  std::uint64_t valid_ = 0;
  SizeSet sizes_;
  std::vector<Held> held_;
  std::array<std::uint8_t, kBuckets> heads_{};
  std::array<Memo, kMemos> memos_{};
};

inline unsigned MicroTlb::search(std::uint64_t address, ContextWord wanted) const {
  unsigned oldest = kNone;
  for (std::uint64_t sizes = sizes_.present; sizes != 0;) {
    const std::uint64_t page = page_word(address, SizeSet::take(sizes));
    for (unsigned slot = heads_[bucket_of(page)]; slot != kNone; slot = held_[slot].next) {
      const Held& held = held_[slot];
      if (held.words.page != page || !held.words.context.is_hit_by(wanted)) continue;
      if (oldest == kNone || held.entry.sequence < held_[oldest].entry.sequence) oldest = slot;
    }
  }
  return oldest;
}

inline unsigned MicroTlb::choose(const Entry*& victim) {
  const auto empty = static_cast<unsigned>(std::countr_one(valid_));
  if (empty < slots_) [[unlikely]] {
    victim = nullptr;
    return empty;
  }
  const unsigned slot = next_victim_;
  next_victim_ = slot + 1 == slots_ ? 0 : slot + 1;
  victim = &held_[slot].entry;
  return slot;
}

inline void MicroTlb::fill(unsigned slot, const Entry& entry, TagWords words,
                           std::uint64_t sequence) {
  Held& held = held_[slot];
  if (is_valid(slot)) [[likely]] {
    unlink(slot);
    if (held.entry.size_log2 != entry.size_log2) {
      sizes_.remove(held.entry.size_log2);
      sizes_.add(entry.size_log2);
    }
  } else {
    valid_ |= 1ull << slot;
    sizes_.add(entry.size_log2);
  }
  held.entry = entry;
  held.entry.sequence = sequence;
  held.words = words;
  held.bucket = static_cast<std::uint16_t>(bucket_of(words.page));
  held.next = heads_[held.bucket];
  heads_[held.bucket] = static_cast<std::uint8_t>(slot);
}

// Takes the slot out of its bucket; a memo of it is out of date.
inline void MicroTlb::unlink(unsigned slot) {
  Held& held = held_[slot];
  std::uint8_t* link = &heads_[held.bucket];
  while (*link != slot) link = &held_[*link].next;
  *link = held.next;
  ++held.generation;
}

inline void MicroTlb::remove(unsigned slot) {
  unlink(slot);
  valid_ &= ~(1ull << slot);
  sizes_.remove(held_[slot].entry.size_log2);
}

template <typename OnDrop>
unsigned MicroTlb::invalidate(const Invalidation& invalidation, OnDrop on_drop) {
  unsigned dropped = 0;
  for (std::uint64_t left = valid_; left != 0; left &= left - 1) {
    const auto slot = static_cast<unsigned>(std::countr_zero(left));
    if (!is_removed_by(held_[slot].entry, invalidation)) continue;
    on_drop(slot, held_[slot].entry);
    remove(slot);
    ++dropped;
  }
  return dropped;
}

}  // namespace armature::tlb
