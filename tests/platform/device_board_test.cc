// PL031, PL061 and fw_cfg.
#include "platform/devices/fw_cfg.h"
#include "platform/devices/pl031.h"
#include "platform/devices/pl061.h"
#include "tests/platform/device_bench.h"

namespace armature::platform {
namespace {

class RealTimeClock : public testing::Test {
 protected:
  std::uint64_t read(std::uint64_t offset) { return read_register(rtc, offset); }
  void at(std::uint64_t seconds) {
    clock.time = cycles_of_seconds(seconds);
    if (rtc.deadline() <= clock.time) rtc.advance(clock.time);
  }
  HandClock clock;
  Wires wires;
  Pl031 rtc{clock, 1000, {&wires, 34}};
};

TEST_F(RealTimeClock, CountsSimulatedSecondsFromTheConfiguredStart) {
  EXPECT_EQ(read(0x0), 1000u);
  at(5);
  EXPECT_EQ(read(0x0), 1005u);
}

TEST_F(RealTimeClock, LoadSetsTheTime) {
  at(5);
  rtc.write(0x8, 4, 2000);
  EXPECT_EQ(read(0x0), 2000u);
  at(6);
  EXPECT_EQ(read(0x0), 2001u);
}

TEST_F(RealTimeClock, AlarmRaisesTheInterruptAtTheMatch) {
  rtc.write(0x10, 4, 1);
  rtc.write(0x4, 4, 1003);
  EXPECT_EQ(rtc.deadline(), cycles_of_seconds(3));
  at(2);
  EXPECT_FALSE(wires.levels[34]);
  at(3);
  EXPECT_TRUE(wires.levels[34]);
  EXPECT_EQ(read(0x18), 1u);
  rtc.write(0x1c, 4, 1);
  EXPECT_FALSE(wires.levels[34]);
  EXPECT_EQ(rtc.deadline(), kNever);
}

TEST_F(RealTimeClock, MaskedAlarmIsRawOnly) {
  rtc.write(0x4, 4, 1001);
  at(1);
  EXPECT_FALSE(wires.levels[34]);
  EXPECT_EQ(read(0x14), 1u);
}

class Gpio : public testing::Test {
 protected:
  std::uint64_t read(std::uint64_t offset) { return read_register(gpio, offset); }
  Wires wires;
  Pl061 gpio{{&wires, 39}};
};

TEST_F(Gpio, DataAddressIsAMask) {
  gpio.write(0x400, 4, 0xff);
  gpio.write(4 * 0x0f, 4, 0xff);
  EXPECT_EQ(read(4 * 0xff), 0x0fu);
  EXPECT_EQ(read(4 * 0x03), 0x03u);
}

TEST_F(Gpio, InputsIgnoreDataWrites) {
  gpio.write(4 * 0xff, 4, 0xff);
  EXPECT_EQ(read(4 * 0xff), 0u);
  gpio.set_input(kPowerKeyPin, true);
  EXPECT_EQ(read(4 * 0xff), 8u);
}

TEST_F(Gpio, PowerKeyInterruptsOnTheEdgeAskedFor) {
  gpio.write(0x40c, 4, 8);  // rising
  gpio.write(0x410, 4, 8);
  gpio.set_input(kPowerKeyPin, true);
  EXPECT_TRUE(wires.levels[39]);
  gpio.write(0x41c, 4, 8);
  EXPECT_FALSE(wires.levels[39]);
  gpio.set_input(kPowerKeyPin, false);
  EXPECT_FALSE(wires.levels[39]) << "falling";
  gpio.write(0x408, 4, 8);
  gpio.set_input(kPowerKeyPin, true);
  gpio.write(0x41c, 4, 8);
  gpio.set_input(kPowerKeyPin, false);
  EXPECT_TRUE(wires.levels[39]) << "both edges";
}

TEST_F(Gpio, LevelInterruptFollowsThePin) {
  gpio.write(0x404, 4, 8);
  gpio.write(0x40c, 4, 8);
  gpio.write(0x410, 4, 8);
  gpio.set_input(kPowerKeyPin, true);
  EXPECT_TRUE(wires.levels[39]);
  gpio.write(0x41c, 4, 8);
  EXPECT_TRUE(wires.levels[39]) << "a level cannot be cleared";
  gpio.set_input(kPowerKeyPin, false);
  EXPECT_FALSE(wires.levels[39]);
}

TEST_F(Gpio, IdentificationIsThatOfAPl061) {
  EXPECT_EQ(read(0xfe0), 0x61u);
  EXPECT_EQ(read(0xfe4), 0x10u);
  EXPECT_EQ(read(0xffc), 0xb1u);
}

class FirmwareConfig : public testing::Test {
 protected:
  static constexpr std::uint64_t kBlock = GuestMemory::kBase + 0x100;
  static constexpr std::uint64_t kBuffer = GuestMemory::kBase + 0x1000;

