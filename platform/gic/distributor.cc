#include "platform/gic/distributor.h"

#include "platform/gic/gic.h"
#include "platform/gic/identification.h"
#include "platform/gic/interrupt_word.h"

namespace armature::platform {

// With affinity routing enabled the banked registers of INTIDs 0-31, GICD_ITARGETSR, GICD_SGIR and
// GICD_*PENDSGIR are reserved here, and with DS == 1 so are GICD_IGRPMODR and GICD_NSACR. Reserved
// registers read as zero and ignore writes.
struct DistributorRegisters {
  using D = Distributor;
  using R = Register<Distributor>;
  static constexpr RegisterAccess kRo = RegisterAccess::read_only;
  static constexpr RegisterAccess kRw = RegisterAccess::read_write;

  static constexpr std::array kTable{
      R{{0x0000, 4, kRw, "GICD_CTLR", "Distributor Control Register"}, &D::read_ctlr, &D::write_ctlr},
      R{{0x0004, 4, kRo, "GICD_TYPER", "Interrupt Controller Type Register"}, &D::read_typer},
      R{{0x0008, 4, kRo, "GICD_IIDR", "Distributor Implementer Identification Register"},
        &D::read_iidr},
      R{{0x000c, 4, kRo, "GICD_TYPER2", "Interrupt Controller Type Register 2"}},
      R{{0x0080, 4, kRw, "GICD_IGROUPR", "Interrupt Group Registers", 8}, &D::read_group,
        &D::write_group},
      R{{0x0100, 4, kRw, "GICD_ISENABLER", "Interrupt Set-Enable Registers", 8}, &D::read_enable,
        &D::write_isenabler},
      R{{0x0180, 4, kRw, "GICD_ICENABLER", "Interrupt Clear-Enable Registers", 8}, &D::read_enable,
        &D::write_icenabler},
      R{{0x0200, 4, kRw, "GICD_ISPENDR", "Interrupt Set-Pending Registers", 8}, &D::read_pending,
        &D::write_ispendr},
      R{{0x0280, 4, kRw, "GICD_ICPENDR", "Interrupt Clear-Pending Registers", 8}, &D::read_pending,
        &D::write_icpendr},
      R{{0x0300, 4, kRw, "GICD_ISACTIVER", "Interrupt Set-Active Registers", 8}, &D::read_active,
        &D::write_isactiver},
      R{{0x0380, 4, kRw, "GICD_ICACTIVER", "Interrupt Clear-Active Registers", 8}, &D::read_active,
        &D::write_icactiver},
      R{{0x0400, 1, kRw, "GICD_IPRIORITYR", "Interrupt Priority Registers, one byte an INTID",
         kIntids, 1}, &D::read_priority, &D::write_priority},
      R{{0x0c00, 4, kRw, "GICD_ICFGR", "Interrupt Configuration Registers", 16}, &D::read_icfgr,
        &D::write_icfgr},
      R{{0x6000, 8, kRw, "GICD_IROUTER", "Interrupt Routing Registers, from INTID 32", kIntids, 8},
        &D::read_router, &D::write_router, Narrow::merge},
      R{{kGicIdOffset, 4, kRo, "GICD_PIDR", "Identification Registers PIDR4-7, PIDR0-3, CIDR0-3",
         kGicIdRegisters}, &D::read_id},
  };
};

BusResponse Distributor::read(std::uint64_t offset, unsigned size, std::uint64_t& value) {
  value = read_registers(*this, DistributorRegisters::kTable, offset, size);
  return BusResponse::okay;
}

BusResponse Distributor::write(std::uint64_t offset, unsigned size, std::uint64_t value) {
  write_registers(*this, DistributorRegisters::kTable, offset, size, value);
  gic_.touch_all();
  return BusResponse::okay;
}

std::vector<RegisterInfo> Distributor::registers() const {
  return register_infos(DistributorRegisters::kTable);
}

// Word 0 (SGIs and PPIs) lives in the redistributors.
InterruptWord* Distributor::word(unsigned index) {
  return index == 0 ? nullptr : &gic_.registers().distributor.spi[index - 1];
}

std::uint64_t Distributor::read_ctlr(unsigned) {
  return GicdCtlr{gic_.registers().distributor.ctlr}
      .with(gicd_ctlr::DS, 1)
      .with(gicd_ctlr::ARE, 1)
      .value;
}

void Distributor::write_ctlr(unsigned, std::uint64_t value) {
  const GicdCtlr written{value};
  gic_.registers().distributor.ctlr =
      GicdCtlr{}
          .with(gicd_ctlr::EnableGrp1, written[gicd_ctlr::EnableGrp1])
          .with(gicd_ctlr::EnableGrp0, written[gicd_ctlr::EnableGrp0])
          .value;
}

// CHOICE: No1N is 0, unlike QEMU: 1-of-N routing works (see Gic::is_routed_to). 16 INTID bits.
std::uint64_t Distributor::read_typer(unsigned) {
  return GicdTyper{}
      .with(gicd_typer::A3V, 1)
      .with(gicd_typer::IDbits, 15)
      .with(gicd_typer::ITLinesNumber, kIntids / 32 - 1)
      .value;
}

std::uint64_t Distributor::read_iidr(unsigned) { return kGicIidr; }

std::uint64_t Distributor::read_group(unsigned index) {
  const InterruptWord* w = word(index);
  return w == nullptr ? 0 : w->group;
}
void Distributor::write_group(unsigned index, std::uint64_t value) {
  if (InterruptWord* w = word(index)) w->group = static_cast<std::uint32_t>(value);
}

std::uint64_t Distributor::read_enable(unsigned index) {
  const InterruptWord* w = word(index);
  return w == nullptr ? 0 : w->enabled;
}
void Distributor::write_isenabler(unsigned index, std::uint64_t value) {
  if (InterruptWord* w = word(index)) w->enabled |= static_cast<std::uint32_t>(value);
}
void Distributor::write_icenabler(unsigned index, std::uint64_t value) {
  if (InterruptWord* w = word(index)) w->enabled &= ~static_cast<std::uint32_t>(value);
}

std::uint64_t Distributor::read_pending(unsigned index) {
  const InterruptWord* w = word(index);
  return w == nullptr ? 0 : w->pending();
}
void Distributor::write_ispendr(unsigned index, std::uint64_t value) {
  if (InterruptWord* w = word(index)) w->latch |= static_cast<std::uint32_t>(value);
}
void Distributor::write_icpendr(unsigned index, std::uint64_t value) {
  if (InterruptWord* w = word(index)) w->latch &= ~static_cast<std::uint32_t>(value);
}

std::uint64_t Distributor::read_active(unsigned index) {
  const InterruptWord* w = word(index);
  return w == nullptr ? 0 : w->active;
}
void Distributor::write_isactiver(unsigned index, std::uint64_t value) {
  if (InterruptWord* w = word(index)) w->active |= static_cast<std::uint32_t>(value);
}
void Distributor::write_icactiver(unsigned index, std::uint64_t value) {
  if (InterruptWord* w = word(index)) w->active &= ~static_cast<std::uint32_t>(value);
}

std::uint64_t Distributor::read_priority(unsigned index) {
  return gic_.registers().distributor.priority[index];
}
void Distributor::write_priority(unsigned index, std::uint64_t value) {
  if (index < kPrivateIntids) return;
  gic_.registers().distributor.priority[index] =
      static_cast<std::uint8_t>(value & gic_.priority_mask());
}

std::uint64_t Distributor::read_icfgr(unsigned index) {
  const InterruptWord* w = word(index / 2);
  return w == nullptr ? 0 : icfgr_of(*w, index % 2);
}
void Distributor::write_icfgr(unsigned index, std::uint64_t value) {
  if (InterruptWord* w = word(index / 2)) set_icfgr(*w, index % 2, value);
}

std::uint64_t Distributor::read_router(unsigned index) {
  return gic_.registers().distributor.router[index];
}
void Distributor::write_router(unsigned index, std::uint64_t value) {
  if (index < kPrivateIntids) return;
  const GicdIrouter written{value};
  GicdIrouter router;
  router = router.with(gicd_irouter::Aff3, written[gicd_irouter::Aff3]);
  router = router.with(gicd_irouter::Interrupt_Routing_Mode,
                       written[gicd_irouter::Interrupt_Routing_Mode]);
  router = router.with(gicd_irouter::Aff2, written[gicd_irouter::Aff2]);
  router = router.with(gicd_irouter::Aff1, written[gicd_irouter::Aff1]);
  router = router.with(gicd_irouter::Aff0, written[gicd_irouter::Aff0]);
  gic_.registers().distributor.router[index] = router.value;
}

std::uint64_t Distributor::read_id(unsigned index) { return gic_id_register(index, 0x92); }

}  // namespace armature::platform
