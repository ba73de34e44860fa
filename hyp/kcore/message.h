// Lines for the console, made without a heap: message("stage 2 fault at ", Hex{ipa}).
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace armature::kcore {

struct Hex {
  std::uint64_t value;
};

class Message {
 public:
  template <typename... Parts>
  explicit Message(Parts... parts) {
    (add(parts), ...);
  }
  std::string_view text() const { return {buffer_, length_}; }

 private:
  void add(std::string_view text) {
    for (const char c : text) {
      if (length_ < sizeof(buffer_)) buffer_[length_++] = c;
    }
  }
  void add(const char* text) { add(std::string_view(text)); }
  void add(std::unsigned_integral auto value) {
    char digits[20];
    std::size_t count = 0;
    do {
      digits[count++] = static_cast<char>('0' + value % 10);
      value /= 10;
    } while (value != 0);
    while (count != 0) add(std::string_view(&digits[--count], 1));
  }
  void add(Hex hex) {
    add("0x");
    bool leading = true;
    for (int shift = 60; shift >= 0; shift -= 4) {
      const auto digit = hex.value >> shift & 0xf;
      leading = leading && digit == 0 && shift != 0;
      if (!leading) add(std::string_view(&"0123456789abcdef"[digit], 1));
    }
  }

  char buffer_[240];
  std::size_t length_ = 0;
};

}  // namespace armature::kcore
