#include "hyp/kserv/pl011.h"

namespace armature::kserv {
namespace {

enum Offset : std::uint32_t {
  DR = 0x00, RSR = 0x04, FR = 0x18, ILPR = 0x20, IBRD = 0x24, FBRD = 0x28, LCR_H = 0x2c, CR = 0x30,
  IFLS = 0x34, IMSC = 0x38, RIS = 0x3c, MIS = 0x40, ICR = 0x44, PeriphID0 = 0xfe0,
};
// FR
constexpr std::uint32_t kCts = 1 << 0, kDsr = 1 << 1, kDcd = 1 << 2, kReceiveEmpty = 1 << 4,
                        kReceiveFull = 1 << 6, kTransmitEmpty = 1 << 7;
// Interrupts
constexpr std::uint32_t kReceive = 1 << 4, kTransmit = 1 << 5, kReceiveTimeout = 1 << 6;
constexpr std::uint32_t kInterrupts = 0x7ff;

// UARTPeriphID0-3 of revision r1p5, UARTPCellID0-3.
constexpr std::uint8_t kIdentification[8] = {0x11, 0x10, 0x34, 0x00, 0x0d, 0xf0, 0x05, 0xb1};

}  // namespace

// CHOICE: the receive interrupt is raised by the first character, whatever UARTIFLS says, and the
// timeout interrupt never: a driver sees each character at once.
void Pl011::update_receive() {
  if (count_ != 0) raw_ |= kReceive;
  else raw_ &= ~(kReceive | kReceiveTimeout);
}

bool Pl011::receive(char c) {
  if (!has_room()) return false;
  fifo_[(first_ + count_++) % kFifo] = c;
  update_receive();
  return true;
}

std::uint32_t Pl011::read(std::uint32_t offset) {
  switch (offset) {
    case DR: {
      if (count_ == 0) return 0;
      const auto c = static_cast<std::uint8_t>(fifo_[first_]);
      first_ = (first_ + 1) % kFifo;
      --count_;
      update_receive();
      return c;
    }
    case FR:
      return kCts | kDsr | kDcd | kTransmitEmpty | (count_ == 0 ? kReceiveEmpty : 0) |
             (has_room() ? 0 : kReceiveFull);
    case ILPR: return low_power_;
    case IBRD: return integer_divisor_;
    case FBRD: return fraction_divisor_;
    case LCR_H: return line_control_;
    case CR: return control_;
    case IFLS: return fifo_levels_;
    case IMSC: return mask_;
    case RIS: return raw_;
    case MIS: return raw_ & mask_;
    default:
      if (offset >= PeriphID0 && offset < 0x1000) return kIdentification[(offset - PeriphID0) / 4];
      return 0;
  }
}

std::optional<char> Pl011::write(std::uint32_t offset, std::uint32_t value) {
  switch (offset) {
    case DR:
      raw_ |= kTransmit;  // the FIFO has drained again past its level
      return static_cast<char>(value);
    case ILPR: low_power_ = value & 0xff; break;
    case IBRD: integer_divisor_ = value & 0xffff; break;
    case FBRD: fraction_divisor_ = value & 0x3f; break;
    case LCR_H:
      line_control_ = value & 0xff;
      // Turning the FIFOs off or on empties them.
      if (count_ > capacity()) count_ = 0;
      update_receive();
      break;
    case CR: control_ = value & 0xffff; break;
    case IFLS: fifo_levels_ = value & 0x3f; break;
    case IMSC: mask_ = value & kInterrupts; break;
    case ICR:
      raw_ &= ~value;
      update_receive();
      break;
    default: break;
  }
  return {};
}

}  // namespace armature::kserv
