// The two words a lookup compares. They are kept apart from the entries (structure of arrays), so
// that a lookup touches only tags.
#pragma once

#include <cstdint>

#include "tlb/entry.h"

namespace armature::tlb {

inline constexpr unsigned kPageShift = 12;
inline constexpr std::uint64_t kNoPage = ~0ull;  // page word of an empty slot

// Page word: base address over 4 KB (44 bits of a 56-bit address) and the size.
constexpr std::uint64_t page_word(std::uint64_t address, unsigned size_log2) {
  return (address >> size_log2 << size_log2) >> kPageShift | std::uint64_t{size_log2} << 52;
}

// Context word: who may hit. A query has the same layout without the global bit.
struct ContextWord {
  static constexpr std::uint64_t kAsidMask = 0xffff;
  static constexpr unsigned kGlobalBit = 35;

  std::uint64_t value = 0;

  static constexpr ContextWord query(Regime regime, EntryKind kind, Vmid vmid, Asid asid) {
    return {std::uint64_t{asid.value} | std::uint64_t{vmid.value} << 16 |
            static_cast<std::uint64_t>(regime) << 32 | static_cast<std::uint64_t>(kind) << 33};
  }
  static constexpr ContextWord of(const Entry& entry) {
    ContextWord word = query(entry.regime, entry.kind, entry.vmid, entry.asid);
    word.value |= std::uint64_t{entry.global} << kGlobalBit;
    return word;
  }
  // A global entry is hit whatever the ASID (nG = 0).
  constexpr bool is_hit_by(ContextWord wanted) const {
    const std::uint64_t global = value >> kGlobalBit & 1;
    const std::uint64_t ignored = 1ull << kGlobalBit | (kAsidMask & (0 - global));
    return ((value ^ wanted.value) & ~ignored) == 0;
  }
  constexpr bool operator==(const ContextWord&) const = default;
};

// Both words of an entry.
struct TagWords {
  std::uint64_t page = kNoPage;
  ContextWord context{};

  static constexpr TagWords of(const Entry& entry) {
    return {page_word(entry.input, entry.size_log2), ContextWord::of(entry)};
  }
};

}  // namespace armature::tlb
