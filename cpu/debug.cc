// Self-hosted debug (D2): enables, breakpoints, watchpoints, software step.
#include "cpu/debug.h"

#include "cpu/core.h"
#include "cpu/debug_state.h"
#include "cpu/exception.h"
#include "cpu/exception_routing.h"
#include "cpu/syndrome.h"
#include "sim/arch/registers/debug.h"
#include "sim/arch/registers/exception.h"
#include "sim/arch/registers/translation.h"
#include "sim/base/bits.h"

namespace armature::cpu {
namespace {

constexpr std::uint8_t kMaskD = 0b1000;  // of PState::daif

constexpr unsigned kBreakpointsMax = 6, kWatchpointsMax = 4;

constexpr SysReg nth(SysReg first, unsigned n) {
  return static_cast<SysReg>(static_cast<unsigned>(first) + n);
}
static_assert(nth(SysReg::DBGBVR0_EL1, kBreakpointsMax - 1) == SysReg::DBGBVR5_EL1);
static_assert(nth(SysReg::DBGBCR0_EL1, kBreakpointsMax - 1) == SysReg::DBGBCR5_EL1);
static_assert(nth(SysReg::DBGWVR0_EL1, kWatchpointsMax - 1) == SysReg::DBGWVR3_EL1);
static_assert(nth(SysReg::DBGWCR0_EL1, kWatchpointsMax - 1) == SysReg::DBGWCR3_EL1);

Dbgbcr bcr(const Core& core, unsigned n) { return {core.state[nth(SysReg::DBGBCR0_EL1, n)]}; }
std::uint64_t bvr(const Core& core, unsigned n) { return core.state[nth(SysReg::DBGBVR0_EL1, n)]; }
Dbgwcr wcr(const Core& core, unsigned n) { return {core.state[nth(SysReg::DBGWCR0_EL1, n)]}; }
std::uint64_t wvr(const Core& core, unsigned n) { return core.state[nth(SysReg::DBGWVR0_EL1, n)]; }

// The OS Double Lock locks only while no powerup request holds the core (DBGPRCR_EL1.CORENPDRQ).
bool double_lock_status(const CoreState& state) {
  constexpr unsigned kCorenpdrq = 0;
  return OsdlrEl1{state[SysReg::OSDLR_EL1]}.has(osdlr_el1::DLK) &&
         !bit(state[SysReg::DBGPRCR_EL1], kCorenpdrq);
}

bool monitor_debug_enabled(const Core& core) {
  return MdscrEl1{core.state[SysReg::MDSCR_EL1]}.has(mdscr_el1::MDE) &&
         debug_exceptions_enabled(core);
}

// AddrTop: the most significant address bit in use.
unsigned address_top(const CoreState& state, std::uint64_t va) {
  if (state.ps.el == El::el2) return Tcr{state[SysReg::TCR_EL2]}.has(tcr_el2::TBI) ? 55 : 63;
  const Tcr tcr{state[SysReg::TCR_EL1]};
  const bool tbi = bit(va, 55) ? tcr.has(tcr_el1::TBI1) : tcr.has(tcr_el1::TBI0);
  return tbi ? 55 : 63;
}

// DBGBVR and DBGWVR hold VA[48:2]; the bits above (RESS) repeat bit 48.
std::uint64_t value_address(std::uint64_t value) {
  return static_cast<std::uint64_t>(sign_extend(bits(value, 48, 0), 49));
}

enum class BreakpointType : std::uint8_t {  // DBGBCR.BT
  address = 0b0000, linked_address = 0b0001, context = 0b0010, linked_context = 0b0011,
  vmid = 0b1000, linked_vmid = 0b1001, vmid_context = 0b1010, linked_vmid_context = 0b1011,
};

// CHOICE: reserved values of BT, and context or VMID matching in a breakpoint that is not
// context-aware, disable it. The mismatch types exist only in AArch32.
bool type_is_valid(const Core& core, unsigned n, unsigned type) {
  const CpuPreset& preset = core.machine.preset;
  const bool context_aware = n + preset.context_breakpoints >= preset.breakpoints;
  switch (static_cast<BreakpointType>(type)) {
    case BreakpointType::address:
    case BreakpointType::linked_address: return true;
    case BreakpointType::context:
    case BreakpointType::linked_context: return context_aware;
    case BreakpointType::vmid:
    case BreakpointType::linked_vmid:
    case BreakpointType::vmid_context:
    case BreakpointType::linked_vmid_context: return context_aware && core.machine.has_el2;
  }
  return false;
}

enum class Caller : std::uint8_t { match, link };  // BreakpointMatch or StateMatch (linked_to)

bool context_matches(const Core& core, unsigned n) {
  const auto context_id = static_cast<std::uint32_t>(core.state[SysReg::CONTEXTIDR_EL1]);
  return core.state.ps.el != El::el2 && context_id == static_cast<std::uint32_t>(bvr(core, n));
}

bool vmid_matches(const Core& core, unsigned n) {
  const std::uint64_t vmid = VttbrEl2{core.state[SysReg::VTTBR_EL2]}[vttbr_el2::VMID];
  return core.machine.has_el2 && core.state.ps.el != El::el2 && vmid == bits(bvr(core, n), 39, 32);
}

// AArch64.BreakpointValueMatch. DBGBCR.BAS is RES1 without AArch32: it selects nothing.
bool breakpoint_value_matches(const Core& core, unsigned n, std::uint64_t va, Caller caller) {
  const Dbgbcr control = bcr(core, n);
  if (!control.has(dbgbcr::E)) return false;
  const auto type = static_cast<unsigned>(control[dbgbcr::BT]);
  if (!type_is_valid(core, n, type)) return false;
  const bool match_address = (type & 0b1010) == 0;
  const bool match_vmid = (type & 0b1000) != 0;
  const bool match_context = (type & 0b0010) != 0;
  const bool linked = (type & 1) != 0;
  if (caller == Caller::link && (!linked || match_address)) return false;
  if (caller == Caller::match && linked && !match_address) return false;
  if (match_address) {
    const unsigned top = address_top(core.state, va);
    return bits(va, top, 2) == bits(value_address(bvr(core, n)), top, 2);
  }
  return (!match_context || context_matches(core, n)) && (!match_vmid || vmid_matches(core, n));
}

// The fields that breakpoints and watchpoints share.
struct StateControl {
  unsigned ssc, hmc, pxc;
  bool linked;
  unsigned lbn;
};

// CHOICE: reserved combinations of {HMC, SSC, PxC} disable it. Without EL3, SSC distinguishes
// nothing: 0b01 and 0b10 are reserved, and without EL2 only {HMC, SSC} = 0b000 and 0b111 remain.
bool combination_is_reserved(const StateControl& control, bool has_el2) {
  const unsigned all = control.hmc << 4 | control.ssc << 2 | control.pxc;
  if ((all & 0b11100) == 0b01100 || (all & 0b11101) == 0b10000 || (all & 0b11101) == 0b10100 ||
      all == 0b11010 || all == 0b11101 || (all & 0b11110) == 0b11110) {
    return true;
  }
  if (control.hmc == 0 && control.pxc == 0) return true;  // means something in AArch32 only
  if (control.ssc == 0b01 || control.ssc == 0b10) return true;
  return !has_el2 && (all >> 2) != 0b000 && (all >> 2) != 0b111;
}

// AArch64.StateMatch; `el` is the level whose permissions the access has.
bool state_matches(const Core& core, const StateControl& control, El el) {
  if (combination_is_reserved(control, core.machine.has_el2)) return false;
  const bool matches = el == El::el2   ? core.machine.has_el2 && control.hmc != 0
                       : el == El::el1 ? (control.pxc & 0b01) != 0
                                       : (control.pxc & 0b10) != 0;
  if (!matches) return false;
  if (!control.linked) return true;
  const CpuPreset& preset = core.machine.preset;
  // CHOICE: linked to a breakpoint that is not context-aware or does not exist: disabled.
  if (control.lbn >= preset.breakpoints ||
      control.lbn + preset.context_breakpoints < preset.breakpoints) {
    return false;
  }
  return breakpoint_value_matches(core, control.lbn, 0, Caller::link);
}

// AArch64.BreakpointMatch
bool breakpoint_matches(const Core& core, unsigned n, std::uint64_t va) {
  const Dbgbcr control = bcr(core, n);
  if (!control.has(dbgbcr::E)) return false;
  const auto type = static_cast<unsigned>(control[dbgbcr::BT]);
  const StateControl state_control{
      static_cast<unsigned>(control[dbgbcr::SSC]), static_cast<unsigned>(control[dbgbcr::HMC]),
      static_cast<unsigned>(control[dbgbcr::PMC]), (type & 0b1011) == 0b0001,
      static_cast<unsigned>(control[dbgbcr::LBN])};
  return state_matches(core, state_control, core.state.ps.el) &&
         breakpoint_value_matches(core, n, va, Caller::match);
}

bool contiguous(unsigned bas) {
  const unsigned lowest = bas & (~bas + 1);
  const unsigned after = bas + lowest;
  return (after & (after - 1)) == 0;
}

// AArch64.WatchpointByteMatch. CHOICE for the CONSTRAINED UNPREDICTABLE programmings: MASK with BAS
// not all ones, a BAS that is not contiguous, and a reserved MASK (1, 2) match nothing.
bool watchpoint_byte_matches(const Core& core, unsigned n, std::uint64_t va) {
  const Dbgwcr control = wcr(core, n);
  const std::uint64_t value = value_address(wvr(core, n));
  const unsigned top = address_top(core.state, va);
  const unsigned bottom = bit(value, 2) ? 2 : 3;
  const auto bas = static_cast<unsigned>(control[dbgwcr::BAS]);
  const auto mask_bits = static_cast<unsigned>(control[dbgwcr::MASK]);
  if (mask_bits != 0) {
    if (mask_bits <= 2 || bas != 0xff) return false;
    return bits(va, top, mask_bits) == bits(value, top, mask_bits);
  }
  if (!contiguous(bas)) return false;
  return bit(bas, static_cast<unsigned>(bits(va, bottom - 1, 0))) &&
         bits(va, top, bottom) == bits(value, top, bottom);
}

// AArch64.WatchpointMatch
bool watchpoint_matches(const Core& core, unsigned n, std::uint64_t va, unsigned bytes,
                        const AccessDescriptor& access) {
  const Dbgwcr control = wcr(core, n);
  if (!control.has(dbgwcr::E)) return false;
  if (!bit(control[dbgwcr::LSC], access.write ? 1 : 0)) return false;
  const StateControl state_control{
      static_cast<unsigned>(control[dbgwcr::SSC]), static_cast<unsigned>(control[dbgwcr::HMC]),
      static_cast<unsigned>(control[dbgwcr::PAC]), control.has(dbgwcr::WT),
      static_cast<unsigned>(control[dbgwcr::LBN])};
  const El el = access.privileged ? core.state.ps.el : El::el0;
  if (!state_matches(core, state_control, el)) return false;
  for (unsigned byte = 0; byte < bytes; ++byte) {
    if (watchpoint_byte_matches(core, n, va + byte)) return true;
  }
  return false;
}

// A debug exception: EC pairs "from a lower EL" and "without a change of EL".
void take_debug_exception(Core& core, ExceptionClass lower, std::uint32_t iss,
                          std::uint64_t preferred_return, const std::uint64_t* far) {
  const El target = core.state.ps.el == El::el2 ? El::el2 : debug_target(core);
  ExceptionRecord record;
  record.exception_class = core.state.ps.el == target
                               ? static_cast<ExceptionClass>(static_cast<unsigned>(lower) + 1)
                               : lower;
  record.iss = iss;
  record.preferred_return = preferred_return;
  if (far != nullptr) {
    record.far_valid = true;
    record.far = *far;
  }
  take_exception(core, target, record);
}

// Whether the instruction before state.pc was a Load-Exclusive, for ISS.EX of a step: its word is
// still in the fetch buffer, which only straight-line execution keeps valid within a line.
bool load_exclusive_before_pc(const CoreState& state) {
  const std::uint64_t previous = state.pc - 4;
  const bool straight = state.fetch.valid || bits(state.pc, 5, 0) == 0;
  if (!straight || state.fetch.va != (previous & ~(kLineBytes - 1))) return false;
  const std::uint32_t word = state.fetch.words[(previous >> 2) & 15];
  constexpr std::uint32_t kLoadExclusiveMask = 0x3fc0'0000 & ~0x0020'0000u;  // o1 is free
  constexpr std::uint32_t kLoadExclusive = 0x0840'0000;                      // o2 = 0, L = 1
  return (word & kLoadExclusiveMask) == kLoadExclusive;
}

}  // namespace

// AArch64.GenerateDebugExceptionsFrom
bool debug_exceptions_enabled_from(const Core& core, El from, bool masked) {
  if (OslsrEl1{core.state[SysReg::OSLSR_EL1]}.has(oslsr_el1::OSLK)) return false;
  if (double_lock_status(core.state)) return false;
  const El target = debug_target(core);
  if (from == target) {
    return MdscrEl1{core.state[SysReg::MDSCR_EL1]}.has(mdscr_el1::KDE) && !masked;
  }
  return target > from;
}

bool debug_exceptions_enabled(const Core& core) {
  return debug_exceptions_enabled_from(core, core.state.ps.el,
                                       (core.state.ps.daif & kMaskD) != 0);
}

bool breakpoints_active(const Core& core) {
  if (!monitor_debug_enabled(core)) return false;
  for (unsigned n = 0; n < core.machine.preset.breakpoints; ++n) {
    if (bcr(core, n).has(dbgbcr::E)) return true;
  }
  return false;
}

bool watchpoints_active(const Core& core) {
  if (!monitor_debug_enabled(core)) return false;
  for (unsigned n = 0; n < core.machine.preset.watchpoints; ++n) {
    if (wcr(core, n).has(dbgwcr::E)) return true;
  }
  return false;
}

bool software_step_active(const Core& core) {
  return software_step_enabled(core.state) && debug_exceptions_enabled(core);
}

// AArch64.CheckBreakpoint, AArch64.BreakpointException. FAR is UNKNOWN (kept).
bool check_breakpoints(Core& core) {
  if (!monitor_debug_enabled(core)) return false;
  for (unsigned n = 0; n < core.machine.preset.breakpoints; ++n) {
    if (!breakpoint_matches(core, n, core.state.pc)) continue;
    take_debug_exception(core, ExceptionClass::breakpoint_lower, kDebugStatusCode, core.state.pc,
                         nullptr);
    return true;
  }
  return false;
}

// AArch64.CheckWatchpoint, AArch64.WatchpointException. Cache maintenance other than the invalidation
// that writes (DC IVAC), walks and AT are not watched.
bool check_watchpoints(Core& core, std::uint64_t va, unsigned bytes,
                       const AccessDescriptor& access) {
  if (access.kind == AccessKind::fetch || access.kind == AccessKind::address_translation) {
    return false;
  }
  if (access.kind == AccessKind::cache_maintenance && !access.write) return false;
  if (!monitor_debug_enabled(core)) return false;
  for (unsigned n = 0; n < core.machine.preset.watchpoints; ++n) {
    if (!watchpoint_matches(core, n, va, bytes, access)) continue;
    take_debug_exception(core, ExceptionClass::watchpoint_lower, watchpoint_iss(access), core.pc(),
                         &va);
    return true;
  }
  return false;
}

// D2.12 Software Step: active-pending (PSTATE.SS = 0) takes the exception instead of executing.
bool check_software_step(Core& core) {
  if (!software_step_active(core) || core.state.ps.ss) return false;
  const StepSyndrome syndrome = stepped(core.state);
  const auto iss = static_cast<std::uint32_t>(
      IssStep{}
          .with(iss_step::ISV, syndrome != StepSyndrome::none)
          .with(iss_step::EX, syndrome == StepSyndrome::stepped_exclusive)
          .with(iss_step::IFSC, kDebugStatusCode)
          .value);
  take_debug_exception(core, ExceptionClass::software_step_lower, iss, core.state.pc, nullptr);
  return true;
}

// SSAdvance. Nothing to do after an exception or a return: those have set PSTATE.SS already.
void software_step_advance(Core& core) {
  if (!software_step_enabled(core.state) || !core.state.ps.ss) return;
  core.state.ps.ss = false;
  const bool exclusive = core.current == nullptr && load_exclusive_before_pc(core.state);
  note_stepped(core.state,
               exclusive ? StepSyndrome::stepped_exclusive : StepSyndrome::stepped);
}

}  // namespace armature::cpu
