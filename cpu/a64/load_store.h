// What the files of integer loads and stores share. Their rows together are rows_load_store().
#pragma once

#include <cstdint>
#include <span>

#include "cpu/core.h"
#include "cpu/decode.h"

namespace armature::cpu {

std::span<const Row> rows_load_store_single();
std::span<const Row> rows_load_store_pair();
std::span<const Row> rows_load_store_exclusive();

// CheckSPAlignment, for base register SP only. An aligned SP never faults, so the common case is
// one test here.
inline bool stack_aligned(Core& core) {
  constexpr std::uint64_t low_bits = 15;
  return (core.state.x[kSp] & low_bits) == 0 || core.check_sp_alignment();
}

// One transfer between memory and a general register.
// Load: Memory is the type in memory, signed if the load sign-extends; Register the width of Rt.
template <typename Memory, typename Register>
struct LoadTransfer {
  template <MemoryOrder order>
  static bool perform(Core& core, const Insn& insn, std::uint64_t va) {
    Memory value;
    if (!core.load(va, value, order)) return false;
    core.state.x[insn.rd] = static_cast<Register>(value);
    return true;
  }
};

template <typename Memory>
struct StoreTransfer {
  template <MemoryOrder order>
  static bool perform(Core& core, const Insn& insn, std::uint64_t va) {
    return core.store(va, static_cast<Memory>(core.state.x[insn.rd]), order);
  }
};

enum class Addressing : std::uint8_t { offset, pre_index, post_index };

// CONSTRAINED UNPREDICTABLE: write-back with Rt == Rn. CHOICE: the base register is written last,
// so a load's value is lost; a store stores the old value.
template <typename Transfer, Addressing mode, bool stack, MemoryOrder order = MemoryOrder::plain>
Outcome transfer_immediate(Core& core, const Insn& insn) {
  if constexpr (stack) {
    if (!stack_aligned(core)) return Outcome::fault;
  }
  const std::uint64_t base = core.state.x[insn.rn];
  const std::uint64_t indexed = base + insn.imm;
  const std::uint64_t va = mode == Addressing::post_index ? base : indexed;
  if (!Transfer::template perform<order>(core, insn, va)) return Outcome::fault;
  if constexpr (mode != Addressing::offset) core.state.x[insn.rn] = indexed;
  return Outcome::next;
}

}  // namespace armature::cpu
