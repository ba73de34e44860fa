#include "hyp/kcore/stage2.h"

#include "hyp/kcore/arch.h"

namespace armature::kcore {
namespace {

constexpr unsigned kBitsPerLevel = 9;
constexpr std::uint64_t kIndexMask = (1 << kBitsPerLevel) - 1;

constexpr std::uint64_t index_at(IntermediateAddress address, unsigned level) {
  return address.value >> (12 + kBitsPerLevel * (3 - level));
}

}  // namespace

// The entries of the table that `entry` points to; makes the table when there is none.
std::uint64_t* Stage2::next_level(std::uint64_t* entry, PagePool& pool) {
  if (!descriptor::valid(*entry)) {
    TablePage* table = pool.allocate();
    if (table == nullptr) return nullptr;
    // The zeroes of the new table must reach every walker before the link that leads there: else a
    // walker takes what lay in the page before for descriptors.
    arch::order_table_before_link();
    arch::write_descriptor(entry, descriptor::table(physical(table)));
  }
  return pointer_to<TablePage>(descriptor::output(*entry))->entries;
}

Stage2::Result Stage2::map_page(IntermediateAddress from, PhysicalAddress to,
                                descriptor::Memory memory) {
  if (from.value >> kIntermediateAddressBits != 0) return Result::out_of_range;
  LockGuard guard(lock_);
  // The concatenated tables are contiguous: one array of 1,024 entries.
  std::uint64_t* level2 = next_level(&root_->pages[0].entries[0] + index_at(from, 1), level2_);
  if (level2 == nullptr) return Result::out_of_tables;
  std::uint64_t* level3 = next_level(&level2[index_at(from, 2) & kIndexMask], level3_);
  if (level3 == nullptr) return Result::out_of_tables;
  std::uint64_t* leaf = &level3[index_at(from, 3) & kIndexMask];
  if (descriptor::valid(*leaf)) return Result::was_mapped;
  arch::write_descriptor(leaf, descriptor::page(page_of(to), memory));
  // The new leaf must reach the walkers before the access that faulted is tried again; no
  // invalidation, because what it replaces was invalid.
  arch::publish_descriptors();
  return Result::mapped;
}

void Stage2::revoke_everything() {
  for (auto& page : root_->pages) {
    for (auto& entry : page.entries) arch::write_descriptor(&entry, descriptor::kInvalid);
  }
  arch::invalidate_stage2_everywhere();
}

}  // namespace armature::kcore
