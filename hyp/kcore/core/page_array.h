// Who owns each page of RAM. One entry a page, in the order of the RAM's ranges; made once at boot.
// Guarded by the lock s2page; functions that need it held take a `const Held&` of it.
#pragma once

#include <array>
#include <cstdint>

#include "hyp/abi/calls.h"
#include "hyp/kcore/types.h"

namespace armature::kcore {

// 1..kMaxVms are VMs, by VMID.
using Owner = std::uint32_t;
inline constexpr Owner kOwnerKServ = 0;
inline constexpr Owner kOwnerKCore = abi::kMaxVms + 1;

struct Page {
  Owner owner = kOwnerKServ;
  // Owner KServ: how often KCore uses the page as a mailbox. Owner a VM: how many grants to KServ, or
  // kExported.
  std::uint32_t count = 0;
  std::uint64_t gfn = 0;  // owner a VM: the one guest frame at which it is mapped
};
inline constexpr std::uint32_t kExported = ~0u;

inline bool is_reachable_by_kserv(const Page& page) {
  if (page.owner == kOwnerKServ) return true;
  return page.owner != kOwnerKCore && page.count != 0 && page.count != kExported;
}

class PageArray {
 public:
  static constexpr unsigned kMaxRanges = 8;

  static constexpr std::uint64_t bytes_for(std::uint64_t ram_bytes) {
    return ram_bytes / kPageBytes * sizeof(Page);
  }
  // At boot: whole pages of RAM, with room for their entries.
  bool add_range(const PhysicalRange& range, Page* entries) {
    if (count_ == kMaxRanges) return false;
    ranges_[count_++] = {range, entries};
    for (std::uint64_t n = 0; n < range.bytes / kPageBytes; ++n) entries[n] = Page{};
    return true;
  }

  // nullptr: not RAM.
  Page* find(PhysicalAddress address) {
    for (unsigned n = 0; n < count_; ++n) {
      if (ranges_[n].ram.contains(address)) {
        return &ranges_[n].entries[(address.value - ranges_[n].ram.base.value) / kPageBytes];
      }
    }
    return nullptr;
  }
  // Whether any page of [base, base + pages) is RAM.
  bool touches_ram(PhysicalAddress base, std::uint64_t pages) const {
    for (unsigned n = 0; n < count_; ++n) {
      if (ranges_[n].ram.overlaps({base, pages * kPageBytes})) return true;
    }
    return false;
  }
  // For the manifest.
  constexpr const void* range_table() const { return &ranges_[0]; }

  unsigned range_count() const { return count_; }
  const PhysicalRange& range(unsigned n) const { return ranges_[n].ram; }

 private:
  struct Range {
    PhysicalRange ram;
    Page* entries;
  };
  std::array<Range, kMaxRanges> ranges_{};
  unsigned count_ = 0;

 public:
  static constexpr unsigned short kRangeBytes = sizeof(Range);
  static constexpr unsigned short kBaseOffset = 0, kBytesOffset = 8, kEntriesOffset = 16;
  static_assert(sizeof(PhysicalRange) == 16 && sizeof(Range) == 24);
};

}  // namespace armature::kcore
