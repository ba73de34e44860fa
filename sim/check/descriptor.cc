#include "sim/check/descriptor.h"

namespace armature::check {

bool needs_break(std::uint64_t before, std::uint64_t after, unsigned level, unsigned stage,
                 bool same_contents) {
  if (!is_cacheable(before, level) || !is_cacheable(after, level)) return false;
  if (shape_of(before, level) != shape_of(after, level)) return true;  // block and table
  const std::uint64_t changed = before ^ after;
  if ((changed & mask(47, 12)) != 0) {
    if (shape_of(before, level) == DescriptorShape::table) return true;
    if (is_writable(before, stage) || is_writable(after, stage) || !same_contents) return true;
  }
  if (shape_of(before, level) == DescriptorShape::table) return false;
  // Memory type, cacheability, shareability; Contiguous; nG.
  std::uint64_t attributes = mask(9, 8) | 1ull << 52;
  attributes |= stage == 2 ? mask(5, 2) : mask(4, 2) | 1ull << 11;
  return (changed & attributes) != 0;
}

bool takes_away(std::uint64_t before, std::uint64_t after, unsigned level, unsigned stage) {
  if (!is_cacheable(before, level)) return false;
  if (!is_cacheable(after, level)) return true;
  if (shape_of(before, level) != shape_of(after, level)) return true;
  if (((before ^ after) & mask(47, 12)) != 0) return true;
  if (shape_of(before, level) == DescriptorShape::table) {
    return (after & ~before & mask(62, 59)) != 0;  // APTable, XNTable, PXNTable only forbid
  }
  const std::uint64_t gained = after & ~before;
  const std::uint64_t lost = before & ~after;
  if (stage == 2) return (lost & mask(7, 6)) != 0 || bit(gained, 54);
  // AP[2] forbids writing, PXN and UXN executing; AP[1] allows EL0.
  return bit(gained, 7) || bit(lost, 6) || (gained & mask(54, 53)) != 0;
}

}  // namespace armature::check
