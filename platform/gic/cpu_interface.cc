// ICC_*_EL1: the physical CPU interface by system registers.
#include <bit>

#include "platform/gic/gic.h"

namespace armature::platform {
namespace {

// CHOICE: ICC_CTLR_EL1.IDbits and the same fields of the virtual interface say 24 INTID bits, as
// QEMU does.
constexpr std::uint64_t kIdBits24 = 1;
constexpr std::uint64_t kIntidMask = 0xffffff;
constexpr unsigned kFirstSpecialIntid = 1020;

}  // namespace

std::uint64_t Gic::read_physical(CoreId core, SysReg reg) {
  const CpuInterfaceState& cpu = core_of(core).cpu;
  switch (reg) {
    case SysReg::ICC_PMR_EL1: return cpu.pmr;
    case SysReg::ICC_IAR0_EL1: return acknowledge(core, Group::group0);
    case SysReg::ICC_IAR1_EL1: return acknowledge(core, Group::group1);
    case SysReg::ICC_HPPIR0_EL1:
    case SysReg::ICC_HPPIR1_EL1: {
      const Group group = reg == SysReg::ICC_HPPIR0_EL1 ? Group::group0 : Group::group1;
      const PendingInterrupt& highest = derived(core).highest;
      return highest.group == group ? highest.intid : kSpuriousIntid;
    }
    case SysReg::ICC_BPR0_EL1: return read_bpr(core, Group::group0);
    case SysReg::ICC_BPR1_EL1: return read_bpr(core, Group::group1);
    case SysReg::ICC_AP0R0_EL1: return cpu.ap[0];
    case SysReg::ICC_AP1R0_EL1: return cpu.ap[1];
    case SysReg::ICC_RPR_EL1: return running_priority(core);
    case SysReg::ICC_IGRPEN0_EL1: return cpu.enabled[0];
    case SysReg::ICC_IGRPEN1_EL1: return cpu.enabled[1];
    case SysReg::ICC_CTLR_EL1:
      return IccCtlr{cpu.ctlr}
          .with(icc_ctlr::A3V, 1)
          .with(icc_ctlr::IDbits, kIdBits24)
          .with(icc_ctlr::PRIbits, priority_bits_ - 1)
          .value;
    // System register access is the only one there is: SRE, and EL2's Enable, are RAO/WI.
    case SysReg::ICC_SRE_EL1:
      return IccSre{}.with(icc_sre::DIB, 1).with(icc_sre::DFB, 1).with(icc_sre::SRE, 1).value;
    case SysReg::ICC_SRE_EL2:
      return IccSre{}
          .with(icc_sre::Enable, 1)
          .with(icc_sre::DIB, 1)
          .with(icc_sre::DFB, 1)
          .with(icc_sre::SRE, 1)
          .value;
    default: return 0;
  }
}

void Gic::write_physical(CoreId core, SysReg reg, std::uint64_t value) {
  CpuInterfaceState& cpu = core_of(core).cpu;
  switch (reg) {
    case SysReg::ICC_PMR_EL1: cpu.pmr = static_cast<std::uint32_t>(value & priority_mask_); break;
    case SysReg::ICC_EOIR0_EL1:
      return end_of_interrupt(core, Group::group0, static_cast<unsigned>(value & kIntidMask));
    case SysReg::ICC_EOIR1_EL1:
      return end_of_interrupt(core, Group::group1, static_cast<unsigned>(value & kIntidMask));
    // CHOICE: a write to DIR with EOImode == 0 (CONSTRAINED UNPREDICTABLE) is ignored.
    case SysReg::ICC_DIR_EL1:
      if (IccCtlr{cpu.ctlr}.has(icc_ctlr::EOImode)) {
        deactivate(core, static_cast<unsigned>(value & kIntidMask));
      }
      return;
    case SysReg::ICC_BPR0_EL1: write_bpr(core, Group::group0, value); break;
    case SysReg::ICC_BPR1_EL1: write_bpr(core, Group::group1, value); break;
    case SysReg::ICC_AP0R0_EL1: cpu.ap[0] = static_cast<std::uint32_t>(value) & ap_mask(); break;
    case SysReg::ICC_AP1R0_EL1: cpu.ap[1] = static_cast<std::uint32_t>(value) & ap_mask(); break;
    case SysReg::ICC_IGRPEN0_EL1: cpu.enabled[0] = bit(value, 0); return touch_all();
    case SysReg::ICC_IGRPEN1_EL1: cpu.enabled[1] = bit(value, 0); return touch_all();
    case SysReg::ICC_CTLR_EL1:
      cpu.ctlr = IccCtlr{}
                     .with(icc_ctlr::EOImode, IccCtlr{value}[icc_ctlr::EOImode])
                     .with(icc_ctlr::CBPR, IccCtlr{value}[icc_ctlr::CBPR])
                     .value;
      break;
    case SysReg::ICC_SGI0R_EL1: return generate_sgi(core, {value}, Group::group0);
    case SysReg::ICC_SGI1R_EL1: return generate_sgi(core, {value}, Group::group1);
    // CHOICE: with one Security state the alias register reaches the SGIs that are not
    // Non-secure Group 1, which are those of Group 0, as in QEMU.
    case SysReg::ICC_ASGI1R_EL1: return generate_sgi(core, {value}, Group::group0);
    default: return;
  }
  touch(core);
}

// The group priority field of an interrupt's priority: 4.8.2 "Priority grouping".
// Group 1 under its own ICC_BPR1_EL1 has one bit less than the same value in ICC_BPR0_EL1.
std::uint8_t Gic::group_priority_mask(CoreId core, Group group) const {
  const CpuInterfaceState& cpu = core_of(core).cpu;
  const bool common = IccCtlr{cpu.ctlr}.has(icc_ctlr::CBPR);
  const unsigned bpr =
      group == Group::group0 || common ? cpu.bpr[0] : static_cast<unsigned>(cpu.bpr[1] - 1);
  return static_cast<std::uint8_t>(0xffu << (bpr + 1));
}

std::uint64_t Gic::read_bpr(CoreId core, Group group) const {
  const CpuInterfaceState& cpu = core_of(core).cpu;
  if (group == Group::group1 && IccCtlr{cpu.ctlr}.has(icc_ctlr::CBPR)) {
    return cpu.bpr[0] == 7 ? 7 : cpu.bpr[0] + 1;
  }
  return cpu.bpr[index(group)];
}

void Gic::write_bpr(CoreId core, Group group, std::uint64_t value) {
  CpuInterfaceState& cpu = core_of(core).cpu;
  if (group == Group::group1 && IccCtlr{cpu.ctlr}.has(icc_ctlr::CBPR)) return;
  const unsigned smallest = group == Group::group0 ? min_bpr() : min_bpr() + 1;
  const auto wanted = static_cast<unsigned>(bits(value, 2, 0));
  cpu.bpr[index(group)] = static_cast<std::uint8_t>(wanted < smallest ? smallest : wanted);
}

std::uint8_t Gic::running_priority(CoreId core) const {
  const CpuInterfaceState& cpu = core_of(core).cpu;
  const std::uint32_t active = cpu.ap[0] | cpu.ap[1];
  if (active == 0) return kIdlePriority;
  return static_cast<std::uint8_t>(std::countr_zero(active) << (8 - priority_bits_));
}

bool Gic::can_preempt(CoreId core, const PendingInterrupt& interrupt) const {
  if (interrupt.intid == kSpuriousIntid) return false;
  if (interrupt.priority >= core_of(core).cpu.pmr) return false;
  const std::uint8_t running = running_priority(core);
  if (running == kIdlePriority) return true;
  const std::uint8_t grouped = group_priority_mask(core, interrupt.group);
  return (interrupt.priority & grouped) < (running & grouped);
}

std::uint64_t Gic::acknowledge(CoreId core, Group group) {
  const PendingInterrupt interrupt = derived(core).highest;
  if (interrupt.group != group || !can_preempt(core, interrupt)) return kSpuriousIntid;
  const unsigned level =
      static_cast<unsigned>(interrupt.priority & group_priority_mask(core, group)) >>
      (8 - priority_bits_);
  core_of(core).cpu.ap[index(group)] |= 1u << level;
  InterruptWord& word = word_of(core, interrupt.intid);
  word.active |= 1u << (interrupt.intid % 32);
  word.latch &= ~(1u << (interrupt.intid % 32));
  if (interrupt.intid < kPrivateIntids) {
    touch(core);
  } else {
    touch_all();
  }
  return interrupt.intid;
}

// Priority drop, and deactivation when EOImode == 0. A write to the register of the other group
// than the running interrupt's is ignored, as is a special or unimplemented INTID.
void Gic::end_of_interrupt(CoreId core, Group group, unsigned intid) {
  if (intid >= kIntids) return;
  CpuInterfaceState& cpu = core_of(core).cpu;
  if (cpu.ap[0] == 0 && cpu.ap[1] == 0) return;
  const Group running = std::countr_zero(cpu.ap[0]) <= std::countr_zero(cpu.ap[1])
                            ? Group::group0
                            : Group::group1;
  if (running != group) return;
  std::uint32_t& active = cpu.ap[index(group)];
  active &= active - 1;
  touch(core);
  if (!IccCtlr{cpu.ctlr}.has(icc_ctlr::EOImode)) deactivate(core, intid);
}

void Gic::deactivate(CoreId core, unsigned intid) {
  if (intid >= kIntids) return;
  word_of(core, intid).active &= ~(1u << (intid % 32));
  touch_all();
}

// An SGI becomes pending at each target where its group is the one the register asks for.
void Gic::generate_sgi(CoreId core, IccSgi request, Group group) {
  const auto intid = static_cast<unsigned>(request[icc_sgi::INTID]);
  const bool everyone_else = request.has(icc_sgi::IRM);
  const bool cluster0 = request[icc_sgi::Aff3] == 0 && request[icc_sgi::Aff2] == 0 &&
                        request[icc_sgi::Aff1] == 0 && request[icc_sgi::RS] == 0;
  for (std::uint8_t n = 0; n < cores_; ++n) {
    const bool is_target = everyone_else
                               ? n != core.value
                               : cluster0 && bit(request[icc_sgi::TargetList], n);
    InterruptWord& word = state_.core[n].redistributor.word;
    if (!is_target || bit(word.group, intid) != (group == Group::group1)) continue;
    word.latch |= 1u << intid;
    touch({n});
  }
}

static_assert(kIntids < kFirstSpecialIntid);

}  // namespace armature::platform
