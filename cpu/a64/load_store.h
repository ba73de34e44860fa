// What the files of integer loads and stores share. Their rows together are rows_load_store().
#pragma once

#include <cstdint>
#include <cstring>
#include <span>

#include "cpu/a64/arithmetic.h"
#include "cpu/core.h"
#include "cpu/decode.h"

namespace armature::cpu {

std::span<const Row> rows_load_store_single();
std::span<const Row> rows_load_store_pair();
std::span<const Row> rows_load_store_exclusive();

inline constexpr std::uint64_t kStackLowBits = 15;
// CheckSPAlignment, for base register SP only. An aligned SP never faults, so the common case is
// one test here.
inline bool stack_aligned(Core& core) {
  return (core.state.x[kSp] & kStackLowBits) == 0 || core.check_sp_alignment();
}

// One transfer between memory and a general register. `quick` makes it if the L0 filter knows the
// address; `perform` in any case, without asking the filter first, and may take a fault (then it
// returns false).
// Load: Memory is the type in memory, signed if the load sign-extends; Register the width of Rt.
template <typename Memory, typename Register>
struct LoadTransfer {
  static bool quick(Core& core, const Insn& insn, std::uint64_t va) {
    const std::uint8_t* const host = core.readable<Memory>(va);
    if (host == nullptr) [[unlikely]]
      return false;
    Memory value;
    std::memcpy(&value, host, sizeof value);
    ++core.statistics.fast_reads;
    core.state.x[insn.rd] = static_cast<Register>(value);
    return true;
  }
  template <MemoryOrder order>
  static bool perform(Core& core, const Insn& insn, std::uint64_t va) {
    Memory value;
    if (!core.load_slow(va, &value, sizeof value, order)) return false;
    core.state.x[insn.rd] = static_cast<Register>(value);
    return true;
  }
};

template <typename Memory>
struct StoreTransfer {
  static bool quick(Core& core, const Insn& insn, std::uint64_t va) {
    std::uint8_t* const host = core.writable<Memory>(va);
    if (host == nullptr) [[unlikely]]
      return false;
    const auto value = static_cast<Memory>(core.state.x[insn.rd]);
    std::memcpy(host, &value, sizeof value);
    ++core.statistics.fast_writes;
    return true;
  }
  template <MemoryOrder order>
  static bool perform(Core& core, const Insn& insn, std::uint64_t va) {
    const auto value = static_cast<Memory>(core.state.x[insn.rd]);
    return core.store_slow(va, &value, sizeof value, order);
  }
};

enum class Addressing : std::uint8_t { offset, pre_index, post_index };

// The addressing modes: where the access is, and whether the base register is updated.
// CONSTRAINED UNPREDICTABLE: write-back with Rt == Rn. CHOICE: the base register is written last,
// so a load's value is lost; a store stores the old value.
template <Addressing mode>
struct Immediate {
  static constexpr bool writes_back = mode != Addressing::offset;
  static std::uint64_t address(const Core& core, const Insn& insn) {
    const std::uint64_t base = core.state.x[insn.rn];
    return mode == Addressing::post_index ? base : base + insn.imm;
  }
};

template <unsigned option>
struct RegisterOffset {
  static constexpr bool writes_back = false;
  static std::uint64_t address(const Core& core, const Insn& insn) {
    return core.state.x[insn.rn] + (extend<option>(core.state.x[insn.rm]) << insn.aux);
  }
};

struct Literal {
  static constexpr bool writes_back = false;
  static std::uint64_t address(const Core& core, const Insn& insn) {
    return core.pc_of(insn) + insn.imm;
  }
};

// A load or store, complete.
template <typename Transfer, typename Mode, bool stack, MemoryOrder order>
[[gnu::noinline]] Outcome transfer_any(Core& core, const Insn& insn) {
  if constexpr (stack) {
    if (!stack_aligned(core)) return Outcome::fault;
  }
  const std::uint64_t base = core.state.x[insn.rn];
  if (!Transfer::template perform<order>(core, insn, Mode::address(core, insn))) {
    return Outcome::fault;
  }
  if constexpr (Mode::writes_back) core.state.x[insn.rn] = base + insn.imm;
  return go_on_unless_ended(core, insn);
}

// The handler: the usual case in line, all others out of it, so that nothing has to be kept for them.
template <typename Transfer, typename Mode, bool stack, MemoryOrder order = MemoryOrder::plain>
Outcome transfer(Core& core, const Insn& insn) {
  if constexpr (order == MemoryOrder::unprivileged) {
    return transfer_any<Transfer, Mode, stack, order>(core, insn);
  } else {
    const std::uint64_t base = core.state.x[insn.rn];
    if ((stack && (base & kStackLowBits) != 0) ||
        !Transfer::quick(core, insn, Mode::address(core, insn))) [[unlikely]] {
      return transfer_any<Transfer, Mode, stack, order>(core, insn);
    }
    if constexpr (Mode::writes_back) core.state.x[insn.rn] = base + insn.imm;
    return go_on(core, insn);
  }
}

}  // namespace armature::cpu
