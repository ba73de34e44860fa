// One value of a configuration: from the text that the user gave, and as TOML.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace armature {

// Each throws UserError "key: what is wrong; allowed: ...".
std::uint64_t parse_number(std::string_view key, std::string_view text, std::uint64_t low,
                           std::uint64_t high);
bool parse_flag(std::string_view key, std::string_view text);  // true, on, false, off

struct SizeLimits {
  std::uint64_t low, high;               // bytes
  std::string_view low_text, high_text;  // the same for messages, such as "64M"
};
// "512M" -> bytes; suffixes K, M, G (powers of 1024), none = MiB as in QEMU's -m; steps of 2 MiB.
std::uint64_t parse_size(std::string_view key, std::string_view text, const SizeLimits& limits);

// Takes the next "key=value" off the text, with doubled commas made single.
std::string take_pair(std::string_view& text);

// A TOML string.
std::string quoted(std::string_view text);

}  // namespace armature
