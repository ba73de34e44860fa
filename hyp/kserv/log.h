// KServ's own lines: log("vm", 1, " is gone"), each complete and with the prefix "kserv| ".
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace armature::kserv {

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

void write_log_line(std::string_view text);
// Says why and powers the machine off: KServ cannot go on.
[[noreturn]] void fail_with(std::string_view text);

template <typename... Parts>
void log(Parts... parts) {
  write_log_line(Line(parts...).text());
}
template <typename... Parts>
[[noreturn]] void fail(Parts... parts) {
  fail_with(Line(parts...).text());
}

}  // namespace armature::kserv
