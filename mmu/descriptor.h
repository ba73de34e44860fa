// VMSAv8-64 translation table descriptors as typed data (Translation table descriptor formats).
#pragma once

#include <cstdint>

#include "sim/arch/reg.h"

namespace armature::mmu {

struct DescriptorTag;
using Descriptor = Reg<DescriptorTag>;

namespace descriptor {
inline constexpr Field<DescriptorTag, 1, 0> Type;
inline constexpr Field<DescriptorTag, 0> Valid;
inline constexpr Field<DescriptorTag, 47, 0> Address;  // the low bits belong to other fields
// Table descriptors, stage 1 only. NSTable (63) is ignored: there is no Secure state.
inline constexpr Field<DescriptorTag, 62, 61> APTable;
inline constexpr Field<DescriptorTag, 60> UXNTable;  // XNTable at EL2
inline constexpr Field<DescriptorTag, 59> PXNTable;
inline constexpr Field<DescriptorTag, 62, 59> TableBits;
// Block and page descriptors, both stages. Contiguous (52) is a hint.
inline constexpr Field<DescriptorTag, 54> UXN;  // XN at EL2 and at stage 2
inline constexpr Field<DescriptorTag, 10> AF;
inline constexpr Field<DescriptorTag, 9, 8> SH;
// Stage 1
inline constexpr Field<DescriptorTag, 53> PXN;
inline constexpr Field<DescriptorTag, 11> nG;
inline constexpr Field<DescriptorTag, 7> AP2;  // read-only
inline constexpr Field<DescriptorTag, 6> AP1;  // EL0 may access
inline constexpr Field<DescriptorTag, 4, 2> AttrIndx;
// Stage 2
inline constexpr Field<DescriptorTag, 7, 6> S2AP;
inline constexpr Field<DescriptorTag, 7> S2APWrite;
inline constexpr Field<DescriptorTag, 6> S2APRead;
inline constexpr Field<DescriptorTag, 5, 2> MemAttr;
}  // namespace descriptor

// The gathered table bits, as bits 62..59 of one descriptor.
struct TableBitsTag;
using TableBits = Reg<TableBitsTag>;
namespace table_bits {
inline constexpr Field<TableBitsTag, 3> ReadOnly;  // APTable[1]
inline constexpr Field<TableBitsTag, 2> NoEl0;     // APTable[0]
inline constexpr Field<TableBitsTag, 1> UXN;
inline constexpr Field<TableBitsTag, 0> PXN;
}  // namespace table_bits

enum class DescriptorKind : std::uint8_t { invalid, table, leaf };

constexpr bool is_block_level(int level, unsigned granule_log2) {
  return granule_log2 == 16 ? level == 2 : level == 1 || level == 2;
}

// What a descriptor is at a level of lookup: 0b01 is reserved at level 3 and a block elsewhere,
// where the granule has blocks at all.
constexpr DescriptorKind kind_of(Descriptor d, int level, unsigned granule_log2) {
  if (!d.has(descriptor::Valid)) return DescriptorKind::invalid;
  const bool table_or_page = d[descriptor::Type] == 0b11;
  if (level == 3) return table_or_page ? DescriptorKind::leaf : DescriptorKind::invalid;
  if (table_or_page) return DescriptorKind::table;
  return is_block_level(level, granule_log2) ? DescriptorKind::leaf : DescriptorKind::invalid;
}

// The address a descriptor holds: of the next table, or the base of 2^low_bits bytes.
constexpr std::uint64_t output_address(Descriptor d, unsigned low_bits) {
  return d[descriptor::Address] >> low_bits << low_bits;
}

// Log2 of the bytes that one descriptor of `level` translates.
constexpr unsigned size_log2_of(int level, unsigned granule_log2) {
  return granule_log2 + static_cast<unsigned>(3 - level) * (granule_log2 - 3);
}

}  // namespace armature::mmu
