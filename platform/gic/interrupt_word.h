// The register views of 32 interrupts that GICD_*<n> and GICR_*0 share.
#pragma once

#include "platform/gic/state.h"
#include "sim/base/bits.h"

namespace armature::platform {

// ICFGR<n>: two bits an interrupt, the upper one says edge-triggered; `half` is 0 or 1.
constexpr std::uint64_t icfgr_of(const InterruptWord& word, unsigned half) {
  std::uint64_t value = 0;
  for (unsigned i = 0; i < 16; ++i) {
    if (bit(word.edge, 16 * half + i)) value |= 1ull << (2 * i + 1);
  }
  return value;
}

constexpr void set_icfgr(InterruptWord& word, unsigned half, std::uint64_t value) {
  for (unsigned i = 0; i < 16; ++i) {
    const unsigned n = 16 * half + i;
    word.edge = static_cast<std::uint32_t>(insert_bits(word.edge, n, n, bit(value, 2 * i + 1)));
  }
}

// The input of interrupt `n` of the word. A rising edge leaves an edge-triggered one pending.
constexpr void set_input(InterruptWord& word, unsigned n, bool level) {
  const std::uint32_t one = 1u << n;
  if (level && (word.line & one) == 0) word.latch |= word.edge & one;
  word.line = level ? word.line | one : word.line & ~one;
}

}  // namespace armature::platform
