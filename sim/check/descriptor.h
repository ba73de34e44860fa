// Descriptors as a checker reads them: VMSAv8-64, 4 KB granule, little-endian. Arm ARM D8,
// Translation table descriptor formats.
#pragma once

#include <cstdint>

#include "sim/base/bits.h"

namespace armature::check {

enum class DescriptorShape : std::uint8_t { invalid, table, leaf };

constexpr DescriptorShape shape_of(std::uint64_t descriptor, unsigned level) {
  if ((descriptor & 1) == 0) return DescriptorShape::invalid;
  const bool bit1 = (descriptor & 2) != 0;
  if (level == 3) return bit1 ? DescriptorShape::leaf : DescriptorShape::invalid;
  if (bit1) return DescriptorShape::table;
  return level == 0 ? DescriptorShape::invalid : DescriptorShape::leaf;
}
// What a TLB may hold: never an invalid descriptor, never a leaf without its access flag.
constexpr bool is_cacheable(std::uint64_t descriptor, unsigned level) {
  const DescriptorShape shape = shape_of(descriptor, level);
  return shape == DescriptorShape::table || (shape == DescriptorShape::leaf && bit(descriptor, 10));
}
constexpr unsigned size_log2_at(unsigned level) { return 12 + 9 * (3 - level); }
constexpr std::uint64_t output_of(std::uint64_t descriptor, unsigned size_log2) {
  return descriptor & mask(47, size_log2);
}
constexpr bool is_writable(std::uint64_t leaf, unsigned stage) {
  return stage == 2 ? bit(leaf, 7) : !bit(leaf, 7);
}

// Whether the manual wants an invalid descriptor between the two; `same_contents` says that the old
// and the new output hold the same bytes. Facts: herd's TTD-update-needsBBM.
bool needs_break(std::uint64_t before, std::uint64_t after, unsigned level, unsigned stage,
                 bool same_contents);
// Whether `after` takes away something that `before` allowed, so that old entries are too generous.
bool takes_away(std::uint64_t before, std::uint64_t after, unsigned level, unsigned stage);

}  // namespace armature::check
