// Descriptors that have changed while some TLB entry made from them lives: what checkers want to see
// used. No part of the machine's state, and empty unless a checker asks.
#pragma once

#include <cstdint>
#include <map>

#include "sim/base/types.h"
#include "tlb/entry.h"

namespace armature::mmu {

class StaleEntries {
 public:
  bool empty() const { return changed_.empty(); }
  // Entries filled up to event `sequence` are made from the old contents.
  void add(PhysicalAddress descriptor, std::uint64_t sequence) {
    changed_[descriptor.value] = sequence;
  }
  // Calls found(address) for each changed descriptor that `entry` was made from.
  template <typename Found>
  void each_of(const tlb::Entry& entry, Found found) const {
    for (const std::uint64_t address : {entry.stage1_descriptor, entry.stage2_descriptor}) {
      if (address == 0) continue;
      const auto place = changed_.find(address);
      if (place != changed_.end() && entry.sequence <= place->second) found(address);
    }
  }
  // The first of them, or 0.
  std::uint64_t descriptor_of(const tlb::Entry& entry) const {
    std::uint64_t first = 0;
    each_of(entry, [&](std::uint64_t address) { first = first == 0 ? address : first; });
    return first;
  }
  void clear() { changed_.clear(); }
  // Keeps the descriptors for which `is_used` says so.
  template <typename IsUsed>
  void keep_if(IsUsed is_used) {
    std::erase_if(changed_, [&](const auto& item) { return !is_used(item.first); });
  }

 private:
  std::map<std::uint64_t, std::uint64_t> changed_{};  // sequence of the change, by address
};

}  // namespace armature::mmu
