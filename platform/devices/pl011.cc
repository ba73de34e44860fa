#include "platform/devices/pl011.h"

#include "sim/arch/reg.h"
#include "sim/snapshot/bytes.h"

namespace armature::platform {
namespace {

struct FrTag;
using Fr = Reg<FrTag>;
constexpr Field<FrTag, 7> TXFE;
constexpr Field<FrTag, 6> RXFF;
constexpr Field<FrTag, 4> RXFE;

struct LcrHTag;
using LcrH = Reg<LcrHTag>;
constexpr Field<LcrHTag, 4> FEN;

constexpr std::uint32_t kReceiveInterrupt = 1u << 4;
constexpr std::uint32_t kTransmitInterrupt = 1u << 5;
constexpr std::uint32_t kInterrupts = 0x7ff;

std::uint32_t low(std::uint64_t value, unsigned width) {
  return static_cast<std::uint32_t>(bits(value, width - 1, 0));
}

}  // namespace

struct Pl011Registers {
  using D = Pl011;
  using R = Register<Pl011>;
  static constexpr RegisterAccess kRo = RegisterAccess::read_only;
  static constexpr RegisterAccess kRw = RegisterAccess::read_write;
  static constexpr RegisterAccess kWo = RegisterAccess::write_only;
  static constexpr Narrow kAny = Narrow::zero_extend;

