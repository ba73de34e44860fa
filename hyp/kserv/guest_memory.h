// Where the memory of a VM lies in the machine's: for faults (does a block still fit?) and for pages
// that the VM names. Two levels: a word for each 2 MiB, and where those hold single pages a leaf of
// 512 words. Guarded by the VM's memory_lock.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "hyp/kserv/page_allocator.h"

namespace armature::kserv {

class GuestMemory {
 public:
  static constexpr std::uint64_t kMaxBytes = 8ull << 30;
  // The most that open() and break_region() will take.
  static constexpr std::uint64_t pages_needed(std::uint64_t bytes) {
    const std::uint64_t regions = bytes / kBlockBytes;
    return regions + (regions + kWords - 1) / kWords;
  }

  // `bytes`: at most kMaxBytes. False: no memory is left; close() gives back what was taken.
  bool open(PageAllocator& pages, std::uint64_t bytes);
  void close();

  // Offsets are from abi::kVmMemoryBase.
  // Single pages lie, or will lie, in the 2 MiB around.
  bool has_pages(std::uint64_t offset) const { return (region(offset) & kLeaf) != 0; }
  // From now on they do. False: no memory for the leaf.
  bool break_region(std::uint64_t offset);
  // The page or the 2 MiB at `offset` lie at `address` since KCore has taken them. Single pages only
  // after break_region.
  void note(std::uint64_t offset, std::uint64_t address, std::uint64_t bytes);
  std::optional<std::uint64_t> find(std::uint64_t offset) const;

 private:
  static constexpr std::uint64_t kWords = kPageBytes / sizeof(std::uint64_t);
  static constexpr std::uint64_t kLeaf = 1, kBlock = 2, kPresent = 4, kFlags = kPageBytes - 1;
  std::uint64_t* new_table();
  std::uint64_t& region(std::uint64_t offset) {
    const std::uint64_t number = offset / kBlockBytes;
    return roots_[number / kWords][number % kWords];
  }
  std::uint64_t region(std::uint64_t offset) const {
    return const_cast<GuestMemory*>(this)->region(offset);
  }
  static std::uint64_t* leaf_of(std::uint64_t word) {
    return reinterpret_cast<std::uint64_t*>(word & ~kFlags);
  }

  PageAllocator* pages_ = nullptr;
  std::uint64_t bytes_ = 0;
  std::array<std::uint64_t*, kMaxBytes / kBlockBytes / kWords> roots_{};
};

}  // namespace armature::kserv
