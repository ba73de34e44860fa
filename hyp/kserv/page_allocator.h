// Pages of RAM: which are free, KServ's own, or a VM's. One byte a page and one counter a 2 MiB chunk;
// pages come from chunks that are already broken, so that whole chunks stay for blocks.
#pragma once

#include <cstdint>
#include <optional>

#include "hyp/kserv/device_tree.h"
#include "hyp/kserv/lock.h"

namespace armature::kserv {

inline constexpr std::uint64_t kPageBytes = 4096, kBlockBytes = 2 << 20;
inline constexpr std::uint64_t kBlockPages = kBlockBytes / kPageBytes;

// What a page is used for. VM n of KServ is kFirstVm + n.
using PageUse = std::uint8_t;
inline constexpr PageUse kFree = 0, kKServ = 1, kUnusable = 2, kFirstVm = 3;

class PageAllocator {
 public:
  // `bookkeeping`: bytes_for(ram.bytes) bytes, inside `ram` or not; RAM is one range on this board.
  static constexpr std::uint64_t bytes_for(std::uint64_t ram_bytes) {
    return ram_bytes / kPageBytes + ram_bytes / kBlockBytes * sizeof(std::uint16_t) + 16;
  }
  void open(const Range& ram, void* bookkeeping);
  // At boot: every page that the range touches is out of reach for ever.
  void reserve(const Range& range);

  std::optional<std::uint64_t> page(PageUse use);
  std::optional<std::uint64_t> block(PageUse use);  // 2 MiB, aligned
  void release_page(std::uint64_t address);
  void release_block(std::uint64_t address);

  // The first run of pages of this use at or above `from`, contiguous.
  std::optional<Range> next_run(PageUse use, std::uint64_t from) const;
  void release_run(const Range& run);

  std::uint64_t free_pages() const { return free_; }
  std::uint64_t pages_of(PageUse use) const;
  const Range& ram() const { return ram_; }

 private:
  std::uint64_t index(std::uint64_t address) const { return (address - ram_.base) / kPageBytes; }
  void set(std::uint64_t page, PageUse use);

  mutable Lock lock_;
  Range ram_{};
  std::uint64_t pages_ = 0, chunks_ = 0, free_ = 0;
  std::uint64_t page_hint_ = 0, block_hint_ = 0;  // chunks where the last search ended
  PageUse* uses_ = nullptr;
  std::uint16_t* chunk_free_ = nullptr;
};

}  // namespace armature::kserv
