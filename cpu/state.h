// The architectural and timing state of one core: plain data that copies, compares and serialises.
#pragma once

#include <array>
#include <cstdint>
#include <type_traits>

#include "cpu/insn.h"
#include "sim/arch/sysreg.h"
#include "sim/base/types.h"

namespace armature::cpu {

struct alignas(16) VReg {
  std::uint64_t d[2] = {0, 0};  // d[0] is bits 63:0
  bool operator==(const VReg&) const = default;
};

// PSTATE without NZCV. daif holds D A I F in bits 3..0, as DAIF<9:6>.
struct PState {
  El el = El::el1;
  std::uint8_t sp_sel = 1;
  std::uint8_t daif = 0xf;
  bool ss = false;
  bool il = false;
  bool operator==(const PState&) const = default;
};

enum class Sleep : std::uint8_t { running, wfi, wfe, off };

// The 64 bytes the fetch unit holds: straight-line code keeps running from it until a branch, a
// context synchronisation or the end of the line (CHOICE: that is when this core fetches anew).
struct FetchBuffer {
  std::uint64_t va = 0;  // of the line, tag bits included
  PhysicalAddress pa{};
  std::array<std::uint32_t, 16> words{};
  bool valid = false;
  std::uint8_t reserved[7] = {};
  bool operator==(const FetchBuffer&) const = default;
};

struct CoreState {
  // x[0..30], x[31] = 0 always, x[32] = SP of the current EL and SPSel, x[33] = sink of XZR writes.
  std::array<std::uint64_t, 34> x{};
  std::array<VReg, 32> v{};
  std::uint64_t pc = 0;
  std::uint32_t nzcv = 0;  // N Z C V in bits 31..28, other bits 0
  std::uint32_t fpcr = 0;
  std::uint32_t fpsr = 0;
  PState ps{};
  std::uint8_t reserved_ps[7] = {};
  // Every system register by SysReg. Entries that live elsewhere (NZCV, DAIF, the selected SP, GIC,
  // counters) are unused here. SP_ELx holds the stack pointers that are not selected.
  std::array<std::uint64_t, kSysRegs> sys{};

  // Local time and what retired between instructions; while one executes see Core::now() and
  // Core::retired_now().
  Cycles cycles{};
  std::uint64_t retired = 0;

  Sleep sleep = Sleep::off;
  bool event_register = false;
  bool pending_serror = false;
  std::uint8_t reserved_sleep[5] = {};
  FetchBuffer fetch{};

  // The exclusive access the local monitor tags; the global one is cache::Hierarchy's.
  bool exclusive_valid = false;
  std::uint8_t reserved_valid[7] = {};
  PhysicalAddress exclusive_pa{};
  std::uint8_t exclusive_bytes = 0;
  std::uint8_t reserved_bytes[7] = {};

  // Performance monitors: what the counters held when they were last brought up to date.
  std::uint64_t pmu_cycles_seen = 0;   // whole cycles
  std::uint64_t pmu_retired_seen = 0;

  // Output levels last sent to the GIC, so that only changes are: CNTP, CNTV, CNTHP, PMU (bits 0..3).
  std::uint8_t ppi_levels = 0;
  std::uint8_t reserved_levels[15] = {};

  std::uint64_t& operator[](SysReg reg) { return sys[static_cast<unsigned>(reg)]; }
  std::uint64_t operator[](SysReg reg) const { return sys[static_cast<unsigned>(reg)]; }
  bool operator==(const CoreState&) const = default;
};
static_assert(std::is_trivially_copyable_v<CoreState>);
static_assert(std::has_unique_object_representations_v<CoreState>, "saved byte by byte");

// Where the stack pointer of (el, sp_sel) is kept while it is not selected.
constexpr SysReg sp_bank(El el, unsigned sp_sel) {
  if (sp_sel == 0 || el == El::el0) return SysReg::SP_EL0;
  return el == El::el1 ? SysReg::SP_EL1 : SysReg::SP_EL2;
}

// Changes EL and SPSel together, exchanging the selected stack pointer with its bank.
inline void select_stack(CoreState& state, El el, unsigned sp_sel) {
  state[sp_bank(state.ps.el, state.ps.sp_sel)] = state.x[kSp];
  state.ps.el = el;
  state.ps.sp_sel = static_cast<std::uint8_t>(sp_sel & 1);
  state.x[kSp] = state[sp_bank(el, sp_sel)];
}

}  // namespace armature::cpu
