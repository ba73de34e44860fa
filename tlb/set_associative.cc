#include "tlb/set_associative.h"

#include <bit>

#include "sim/base/assert.h"
#include "sim/snapshot/bytes.h"

namespace armature::tlb {

SetAssociativeTlb::SetAssociativeTlb(TlbGeometry geometry)
    : ways_(geometry.ways),
      set_mask_(geometry.sets - 1u),
      held_(std::size_t{geometry.sets} * geometry.ways),
      pages_(held_.size(), kNoPage),
      next_victim_(geometry.sets, 0) {
  ARMATURE_ASSERT(geometry.ways > 0 && std::has_single_bit(unsigned{geometry.sets}));
}

// An empty slot is saved as an empty entry, so that equal states save as equal bytes.
void SetAssociativeTlb::save(std::vector<std::uint8_t>& out) const {
  put(out, std::uint64_t{slots()});
  for (unsigned slot = 0; slot < slots(); ++slot) {
    put(out, is_valid(slot));
    put(out, is_valid(slot) ? held_[slot].entry : Entry{});
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
