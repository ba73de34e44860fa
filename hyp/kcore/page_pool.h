// Pages for translation tables. A page is handed out once, zeroed, and never comes back: what a
// table entry points to stays a table until the machine stops.
#pragma once

#include <cstddef>
#include <cstdint>

#include "hyp/kcore/types.h"

namespace armature::kcore {

struct alignas(kPageBytes) TablePage {
  static constexpr std::size_t kEntries = kPageBytes / 8;
  std::uint64_t entries[kEntries];
};

class PagePool {
 public:
  constexpr PagePool(TablePage* pages, std::size_t count) : pages_(pages), count_(count) {}

  // A zeroed page, or nullptr when the pool is used up.
  TablePage* allocate() {
    if (used_ == count_) return nullptr;
    TablePage* page = &pages_[used_++];
    for (auto& entry : page->entries) entry = 0;
    return page;
  }
  // For planted::Bug::table_reused only: what is given out becomes zero.
  void clear() {
    for (std::size_t n = 0; n < used_; ++n) {
      for (auto& entry : pages_[n].entries) static_cast<volatile std::uint64_t&>(entry) = 0;
    }
  }
  std::size_t used() const { return used_; }
  std::size_t size() const { return count_; }

  // For the manifest: the first page and their number, side by side.
  constexpr const void* cells() const { return &pages_; }

 private:
  TablePage* pages_;
  std::size_t count_;
  std::size_t used_ = 0;
};

}  // namespace armature::kcore
