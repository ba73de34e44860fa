// The GDB remote serial protocol's framing: $payload#checksum, escapes, acknowledgements, and the
// interrupt byte. Plain bytes in and out; no sockets here.
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>

namespace armature::platform::gdb {

// Longest payload taken from a client, and longest reply, in bytes (qSupported's PacketSize).
inline constexpr std::size_t kPacketBytesMax = 1 << 17;

struct Incoming {
  enum class Kind : std::uint8_t {
    packet,     // `payload`, unescaped; its checksum was right
    damaged,    // a packet whose checksum was wrong, or that was too long
    interrupt,  // Ctrl-C: the byte 0x03 between packets
    refused,    // '-': the client wants the last reply again
  };
  Kind kind = Kind::packet;
  std::string payload;
};

// Cuts a byte stream into packets. Whatever the bytes are: bounded memory, no failure; what is
// between packets is skipped.
class PacketReader {
 public:
  void feed(std::span<const std::uint8_t> bytes);
  // False when nothing complete is left.
  bool next(Incoming& incoming);

 private:
  enum class State : std::uint8_t { between, payload, escaped, first_digit, second_digit };
  void byte(std::uint8_t value);
  void end_packet();

  State state_ = State::between;
  std::string payload_;
  std::uint8_t sum_ = 0, wanted_ = 0;
  bool digits_valid_ = true, too_long_ = false;
  std::deque<Incoming> ready_;
};

// $...#xx with what must be escaped escaped.
std::string framed(std::string_view payload);

std::string to_hex(std::span<const std::uint8_t> bytes);
std::string to_hex(std::string_view text);
// False for an odd number of digits or something else than digits.
bool from_hex(std::string_view text, std::string& bytes);
// The number at the front of `text`, which loses it; false when there is none or it is too long.
bool take_number(std::string_view& text, std::uint64_t& value);
// Takes `word` off the front of `text` when it is there.
bool take_word(std::string_view& text, std::string_view word);

}  // namespace armature::platform::gdb
