#include "cpu/debug_match.h"

#include "cpu/core.h"
#include "sim/arch/registers/translation.h"
#include "sim/base/bits.h"

namespace armature::cpu {
namespace {

constexpr unsigned kBreakpointsMax = 6, kWatchpointsMax = 4;

constexpr SysReg nth(SysReg first, unsigned n) {
  return static_cast<SysReg>(static_cast<unsigned>(first) + n);
}
static_assert(nth(SysReg::DBGBVR0_EL1, kBreakpointsMax - 1) == SysReg::DBGBVR5_EL1);
static_assert(nth(SysReg::DBGBCR0_EL1, kBreakpointsMax - 1) == SysReg::DBGBCR5_EL1);
static_assert(nth(SysReg::DBGWVR0_EL1, kWatchpointsMax - 1) == SysReg::DBGWVR3_EL1);
static_assert(nth(SysReg::DBGWCR0_EL1, kWatchpointsMax - 1) == SysReg::DBGWCR3_EL1);

std::uint64_t bvr(const Core& core, unsigned n) { return core.state[nth(SysReg::DBGBVR0_EL1, n)]; }
std::uint64_t wvr(const Core& core, unsigned n) { return core.state[nth(SysReg::DBGWVR0_EL1, n)]; }

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
  address = 0b0000,
  linked_address = 0b0001,
  context = 0b0010,
  linked_context = 0b0011,
  vmid = 0b1000,
  linked_vmid = 0b1001,
  vmid_context = 0b1010,
  linked_vmid_context = 0b1011,
};

// CHOICE: reserved values of BT, and context or VMID matching in a breakpoint that is not
// context-aware, disable it. The mismatch types exist only in AArch32.
bool type_is_valid(const Core& core, unsigned n, unsigned type) {
  const CpuPreset& preset = core.machine.preset;
  const bool context_aware = n + preset.context_breakpoints >= preset.breakpoints;
  switch (static_cast<BreakpointType>(type)) {
    case BreakpointType::address:
    case BreakpointType::linked_address:
      return true;
    case BreakpointType::context:
    case BreakpointType::linked_context:
      return context_aware;
    case BreakpointType::vmid:
    case BreakpointType::linked_vmid:
    case BreakpointType::vmid_context:
    case BreakpointType::linked_vmid_context:
      return context_aware && core.machine.has_el2;
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
  const Dbgbcr control = breakpoint_control(core, n);
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

bool contiguous(unsigned bas) {
  const unsigned lowest = bas & (~bas + 1);
  const unsigned after = bas + lowest;
  return (after & (after - 1)) == 0;
}

// AArch64.WatchpointByteMatch. CHOICE for the CONSTRAINED UNPREDICTABLE programmings: MASK with BAS
// not all ones, a BAS that is not contiguous, and a reserved MASK (1, 2) match nothing.
bool watchpoint_byte_matches(const Core& core, unsigned n, std::uint64_t va) {
  const Dbgwcr control = watchpoint_control(core, n);
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

}  // namespace

Dbgbcr breakpoint_control(const Core& core, unsigned n) {
  return {core.state[nth(SysReg::DBGBCR0_EL1, n)]};
}
Dbgwcr watchpoint_control(const Core& core, unsigned n) {
  return {core.state[nth(SysReg::DBGWCR0_EL1, n)]};
}

// AArch64.BreakpointMatch
bool breakpoint_matches(const Core& core, unsigned n, std::uint64_t va) {
  const Dbgbcr control = breakpoint_control(core, n);
  if (!control.has(dbgbcr::E)) return false;
  const auto type = static_cast<unsigned>(control[dbgbcr::BT]);
  const StateControl state_control{
      static_cast<unsigned>(control[dbgbcr::SSC]), static_cast<unsigned>(control[dbgbcr::HMC]),
      static_cast<unsigned>(control[dbgbcr::PMC]), (type & 0b1011) == 0b0001,
      static_cast<unsigned>(control[dbgbcr::LBN])};
  return state_matches(core, state_control, core.state.ps.el) &&
         breakpoint_value_matches(core, n, va, Caller::match);
}

// AArch64.WatchpointMatch
bool watchpoint_matches(const Core& core, unsigned n, std::uint64_t va, unsigned bytes,
                        const AccessDescriptor& access) {
  const Dbgwcr control = watchpoint_control(core, n);
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

}  // namespace armature::cpu
