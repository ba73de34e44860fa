#include "sim/config/value.h"

#include <fmt/format.h>

#include <charconv>

#include "sim/base/user_error.h"

namespace armature {

std::uint64_t parse_number(std::string_view key, std::string_view text, std::uint64_t low,
                           std::uint64_t high) {
  std::uint64_t value = 0;
  const bool hex = text.starts_with("0x");
  const std::string_view digits = hex ? text.substr(2) : text;
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), value, hex ? 16 : 10);
  if (error != std::errc{} || end != digits.data() + digits.size() || digits.empty() ||
      value < low || value > high) {
    throw UserError(fmt::format("{}: '{}' is not allowed; allowed: {}..{}", key, text, low, high));
  }
  return value;
}

bool parse_flag(std::string_view key, std::string_view text) {
  if (text == "true" || text == "on") return true;
  if (text == "false" || text == "off") return false;
  throw UserError(fmt::format("{}: '{}' is not allowed; allowed: true, false", key, text));
}

std::uint64_t parse_size(std::string_view key, std::string_view text, const SizeLimits& limits) {
  std::string_view digits = text;
  std::uint64_t unit = 1 << 20;
  if (!digits.empty()) {
    const char suffix = digits.back();
    if (suffix == 'K' || suffix == 'k') unit = 1 << 10;
    if (suffix == 'G' || suffix == 'g') unit = 1 << 30;
    if (suffix < '0' || suffix > '9') digits.remove_suffix(1);
  }
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  const bool suffix_known =
      text.empty() ||
      std::string_view("0123456789KkMmGg").find(text.back()) != std::string_view::npos;
  if (error != std::errc{} || end != digits.data() + digits.size() || digits.empty() ||
      !suffix_known || value > limits.high / unit || value * unit < limits.low ||
      value * unit % (2 << 20) != 0) {
    throw UserError(
        fmt::format("{}: '{}' is not allowed; allowed: {}..{} in steps of 2M, such as 512M or 2G",
                    key, text, limits.low_text, limits.high_text));
  }
  return value * unit;
}

std::string take_pair(std::string_view& text) {
  std::string pair;
  while (!text.empty()) {
    const char c = text.front();
    text.remove_prefix(1);
    if (c == ',') {
      if (text.empty() || text.front() != ',') return pair;
      text.remove_prefix(1);
    }
    pair += c;
  }
  return pair;
}

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
  return out + "\"";
}

}  // namespace armature
