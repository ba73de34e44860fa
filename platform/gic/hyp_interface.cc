// ICH_*_EL2: the hypervisor's side of the virtual CPU interface, the maintenance interrupt and the
// traps of ICC registers to EL2.
#include "platform/gic/gic.h"

namespace armature::platform {
namespace {

constexpr std::uint64_t kIdBits24 = 1;

unsigned list_register_number(SysReg reg) {
  return static_cast<unsigned>(reg) - static_cast<unsigned>(SysReg::ICH_LR0_EL2);
}
bool is_list_register(SysReg reg) {
  return reg >= SysReg::ICH_LR0_EL2 && reg <= SysReg::ICH_LR15_EL2;
}

// A List register that became invalid and asked for an EOI maintenance interrupt.
bool has_eoi_pending(IchLr lr) {
  return lr[ich_lr::State] == 0 && !lr.has(ich_lr::HW) && lr.has(ich_lr::EOI);
}

}  // namespace

std::uint64_t Gic::read_hyp(CoreId core, SysReg reg) const {
  const VirtualInterfaceState& virt = core_of(core).virt;
  if (is_list_register(reg)) return virt.lr[list_register_number(reg)];
  switch (reg) {
    case SysReg::ICH_AP0R0_EL2: return virt.ap[0];
    case SysReg::ICH_AP1R0_EL2: return virt.ap[1];
    case SysReg::ICH_HCR_EL2: return virt.hcr;
    case SysReg::ICH_VTR_EL2: return vtr();
    case SysReg::ICH_MISR_EL2: return misr(core);
    case SysReg::ICH_EISR_EL2: return eisr(core);
    case SysReg::ICH_ELRSR_EL2: return elrsr(core);
    case SysReg::ICH_VMCR_EL2: return virt.vmcr;
    default: return 0;
  }
}

void Gic::write_hyp(CoreId core, SysReg reg, std::uint64_t value) {
  VirtualInterfaceState& virt = core_of(core).virt;
  if (is_list_register(reg)) {
    const unsigned n = list_register_number(reg);
    if (n < list_registers_) virt.lr[n] = legal_list_register(value);
  } else {
    switch (reg) {
      case SysReg::ICH_AP0R0_EL2: virt.ap[0] = static_cast<std::uint32_t>(value) & ap_mask(); break;
      case SysReg::ICH_AP1R0_EL2: virt.ap[1] = static_cast<std::uint32_t>(value) & ap_mask(); break;
      case SysReg::ICH_HCR_EL2: virt.hcr = value & ich_hcr::kWritable; break;
      case SysReg::ICH_VMCR_EL2: virt.vmcr = legal_vmcr(value); break;
      default: return;
    }
  }
  update_maintenance(core);
  touch(core);
}

std::uint64_t Gic::vtr() const {
  return IchVtr{}
      .with(ich_vtr::PRIbits, priority_bits_ - 1)
      .with(ich_vtr::PREbits, priority_bits_ - 1)
      .with(ich_vtr::IDbits, kIdBits24)
      .with(ich_vtr::A3V, 1)
      .with(ich_vtr::nV4, 1)
      .with(ich_vtr::TDS, 1)
      .with(ich_vtr::ListRegs, list_registers_ - 1)
      .value;
}

// VFIQEn is RAO with system register access; the binary points do not go below their minimum.
std::uint64_t Gic::legal_vmcr(std::uint64_t value) const {
  const IchVmcr written{value};
  const std::uint64_t bpr0 = written[ich_vmcr::VBPR0];
  const std::uint64_t bpr1 = written[ich_vmcr::VBPR1];
  return IchVmcr{}
      .with(ich_vmcr::VPMR, written[ich_vmcr::VPMR] & priority_mask_)
      .with(ich_vmcr::VBPR0, bpr0 < min_bpr() ? min_bpr() : bpr0)
      .with(ich_vmcr::VBPR1, bpr1 < min_bpr() + 1 ? min_bpr() + 1 : bpr1)
      .with(ich_vmcr::VEOIM, written[ich_vmcr::VEOIM])
      .with(ich_vmcr::VCBPR, written[ich_vmcr::VCBPR])
      .with(ich_vmcr::VFIQEn, 1)
      .with(ich_vmcr::VENG1, written[ich_vmcr::VENG1])
      .with(ich_vmcr::VENG0, written[ich_vmcr::VENG0])
      .value;
}

std::uint64_t Gic::legal_list_register(std::uint64_t value) const {
  const IchLr written{value};
  return IchLr{}
      .with(ich_lr::State, written[ich_lr::State])
      .with(ich_lr::HW, written[ich_lr::HW])
      .with(ich_lr::Group, written[ich_lr::Group])
      .with(ich_lr::Priority, written[ich_lr::Priority] & priority_mask_)
      .with(ich_lr::pINTID, written[ich_lr::pINTID])
      .with(ich_lr::vINTID, written[ich_lr::vINTID] & 0xffffff)
      .value;
}

std::uint64_t Gic::eisr(CoreId core) const {
  std::uint64_t value = 0;
  for (unsigned n = 0; n < list_registers_; ++n) {
    if (has_eoi_pending({core_of(core).virt.lr[n]})) value |= 1ull << n;
  }
  return value;
}

// A List register is empty when it is invalid and has no EOI maintenance interrupt to report.
std::uint64_t Gic::elrsr(CoreId core) const {
  std::uint64_t value = 0;
  for (unsigned n = 0; n < list_registers_; ++n) {
    const IchLr lr{core_of(core).virt.lr[n]};
    if (lr[ich_lr::State] == 0 && !has_eoi_pending(lr)) value |= 1ull << n;
  }
  return value;
}

std::uint64_t Gic::misr(CoreId core) const {
  const VirtualInterfaceState& virt = core_of(core).virt;
  const IchHcr hcr{virt.hcr};
  const IchVmcr vmcr{virt.vmcr};
  unsigned valid = 0;
  bool any_pending = false;
  for (unsigned n = 0; n < list_registers_; ++n) {
    const IchLr lr{virt.lr[n]};
    if (lr[ich_lr::State] != 0) ++valid;
    if (lr[ich_lr::State] == ich_lr::kPending) any_pending = true;
  }
  const bool veng0 = vmcr.has(ich_vmcr::VENG0);
  const bool veng1 = vmcr.has(ich_vmcr::VENG1);
  return IchMisr{}
      .with(ich_misr::EOI, eisr(core) != 0)
      .with(ich_misr::U, hcr.has(ich_hcr::UIE) && valid < 2)
      .with(ich_misr::LRENP, hcr.has(ich_hcr::LRENPIE) && hcr.has(ich_hcr::EOIcount))
      .with(ich_misr::NP, hcr.has(ich_hcr::NPIE) && !any_pending)
      .with(ich_misr::VGrp0E, hcr.has(ich_hcr::VGrp0EIE) && veng0)
      .with(ich_misr::VGrp0D, hcr.has(ich_hcr::VGrp0DIE) && !veng0)
      .with(ich_misr::VGrp1E, hcr.has(ich_hcr::VGrp1EIE) && veng1)
      .with(ich_misr::VGrp1D, hcr.has(ich_hcr::VGrp1DIE) && !veng1)
      .value;
}

// EOIcount wraps at 5 bits.
void Gic::increment_eoi_count(CoreId core) {
  VirtualInterfaceState& virt = core_of(core).virt;
  const IchHcr hcr{virt.hcr};
  virt.hcr = hcr.with(ich_hcr::EOIcount, hcr[ich_hcr::EOIcount] + 1).value;
}

void Gic::update_maintenance(CoreId core) {
  const bool is_enabled = IchHcr{core_of(core).virt.hcr}.has(ich_hcr::En);
  set_ppi(core, kMaintenanceIntid, is_enabled && misr(core) != 0);
}

bool Gic::hypervisor_traps(CoreId core, SysReg reg) const {
  const IchHcr hcr{core_of(core).virt.hcr};
  switch (reg) {
    case SysReg::ICC_IAR0_EL1:
    case SysReg::ICC_EOIR0_EL1:
    case SysReg::ICC_HPPIR0_EL1:
    case SysReg::ICC_BPR0_EL1:
    case SysReg::ICC_AP0R0_EL1:
    case SysReg::ICC_IGRPEN0_EL1: return hcr.has(ich_hcr::TALL0);
    case SysReg::ICC_IAR1_EL1:
    case SysReg::ICC_EOIR1_EL1:
    case SysReg::ICC_HPPIR1_EL1:
    case SysReg::ICC_BPR1_EL1:
    case SysReg::ICC_AP1R0_EL1:
    case SysReg::ICC_IGRPEN1_EL1: return hcr.has(ich_hcr::TALL1);
    case SysReg::ICC_DIR_EL1: return hcr.has(ich_hcr::TC) || hcr.has(ich_hcr::TDIR);
    case SysReg::ICC_PMR_EL1:
    case SysReg::ICC_RPR_EL1:
    case SysReg::ICC_CTLR_EL1:
    case SysReg::ICC_SGI0R_EL1:
    case SysReg::ICC_SGI1R_EL1:
    case SysReg::ICC_ASGI1R_EL1: return hcr.has(ich_hcr::TC);
    default: return false;
  }
}

}  // namespace armature::platform
