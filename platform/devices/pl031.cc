#include "platform/devices/pl031.h"

#include "sim/snapshot/bytes.h"

namespace armature::platform {

struct Pl031Registers {
  using D = Pl031;
  using R = Register<Pl031>;
  static constexpr RegisterAccess kRo = RegisterAccess::read_only;
  static constexpr RegisterAccess kRw = RegisterAccess::read_write;
  static constexpr RegisterAccess kWo = RegisterAccess::write_only;
  static constexpr Narrow kAny = Narrow::zero_extend;

  static constexpr std::array kTable{
      R{{0x00, 4, kRo, "RTCDR", "Data Register"}, &D::read_dr, nullptr, kAny},
      R{{0x04, 4, kRw, "RTCMR", "Match Register"}, &D::read_mr, &D::write_mr, kAny},
      R{{0x08, 4, kRw, "RTCLR", "Load Register"}, &D::read_lr, &D::write_lr, kAny},
      R{{0x0c, 4, kRw, "RTCCR", "Control Register"}, &D::read_cr, nullptr, kAny},
      R{{0x10, 4, kRw, "RTCIMSC", "Interrupt Mask Set or Clear Register"}, &D::read_imsc,
        &D::write_imsc, kAny},
      R{{0x14, 4, kRo, "RTCRIS", "Raw Interrupt Status"}, &D::read_ris, nullptr, kAny},
      R{{0x18, 4, kRo, "RTCMIS", "Masked Interrupt Status"}, &D::read_mis, nullptr, kAny},
      R{{0x1c, 4, kWo, "RTCICR", "Interrupt Clear Register"}, nullptr, &D::write_icr, kAny},
      R{{0xfe0, 4, kRo, "RTCPeriphID/RTCPCellID", "Identification Registers", 8}, &D::read_id,
        nullptr, kAny},
  };
};

Pl031::Pl031(const Clock& clock, std::uint32_t start_seconds, InterruptLine interrupt)
    : clock_(clock), interrupt_(interrupt) {
  state_.offset = start_seconds;
}

BusResponse Pl031::read(std::uint64_t offset, unsigned size, std::uint64_t& value) {
  value = read_registers(*this, Pl031Registers::kTable, offset, size);
  return BusResponse::okay;
}

BusResponse Pl031::write(std::uint64_t offset, unsigned size, std::uint64_t value) {
  write_registers(*this, Pl031Registers::kTable, offset, size, value);
  return BusResponse::okay;
}

std::vector<RegisterInfo> Pl031::registers() const {
  return register_infos(Pl031Registers::kTable);
}

void Pl031::save(std::vector<std::uint8_t>& out) const { put(out, state_); }
void Pl031::load(std::span<const std::uint8_t>& in) {
  state_ = take<Pl031State>(in);
  update();
}

std::uint32_t Pl031::counter() const {
  return static_cast<std::uint32_t>(state_.offset + whole_seconds(clock_.now()));
}

// The counter is 32 bits wide and wraps, so a match in the past is one in a later era.
void Pl031::set_alarm() {
  const std::uint32_t left = state_.match - counter();
  if (left == 0) {
    state_.alarm = kNever.sixteenths;
    state_.raw = 1;
    update();
    return;
  }
  state_.alarm = cycles_of_seconds(whole_seconds(clock_.now()) + left).sixteenths;
}

void Pl031::advance(Cycles now) {
  if (now < deadline()) return;
  state_.alarm = kNever.sixteenths;
  state_.raw = 1;
  update();
}

void Pl031::update() const { interrupt_.set_level((state_.raw & state_.mask) != 0); }

std::uint64_t Pl031::read_dr(unsigned) { return counter(); }
std::uint64_t Pl031::read_mr(unsigned) { return state_.match; }
void Pl031::write_mr(unsigned, std::uint64_t value) {
  state_.match = static_cast<std::uint32_t>(value);
  set_alarm();
}
std::uint64_t Pl031::read_lr(unsigned) { return state_.load; }
void Pl031::write_lr(unsigned, std::uint64_t value) {
  state_.load = static_cast<std::uint32_t>(value);
  state_.offset += state_.load - counter();
  set_alarm();
}
std::uint64_t Pl031::read_cr(unsigned) { return 1; }  // always running
std::uint64_t Pl031::read_imsc(unsigned) { return state_.mask; }
void Pl031::write_imsc(unsigned, std::uint64_t value) {
  state_.mask = static_cast<std::uint32_t>(value & 1);
  update();
}
std::uint64_t Pl031::read_ris(unsigned) { return state_.raw; }
std::uint64_t Pl031::read_mis(unsigned) { return state_.raw & state_.mask; }
void Pl031::write_icr(unsigned, std::uint64_t value) {
  if ((value & 1) != 0) state_.raw = 0;
  update();
}
std::uint64_t Pl031::read_id(unsigned index) {
  constexpr std::array<std::uint8_t, 8> ids{0x31, 0x10, 0x14, 0x00, 0x0d, 0xf0, 0x05, 0xb1};
  return ids[index];
}

}  // namespace armature::platform
