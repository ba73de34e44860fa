#include "tlb/set_associative.h"

#include <bit>

#include "sim/base/assert.h"
#include "sim/snapshot/bytes.h"

namespace armature::tlb {

SetAssociativeTlb::SetAssociativeTlb(TlbGeometry geometry)
    : ways_(geometry.ways),
      set_mask_(geometry.sets - 1u),
      pages_(std::size_t{geometry.sets} * geometry.ways, kNoPage),
      contexts_(pages_.size()),
      entries_(pages_.size()),
      next_victim_(geometry.sets, 0) {
  ARMATURE_ASSERT(geometry.ways > 0 && std::has_single_bit(unsigned{geometry.sets}));
}

const Entry* SetAssociativeTlb::find_sized(std::uint64_t address, unsigned size_log2,
                                           ContextWord wanted) const {
  const std::uint64_t page = page_word(address, size_log2);
  const unsigned first = set_of(address, size_log2) * ways_;
  const Entry* oldest = nullptr;
  for (unsigned slot = first; slot < first + ways_; ++slot) {
    if (pages_[slot] != page || !contexts_[slot].is_hit_by(wanted)) continue;
    if (oldest == nullptr || entries_[slot].sequence < oldest->sequence) oldest = &entries_[slot];
  }
  return oldest;
}

unsigned SetAssociativeTlb::choose(const Entry& entry, const Entry*& victim) {
  const unsigned set = set_of(entry.input, entry.size_log2);
  const unsigned first = set * ways_;
  victim = nullptr;
  for (unsigned slot = first; slot < first + ways_; ++slot) {
    if (!is_valid(slot)) return slot;
  }
  const unsigned slot = first + next_victim_[set];
  next_victim_[set] = static_cast<std::uint16_t>((next_victim_[set] + 1u) % ways_);
  victim = &entries_[slot];
  return slot;
}

void SetAssociativeTlb::fill(unsigned slot, const Entry& entry) {
  if (is_valid(slot)) remove(slot);
  pages_[slot] = page_word(entry.input, entry.size_log2);
  contexts_[slot] = ContextWord::of(entry);
  entries_[slot] = entry;
  count_in(entry);
}

void SetAssociativeTlb::count_in(const Entry& entry) {
  sizes_.add(entry.size_log2);
  ++resident_;
  if (entry.stage1_size_log2 > entry.size_log2) ++splintered_;
}

void SetAssociativeTlb::remove(unsigned slot) {
  const Entry& entry = entries_[slot];
  sizes_.remove(entry.size_log2);
  --resident_;
  if (entry.stage1_size_log2 > entry.size_log2) --splintered_;
  pages_[slot] = kNoPage;
}

// An empty slot is saved as an empty entry, so that equal states save as equal bytes.
void SetAssociativeTlb::save(std::vector<std::uint8_t>& out) const {
  put(out, std::uint64_t{slots()});
  for (unsigned slot = 0; slot < slots(); ++slot) {
    put(out, is_valid(slot));
    put(out, is_valid(slot) ? entries_[slot] : Entry{});
  }
  put(out, next_victim_);
}

void SetAssociativeTlb::load(std::span<const std::uint8_t>& in) {
  if (take<std::uint64_t>(in) != slots()) {
    throw UserError("snapshot does not fit this machine: a TLB has another size");
  }
  for (unsigned slot = 0; slot < slots(); ++slot) {
    if (is_valid(slot)) remove(slot);
  }
  for (unsigned slot = 0; slot < slots(); ++slot) {
    const bool valid = take<bool>(in);
    const auto entry = take<Entry>(in);
    if (valid) fill(slot, entry);
  }
  take_into(in, next_victim_, "the replacement state of a TLB");
}

}  // namespace armature::tlb