  static constexpr std::array kTable{
      R{{0x000, 4, kRw, "UARTDR", "Data Register"}, &D::read_dr, &D::write_dr, kAny},
      R{{0x004, 4, kRw, "UARTRSR/UARTECR", "Receive Status Register/Error Clear Register"},
        &D::read_rsr, &D::write_ecr, kAny},
      R{{0x018, 4, kRo, "UARTFR", "Flag Register"}, &D::read_fr, nullptr, kAny},
      R{{0x020, 4, kRw, "UARTILPR", "IrDA Low-Power Counter Register"}, &D::read_ilpr,
        &D::write_ilpr, kAny},
      R{{0x024, 4, kRw, "UARTIBRD", "Integer Baud Rate Register"}, &D::read_ibrd, &D::write_ibrd,
        kAny},
      R{{0x028, 4, kRw, "UARTFBRD", "Fractional Baud Rate Register"}, &D::read_fbrd,
        &D::write_fbrd, kAny},
      R{{0x02c, 4, kRw, "UARTLCR_H", "Line Control Register"}, &D::read_lcr_h, &D::write_lcr_h,
        kAny},
      R{{0x030, 4, kRw, "UARTCR", "Control Register"}, &D::read_cr, &D::write_cr, kAny},
      R{{0x034, 4, kRw, "UARTIFLS", "Interrupt FIFO Level Select Register"}, &D::read_ifls,
        &D::write_ifls, kAny},
      R{{0x038, 4, kRw, "UARTIMSC", "Interrupt Mask Set/Clear Register"}, &D::read_imsc,
        &D::write_imsc, kAny},
      R{{0x03c, 4, kRo, "UARTRIS", "Raw Interrupt Status Register"}, &D::read_ris, nullptr, kAny},
      R{{0x040, 4, kRo, "UARTMIS", "Masked Interrupt Status Register"}, &D::read_mis, nullptr,
        kAny},
      R{{0x044, 4, kWo, "UARTICR", "Interrupt Clear Register"}, nullptr, &D::write_icr, kAny},
      R{{0x048, 4, kRw, "UARTDMACR", "DMA Control Register"}, &D::read_dmacr, &D::write_dmacr,
        kAny},
      R{{0xfe0, 4, kRo, "UARTPeriphID/UARTPCellID", "Identification Registers", 8}, &D::read_id,
        nullptr, kAny},
  };
};

BusResponse Pl011::read(std::uint64_t offset, unsigned size, std::uint64_t& value) {
  value = read_registers(*this, Pl011Registers::kTable, offset, size);
  return BusResponse::okay;
}

BusResponse Pl011::write(std::uint64_t offset, unsigned size, std::uint64_t value) {
  write_registers(*this, Pl011Registers::kTable, offset, size, value);
  return BusResponse::okay;
}

std::vector<RegisterInfo> Pl011::registers() const {
  return register_infos(Pl011Registers::kTable);
}

void Pl011::save(std::vector<std::uint8_t>& out) const { put(out, state_); }

void Pl011::reset() {
  state_ = {};
  update();
}

void Pl011::load(std::span<const std::uint8_t>& in) {
  auto state = take<Pl011State>(in);
  if (state.first >= kPl011FifoDepth || state.count > kPl011FifoDepth) {
    throw UserError("snapshot of " + name_ + " is damaged");
  }
  state_ = state;
  update();
}

bool Pl011::fifos_enabled() const { return LcrH{state_.lcr_h}.has(FEN); }

bool Pl011::is_enabled() const { return (state_.cr & 1) != 0; }

bool Pl011::can_accept() const {
  return state_.count < (fifos_enabled() ? kPl011FifoDepth : 1u);
}

bool Pl011::push(std::uint8_t byte) {
  if (!can_accept()) return false;
  state_.fifo[(state_.first + state_.count) % kPl011FifoDepth] = byte;
  if (++state_.count == 1) state_.ris |= kReceiveInterrupt;
  update();
  return true;
}

void Pl011::update() const { interrupt_.set_level((state_.ris & state_.imsc) != 0); }

std::uint64_t Pl011::read_dr(unsigned) {
  const std::uint8_t byte = state_.fifo[state_.first];
  if (state_.count > 0) {
    state_.first = (state_.first + 1) % kPl011FifoDepth;
    if (--state_.count == 0) state_.ris &= ~kReceiveInterrupt;
  }
  state_.rsr = 0;  // no framing, parity, break or overrun errors on this line
  update();
  return byte;
}

void Pl011::write_dr(unsigned, std::uint64_t value) {
  sink_.put(static_cast<std::uint8_t>(value));
  state_.ris |= kTransmitInterrupt;
  update();
}

std::uint64_t Pl011::read_rsr(unsigned) { return state_.rsr; }
void Pl011::write_ecr(unsigned, std::uint64_t) { state_.rsr = 0; }

std::uint64_t Pl011::read_fr(unsigned) {
  return Fr{}
      .with(TXFE, 1)
      .with(RXFF, !can_accept())
      .with(RXFE, state_.count == 0)
      .value;
}

std::uint64_t Pl011::read_ilpr(unsigned) { return state_.ilpr; }
void Pl011::write_ilpr(unsigned, std::uint64_t value) { state_.ilpr = low(value, 8); }
std::uint64_t Pl011::read_ibrd(unsigned) { return state_.ibrd; }
void Pl011::write_ibrd(unsigned, std::uint64_t value) { state_.ibrd = low(value, 16); }
std::uint64_t Pl011::read_fbrd(unsigned) { return state_.fbrd; }
void Pl011::write_fbrd(unsigned, std::uint64_t value) { state_.fbrd = low(value, 6); }

std::uint64_t Pl011::read_lcr_h(unsigned) { return state_.lcr_h; }
// Turning the FIFOs on or off empties them, and with them goes the receive interrupt.
void Pl011::write_lcr_h(unsigned, std::uint64_t value) {
  const bool had_fifos = fifos_enabled();
  state_.lcr_h = low(value, 8);
  if (had_fifos != fifos_enabled()) {
    state_.first = 0;
    state_.count = 0;
    state_.ris &= ~kReceiveInterrupt;
    update();
  }
}

// CHOICE: as in QEMU the enable and loopback bits of UARTCR are kept but have no effect.
std::uint64_t Pl011::read_cr(unsigned) { return state_.cr; }
void Pl011::write_cr(unsigned, std::uint64_t value) { state_.cr = low(value, 16); }
std::uint64_t Pl011::read_ifls(unsigned) { return state_.ifls; }
void Pl011::write_ifls(unsigned, std::uint64_t value) { state_.ifls = low(value, 6); }

std::uint64_t Pl011::read_imsc(unsigned) { return state_.imsc; }
void Pl011::write_imsc(unsigned, std::uint64_t value) {
  state_.imsc = static_cast<std::uint32_t>(value) & kInterrupts;
  update();
}

std::uint64_t Pl011::read_ris(unsigned) { return state_.ris; }
std::uint64_t Pl011::read_mis(unsigned) { return state_.ris & state_.imsc; }
void Pl011::write_icr(unsigned, std::uint64_t value) {
  state_.ris &= ~static_cast<std::uint32_t>(value);
  update();
}

std::uint64_t Pl011::read_dmacr(unsigned) { return state_.dmacr; }
void Pl011::write_dmacr(unsigned, std::uint64_t value) { state_.dmacr = low(value, 3); }

std::uint64_t Pl011::read_id(unsigned index) {
  constexpr std::array<std::uint8_t, 8> ids{0x11, 0x10, 0x14, 0x00, 0x0d, 0xf0, 0x05, 0xb1};
  return ids[index];
}

}  // namespace armature::platform
