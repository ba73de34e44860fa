// A VM's UART: PL011 (Arm PrimeCell UART, DDI 0183) without modem lines or DMA; what is written
// leaves at once. Offsets are bytes from its base. The caller serialises.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

namespace armature::kserv {

class Pl011 {
 public:
  static constexpr unsigned kFifo = 16;

  std::uint32_t read(std::uint32_t offset);
  // The character sent, if any.
  std::optional<char> write(std::uint32_t offset, std::uint32_t value);
  // False: the FIFO is full and the character lost.
  bool receive(char c);
  bool has_room() const { return count_ < capacity(); }
  bool interrupt_line() const { return (raw_ & mask_) != 0; }

 private:
  unsigned capacity() const { return (line_control_ & kFifoEnable) != 0 ? kFifo : 1; }
  void update_receive();
  static constexpr std::uint32_t kFifoEnable = 1 << 4;

  std::array<char, kFifo> fifo_{};
  unsigned first_ = 0, count_ = 0;
  std::uint32_t raw_ = 0, mask_ = 0;
  std::uint32_t control_ = 0x300, line_control_ = 0, integer_divisor_ = 0, fraction_divisor_ = 0;
  std::uint32_t fifo_levels_ = 0x12, low_power_ = 0;
};

}  // namespace armature::kserv
