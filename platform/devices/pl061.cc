#include "platform/devices/pl061.h"

#include "sim/base/assert.h"
#include "sim/snapshot/bytes.h"

namespace armature::platform {

struct Pl061Registers {
  using D = Pl061;
  using R = Register<Pl061>;
  static constexpr RegisterAccess kRo = RegisterAccess::read_only;
  static constexpr RegisterAccess kRw = RegisterAccess::read_write;
  static constexpr RegisterAccess kWo = RegisterAccess::write_only;
  static constexpr Narrow kAny = Narrow::zero_extend;

  static constexpr std::array kTable{
      R{{0x000, 4, kRw, "GPIODATA", "Data Register, address bits 9:2 are the mask", 256},
        &D::read_data, &D::write_data, kAny},
      R{{0x400, 4, kRw, "GPIODIR/IS/IBE/IEV/IE", "Direction and interrupt control registers", 5},
        &D::read_control, &D::write_control, kAny},
      R{{0x414, 4, kRo, "GPIORIS", "Raw Interrupt Status Register"}, &D::read_ris, nullptr, kAny},
      R{{0x418, 4, kRo, "GPIOMIS", "Masked Interrupt Status Register"}, &D::read_mis, nullptr,
        kAny},
      R{{0x41c, 4, kWo, "GPIOIC", "Interrupt Clear Register"}, nullptr, &D::write_ic, kAny},
      R{{0x420, 4, kRw, "GPIOAFSEL", "Mode Control Select Register"}, &D::read_afsel,
        &D::write_afsel, kAny},
      R{{0xfd0, 4, kRo, "GPIOPeriphID/GPIOPCellID", "Identification Registers", 12}, &D::read_id,
        nullptr, kAny},
  };
};

BusResponse Pl061::read(std::uint64_t offset, unsigned size, std::uint64_t& value) {
  value = read_registers(*this, Pl061Registers::kTable, offset, size);
  return BusResponse::okay;
}

BusResponse Pl061::write(std::uint64_t offset, unsigned size, std::uint64_t value) {
  write_registers(*this, Pl061Registers::kTable, offset, size, value);
  return BusResponse::okay;
}

std::vector<RegisterInfo> Pl061::registers() const {
  return register_infos(Pl061Registers::kTable);
}

void Pl061::save(std::vector<std::uint8_t>& out) const { put(out, state_); }
void Pl061::reset() {
  state_ = {};
  update();
}

void Pl061::load(std::span<const std::uint8_t>& in) {
  state_ = take<Pl061State>(in);
  update();
}

std::uint8_t Pl061::pins() const {
  return static_cast<std::uint8_t>((state_.output & state_.dir) | (state_.input & ~state_.dir));
}

// Latched edges, and level-sensitive pins whose level matches GPIOIEV.
std::uint8_t Pl061::raw_status() const {
  const auto matching = static_cast<std::uint8_t>(~(pins() ^ state_.iev));
  return static_cast<std::uint8_t>(state_.edges | (matching & state_.is));
}

void Pl061::latch_edges(std::uint8_t before) {
  const std::uint8_t now = pins();
  const auto changed = static_cast<std::uint8_t>(before ^ now);
  const auto wanted = static_cast<std::uint8_t>(state_.ibe | ~(now ^ state_.iev));
  state_.edges |= static_cast<std::uint8_t>(changed & wanted & ~state_.is & ~state_.dir);
  update();
}

void Pl061::update() const { interrupt_.set_level((raw_status() & state_.ie) != 0); }

void Pl061::set_input(unsigned pin, bool level) {
  ARMATURE_ASSERT(pin < kPl061Pins);
  const std::uint8_t before = pins();
  state_.input = static_cast<std::uint8_t>(insert_bits(state_.input, pin, pin, level));
  latch_edges(before);
}

std::uint64_t Pl061::read_data(unsigned index) { return pins() & index; }
void Pl061::write_data(unsigned index, std::uint64_t value) {
  const auto selected = static_cast<std::uint8_t>(index & state_.dir);
  state_.output = static_cast<std::uint8_t>((state_.output & ~selected) | (value & selected));
  update();
}

std::uint8_t& Pl061::control(unsigned index) {
  std::uint8_t* const controls[] = {&state_.dir, &state_.is, &state_.ibe, &state_.iev, &state_.ie};
  return *controls[index];
}
std::uint64_t Pl061::read_control(unsigned index) { return control(index); }
void Pl061::write_control(unsigned index, std::uint64_t value) {
  control(index) = static_cast<std::uint8_t>(value);
  update();
}

std::uint64_t Pl061::read_ris(unsigned) { return raw_status(); }
std::uint64_t Pl061::read_mis(unsigned) { return raw_status() & state_.ie; }
void Pl061::write_ic(unsigned, std::uint64_t value) {
  state_.edges &= static_cast<std::uint8_t>(~value);
  update();
}
std::uint64_t Pl061::read_afsel(unsigned) { return state_.afsel; }
void Pl061::write_afsel(unsigned, std::uint64_t value) {
  state_.afsel = static_cast<std::uint8_t>(value);
}
std::uint64_t Pl061::read_id(unsigned index) {
  constexpr std::array<std::uint8_t, 12> ids{0x00, 0x00, 0x00, 0x00, 0x61, 0x10,
                                             0x04, 0x00, 0x0d, 0xf0, 0x05, 0xb1};
  return ids[index];
}

}  // namespace armature::platform