  static std::uint64_t swap32(std::uint64_t v) { return __builtin_bswap32(static_cast<std::uint32_t>(v)); }
  void select(std::uint16_t key) { fw.write(0x8, 2, __builtin_bswap16(key)); }
  std::uint32_t dma(std::uint32_t control, std::uint32_t length, std::uint64_t address) {
    memory.set(kBlock, __builtin_bswap32(control));
    memory.set(kBlock + 4, __builtin_bswap32(length));
    memory.set(kBlock + 8, __builtin_bswap64(address));
    fw.write(0x10, 8, __builtin_bswap64(kBlock));
    return __builtin_bswap32(memory.get<std::uint32_t>(kBlock));
  }
  GuestMemory memory;
  FwCfg fw{memory};
};

TEST_F(FirmwareConfig, SignatureReadsAsAString) {
  select(0);
  EXPECT_EQ(read_register(fw, 0, 1), std::uint64_t{'Q'});
  EXPECT_EQ(read_register(fw, 0, 1), std::uint64_t{'E'});
  EXPECT_EQ(read_register(fw, 0, 2), std::uint64_t{'M' | 'U' << 8});
  EXPECT_EQ(read_register(fw, 0, 4), 0u) << "past the end";
  select(0);
  EXPECT_EQ(read_register(fw, 0, 4), 0x554d4551u);
}

TEST_F(FirmwareConfig, IdSaysThatDmaIsThere) {
  select(1);
  EXPECT_EQ(read_register(fw, 0, 4), 3u);
  EXPECT_EQ(read_register(fw, 0x10, 8), 0x4746432055'4d4551ull) << "'QEMU CFG', big-endian";
}

TEST_F(FirmwareConfig, DirectoryListsTheFiles) {
  fw.add_file("etc/test", {1, 2, 3});
  select(0x19);
  EXPECT_EQ(swap32(read_register(fw, 0, 4)), 1u);
  EXPECT_EQ(swap32(read_register(fw, 0, 4)), 3u);
  EXPECT_EQ(read_register(fw, 0, 2), 0x2000u) << "key 0x20, big-endian";
  read_register(fw, 0, 2);
  EXPECT_EQ(read_register(fw, 0, 8), 0x747365742f637465ull) << "etc/test";
  select(0x20);
  EXPECT_EQ(read_register(fw, 0, 4), 0x030201u);
}

TEST_F(FirmwareConfig, DmaReadsAnItemAndPadsWithZeros) {
  memory.set(kBuffer, ~0ull);
  EXPECT_EQ(dma(0x0000000a, 8, kBuffer), 0u);  // select 0, read
  EXPECT_EQ(memory.get<std::uint64_t>(kBuffer), 0x554d4551ull);
}

TEST_F(FirmwareConfig, DmaSkips) {
  EXPECT_EQ(dma(0x0000000c, 2, 0), 0u);  // select 0, skip 2
  EXPECT_EQ(dma(0x00000002, 2, kBuffer), 0u);
  EXPECT_EQ(memory.text(kBuffer, 2), "MU");
}

TEST_F(FirmwareConfig, DmaOutsideMemoryAndWritesReportAnError) {
  EXPECT_EQ(dma(0x0000000a, 4, 0), 1u);
  EXPECT_EQ(dma(0x00000018, 4, kBuffer), 1u);
  fw.write(0x10, 8, 0);  // a request block that is not memory must not hurt us
  EXPECT_EQ(dma(0x0000000a, 0xffffffff, GuestMemory::kBase + GuestMemory::kBytes - 16), 1u);
}

TEST_F(FirmwareConfig, DmaByTwoWordsStartsAtTheSecond) {
  memory.set(kBlock, __builtin_bswap32(0xa));
  memory.set(kBlock + 4, __builtin_bswap32(4));
  memory.set(kBlock + 8, __builtin_bswap64(kBuffer));
  fw.write(0x10, 4, 0);
  EXPECT_EQ(memory.get<std::uint32_t>(kBuffer), 0u);
  fw.write(0x14, 4, __builtin_bswap32(static_cast<std::uint32_t>(kBlock)));
  EXPECT_EQ(memory.text(kBuffer, 4), "QEMU");
}

}  // namespace
}  // namespace armature::platform
