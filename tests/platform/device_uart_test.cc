#include "platform/devices/pl011.h"
#include "tests/platform/device_bench.h"

namespace armature::platform {
namespace {

class Uart : public testing::Test {
 protected:
  std::uint64_t read(std::uint64_t offset, unsigned size = 4) {
    return read_register(uart, offset, size);
  }
  void write(std::uint64_t offset, std::uint64_t value, unsigned size = 4) {
    uart.write(offset, size, value);
  }
  bool interrupt() { return wires.levels[33]; }
  void enable_fifos() { write(0x2c, 0x70); }

  Wires wires;
  Terminal terminal;
  Pl011 uart{"uart0", terminal, {&wires, 33}};
};

TEST_F(Uart, WritesOfAnyWidthPrintOneCharacter) {
  write(0x0, 'a', 1);
  write(0x0, 'b', 2);
  write(0x0, 'c', 4);
  EXPECT_EQ(terminal.text, "abc");
}

TEST_F(Uart, FlagsSayThatTheTransmitterIsAlwaysReady) {
  EXPECT_EQ(read(0x18), 0x90u);
  EXPECT_EQ(read(0x18, 2), 0x90u);
  write(0x0, 'a');
  EXPECT_EQ(read(0x18), 0x90u);
}

TEST_F(Uart, WithoutFifosOneByteFillsTheReceiver) {
  EXPECT_TRUE(uart.push('x'));
  EXPECT_EQ(read(0x18) & 0x50, 0x40u) << "RXFF, not RXFE";
  EXPECT_FALSE(uart.push('y'));
  EXPECT_EQ(read(0x0), std::uint64_t{'x'});
  EXPECT_TRUE(uart.push('y'));
}

TEST_F(Uart, TheFifoHoldsSixteenBytesInOrder) {
  enable_fifos();
  for (int n = 0; n < 16; ++n) EXPECT_TRUE(uart.push(static_cast<std::uint8_t>('a' + n)));
  EXPECT_FALSE(uart.push('q'));
  EXPECT_EQ(read(0x18) & 0x50, 0x40u);
  for (int n = 0; n < 16; ++n) EXPECT_EQ(read(0x0), static_cast<std::uint64_t>('a' + n));
  EXPECT_EQ(read(0x18) & 0x50, 0x10u);
}

TEST_F(Uart, ReceiveInterruptLastsUntilTheFifoIsEmpty) {
  enable_fifos();
  write(0x38, 0x10);
  EXPECT_FALSE(interrupt());
  uart.push('a');
  uart.push('b');
  EXPECT_TRUE(interrupt());
  EXPECT_EQ(read(0x40), 0x10u);
  read(0x0);
  EXPECT_TRUE(interrupt());
  read(0x0);
  EXPECT_FALSE(interrupt());
}

TEST_F(Uart, MaskedInterruptShowsOnlyInTheRawStatus) {
  uart.push('a');
  EXPECT_FALSE(interrupt());
  EXPECT_EQ(read(0x3c), 0x10u);
  EXPECT_EQ(read(0x40), 0u);
}

TEST_F(Uart, TransmitInterruptIsRaisedByAWriteAndClearedByIcr) {
  write(0x38, 0x20);
  EXPECT_FALSE(interrupt());
  write(0x0, 'a');
  EXPECT_TRUE(interrupt());
  write(0x44, 0x20);
  EXPECT_FALSE(interrupt());
}

TEST_F(Uart, SwitchingTheFifosEmptiesThem) {
  enable_fifos();
  uart.push('a');
  write(0x2c, 0x60);
  EXPECT_EQ(read(0x18) & 0x10, 0x10u);
  EXPECT_EQ(read(0x3c), 0u);
}

TEST_F(Uart, IdentificationIsThatOfAPl011) {
  const std::uint64_t ids[] = {0x11, 0x10, 0x14, 0x00, 0x0d, 0xf0, 0x05, 0xb1};
  for (unsigned n = 0; n < 8; ++n) EXPECT_EQ(read(0xfe0 + 4 * n), ids[n]);
}

TEST_F(Uart, ReadOnlyAndReservedOffsetsIgnoreWrites) {
  write(0x18, 0);
  write(0x100, 0xff);
  EXPECT_EQ(read(0x18), 0x90u);
  EXPECT_EQ(read(0x100), 0u);
}

TEST_F(Uart, SavedStateKeepsTheFifoAndTheInterrupt) {
  enable_fifos();
  write(0x38, 0x10);
  uart.push('a');
  Wires other_wires;
  Pl011 other("uart0", terminal, {&other_wires, 33});
  copy_state(uart, other);
  EXPECT_EQ(other.state(), uart.state());
  EXPECT_TRUE(other_wires.levels[33]);
}

}  // namespace
}  // namespace armature::platform
