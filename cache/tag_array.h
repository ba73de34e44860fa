// The tags of a set-associative cache, as one array of 32-bit words, and where a line may go.
// Physically indexed, physically tagged; a slot is set * ways + way.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <vector>

#include "sim/base/aligned_allocator.h"
#include "sim/base/assert.h"
#include "sim/base/match.h"
#include "sim/base/types.h"
#include "sim/config/preset.h"

namespace armature::cache {

inline constexpr unsigned kNoSlot = ~0u;
inline constexpr unsigned kLineShift = 6;  // log2(kLineBytes)

class TagArray {
 public:
  // A set of sixteen is one line of the host's cache.
  using Words = std::vector<std::uint32_t, AlignedAllocator<std::uint32_t, 64>>;

  explicit TagArray(const CacheGeometry& geometry)
      : ways_(geometry.ways), sets_(geometry.bytes / (geometry.ways * unsigned{kLineBytes})) {
    // An index that is not a power of two would need a division in every look-up.
    ARMATURE_ASSERT(std::has_single_bit(sets_) && sets_ >= 64);
    set_mask_ = sets_ - 1;
    tag_shift_ = kLineShift + static_cast<unsigned>(std::countr_zero(sets_));
    tags_.assign(std::size_t{sets_} * ways_, kInvalid);
    count_empty();
  }

  unsigned sets() const { return sets_; }
  unsigned ways() const { return ways_; }
  unsigned slots() const { return sets_ * ways_; }
  // The first slot of the set of pa.
  unsigned first_of(PhysicalAddress pa) const {
    return (static_cast<unsigned>(pa.value >> kLineShift) & set_mask_) * ways_;
  }

  // The slot that holds the line of pa, or kNoSlot.
  unsigned find(PhysicalAddress pa) const { return find(pa, first_of(pa)); }
  unsigned find(PhysicalAddress pa, unsigned first) const {
    return match(first, static_cast<std::uint32_t>(pa.value >> tag_shift_));
  }
  // An empty slot of the set, lowest way first, or kNoSlot.
  unsigned find_empty(unsigned first) const {
    return empty_ == 0 ? kNoSlot : match(first, kInvalid);
  }

  bool valid(unsigned slot) const { return tags_[slot] != kInvalid; }
  PhysicalAddress line_address(unsigned slot) const {
    return {std::uint64_t{tags_[slot]} << tag_shift_ | std::uint64_t{slot / ways_} << kLineShift};
  }
  void set(unsigned slot, PhysicalAddress pa) {
    const std::uint64_t tag = pa.value >> tag_shift_;
    ARMATURE_ASSERT(tag < kInvalid);
    empty_ -= valid(slot) ? 0 : 1;
    tags_[slot] = static_cast<std::uint32_t>(tag);
  }
  // set() of a slot that holds a line already.
  void replace(unsigned slot, PhysicalAddress pa) {
    tags_[slot] = static_cast<std::uint32_t>(pa.value >> tag_shift_);
  }
  void clear(unsigned slot) {
    empty_ += valid(slot) ? 1 : 0;
    tags_[slot] = kInvalid;
  }

  const Words& words() const { return tags_; }
  // Calls change(words) to replace all of them.
  template <typename Change>
  void replace_all(Change change) {
    change(tags_);
    count_empty();
  }

 private:
  static constexpr std::uint32_t kInvalid = ~0u;

  void count_empty() {
    empty_ = static_cast<unsigned>(std::count(tags_.begin(), tags_.end(), kInvalid));
  }

  unsigned match(unsigned first, std::uint32_t tag) const {
    const std::uint32_t* tags = tags_.data() + first;
    if (ways_ == 2) [[likely]]
      return tags[0] == tag ? first : tags[1] == tag ? first + 1 : kNoSlot;
    if (ways_ == 16) [[likely]] {  // the L2 look-up is on every miss
      const unsigned found = match_16(tags, tag);
      return found == 0 ? kNoSlot : first + static_cast<unsigned>(std::countr_zero(found));
    }
    for (unsigned way = 0; way < ways_; ++way) {
      if (tags[way] == tag) return first + way;
    }
    return kNoSlot;
  }

  unsigned ways_;
  unsigned sets_;
  unsigned set_mask_ = 0;
  unsigned tag_shift_ = 0;
  Words tags_;
  unsigned empty_ = 0;  // slots that hold no line
};

}  // namespace armature::cache
