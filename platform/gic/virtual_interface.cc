// ICV_*_EL1: the virtual CPU interface, which works on the List registers.
// Names of the functions follow the pseudocode of the GIC Architecture Specification where it has
// one (VPriorityDrop, VirtualEOI ...).
#include <bit>

#include "platform/gic/gic.h"

namespace armature::platform {
namespace {

constexpr std::uint64_t kIdBits24 = 1;
constexpr std::uint64_t kIntidMask = 0xffffff;
constexpr unsigned kFirstSpecialIntid = 1020;
constexpr unsigned kFirstLpi = 8192;

bool is_special(std::uint64_t intid) { return intid >= kFirstSpecialIntid && intid <= 1023; }
bool is_lpi(unsigned intid) { return intid >= kFirstLpi; }

Group group_of(IchLr lr) { return lr.has(ich_lr::Group) ? Group::group1 : Group::group0; }

}  // namespace

std::uint64_t Gic::read_virtual(CoreId core, SysReg reg) {
  const VirtualInterfaceState& virt = core_of(core).virt;
  const IchVmcr vmcr{virt.vmcr};
  switch (reg) {
    case SysReg::ICC_PMR_EL1: return vmcr[ich_vmcr::VPMR];
    case SysReg::ICC_IAR0_EL1: return virtual_acknowledge(core, Group::group0);
    case SysReg::ICC_IAR1_EL1: return virtual_acknowledge(core, Group::group1);
    case SysReg::ICC_HPPIR0_EL1:
    case SysReg::ICC_HPPIR1_EL1: {
      const Group group = reg == SysReg::ICC_HPPIR0_EL1 ? Group::group0 : Group::group1;
      const int n = highest_pending_list_register(core);
      if (n < 0) return kSpuriousIntid;
      const IchLr lr{virt.lr[static_cast<unsigned>(n)]};
      return group_of(lr) == group ? lr[ich_lr::vINTID] : kSpuriousIntid;
    }
    case SysReg::ICC_BPR0_EL1: return read_virtual_bpr(core, Group::group0);
    case SysReg::ICC_BPR1_EL1: return read_virtual_bpr(core, Group::group1);
    case SysReg::ICC_AP0R0_EL1: return virt.ap[0];
    case SysReg::ICC_AP1R0_EL1: return virt.ap[1];
    case SysReg::ICC_RPR_EL1: return virtual_running_priority(core);
    case SysReg::ICC_IGRPEN0_EL1: return vmcr[ich_vmcr::VENG0];
    case SysReg::ICC_IGRPEN1_EL1: return vmcr[ich_vmcr::VENG1];
    case SysReg::ICC_CTLR_EL1:
      return IccCtlr{}
          .with(icc_ctlr::A3V, 1)
          .with(icc_ctlr::IDbits, kIdBits24)
          .with(icc_ctlr::PRIbits, priority_bits_ - 1)
          .with(icc_ctlr::EOImode, vmcr[ich_vmcr::VEOIM])
          .with(icc_ctlr::CBPR, vmcr[ich_vmcr::VCBPR])
          .value;
    default: return read_physical(core, reg);  // ICC_SRE_EL1 has no virtual counterpart
  }
}

void Gic::write_virtual(CoreId core, SysReg reg, std::uint64_t value) {
  VirtualInterfaceState& virt = core_of(core).virt;
  const auto update = [&](auto field, std::uint64_t content) {
    virt.vmcr = IchVmcr{virt.vmcr}.with(field, content).value;
  };
  switch (reg) {
    case SysReg::ICC_PMR_EL1: update(ich_vmcr::VPMR, value & priority_mask_); break;
    case SysReg::ICC_EOIR0_EL1:
      virtual_end_of_interrupt(core, Group::group0, static_cast<unsigned>(value & kIntidMask));
      break;
    case SysReg::ICC_EOIR1_EL1:
      virtual_end_of_interrupt(core, Group::group1, static_cast<unsigned>(value & kIntidMask));
      break;
    case SysReg::ICC_DIR_EL1:
      virtual_deactivate(core, static_cast<unsigned>(value & kIntidMask));
      break;
    case SysReg::ICC_BPR0_EL1: write_virtual_bpr(core, Group::group0, value); break;
    case SysReg::ICC_BPR1_EL1: write_virtual_bpr(core, Group::group1, value); break;
    case SysReg::ICC_AP0R0_EL1: virt.ap[0] = static_cast<std::uint32_t>(value) & ap_mask(); break;
    case SysReg::ICC_AP1R0_EL1: virt.ap[1] = static_cast<std::uint32_t>(value) & ap_mask(); break;
    case SysReg::ICC_IGRPEN0_EL1: update(ich_vmcr::VENG0, bit(value, 0)); break;
    case SysReg::ICC_IGRPEN1_EL1: update(ich_vmcr::VENG1, bit(value, 0)); break;
    case SysReg::ICC_CTLR_EL1:
      update(ich_vmcr::VEOIM, IccCtlr{value}[icc_ctlr::EOImode]);
      update(ich_vmcr::VCBPR, IccCtlr{value}[icc_ctlr::CBPR]);
      break;
    default: return;  // SGI registers trap to EL2 before they get here
  }
  update_maintenance(core);
  touch(core);
}

std::uint64_t Gic::read_virtual_bpr(CoreId core, Group group) const {
  const IchVmcr vmcr{core_of(core).virt.vmcr};
  const std::uint64_t bpr0 = vmcr[ich_vmcr::VBPR0];
  if (group == Group::group0) return bpr0;
  if (vmcr.has(ich_vmcr::VCBPR)) return bpr0 == 7 ? 7 : bpr0 + 1;
  return vmcr[ich_vmcr::VBPR1];
}

void Gic::write_virtual_bpr(CoreId core, Group group, std::uint64_t value) {
  VirtualInterfaceState& virt = core_of(core).virt;
  const IchVmcr vmcr{virt.vmcr};
  if (group == Group::group0) {
    virt.vmcr = legal_vmcr(vmcr.with(ich_vmcr::VBPR0, value).value);
  } else if (!vmcr.has(ich_vmcr::VCBPR)) {
    virt.vmcr = legal_vmcr(vmcr.with(ich_vmcr::VBPR1, value).value);
  }
}

// VGroupBits
std::uint8_t Gic::virtual_group_priority_mask(CoreId core, Group group) const {
  const IchVmcr vmcr{core_of(core).virt.vmcr};
  const bool uses_bpr0 = group == Group::group0 || vmcr.has(ich_vmcr::VCBPR);
  const std::uint64_t bpr = uses_bpr0 ? vmcr[ich_vmcr::VBPR0] : vmcr[ich_vmcr::VBPR1] - 1;
  return static_cast<std::uint8_t>(0xffu << (bpr + 1));
}

std::uint8_t Gic::virtual_running_priority(CoreId core) const {
  const VirtualInterfaceState& virt = core_of(core).virt;
  const std::uint32_t active = virt.ap[0] | virt.ap[1];
  if (active == 0) return kIdlePriority;
  return static_cast<std::uint8_t>(std::countr_zero(active) << (8 - priority_bits_));
}

// The List register with the highest priority pending (and not active) interrupt of an enabled
// group, or -1. CHOICE: of equal priorities the lowest-numbered List register wins.
int Gic::highest_pending_list_register(CoreId core) const {
  const VirtualInterfaceState& virt = core_of(core).virt;
  const IchVmcr vmcr{virt.vmcr};
  int best = -1;
  std::uint64_t best_priority = kIdlePriority;
  for (unsigned n = 0; n < list_registers_; ++n) {
    const IchLr lr{virt.lr[n]};
    if (lr[ich_lr::State] != ich_lr::kPending) continue;
    const bool is_enabled = group_of(lr) == Group::group1 ? vmcr.has(ich_vmcr::VENG1)
                                                           : vmcr.has(ich_vmcr::VENG0);
    if (is_enabled && lr[ich_lr::Priority] < best_priority) {
      best = static_cast<int>(n);
      best_priority = lr[ich_lr::Priority];
    }
  }
  return best;
}

// CanSignalVirtualInterrupt
bool Gic::virtual_can_preempt(CoreId core, IchLr lr) const {
  const VirtualInterfaceState& virt = core_of(core).virt;
  if (!IchHcr{virt.hcr}.has(ich_hcr::En)) return false;
  const auto priority = static_cast<std::uint8_t>(lr[ich_lr::Priority]);
  if (priority >= IchVmcr{virt.vmcr}[ich_vmcr::VPMR]) return false;
  const std::uint8_t running = virtual_running_priority(core);
  if (running == kIdlePriority) return true;
  const std::uint8_t grouped = virtual_group_priority_mask(core, group_of(lr));
  return (priority & grouped) < (running & grouped);
}

void Gic::set_virtual_lines(CoreId core, Lines& lines) const {
  const int n = highest_pending_list_register(core);
  if (n < 0) return;
  const IchLr lr{core_of(core).virt.lr[static_cast<unsigned>(n)]};
  if (!virtual_can_preempt(core, lr)) return;
  (group_of(lr) == Group::group0 ? lines.vfiq : lines.virq) = true;
}

// VirtualReadIAR0, VirtualReadIAR1
std::uint64_t Gic::virtual_acknowledge(CoreId core, Group group) {
  const int n = highest_pending_list_register(core);
  if (n < 0) return kSpuriousIntid;
  VirtualInterfaceState& virt = core_of(core).virt;
  IchLr lr{virt.lr[static_cast<unsigned>(n)]};
  if (group_of(lr) != group || !virtual_can_preempt(core, lr)) return kSpuriousIntid;
  const std::uint64_t intid = lr[ich_lr::vINTID];
  if (is_special(intid)) {
    lr = lr.with(ich_lr::State, 0);
  } else {
    const auto level = static_cast<unsigned>(lr[ich_lr::Priority] &
                                             virtual_group_priority_mask(core, group)) >>
                       (8 - priority_bits_);
    virt.ap[index(group)] |= 1u << level;
    lr = lr.with(ich_lr::Pending, 0).with(ich_lr::Active, 1);
  }
  virt.lr[static_cast<unsigned>(n)] = lr.value;
  update_maintenance(core);
  touch(core);
  return intid;
}

// VPriorityDrop: clears the highest active priority of either group and returns it.
std::uint8_t Gic::virtual_priority_drop(CoreId core) {
  VirtualInterfaceState& virt = core_of(core).virt;
  const std::uint8_t running = virtual_running_priority(core);
  if (running == kIdlePriority) return kIdlePriority;
  const bool is_group0 = std::countr_zero(virt.ap[0]) <= std::countr_zero(virt.ap[1]);
  std::uint32_t& active = virt.ap[is_group0 ? 0 : 1];
  active &= active - 1;
  return running;
}

int Gic::find_active_list_register(CoreId core, unsigned intid) const {
  const VirtualInterfaceState& virt = core_of(core).virt;
  for (unsigned n = 0; n < list_registers_; ++n) {
    const IchLr lr{virt.lr[n]};
    if (lr.has(ich_lr::Active) && lr[ich_lr::vINTID] == intid) return static_cast<int>(n);
  }
  return -1;
}

// Active becomes invalid, active and pending becomes pending; a hardware interrupt is deactivated
// in the physical interface too.
void Gic::deactivate_list_register(CoreId core, unsigned n) {
  VirtualInterfaceState& virt = core_of(core).virt;
  const IchLr lr{virt.lr[n]};
  virt.lr[n] = lr.with(ich_lr::Active, 0).value;
  if (lr.has(ich_lr::HW)) deactivate(core, static_cast<unsigned>(lr[ich_lr::pINTID]));
}

// VirtualWriteEOIR0, VirtualWriteEOIR1.
// CHOICE: the priority is dropped before the List registers are looked at, and without an active
// priority they are not looked at (CONSTRAINED UNPREDICTABLE), as in QEMU.
void Gic::virtual_end_of_interrupt(CoreId core, Group group, unsigned intid) {
  if (is_special(intid)) return;
  const std::uint8_t dropped = virtual_priority_drop(core);
  if (dropped == kIdlePriority) return;
  const VirtualInterfaceState& virt = core_of(core).virt;
  const bool is_split = IchVmcr{virt.vmcr}.has(ich_vmcr::VEOIM);
  const int n = find_active_list_register(core, intid);
  if (n < 0) {
    // EOIcount counts deactivations that found no List register: none is due when EOImode == 1.
    if (!is_split && !is_lpi(intid)) increment_eoi_count(core);
    return;
  }
  const IchLr lr{virt.lr[static_cast<unsigned>(n)]};
  const auto priority =
      static_cast<std::uint8_t>(lr[ich_lr::Priority] & virtual_group_priority_mask(core, group));
  // An LPI has no separate deactivation.
  if (group_of(lr) == group && priority == dropped && (!is_split || is_lpi(intid))) {
    deactivate_list_register(core, static_cast<unsigned>(n));
  }
}

// VirtualWriteDIR
void Gic::virtual_deactivate(CoreId core, unsigned intid) {
  if (!IchVmcr{core_of(core).virt.vmcr}.has(ich_vmcr::VEOIM)) return;
  if (is_special(intid) || is_lpi(intid)) return;
  const int n = find_active_list_register(core, intid);
  if (n >= 0) {
    deactivate_list_register(core, static_cast<unsigned>(n));
  } else {
    increment_eoi_count(core);
  }
}

}  // namespace armature::platform
