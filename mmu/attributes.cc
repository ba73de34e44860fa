#include "mmu/attributes.h"

#include <algorithm>

#include "sim/base/bits.h"

namespace armature::mmu {
namespace {

Shareability decode_shareability(unsigned sh) {
  switch (sh) {
    case 0b00:
      return Shareability::non_shareable;
    case 0b11:
      return Shareability::inner;
    default:
      return Shareability::outer;  // CHOICE: the reserved 0b01 is Outer Shareable
  }
}

unsigned encode_shareability(Shareability shareability) {
  switch (shareability) {
    case Shareability::non_shareable:
      return 0b00;
    case Shareability::inner:
      return 0b11;
    case Shareability::outer:
      break;
  }
  return 0b10;
}

// Device, and Normal memory without any cache, is Outer Shareable whatever the descriptor says.
MemoryAttributes with_effective_shareability(MemoryAttributes attributes) {
  if (attributes.is_device()) {
    attributes.inner = attributes.outer = Cacheability::non_cacheable;
    attributes.shareability = Shareability::outer;
  } else if (attributes.inner == Cacheability::non_cacheable &&
             attributes.outer == Cacheability::non_cacheable) {
    attributes.shareability = Shareability::outer;
  }
  return attributes;
}

// One nibble of a MAIR attribute that is Normal memory: 00RW and 10RW Write-Through, 0100
// Non-cacheable, 01RW and 11RW Write-Back; transient or not, and allocation, are hints.
Cacheability decode_mair_nibble(unsigned nibble) {
  if (nibble == 0b0100 || nibble == 0) return Cacheability::non_cacheable;
  return bit(nibble, 2) ? Cacheability::write_back : Cacheability::write_through;
}

// Two bits of stage 2 MemAttr. CHOICE: the reserved inner 0b00 is Non-cacheable.
Cacheability decode_mem_attr_bits(unsigned field) {
  switch (field) {
    case 0b10:
      return Cacheability::write_through;
    case 0b11:
      return Cacheability::write_back;
    default:
      return Cacheability::non_cacheable;
  }
}

Cacheability decode_rgn(unsigned rgn) {
  switch (rgn) {
    case 0b00:
      return Cacheability::non_cacheable;
    case 0b10:
      return Cacheability::write_through;
    default:
      return Cacheability::write_back;
  }
}

}  // namespace

MemoryAttributes s1_attr_decode(std::uint64_t mair, unsigned index, unsigned sh) {
  const auto attr = static_cast<unsigned>(bits(mair, index * 8 + 7, index * 8));
  const unsigned outer = attr >> 4;
  const unsigned inner = attr & 0xf;
  // CHOICE: an UNPREDICTABLE Device encoding counts by its bits 3:2; an inner nibble of zero under
  // a Normal outer one is Non-cacheable.
  if (outer == 0) return {.type = static_cast<MemoryType>(inner >> 2)};
  return with_effective_shareability({.type = MemoryType::normal,
                                      .inner = decode_mair_nibble(inner),
                                      .outer = decode_mair_nibble(outer),
                                      .shareability = decode_shareability(sh)});
}

MemoryAttributes s2_attr_decode(unsigned mem_attr, unsigned sh) {
  if (mem_attr >> 2 == 0) return {.type = static_cast<MemoryType>(mem_attr & 3)};
  return with_effective_shareability({.type = MemoryType::normal,
                                      .inner = decode_mem_attr_bits(mem_attr & 3),
                                      .outer = decode_mem_attr_bits(mem_attr >> 2),
                                      .shareability = decode_shareability(sh)});
}

MemoryAttributes walk_attr_decode(unsigned irgn, unsigned orgn, unsigned sh) {
  return with_effective_shareability({.type = MemoryType::normal,
                                      .inner = decode_rgn(irgn),
                                      .outer = decode_rgn(orgn),
                                      .shareability = decode_shareability(sh)});
}

MemoryAttributes combine(const MemoryAttributes& stage1, const MemoryAttributes& stage2) {
  // The enumerators are in order of strictness: nGnRnE first, Normal last; NC before WT before WB;
  // Non-shareable before Inner before Outer.
  return with_effective_shareability(
      {.type = std::min(stage1.type, stage2.type),
       .inner = std::min(stage1.inner, stage2.inner),
       .outer = std::min(stage1.outer, stage2.outer),
       .shareability = std::max(stage1.shareability, stage2.shareability)});
}

std::uint8_t par_attr(const MemoryAttributes& attributes) {
  if (attributes.is_device()) {
    return static_cast<std::uint8_t>(static_cast<unsigned>(attributes.type) << 2);
  }
  const auto nibble = [](Cacheability cacheability) -> unsigned {
    switch (cacheability) {
      case Cacheability::non_cacheable:
        return 0b0100;
      case Cacheability::write_through:
        return 0b1011;
      case Cacheability::write_back:
        break;
    }
    return 0b1111;
  };
  return static_cast<std::uint8_t>(nibble(attributes.outer) << 4 | nibble(attributes.inner));
}

unsigned par_shareability(const MemoryAttributes& attributes) {
  return encode_shareability(attributes.shareability);
}

}  // namespace armature::mmu
