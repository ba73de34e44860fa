// The framing of the GDB remote serial protocol.
#include <gtest/gtest.h>

#include "platform/gdb/packet.h"

namespace armature::platform::gdb {
namespace {

using Kind = Incoming::Kind;

std::vector<Incoming> read(std::string_view bytes) {
  PacketReader reader;
  reader.feed({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
  std::vector<Incoming> all;
  for (Incoming incoming; reader.next(incoming);) all.push_back(incoming);
  return all;
}

TEST(GdbPacket, APacketWithTheRightSumIsTaken) {
  const auto all = read("+$qC#b4");
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].kind, Kind::packet);
  EXPECT_EQ(all[0].payload, "qC");
}

TEST(GdbPacket, AWrongSumOrNoDigitsIsDamage) {
  EXPECT_EQ(read("$qC#b5").at(0).kind, Kind::damaged);
  EXPECT_EQ(read("$qC#zz").at(0).kind, Kind::damaged);
}

TEST(GdbPacket, EscapedBytesAreWhatTheyStandFor) {
  const std::string wild = std::string("X$#}*\0end", 9);
  const auto all = read(framed(wild));
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].kind, Kind::packet);
  EXPECT_EQ(all[0].payload, wild);
}

TEST(GdbPacket, AnInterruptCountsOnlyBetweenPackets) {
  EXPECT_EQ(read("\x03").at(0).kind, Kind::interrupt);
  const auto all = read("$a\x03#64");
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].payload, "a\x03");
}

TEST(GdbPacket, ANewPacketEndsATruncatedOne) {
  const auto all = read("$m4000$qC#b4");
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].payload, "qC");
}

TEST(GdbPacket, ATooLongPacketIsDamageAndTakesBoundedMemory) {
  const auto all = read(framed(std::string(3 * kPacketBytesMax, 'a')) + "$qC#b4");
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].kind, Kind::damaged);
  EXPECT_EQ(all[1].payload, "qC");
}

TEST(GdbPacket, NumbersAreHexadecimalAndBounded) {
  std::uint64_t value = 0;
  std::string_view text = "fFfF,4";
  EXPECT_TRUE(take_number(text, value));
  EXPECT_EQ(value, 0xffffu);
  EXPECT_EQ(text, ",4");
  text = "12345678123456781";
  EXPECT_FALSE(take_number(text, value));
  text = "x";
  EXPECT_FALSE(take_number(text, value));
}

}  // namespace
}  // namespace armature::platform::gdb
