#include "platform/gdb/packet.h"

#include <fmt/format.h>

namespace armature::platform::gdb {
namespace {

constexpr std::uint8_t kEscape = '}', kEscapeXor = 0x20, kInterrupt = 3;

int digit(std::uint8_t c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

void PacketReader::feed(std::span<const std::uint8_t> bytes) {
  for (const std::uint8_t value : bytes) byte(value);
}

bool PacketReader::next(Incoming& incoming) {
  if (ready_.empty()) return false;
  incoming = std::move(ready_.front());
  ready_.pop_front();
  return true;
}

void PacketReader::byte(std::uint8_t value) {
  // A new '$' ends whatever was going on: the client started over.
  if (value == '$' && state_ != State::escaped) {
    *this = [&] {
      PacketReader fresh;
      fresh.ready_ = std::move(ready_);
      fresh.state_ = State::payload;
      return fresh;
    }();
    return;
  }
  switch (state_) {
    case State::between:
      if (value == kInterrupt) ready_.push_back({Incoming::Kind::interrupt, {}});
      if (value == '-') ready_.push_back({Incoming::Kind::refused, {}});
      break;
    case State::payload:
    case State::escaped:
      if (value == '#' && state_ == State::payload) {
        state_ = State::first_digit;
        break;
      }
      sum_ = static_cast<std::uint8_t>(sum_ + value);
      if (value == kEscape && state_ == State::payload) {
        state_ = State::escaped;
        break;
      }
      if (state_ == State::escaped) value ^= kEscapeXor;
      state_ = State::payload;
      if (payload_.size() >= kPacketBytesMax) {
        too_long_ = true;
      } else {
        payload_.push_back(static_cast<char>(value));
      }
      break;
    case State::first_digit:
    case State::second_digit: {
      const int nibble = digit(value);
      digits_valid_ = digits_valid_ && nibble >= 0;
      wanted_ = static_cast<std::uint8_t>(wanted_ << 4 | (nibble & 15));
      if (state_ == State::second_digit) {
        end_packet();
      } else {
        state_ = State::second_digit;
      }
      break;
    }
  }
}

void PacketReader::end_packet() {
  const bool good = digits_valid_ && wanted_ == sum_ && !too_long_;
  Incoming incoming{good ? Incoming::Kind::packet : Incoming::Kind::damaged, {}};
  if (good) incoming.payload = std::move(payload_);
  auto ready = std::move(ready_);
  *this = {};
  ready_ = std::move(ready);
  ready_.push_back(std::move(incoming));
}

std::string framed(std::string_view payload) {
  std::string out = "$";
  std::uint8_t sum = 0;
  const auto add = [&](char c) {
    out.push_back(c);
    sum = static_cast<std::uint8_t>(sum + static_cast<std::uint8_t>(c));
  };
  for (const char c : payload) {
    if (c == '$' || c == '#' || c == '}' || c == '*') {
      add(static_cast<char>(kEscape));
      add(static_cast<char>(c ^ kEscapeXor));
    } else {
      add(c);
    }
  }
  return out + fmt::format("#{:02x}", sum);
}

std::string to_hex(std::span<const std::uint8_t> bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  out.reserve(2 * bytes.size());
  for (const std::uint8_t byte : bytes) {
    out.push_back(kDigits[byte >> 4]);
    out.push_back(kDigits[byte & 15]);
  }
  return out;
}

std::string to_hex(std::string_view text) {
  return to_hex({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
}

bool from_hex(std::string_view text, std::string& bytes) {
  bytes.clear();
  if (text.size() % 2 != 0) return false;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = digit(static_cast<std::uint8_t>(text[i]));
    const int low = digit(static_cast<std::uint8_t>(text[i + 1]));
    if (high < 0 || low < 0) return false;
    bytes.push_back(static_cast<char>(high << 4 | low));
  }
  return true;
}

bool take_number(std::string_view& text, std::uint64_t& value) {
  constexpr std::size_t kDigitsMax = 16;
  std::size_t used = 0;
  value = 0;
  while (used < text.size()) {
    const int nibble = digit(static_cast<std::uint8_t>(text[used]));
    if (nibble < 0) break;
    if (used == kDigitsMax) return false;
    value = value << 4 | static_cast<std::uint64_t>(nibble);
    ++used;
  }
  text.remove_prefix(used);
  return used != 0;
}

bool take_word(std::string_view& text, std::string_view word) {
  if (!text.starts_with(word)) return false;
  text.remove_prefix(word.size());
  return true;
}

}  // namespace armature::platform::gdb
