// A raw image file behind virtio-blk or a flash bank.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace armature {

struct DriveConfig {
  std::string file;
  bool read_only = false;
  bool snapshot = false;         // writes go to an in-memory overlay only
  std::optional<unsigned> bank;  // flash bank, 0 or 1, instead of a disk
};

// "file=disk.img,readonly=on,snapshot=on" or only the file name; QEMU's if=, unit=, format=, id= are
// taken where they mean the same; a flash image without a unit is for `free_bank`. Throws UserError.
DriveConfig parse_drive(std::string_view text, unsigned free_bank = 0);
std::string dump_drive(const DriveConfig& drive);

}  // namespace armature
