#include "hyp/kcore/core/stage2_table.h"

#include "hyp/kcore/core/processor.h"
#include "hyp/kcore/planted.h"

namespace armature::kcore {
namespace {

using planted::Bug;

constexpr unsigned kLeafLevel = 3, kBlockLevel = 2;
constexpr unsigned kVmidShift = 48;  // VTTBR_EL2.VMID

constexpr unsigned shift_of(unsigned level) { return 12 + 9 * (3 - level); }

constexpr bool fits_block(IntermediateAddress from, PhysicalAddress to, std::uint64_t pages) {
  return pages >= kBlockPages && from.value % kBlockBytes == 0 && to.value % kBlockBytes == 0;
}

constexpr std::uint64_t block(PhysicalAddress output, descriptor::Memory memory) {
  // A block is a page's descriptor without bit 1.
  return descriptor::page(output, memory) & ~std::uint64_t{0b10};
}

constexpr bool is_table(std::uint64_t entry, unsigned level) {
  return level != kLeafLevel && (entry & 0b11) == descriptor::kTable;
}

// TLB maintenance acts on the VMID in VTTBR_EL2. KCore may work for another principal than the one
// whose registers are loaded, so it swaps; the ISB makes the swap count for the TLBI that follows.
class AsPrincipal {
 public:
  explicit AsPrincipal(std::uint64_t vttbr) : before_(arch::read_vttbr()) {
    if (planted::is(Bug::wrong_vmid)) return;
    arch::write_vttbr(vttbr);
    if (!planted::is(Bug::no_isb_after_vttbr)) arch::isb();
  }
  ~AsPrincipal() {
    arch::write_vttbr(before_);
    arch::isb();  // before any instruction that translates for the interrupted context
  }
  AsPrincipal(const AsPrincipal&) = delete;
  AsPrincipal& operator=(const AsPrincipal&) = delete;

