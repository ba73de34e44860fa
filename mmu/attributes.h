// Memory attributes: decoding them from registers and descriptors, combining the two stages,
// encoding them for PAR_EL1.
#pragma once

#include <cstdint>

#include "sim/arch/memory_attributes.h"

namespace armature::mmu {

// Stage 1: MAIR_ELx.Attr<index> and the descriptor's SH field (AArch64.S1AttrDecode).
MemoryAttributes s1_attr_decode(std::uint64_t mair, unsigned index, unsigned sh);
// Stage 2: MemAttr[3:0] and SH (S2AttrDecode).
MemoryAttributes s2_attr_decode(unsigned mem_attr, unsigned sh);
// A walker's accesses: IRGN, ORGN and SH of a TCR (WalkAttrDecode).
MemoryAttributes walk_attr_decode(unsigned irgn, unsigned orgn, unsigned sh);

// CombineS1S2Desc: Device beats Normal, the stricter Device wins, the weaker cacheability wins, the
// wider shareability wins.
MemoryAttributes combine(const MemoryAttributes& stage1, const MemoryAttributes& stage2);

// Normal memory while the caches of its kind of access are off: Non-cacheable.
inline MemoryAttributes without_caches(const MemoryAttributes& attributes) {
  return attributes.is_device() ? attributes : kNormalNonCacheable;
}

// PAR_EL1.ATTR, in the encoding of MAIR. Allocation hints are not kept: read and write allocate.
std::uint8_t par_attr(const MemoryAttributes& attributes);
unsigned par_shareability(const MemoryAttributes& attributes);

}  // namespace armature::mmu
