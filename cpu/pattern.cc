#include "cpu/pattern.h"

#include <array>
#include <utility>

namespace armature::cpu {

namespace {

constexpr std::array<std::pair<std::string_view, RegisterUse::Kind>, 6> kNamed{{
    {"C", RegisterUse::Kind::nzcv},
    {"SP", RegisterUse::Kind::sp},
    {"X30", RegisterUse::Kind::x30},
    {"FPSR", RegisterUse::Kind::fpsr},
    {"FPCR", RegisterUse::Kind::fpcr},
    {"SYS", RegisterUse::Kind::system},
}};

// A register field has the five bits that name 32 registers (four for Vm of by-element forms).
bool is_register_field(std::string_view pattern, char letter) {
  const int width = __builtin_popcount(field_mask(pattern, letter));
  return letter >= 'a' && letter <= 'z' && (width == 5 || width == 4);
}

std::optional<RegisterUse> parse_one(std::string_view word, std::string_view pattern) {
  for (const auto& [name, kind] : kNamed) {
    if (word == name) return RegisterUse{.kind = kind};
  }
  RegisterUse use;
  if (word.starts_with('V')) {
    use.kind = RegisterUse::Kind::vector;
    word.remove_prefix(1);
    if (word.size() == 3 && word[1] == '+' && word[2] >= '1' && word[2] <= '3') {
      use.more = static_cast<std::uint8_t>(word[2] - '0');
      word.remove_suffix(2);
    }
  } else if (word.size() == 4 && word.ends_with("|SP")) {
    use.stack = true;
    word.remove_suffix(3);
  }
  if (word.size() != 1 || !is_register_field(pattern, word[0])) return std::nullopt;
  use.letter = word[0];
  return use;
}

}  // namespace

std::optional<std::vector<RegisterUse>> parse_register_uses(std::string_view list,
                                                            std::string_view pattern) {
  std::vector<RegisterUse> uses;
  while (!list.empty()) {
    const std::size_t space = list.find(' ');
    const std::optional<RegisterUse> use = parse_one(list.substr(0, space), pattern);
    if (!use) return std::nullopt;
    uses.push_back(*use);
    list = space == std::string_view::npos ? std::string_view{} : list.substr(space + 1);
    if (space != std::string_view::npos && list.empty()) return std::nullopt;
  }
  return uses;
}

}  // namespace armature::cpu
