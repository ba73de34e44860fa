#include "platform/gic/redistributor.h"

#include "platform/gic/gic.h"
#include "platform/gic/identification.h"
#include "platform/gic/interrupt_word.h"

namespace armature::platform {

// Without LPIs GICR_PROPBASER, GICR_PENDBASER and the LPI registers are reserved; with DS == 1 so
// are GICR_IGRPMODR0 and GICR_NSACR.
struct RedistributorRegisters {
  using D = Redistributor;
  using R = Register<Redistributor>;
  static constexpr RegisterAccess kRo = RegisterAccess::read_only;
  static constexpr RegisterAccess kRw = RegisterAccess::read_write;
  static constexpr std::uint64_t kSgi = 0x10000;

  static constexpr std::array kTable{
      R{{0x0000, 4, kRo, "GICR_CTLR", "Redistributor Control Register"}},
      R{{0x0004, 4, kRo, "GICR_IIDR", "Redistributor Implementer Identification Register"},
        &D::read_iidr},
      R{{0x0008, 8, kRo, "GICR_TYPER", "Redistributor Type Register"}, &D::read_typer, nullptr,
        Narrow::merge},
      R{{0x0014, 4, kRw, "GICR_WAKER", "Redistributor Wake Register"}, &D::read_waker,
        &D::write_waker},
      R{{kGicIdOffset, 4, kRo, "GICR_PIDR", "Identification Registers PIDR4-7, PIDR0-3, CIDR0-3",
         kGicIdRegisters}, &D::read_id},
      R{{kSgi + 0x080, 4, kRw, "GICR_IGROUPR0", "Interrupt Group Register 0"}, &D::read_group,
        &D::write_group},
      R{{kSgi + 0x100, 4, kRw, "GICR_ISENABLER0", "Interrupt Set-Enable Register 0"},
        &D::read_enable, &D::write_isenabler},
      R{{kSgi + 0x180, 4, kRw, "GICR_ICENABLER0", "Interrupt Clear-Enable Register 0"},
        &D::read_enable, &D::write_icenabler},
      R{{kSgi + 0x200, 4, kRw, "GICR_ISPENDR0", "Interrupt Set-Pending Register 0"},
        &D::read_pending, &D::write_ispendr},
      R{{kSgi + 0x280, 4, kRw, "GICR_ICPENDR0", "Interrupt Clear-Pending Register 0"},
        &D::read_pending, &D::write_icpendr},
      R{{kSgi + 0x300, 4, kRw, "GICR_ISACTIVER0", "Interrupt Set-Active Register 0"},
        &D::read_active, &D::write_isactiver},
      R{{kSgi + 0x380, 4, kRw, "GICR_ICACTIVER0", "Interrupt Clear-Active Register 0"},
        &D::read_active, &D::write_icactiver},
      R{{kSgi + 0x400, 1, kRw, "GICR_IPRIORITYR", "Interrupt Priority Registers, one byte an INTID",
         kPrivateIntids, 1}, &D::read_priority, &D::write_priority},
      R{{kSgi + 0xc00, 4, kRw, "GICR_ICFGR", "Interrupt Configuration Registers", 2},
        &D::read_icfgr, &D::write_icfgr},
  };
};

std::uint64_t Redistributors::size() const { return gic_.cores() * Redistributor::kBytes; }

BusResponse Redistributors::read(std::uint64_t offset, unsigned size, std::uint64_t& value) {
  const CoreId core{static_cast<std::uint8_t>(offset / Redistributor::kBytes)};
  if (core.value >= gic_.cores()) return BusResponse::decode_error;
  value = Redistributor(gic_, core).read(offset % Redistributor::kBytes, size);
  return BusResponse::okay;
}

BusResponse Redistributors::write(std::uint64_t offset, unsigned size, std::uint64_t value) {
  const CoreId core{static_cast<std::uint8_t>(offset / Redistributor::kBytes)};
  if (core.value >= gic_.cores()) return BusResponse::decode_error;
  Redistributor(gic_, core).write(offset % Redistributor::kBytes, size, value);
  return BusResponse::okay;
}

std::vector<RegisterInfo> Redistributors::registers() const {
  return register_infos(RedistributorRegisters::kTable);
}

std::uint64_t Redistributor::read(std::uint64_t offset, unsigned size) {
  return read_registers(*this, RedistributorRegisters::kTable, offset, size);
}
void Redistributor::write(std::uint64_t offset, unsigned size, std::uint64_t value) {
  write_registers(*this, RedistributorRegisters::kTable, offset, size, value);
  gic_.touch_all();  // a sleeping core leaves the choice of a 1-of-N target to others
}

RedistributorState& Redistributor::state() {
  return gic_.registers().core[core_.value].redistributor;
}

std::uint64_t Redistributor::read_iidr(unsigned) { return kGicIidr; }

std::uint64_t Redistributor::read_typer(unsigned) {
  return GicrTyper{}
      .with(gicr_typer::Affinity_Value, core_.value)
      .with(gicr_typer::Processor_Number, core_.value)
      .with(gicr_typer::Last, core_.value + 1u == gic_.cores())
      .value;
}

// CHOICE: the CPU interface quiesces at once, so ChildrenAsleep follows ProcessorSleep.
std::uint64_t Redistributor::read_waker(unsigned) {
  const GicrWaker waker{state().waker};
  return waker.with(gicr_waker::ChildrenAsleep, waker[gicr_waker::ProcessorSleep])
      .with(gicr_waker::Quiescent, 0)
      .value;
}
// CHOICE: ProcessorSleep is 1 at reset, but only software that sets it stops its interrupts. Waking
// the redistributor is secure firmware's work, so what runs without one (UEFI) does not do it.
void Redistributor::write_waker(unsigned, std::uint64_t value) {
  const std::uint64_t asleep = GicrWaker{value}[gicr_waker::ProcessorSleep];
  state().waker = GicrWaker{}
                      .with(gicr_waker::Quiescent, asleep)
                      .with(gicr_waker::ProcessorSleep, asleep)
                      .value;
}

std::uint64_t Redistributor::read_id(unsigned index) { return gic_id_register(index, 0x93); }

std::uint64_t Redistributor::read_group(unsigned) { return state().word.group; }
void Redistributor::write_group(unsigned, std::uint64_t value) {
  state().word.group = static_cast<std::uint32_t>(value);
}

std::uint64_t Redistributor::read_enable(unsigned) { return state().word.enabled; }
void Redistributor::write_isenabler(unsigned, std::uint64_t value) {
  state().word.enabled |= static_cast<std::uint32_t>(value);
}
void Redistributor::write_icenabler(unsigned, std::uint64_t value) {
  state().word.enabled &= ~static_cast<std::uint32_t>(value);
}

std::uint64_t Redistributor::read_pending(unsigned) { return state().word.pending(); }
void Redistributor::write_ispendr(unsigned, std::uint64_t value) {
  state().word.latch |= static_cast<std::uint32_t>(value);
}
void Redistributor::write_icpendr(unsigned, std::uint64_t value) {
  state().word.latch &= ~static_cast<std::uint32_t>(value);
}

std::uint64_t Redistributor::read_active(unsigned) { return state().word.active; }
void Redistributor::write_isactiver(unsigned, std::uint64_t value) {
  state().word.active |= static_cast<std::uint32_t>(value);
}
void Redistributor::write_icactiver(unsigned, std::uint64_t value) {
  state().word.active &= ~static_cast<std::uint32_t>(value);
}

std::uint64_t Redistributor::read_priority(unsigned index) { return state().priority[index]; }
void Redistributor::write_priority(unsigned index, std::uint64_t value) {
  state().priority[index] = static_cast<std::uint8_t>(value & gic_.priority_mask());
}

std::uint64_t Redistributor::read_icfgr(unsigned index) { return icfgr_of(state().word, index); }
void Redistributor::write_icfgr(unsigned index, std::uint64_t value) {
  if (index == 0) return;  // SGIs are always edge-triggered
  set_icfgr(state().word, index, value);
}

}  // namespace armature::platform
