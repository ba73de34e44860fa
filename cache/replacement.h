// Which line leaves a full set: the declared policy of the preset.
//
// A hit changes nothing but the line's own NRU reference bit, so a fast path may skip hits on lines
// whose bit is set without changing any later decision (design section 6).
#pragma once

#include <cstdint>
#include <vector>

#include "sim/config/preset.h"

namespace armature::cache {

class ReplacementState {
 public:
  ReplacementState(const CacheGeometry& geometry, unsigned sets, std::uint64_t seed)
      : policy_(geometry.replacement), ways_(geometry.ways), random_(seed) {
    if (policy_ == Replacement::nru) referenced_.assign(std::size_t{sets} * ways_, 0);
    if (policy_ == Replacement::round_robin) next_.assign(sets, 0);
  }

  // A hit on or a fill of `slot`.
  void touch(unsigned slot) {
    if (policy_ == Replacement::nru) [[likely]] referenced_[slot] = 1;
  }
  void forget(unsigned slot) {
    if (policy_ == Replacement::nru) referenced_[slot] = 0;
  }

  // The slot to replace in a full set, and whether every line of the set lost its reference bit.
  // CHOICE: the bits of a set are cleared when a victim is needed and none is unreferenced, not by
  // the hit that sets the last one; the search starts behind the way replaced last in the cache.
  struct Victim {
    unsigned slot = 0;
    bool cleared = false;
  };
  // `first`: the first slot of the set.
  Victim victim(unsigned first) {
    switch (policy_) {
      case Replacement::round_robin: {
        std::uint8_t& next = next_[first / ways_];
        const unsigned way = next;
        next = static_cast<std::uint8_t>(way + 1 == ways_ ? 0 : way + 1);
        return {first + way};
      }
      case Replacement::random:
        return {first + static_cast<unsigned>(((next_random() >> 32) * ways_) >> 32)};
      case Replacement::nru:
        break;
    }
    if (ways_ == 2) [[likely]] {  // without branches: which way is referenced is hard to predict
      std::uint8_t* const bits = &referenced_[first];
      const bool cleared = (bits[0] & bits[1]) != 0;
      const auto kept = static_cast<std::uint8_t>(cleared ? 0 : 1);
      const unsigned way = hand_ ^ (bits[hand_] & kept);
      bits[0] &= kept;
      bits[1] &= kept;
      hand_ = static_cast<std::uint8_t>(way ^ 1);
      return {first + way, cleared};
    }
    unsigned way = hand_;
    if (referenced_[first + way] != 0) way = unreferenced_from_hand(first);
    const bool cleared = way == ways_;
    if (cleared) {
      for (unsigned slot = first; slot < first + ways_; ++slot) referenced_[slot] = 0;
      way = hand_;
    }
    hand_ = static_cast<std::uint8_t>(way + 1 == ways_ ? 0 : way + 1);
    return {first + way, cleared};
  }

  template <typename Archive>
  void exchange(Archive&& archive) {
    archive(random_);
    archive(hand_);
    archive(referenced_);
    archive(next_);
  }

 private:
  // The first unreferenced way from the hand on, or ways_.
  unsigned unreferenced_from_hand(unsigned first) const {
    for (unsigned n = 0, way = hand_; n < ways_; ++n) {
      if (referenced_[first + way] == 0) return way;
      way = way + 1 == ways_ ? 0 : way + 1;
    }
    return ways_;
  }

  // SplitMix64.
  std::uint64_t next_random() {
    std::uint64_t z = (random_ += 0x9e3779b97f4a7c15ull);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
    return z ^ (z >> 31);
  }

  Replacement policy_;
  unsigned ways_;
  std::uint8_t hand_ = 0;
  std::uint64_t random_;
  std::vector<std::uint8_t> referenced_;  // a byte a slot, NRU only
  std::vector<std::uint8_t> next_;        // the next way of a set, round robin only
};

}  // namespace armature::cache
