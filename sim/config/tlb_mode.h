// How friendly the TLBs are. Every mode but `normal` is adversarial: it does, seeded, what the
// architecture allows and finite TLBs rarely show (design: "Weak behaviour is a mode").
#pragma once

#include <cstdint>
#include <string_view>

#include "sim/config/preset.h"

namespace armature {

enum class TlbMode : std::uint8_t {
  normal,        // the preset's geometry, an entry leaves by replacement or TLBI
  tiny,          // two entries in each structure: finds code that relies on retention
  infinite,      // hardly anything is ever replaced: finds missing TLBIs
  random_evict,  // any entry may leave at any miss: finds code that relies on stale hits
  prefetch,      // what was used lately is walked again after each TLBI and before each table write
  stale,         // infinite and prefetch: the oldest translation that is allowed
};

// Throws UserError; nearest match. "random-evict".
TlbMode parse_tlb_mode(std::string_view text);
std::string_view tlb_mode_name(TlbMode mode);

// The preset's TLBs as the mode wants them.
CpuPreset with_tlb_mode(const CpuPreset& preset, TlbMode mode);

// A seeded stream of choices: plain state (SplitMix64, Steele, Lea and Flood 2014).
struct Choices {
  std::uint64_t state = 0;
  std::uint64_t next() {
    std::uint64_t z = state += 0x9e3779b97f4a7c15ull;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ z >> 27) * 0x94d049bb133111ebull;
    return z ^ z >> 31;
  }
  // True once in `n` times.
  bool one_in(std::uint64_t n) { return next() % n == 0; }
};

}  // namespace armature
