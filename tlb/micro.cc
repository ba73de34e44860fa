#include "tlb/micro.h"

#include "sim/base/assert.h"
#include "sim/snapshot/bytes.h"

namespace armature::tlb {

MicroTlb::MicroTlb(unsigned slots) : slots_(slots), entries_(slots) {
  ARMATURE_ASSERT(slots >= 1 && slots <= kSlotsMax);
  heads_.fill(kNone);
  generations_.fill(1);
}

unsigned MicroTlb::search(std::uint64_t address, ContextWord wanted) const {
  unsigned oldest = kNone;
  for (std::uint64_t sizes = sizes_.present; sizes != 0;) {
    const std::uint64_t page = page_word(address, SizeSet::take(sizes));
    for (unsigned slot = heads_[bucket_of(page)]; slot != kNone; slot = next_[slot]) {
      if (pages_[slot] != page || !contexts_[slot].is_hit_by(wanted)) continue;
      if (oldest == kNone || entries_[slot].sequence < entries_[oldest].sequence) oldest = slot;
    }
  }
  return oldest;
}

unsigned MicroTlb::choose(const Entry*& victim) {
  const std::uint64_t empty = ~valid_ & mask(slots_ - 1, 0);
  if (empty != 0) {
    victim = nullptr;
    return static_cast<unsigned>(std::countr_zero(empty));
  }
  const unsigned slot = next_victim_;
  next_victim_ = slot + 1 == slots_ ? 0 : slot + 1;
  victim = &entries_[slot];
  return slot;
}

void MicroTlb::fill(unsigned slot, const Entry& entry, std::uint64_t sequence) {
  if (is_valid(slot)) remove(slot);
  entries_[slot] = entry;
  entries_[slot].sequence = sequence;
  pages_[slot] = page_word(entry.input, entry.size_log2);
  contexts_[slot] = ContextWord::of(entry);
  const unsigned bucket = bucket_of(pages_[slot]);
  next_[slot] = heads_[bucket];
  heads_[bucket] = static_cast<std::uint8_t>(slot);
  valid_ |= 1ull << slot;
  sizes_.add(entry.size_log2);
}

void MicroTlb::remove(unsigned slot) {
  std::uint8_t* link = &heads_[bucket_of(pages_[slot])];
  while (*link != slot) link = &next_[*link];
  *link = next_[slot];
  valid_ &= ~(1ull << slot);
  sizes_.remove(entries_[slot].size_log2);
  ++generations_[slot];
}

// The chains' order, the memos and the generations do not show in any answer and are not saved.
void MicroTlb::save(std::vector<std::uint8_t>& out) const {
  put(out, std::uint64_t{slots_});
  put(out, valid_);
  put(out, next_victim_);
  for (unsigned slot = 0; slot < slots_; ++slot)
    put(out, is_valid(slot) ? entries_[slot] : Entry{});
}

void MicroTlb::load(std::span<const std::uint8_t>& in) {
  if (take<std::uint64_t>(in) != slots_) {
    throw UserError("snapshot does not fit this machine: a micro-TLB has another size");
  }
  for (unsigned slot = 0; slot < slots_; ++slot) {
    if (is_valid(slot)) remove(slot);
  }
  const auto valid = take<std::uint64_t>(in);
  next_victim_ = take<unsigned>(in);
  if (next_victim_ >= slots_ || (valid & ~mask(slots_ - 1, 0)) != 0) {
    throw UserError("snapshot is damaged: micro-TLB state out of range");
  }
  for (unsigned slot = 0; slot < slots_; ++slot) {
    const auto entry = take<Entry>(in);
    if ((valid >> slot & 1) != 0) fill(slot, entry);
  }
}

}  // namespace armature::tlb
