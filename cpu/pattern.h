// Encodings as the manual prints them: 32 characters, 0 or 1 where fixed, a letter where a field
// is. A letter may stand in several places; its field is then those bits joined, high to low.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "cpu/decode.h"

namespace armature::cpu {

inline constexpr unsigned kPatternBits = 32;

// The fixed bits of a pattern.
struct BitPattern {
  std::uint32_t mask = 0;   // 1 where the bit is fixed
  std::uint32_t value = 0;  // its value there

  constexpr bool matches(std::uint32_t word) const { return (word & mask) == value; }
  // Whether some word matches both.
  constexpr bool overlaps(BitPattern other) const {
    return ((value ^ other.value) & mask & other.mask) == 0;
  }
};

constexpr BitPattern compile_pattern(std::string_view pattern) {
  BitPattern compiled;
  for (const char c : pattern) {
    compiled.mask = compiled.mask << 1 | static_cast<unsigned>(c == '0' || c == '1');
    compiled.value = compiled.value << 1 | static_cast<unsigned>(c == '1');
  }
  return compiled;
}

constexpr bool pattern_well_formed(std::string_view pattern) {
  if (pattern.size() != kPatternBits) return false;
  for (const char c : pattern) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (!letter && c != '0' && c != '1') return false;
  }
  return true;
}

// The bits of the word where the pattern has `letter`.
constexpr std::uint32_t field_mask(std::string_view pattern, char letter) {
  std::uint32_t mask = 0;
  for (const char c : pattern) mask = mask << 1 | static_cast<unsigned>(c == letter);
  return mask;
}

constexpr std::uint32_t extract_field(std::string_view pattern, char letter, std::uint32_t word) {
  const std::uint32_t mask = field_mask(pattern, letter);
  std::uint32_t value = 0;
  for (unsigned n = kPatternBits; n-- > 0;) {
    if ((mask >> n & 1) != 0) value = value << 1 | (word >> n & 1);
  }
  return value;
}

constexpr std::uint32_t insert_field(std::string_view pattern, char letter, std::uint32_t word,
                                     std::uint32_t value) {
  const std::uint32_t mask = field_mask(pattern, letter);
  for (unsigned n = 0; n < kPatternBits; ++n) {
    if ((mask >> n & 1) == 0) continue;
    word = (word & ~(1u << n)) | (value & 1) << n;
    value >>= 1;
  }
  return word;
}

// Row::reads and Row::writes. A list of words separated by one space:
//   n        Xn, 31 is XZR          n|SP   Xn, 31 is the selected stack pointer
//   Vn       the vector register n  Vt+2   vector registers t .. t+2, modulo 32
//   C SP X30 FPSR FPCR SYS          NZCV, SP, X30, status, control, a system register it names
struct RegisterUse {
  enum class Kind : std::uint8_t { general, vector, nzcv, sp, x30, fpsr, fpcr, system };
  Kind kind = Kind::general;
  char letter = 0;        // field of the pattern: general and vector
  bool stack = false;     // 31 is SP
  std::uint8_t more = 0;  // vector: how many registers follow

  bool operator==(const RegisterUse&) const = default;
};

// Nothing when `list` is not of that form or names a field that `pattern` has not.
std::optional<std::vector<RegisterUse>> parse_register_uses(std::string_view list,
                                                            std::string_view pattern);

}  // namespace armature::cpu
