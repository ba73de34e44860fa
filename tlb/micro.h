// A micro-TLB: fully associative, at most 64 entries of any size, found through a small hash on the
// page number (one probe per size present) behind an exact memo of recent lookups.
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
    Memo& memo = memos_[(address >> kPageShift) % kMemos];
    if (memo.page == address >> kPageShift && memo.wanted == wanted &&
        memo.generation == generations_[memo.slot]) {
      return memo.slot;
    }
    const unsigned slot = search(address, wanted);
    if (slot != kNone) {
      memo = {address >> kPageShift, wanted, generations_[slot], static_cast<std::uint8_t>(slot)};
    }
    return slot;
  }

  // As SetAssociativeTlb's.
  unsigned choose(const Entry*& victim);
  void fill(unsigned slot, const Entry& entry) { fill(slot, entry, entry.sequence); }
  void fill(unsigned slot, const Entry& entry, std::uint64_t sequence);
  template <typename OnDrop>  // on_drop(unsigned slot, const Entry&)
  unsigned invalidate(const Invalidation& invalidation, OnDrop on_drop);

  // Removes the entry of a valid slot.
  void drop(unsigned slot) { remove(slot); }

  std::uint64_t resident() const { return static_cast<std::uint64_t>(std::popcount(valid_)); }
  unsigned slots() const { return slots_; }
  bool is_valid(unsigned slot) const { return (valid_ >> slot & 1) != 0; }
  const Entry& entry(unsigned slot) const { return entries_[slot]; }

  void save(std::vector<std::uint8_t>& out) const;
  void load(std::span<const std::uint8_t>& in);

 private:
  static constexpr unsigned kBuckets = 128;
  static constexpr unsigned kMemos = 64;

  // Remembers the answer of one lookup; good while the slot's generation lasts.
  struct Memo {
    std::uint64_t page = ~0ull;
    ContextWord wanted{};
    std::uint64_t generation = 0;
    std::uint8_t slot = 0;
  };

  static unsigned bucket_of(std::uint64_t page) {
    return static_cast<unsigned>((page * 0x9e3779b97f4a7c15ull) >> 57);  // Fibonacci hashing
  }
  unsigned search(std::uint64_t address, ContextWord wanted) const;
  void remove(unsigned slot);

  unsigned slots_;
  unsigned next_victim_ = 0;
  std::uint64_t valid_ = 0;
  SizeSet sizes_;
  std::array<std::uint64_t, kSlotsMax> pages_{};
  std::array<ContextWord, kSlotsMax> contexts_{};
  std::array<std::uint8_t, kSlotsMax> next_{};  // chain of a bucket
  std::array<std::uint8_t, kBuckets> heads_{};
  std::array<std::uint64_t, kSlotsMax> generations_{};
  std::array<Memo, kMemos> memos_{};
  std::vector<Entry> entries_;
};

template <typename OnDrop>
unsigned MicroTlb::invalidate(const Invalidation& invalidation, OnDrop on_drop) {
  unsigned dropped = 0;
  for (std::uint64_t left = valid_; left != 0; left &= left - 1) {
    const auto slot = static_cast<unsigned>(std::countr_zero(left));
    if (!is_removed_by(entries_[slot], invalidation)) continue;
    on_drop(slot, entries_[slot]);
    remove(slot);
    ++dropped;
  }
  return dropped;
}

}  // namespace armature::tlb
