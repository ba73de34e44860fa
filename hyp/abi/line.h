// A line of text for a console, made without a heap: Line("vm", 1, " at ", Hex{ipa}). What does not
// fit is left out.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace armature::abi {

struct Hex {
  std::uint64_t value;
};

class Line {
 public:
  template <typename... Parts>
  explicit Line(Parts... parts) {
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
  void add(std::signed_integral auto value) {
    if (value < 0) add("-");
    add(value < 0 ? 0 - static_cast<std::uint64_t>(value) : static_cast<std::uint64_t>(value));
  }
  void add(std::unsigned_integral auto value) { add_digits(value, 10); }
  void add(Hex hex) {
    add("0x");
    add_digits(hex.value, 16);
  }
  void add_digits(std::uint64_t value, unsigned base) {
    char digits[20];
    std::size_t count = 0;
    do {
      digits[count++] = "0123456789abcdef"[value % base];
      value /= base;
    } while (value != 0);
    while (count != 0) add(std::string_view(&digits[--count], 1));
  }

  char buffer_[240];
  std::size_t length_ = 0;
};

}  // namespace armature::abi
