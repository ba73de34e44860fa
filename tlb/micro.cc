#include "tlb/micro.h"

#include "sim/base/assert.h"
#include "sim/snapshot/bytes.h"

namespace armature::tlb {

MicroTlb::MicroTlb(unsigned slots) : slots_(slots), held_(slots) {
  ARMATURE_ASSERT(slots >= 1 && slots <= kSlotsMax);
  heads_.fill(kNone);
}

// The order of the chains shows in no answer and is not saved.
void MicroTlb::save(std::vector<std::uint8_t>& out) const {
  put(out, std::uint64_t{slots_});
  put(out, valid_);
  put(out, next_victim_);
  for (unsigned slot = 0; slot < slots_; ++slot)
    put(out, is_valid(slot) ? held_[slot].entry : Entry{});
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
