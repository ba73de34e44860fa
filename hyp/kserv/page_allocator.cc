#include "hyp/kserv/page_allocator.h"

#include <cstring>

namespace armature::kserv {

void PageAllocator::open(const Range& ram, void* bookkeeping) {
  // Chunks are counted from the base, which must itself be a multiple of 2 MiB for blocks to be
  // aligned; a tail shorter than a chunk is left alone.
  ram_ = {ram.base, ram.bytes & ~(kBlockBytes - 1)};
  pages_ = ram_.bytes / kPageBytes;
  chunks_ = ram_.bytes / kBlockBytes;
  chunk_free_ = static_cast<std::uint16_t*>(bookkeeping);
  uses_ = reinterpret_cast<PageUse*>(chunk_free_ + chunks_);
  std::memset(uses_, kFree, pages_);
  for (std::uint64_t n = 0; n < chunks_; ++n) chunk_free_[n] = kBlockPages;
  free_ = pages_;
  page_hint_ = block_hint_ = 0;
}

void PageAllocator::set(std::uint64_t page, PageUse use) {
  const bool was_free = uses_[page] == kFree, is_free = use == kFree;
  uses_[page] = use;
  if (was_free && !is_free) {
    --chunk_free_[page / kBlockPages];
    --free_;
  } else if (!was_free && is_free) {
    ++chunk_free_[page / kBlockPages];
    ++free_;
  }
}

void PageAllocator::reserve(const Range& range) {
  const Guard guard(lock_);
  const std::uint64_t end = range.end() < ram_.end() ? range.end() : ram_.end();
  for (std::uint64_t at = range.base & ~(kPageBytes - 1); at < end; at += kPageBytes) {
    if (at >= ram_.base) set(index(at), kUnusable);
  }
}

std::optional<std::uint64_t> PageAllocator::page(PageUse use) {
  const Guard guard(lock_);
  // First a chunk that is broken anyway, then any.
  for (const bool break_chunk : {false, true}) {
    for (std::uint64_t n = 0; n < chunks_; ++n) {
      const std::uint64_t chunk = (page_hint_ + n) % chunks_;
      if (chunk_free_[chunk] == 0 || (chunk_free_[chunk] == kBlockPages && !break_chunk)) continue;
      for (std::uint64_t p = chunk * kBlockPages; p < (chunk + 1) * kBlockPages; ++p) {
        if (uses_[p] != kFree) continue;
        page_hint_ = chunk;
        set(p, use);
        return ram_.base + p * kPageBytes;
      }
    }
  }
  return {};
}

std::optional<std::uint64_t> PageAllocator::block(PageUse use) {
  const Guard guard(lock_);
  if (ram_.base % kBlockBytes != 0) return {};
  for (std::uint64_t n = 0; n < chunks_; ++n) {
    const std::uint64_t chunk = (block_hint_ + n) % chunks_;
    if (chunk_free_[chunk] != kBlockPages) continue;
    for (std::uint64_t p = 0; p < kBlockPages; ++p) set(chunk * kBlockPages + p, use);
    block_hint_ = chunk + 1;
    return ram_.base + chunk * kBlockBytes;
  }
  return {};
}

void PageAllocator::release_page(std::uint64_t address) {
  const Guard guard(lock_);
  set(index(address), kFree);
}

void PageAllocator::release_block(std::uint64_t address) { release_run({address, kBlockBytes}); }

void PageAllocator::release_run(const Range& run) {
  const Guard guard(lock_);
  for (std::uint64_t at = run.base; at < run.end(); at += kPageBytes) set(index(at), kFree);
}

std::optional<Range> PageAllocator::next_run(PageUse use, std::uint64_t from) const {
  const Guard guard(lock_);
  std::uint64_t first = from <= ram_.base ? 0 : index(from);
  while (first < pages_ && uses_[first] != use) ++first;
  if (first >= pages_) return {};
  std::uint64_t last = first;
  while (last < pages_ && uses_[last] == use) ++last;
  return Range{ram_.base + first * kPageBytes, (last - first) * kPageBytes};
}

std::uint64_t PageAllocator::pages_of(PageUse use) const {
  const Guard guard(lock_);
  std::uint64_t count = 0;
  for (std::uint64_t n = 0; n < pages_; ++n) count += uses_[n] == use;
  return count;
}

}  // namespace armature::kserv
