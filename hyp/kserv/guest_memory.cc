#include "hyp/kserv/guest_memory.h"

#include <cstring>

namespace armature::kserv {

std::uint64_t* GuestMemory::new_table() {
  const auto page = pages_->page(kKServ);
  if (!page) return nullptr;
  auto* table = reinterpret_cast<std::uint64_t*>(*page);
  std::memset(table, 0, kPageBytes);
  return table;
}

bool GuestMemory::open(PageAllocator& pages, std::uint64_t bytes) {
  pages_ = &pages;
  bytes_ = bytes;
  for (std::uint64_t at = 0; at < bytes; at += kBlockBytes * kWords) {
    std::uint64_t*& root = roots_[at / kBlockBytes / kWords];
    root = new_table();
    if (root == nullptr) return false;
  }
  return true;
}

void GuestMemory::close() {
  for (std::uint64_t*& root : roots_) {
    if (root == nullptr) continue;
    for (std::uint64_t n = 0; n < kWords; ++n) {
      if ((root[n] & kLeaf) != 0) {
        pages_->release_page(reinterpret_cast<std::uint64_t>(leaf_of(root[n])));
      }
    }
    pages_->release_page(reinterpret_cast<std::uint64_t>(root));
    root = nullptr;
  }
}

bool GuestMemory::break_region(std::uint64_t offset) {
  std::uint64_t& word = region(offset);
  if ((word & kLeaf) != 0) return true;
  std::uint64_t* leaf = new_table();
  if (leaf == nullptr) return false;
  const std::uint64_t block = word;
  word = reinterpret_cast<std::uint64_t>(leaf) | kLeaf;
  if ((block & kBlock) != 0) note(offset & ~(kBlockBytes - 1), block & ~kFlags, kBlockBytes);
  return true;
}

void GuestMemory::note(std::uint64_t offset, std::uint64_t address, std::uint64_t bytes) {
  std::uint64_t& word = region(offset);
  if ((word & kLeaf) == 0) {
    word = address | kBlock;
    return;
  }
  std::uint64_t* leaf = leaf_of(word);
  for (std::uint64_t done = 0; done < bytes; done += kPageBytes) {
    leaf[(offset + done) / kPageBytes % kWords] = (address + done) | kPresent;
  }
}

std::optional<std::uint64_t> GuestMemory::find(std::uint64_t offset) const {
  if (offset >= bytes_) return {};
  const std::uint64_t word = region(offset);
  if ((word & kBlock) != 0) return (word & ~kFlags) + offset % kBlockBytes;
  if ((word & kLeaf) == 0) return {};
  const std::uint64_t page = leaf_of(word)[offset / kPageBytes % kWords];
  if ((page & kPresent) == 0) return {};
  return (page & ~kFlags) + offset % kPageBytes;
}

}  // namespace armature::kserv
