// Predecoded code: the lines that blocks lie in, and where a branch finds them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "cpu/insn.h"
#include "sim/base/types.h"

namespace armature::cpu {

// A 64-byte line as some L1I holds it, decoded. Keyed by physical address and decode mode; valid for
// exactly these bytes, so old code runs while its L1I line lives and no longer. The block that
// starts at instruction n is insns[n] and what follows, to the line's end or the first instruction
// that ends a group whatever happens (kLastOfBlock). Conditional branches that are not taken do not
// end it: the fetch group behind them is in the same line and page, and whatever drops those ends the
// block. Insn::index counts from the start of the line.
struct LineCode {
  static constexpr unsigned kInsns = kLineBytes / 4;
  std::uint64_t key = ~0ull;  // address of the line; bit 0: FP instructions trap
  std::array<std::uint32_t, kInsns> words{};
  std::array<Insn, kInsns + 1> insns{};  // the last one ends the line: end_of_line

  static unsigned index_of(std::uint64_t pc) { return static_cast<unsigned>(pc >> 2) % kInsns; }
  // The line that holds a predecoded instruction.
  static const LineCode& holding(const Insn& insn);
};
static_assert(std::is_standard_layout_v<LineCode>);

inline const LineCode& LineCode::holding(const Insn& insn) {
  const auto* const first = reinterpret_cast<const std::byte*>(&insn - insn.index);
  return *reinterpret_cast<const LineCode*>(first - offsetof(LineCode, insns));
}

// Where a fetch from `pc` leads while its L1I line and its ITLB entry live: an entry is dropped with
// either of them, so that a hit is one comparison.
struct JumpEntry {
  std::uint64_t pc = ~0ull;
  const Insn* first = nullptr;  // of the block
  std::uint32_t serial = 0;     // of the context
  std::uint16_t itlb_slot = 0, l1i_slot = 0;
  bool translated = false;  // the ITLB was consulted: the entry rests on itlb_slot
};
static_assert(sizeof(JumpEntry) == 32);

inline constexpr unsigned kJumpEntries = 16384;
constexpr unsigned jump_index(std::uint64_t pc) {
  return static_cast<unsigned>(pc >> 2 ^ pc >> 16) % kJumpEntries;
}

}  // namespace armature::cpu
