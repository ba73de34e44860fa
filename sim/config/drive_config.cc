#include "sim/config/drive_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "sim/base/user_error.h"
#include "sim/config/value.h"

namespace armature {
namespace {

constexpr std::string_view kKeys = "file, readonly, snapshot, if, unit, format, media, id";

// How QEMU names a drive and reaches its file: nothing the guest can see.
constexpr std::array<std::string_view, 8> kHostKeys{"id",   "cache",  "aio",    "discard",
                                                    "index", "werror", "rerror", "detect-zeroes"};

struct Keys {
  DriveConfig drive;
  bool is_flash = false;
  std::optional<unsigned> unit;
};

void set_key(Keys& keys, std::string_view key, std::string_view value) {
  if (key == "file") {
    keys.drive.file = value;
  } else if (key == "readonly") {
    keys.drive.read_only = parse_flag("drive: readonly", value);
  } else if (key == "snapshot") {
    keys.drive.snapshot = parse_flag("drive: snapshot", value);
  } else if (key == "if") {
    if (value != "none" && value != "virtio" && value != "pflash") {
      throw UserError(
          fmt::format("drive: if '{}' is not allowed; allowed: none, virtio, pflash", value));
    }
    keys.is_flash = value == "pflash";
  } else if (key == "unit") {
    keys.unit = static_cast<unsigned>(parse_number("drive: unit", value, 0, 1));
  } else if (key == "format") {
    if (value != "raw")
      throw UserError(fmt::format("drive: format '{}' is not allowed; allowed: raw", value));
  } else if (key == "media") {
    if (value != "disk")
      throw UserError(fmt::format("drive: media '{}' is not allowed; allowed: disk", value));
  } else if (std::find(kHostKeys.begin(), kHostKeys.end(), key) == kHostKeys.end()) {
    throw UserError(fmt::format("drive: no key '{}'; allowed: {}", key, kKeys));
  }
}

}  // namespace

DriveConfig parse_drive(std::string_view text, unsigned free_bank) {
  Keys keys;
  while (!text.empty()) {
    const std::string pair = take_pair(text);
    const std::size_t equals = pair.find('=');
    if (equals == std::string::npos) {
      set_key(keys, "file", pair);
    } else {
      set_key(keys, std::string_view(pair).substr(0, equals),
              std::string_view(pair).substr(equals + 1));
    }
  }
  if (keys.drive.file.empty()) throw UserError("drive: file= is missing");
  if (keys.is_flash) keys.drive.bank = keys.unit.value_or(free_bank);
  return keys.drive;
}

std::string dump_drive(const DriveConfig& drive) {
  std::string file;
  for (const char c : drive.file) file.append(c == ',' ? 2 : 1, c);
  return fmt::format("file={},readonly={},snapshot={}{}", file, drive.read_only ? "on" : "off",
                     drive.snapshot ? "on" : "off",
                     drive.bank ? fmt::format(",if=pflash,unit={}", *drive.bank) : "");
}

}  // namespace armature
