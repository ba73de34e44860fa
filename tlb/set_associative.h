// A set-associative TLB that holds entries of several sizes: the L2 TLB, the walk cache and the IPA
// cache. Each entry sits in the set of its own page number, so a lookup probes one set per size
// present.
//
// CHOICE: replacement is round-robin per set, empty ways first. Hits change nothing.
// CHOICE: when several entries match, the one filled first is used. Whatever was derived from a hit
// then stays what the next lookup would find, for as long as that entry lives.
#pragma once

#include <cstdint>
#include <span>
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

  // The matching entry, or nullptr.
  const Entry* find(std::uint64_t address, ContextWord wanted) const {
    const Entry* oldest = nullptr;
    for (std::uint64_t sizes = sizes_.present; sizes != 0;) {
      const unsigned size_log2 = SizeSet::take(sizes);
      const Entry* entry = find_sized(address, size_log2, wanted);
      if (entry != nullptr && (oldest == nullptr || entry->sequence < oldest->sequence)) {
        oldest = entry;
      }
    }
    return oldest;
  }
  // The same among entries of one size.
  const Entry* find_sized(std::uint64_t address, unsigned size_log2, ContextWord wanted) const;

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
  unsigned slots() const { return static_cast<unsigned>(entries_.size()); }
  bool is_valid(unsigned slot) const { return pages_[slot] != kNoPage; }
  const Entry& entry(unsigned slot) const { return entries_[slot]; }

  void save(std::vector<std::uint8_t>& out) const;
  void load(std::span<const std::uint8_t>& in);

 private:
  unsigned set_of(std::uint64_t address, unsigned size_log2) const {
    return static_cast<unsigned>(address >> size_log2) & set_mask_;
  }
  void remove(unsigned slot);
  void count_in(const Entry& entry);

  unsigned ways_;
  unsigned set_mask_;
  std::vector<std::uint64_t> pages_;  // by set * ways + way
  std::vector<ContextWord> contexts_;
  std::vector<Entry> entries_;
  std::vector<std::uint16_t> next_victim_;  // by set
  SizeSet sizes_;
  std::uint64_t resident_ = 0;
  std::uint64_t splintered_ = 0;  // entries smaller than the stage 1 block they come from
};

template <typename OnDrop>
unsigned SetAssociativeTlb::invalidate(const Invalidation& invalidation, OnDrop on_drop) {
  unsigned dropped = 0;
  const auto try_slot = [&](unsigned slot) {
    if (is_valid(slot) && is_removed_by(entries_[slot], invalidation)) {
      on_drop(entries_[slot]);
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
