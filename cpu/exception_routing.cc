#include "cpu/exception_routing.h"

#include "cpu/core.h"
#include "sim/arch/registers/debug.h"
#include "sim/base/bits.h"

namespace armature::cpu {
namespace {

// The bit of PState::daif that masks it.
constexpr std::uint8_t kMaskA = 0b0100, kMaskI = 0b0010, kMaskF = 0b0001;

struct Controls {
  bool routed;        // HCR_EL2.{AMO,IMO,FMO} of the type
  std::uint8_t mask;  // PSTATE.{A,I,F}
  bool is_virtual;
};

Controls controls_of(HcrEl2 hcr, Interrupt interrupt) {
  switch (interrupt) {
    case Interrupt::serror:
      return {hcr.has(hcr_el2::AMO), kMaskA, false};
    case Interrupt::fiq:
      return {hcr.has(hcr_el2::FMO), kMaskF, false};
    case Interrupt::irq:
      return {hcr.has(hcr_el2::IMO), kMaskI, false};
    case Interrupt::virtual_serror:
      return {hcr.has(hcr_el2::AMO), kMaskA, true};
    case Interrupt::virtual_fiq:
      return {hcr.has(hcr_el2::FMO), kMaskF, true};
    case Interrupt::virtual_irq:
      return {hcr.has(hcr_el2::IMO), kMaskI, true};
  }
  return {};
}

}  // namespace

HcrEl2 effective_hcr(const Core& core) {
  return {core.machine.has_el2 ? core.state[SysReg::HCR_EL2] : 0};
}

El default_target(const Core& core) {
  const El el = core.state.ps.el;
  if (el == El::el2) return El::el2;
  return el == El::el0 && effective_hcr(core).has(hcr_el2::TGE) ? El::el2 : El::el1;
}

El debug_target(const Core& core) {
  if (!core.machine.has_el2) return El::el1;
  const bool routed = effective_hcr(core).has(hcr_el2::TGE) ||
                      MdcrEl2{core.state[SysReg::MDCR_EL2]}.has(mdcr_el2::TDE);
  return routed ? El::el2 : El::el1;
}

// One look at the GIC's lines serves all types.
std::uint32_t pending_interrupts(const Core& core) {
  const HcrEl2 hcr = effective_hcr(core);
  const GicPort::Lines lines = core.machine.gic.lines(core.id);
  return interrupt_bit(Interrupt::serror, core.state.pending_serror) |
         interrupt_bit(Interrupt::fiq, lines.fiq) | interrupt_bit(Interrupt::irq, lines.irq) |
         interrupt_bit(Interrupt::virtual_serror, hcr.has(hcr_el2::VSE)) |
         interrupt_bit(Interrupt::virtual_fiq, lines.vfiq || hcr.has(hcr_el2::VF)) |
         interrupt_bit(Interrupt::virtual_irq, lines.virq || hcr.has(hcr_el2::VI));
}

// Virtual ones exist at EL1 and EL0 while the physical type is routed to EL2 and TGE is 0. A
// physical one routed to EL2 is never masked below EL2; one routed to EL1 is not taken at EL2.
bool interrupt_deliverable(const Core& core, Interrupt interrupt, El& target) {
  const HcrEl2 hcr = effective_hcr(core);
  const Controls controls = controls_of(hcr, interrupt);
  const bool tge = hcr.has(hcr_el2::TGE);
  const El el = core.state.ps.el;
  const bool masked = (core.state.ps.daif & controls.mask) != 0;
  if (controls.is_virtual) {
    target = El::el1;
    return el != El::el2 && !tge && controls.routed && !masked;
  }
  target = controls.routed || tge ? El::el2 : El::el1;
  if (el == El::el2) return target == El::el2 && !masked;
  return target == El::el2 || !masked;
}

bool wfi_wakeup_pending(const Core& core) {
  constexpr std::uint32_t kPhysical = interrupt_bit(Interrupt::serror, true) |
                                      interrupt_bit(Interrupt::fiq, true) |
                                      interrupt_bit(Interrupt::irq, true);
  const std::uint32_t pending = pending_interrupts(core);
  if ((pending & kPhysical) != 0) return true;
  const HcrEl2 hcr = effective_hcr(core);
  if (core.state.ps.el == El::el2 || hcr.has(hcr_el2::TGE)) return false;
  const std::uint32_t routed = interrupt_bit(Interrupt::virtual_serror, hcr.has(hcr_el2::AMO)) |
                               interrupt_bit(Interrupt::virtual_fiq, hcr.has(hcr_el2::FMO)) |
                               interrupt_bit(Interrupt::virtual_irq, hcr.has(hcr_el2::IMO));
  return (pending & routed) != 0;
}

bool take_pending_interrupt(Core& core) {
  const std::uint32_t pending = pending_interrupts(core);
  if (pending == 0) return false;
  for (unsigned i = 0; i < kInterrupts; ++i) {
    const auto interrupt = static_cast<Interrupt>(i);
    El target = El::el1;
    if (!bit(pending, i) || !interrupt_deliverable(core, interrupt, target)) continue;
    ExceptionRecord record;
    record.preferred_return = core.state.pc;
    switch (interrupt) {
      case Interrupt::irq:
      case Interrupt::virtual_irq:
        record.vector = VectorKind::irq;
        break;
      case Interrupt::fiq:
      case Interrupt::virtual_fiq:
        record.vector = VectorKind::fiq;
        break;
      case Interrupt::serror:
      case Interrupt::virtual_serror:
        // CHOICE: the syndrome of an SError is IMPLEMENTATION DEFINED without FEAT_RAS: ISS = 0.
        record.vector = VectorKind::serror;
        record.exception_class = ExceptionClass::serror;
        break;
    }
    if (interrupt == Interrupt::serror) core.state.pending_serror = false;
    if (interrupt == Interrupt::virtual_serror) {
      core.state[SysReg::HCR_EL2] = HcrEl2{core.state[SysReg::HCR_EL2]}.with(hcr_el2::VSE, 0).value;
    }
    core.machine.events.publish(EventKind::irq, 0, 0, 0,
                                i | static_cast<std::uint32_t>(target) << 4);
    take_exception(core, target, record);
    return true;
  }
  return false;
}

}  // namespace armature::cpu
