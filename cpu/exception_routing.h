// Where exceptions go: the routing controls of HCR_EL2 and MDCR_EL2 (D1.13 and D1.14 of the manual:
// routing of synchronous and of asynchronous exceptions). EL3 is not implemented.
#pragma once

#include <cstdint>

#include "cpu/exception.h"
#include "sim/arch/registers/control.h"

namespace armature::cpu {

class Core;

// HCR_EL2 as it takes effect: 0 when EL2 is not implemented.
HcrEl2 effective_hcr(const Core& core);

// The target of a synchronous exception that only HCR_EL2.TGE reroutes: EL2 from EL2, EL2 from EL0
// with TGE, otherwise EL1.
El default_target(const Core& core);
// DebugTarget: where debug exceptions are taken (HCR_EL2.TGE or MDCR_EL2.TDE from EL1 and EL0).
El debug_target(const Core& core);

// The asynchronous exceptions in the order in which this core takes them.
// CHOICE: priorities of asynchronous exceptions are IMPLEMENTATION DEFINED.
enum class Interrupt : std::uint8_t { serror, fiq, irq, virtual_serror, virtual_fiq, virtual_irq };
inline constexpr unsigned kInterrupts = 6;
// The `type` of the irq event is the value of Interrupt.

constexpr std::uint32_t interrupt_bit(Interrupt interrupt, bool set) {
  return static_cast<std::uint32_t>(set) << static_cast<unsigned>(interrupt);
}
// The set of those that are pending, whatever their masks and routing: interrupt_bit()s.
std::uint32_t pending_interrupts(const Core& core);
inline bool interrupt_pending(const Core& core, Interrupt interrupt) {
  return (pending_interrupts(core) & interrupt_bit(interrupt, true)) != 0;
}
// Whether it would be taken now if it were pending, and where.
bool interrupt_deliverable(const Core& core, Interrupt interrupt, El& target);

}  // namespace armature::cpu