 private:
  std::uint64_t before_;
};

}  // namespace

void Stage2Table::open(Levels levels, std::uint16_t vmid, TablePage* pages, std::size_t count) {
  LockGuard guard(lock_);
  geometry_ = geometry(levels);
  pool_ = PagePool(pages, count);
  root_ = pool_.allocate();
  for (unsigned n = 1; n < geometry_.root_pages; ++n) pool_.allocate();
  if (planted::is(Bug::one_vmid_for_all) && vmid != 0) vmid = 1;
  vttbr_ = physical(root_).value | std::uint64_t{vmid} << kVmidShift;
  open_ = true;
  // The zeroes of the root reach every walker before a core loads this VTTBR.
  arch::dsb_ishst();
}

// The entry for `address` at `level`, or nullptr where no table leads there. A block on the way also
// gives nullptr.
std::uint64_t* Stage2Table::entry_at(IntermediateAddress address, unsigned level) {
  std::uint64_t* table = root_->entries;
  std::uint64_t index = address.value >> shift_of(geometry_.start_level);
  for (unsigned at = geometry_.start_level; at != level; ++at) {
    const std::uint64_t entry = table[index];
    if (!is_table(entry, at)) return nullptr;
    table = pointer_to<TablePage>(descriptor::output(entry))->entries;
    index = address.value >> shift_of(at + 1) & (TablePage::kEntries - 1);
  }
  return &table[index];
}

// The same, making tables. check_range() has found that there are enough and no block is in the way.
std::uint64_t* Stage2Table::make_entry_at(IntermediateAddress address, unsigned level) {
  for (unsigned at = geometry_.start_level; at != level; ++at) {
    std::uint64_t* entry = entry_at(address, at);
    if (entry == nullptr) return nullptr;
    if (descriptor::valid(*entry)) continue;
    TablePage* table = pool_.allocate();
    if (table == nullptr) return nullptr;
    // The zeroes of the new table must reach every walker before the link that leads there: else a
    // walker takes what lay in the page before for descriptors.
    arch::order_table_before_link();
    arch::write_descriptor(entry, descriptor::table(physical(table)));
  }
  return entry_at(address, level);
}

// Every leaf that the range needs is invalid and not below or above a leaf of another size; `missing`
// counts the tables to be made.
Result Stage2Table::check_leaves(IntermediateAddress from, PhysicalAddress to,
                                    std::uint64_t pages, bool blocks, unsigned& missing) {
  // First address not yet looked at, by level: tables of one level are counted once.
  std::uint64_t counted_to[kLeafLevel + 1] = {};
  while (pages != 0) {
    const bool as_block = blocks && fits_block(from, to, pages);
    const unsigned leaf_level = as_block ? kBlockLevel : kLeafLevel;
    for (unsigned level = geometry_.start_level; level < leaf_level; ++level) {
      const std::uint64_t* entry = entry_at(from, level);
      if (entry != nullptr && descriptor::valid(*entry)) {
        if (!is_table(*entry, level)) return Result::already_mapped;
      } else if (from.value >= counted_to[level]) {
        ++missing;
        counted_to[level] = ((from.value >> shift_of(level)) + 1) << shift_of(level);
      }
    }
    const std::uint64_t* leaf = entry_at(from, leaf_level);
    if (leaf != nullptr && descriptor::valid(*leaf) && !planted::is(Bug::no_break_before_make)) {
      return Result::already_mapped;
    }
    const std::uint64_t done = as_block ? kBlockPages : 1;
    pages -= done;
    from.value += done * kPageBytes;
    to.value += done * kPageBytes;
  }
  return Result::ok;
}

Result Stage2Table::check_range(IntermediateAddress from, PhysicalAddress to,
                                   std::uint64_t pages, descriptor::Memory memory) {
  LockGuard guard(lock_);
  if (!open_) return Result::wrong_state;
  const std::uint64_t limit = std::uint64_t{1} << geometry_.ipa_bits;
  if (from.value >= limit || pages > (limit - from.value) / kPageBytes) {
    return Result::bad_argument;
  }
  unsigned missing = 0;
  const Result result =
      check_leaves(from, to, pages, memory == descriptor::Memory::normal, missing);
  if (result != Result::ok) return result;
  return missing <= pool_.size() - pool_.used() ? Result::ok : Result::exhausted;
}

Result Stage2Table::map_range(IntermediateAddress from, PhysicalAddress to, std::uint64_t pages,
                                 descriptor::Memory memory, Blocks blocks) {
  if (!planted::is(Bug::tables_without_lock)) lock_.acquire();
  const Result result = map_locked(from, to, pages, memory, blocks);
  if (!planted::is(Bug::tables_without_lock)) lock_.release();
  return result;
}

Result Stage2Table::map_locked(IntermediateAddress from, PhysicalAddress to,
                                  std::uint64_t pages, descriptor::Memory memory, Blocks blocks) {
  if (!open_) return Result::wrong_state;
  if (from.value >> geometry_.ipa_bits != 0) return Result::bad_argument;
  while (pages != 0) {
    const bool as_block = memory == descriptor::Memory::normal &&
                          blocks == Blocks::where_possible && fits_block(from, to, pages);
    std::uint64_t* leaf = make_entry_at(from, as_block ? kBlockLevel : kLeafLevel);
    if (leaf == nullptr) return Result::exhausted;
    if (descriptor::valid(*leaf) && !planted::is(Bug::no_break_before_make)) return Result::already_mapped;
    arch::write_descriptor(leaf, as_block ? block(to, memory) : descriptor::page(to, memory));
    const std::uint64_t done = as_block ? kBlockPages : 1;
    pages -= done;
    from.value += done * kPageBytes;
    to.value += done * kPageBytes;
  }
  // The new leaves reach the walkers before the access that wants them is tried; no invalidation,
  // because what they replace was invalid and so in no TLB.
  arch::dsb_ishst();
  return Result::ok;
}

void Stage2Table::unmap_range(IntermediateAddress from, std::uint64_t pages) {
  LockGuard guard(lock_);
  if (!open_) return;
  // Which pages were mapped must be remembered for the TLBIs: a bit each, 512 at a time.
  while (pages != 0) {
    const std::uint64_t batch = pages < kBlockPages ? pages : kBlockPages;
    std::uint64_t was_mapped[kBlockPages / 64] = {};
    bool any = false;
    for (std::uint64_t n = 0; n < batch; ++n) {
      std::uint64_t* leaf = entry_at({from.value + n * kPageBytes}, kLeafLevel);
      if (leaf == nullptr || !descriptor::valid(*leaf)) continue;
      if (planted::is(Bug::tlbi_before_unmap)) {
        AsPrincipal principal(vttbr_);
        arch::tlbi_vmalls12e1is();
        arch::dsb_ish();
        arch::write_descriptor(leaf, descriptor::kInvalid);
        arch::dsb_ishst();
        continue;
      }
      arch::write_descriptor(leaf, descriptor::kInvalid);
      was_mapped[n / 64] |= std::uint64_t{1} << n % 64;
      any = true;
    }
    if (any && !planted::is(Bug::no_tlbi)) {
      if (!planted::is(Bug::no_dsb_before_tlbi)) arch::dsb_ishst();  // the cleared leaves: no walker refills from the old ones after the TLBI
      AsPrincipal principal(vttbr_);
      if (planted::is(Bug::stage1_first)) arch::tlbi_vmalle1is();
      for (std::uint64_t n = 0; n < batch; ++n) {
        if ((was_mapped[n / 64] >> n % 64 & 1) != 0) {
          arch::tlbi_ipas2e1is({from.value + n * kPageBytes});
        }
      }
      // Stage 2 entries are gone from every TLB before entries that combine both stages are dropped:
      // else a stage 1 walk could make a new combined entry from an old stage 2 one.
      if (!planted::is(Bug::owner_before_tlbi)) arch::dsb_ish();
      if (!planted::is(Bug::only_ipas2) && !planted::is(Bug::stage1_first)) arch::tlbi_vmalle1is();
      // Every core has dropped its entries and finished its accesses through them: now the pages may
      // change hands.
      if (!planted::is(Bug::owner_before_tlbi)) arch::dsb_ish();
    }
    pages -= batch;
    from.value += batch * kPageBytes;
  }
}

void Stage2Table::close() {
  LockGuard guard(lock_);
  if (!open_) return;
  open_ = false;
  revoke_everything();
  arch::dsb_ishst();  // the cleared root: no walker starts from it after the TLBI
  if (planted::is(Bug::table_reused)) pool_.clear();
  AsPrincipal principal(vttbr_);
  arch::tlbi_vmalls12e1is();
  // Every core has dropped its entries, walk caches included, and finished its accesses through them:
  // a vCPU that still runs faults at its next access.
  arch::dsb_ish();
}

void Stage2Table::revoke_everything() {
  if (root_ == nullptr) return;
  for (unsigned n = 0; n < geometry_.root_pages; ++n) {
    for (auto& entry : root_[n].entries) arch::write_descriptor(&entry, descriptor::kInvalid);
  }
}

Stage2Table::Leaf Stage2Table::look_up(IntermediateAddress address) {
  LockGuard guard(lock_);
  if (!open_ || address.value >> geometry_.ipa_bits != 0) return {};
  for (unsigned level = kBlockLevel; level <= kLeafLevel; ++level) {
    const std::uint64_t* entry = entry_at(address, level);
    if (entry == nullptr || !descriptor::valid(*entry)) return {};
    if (is_table(*entry, level)) continue;
    const std::uint64_t within = address.value & ((std::uint64_t{1} << shift_of(level)) - 1);
    return {true, page_of(PhysicalAddress{descriptor::output(*entry).value + within})};
  }
  return {};
}

}  // namespace armature::kcore
