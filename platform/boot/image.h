// Images from the user's files: Linux arm64 Image, ELF, raw. Errors name the file.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "sim/base/types.h"

namespace armature::platform {

// The whole file; throws UserError when it cannot be read or is empty.
std::vector<std::uint8_t> read_file(const std::string& path);

// The same, unpacked when it is a gzip file.
std::vector<std::uint8_t> read_unpacked(const std::string& path);

struct ElfImage {
  struct Segment {
    PhysicalAddress address{};        // p_paddr
    std::vector<std::uint8_t> bytes;  // p_filesz
    std::uint64_t memory_bytes = 0;   // p_memsz, the rest is zero
  };
  std::uint64_t entry = 0;  // physical, when the segment that holds it has both addresses
  std::vector<Segment> segments;
  std::vector<std::uint8_t> note;  // payload of the ARMATURE manifest note, empty when absent
};

bool is_elf(std::span<const std::uint8_t> bytes);
// AArch64 little-endian programs, linked for an address or position-independent; throws UserError otherwise.
ElfImage parse_elf(std::span<const std::uint8_t> bytes, const std::string& path);

// Header of a Linux arm64 Image (Documentation/arch/arm64/booting).
struct LinuxImageHeader {
  std::uint64_t text_offset = 0;
  std::uint64_t image_size = 0;
};
bool is_linux_image(std::span<const std::uint8_t> bytes);
LinuxImageHeader parse_linux_image(std::span<const std::uint8_t> bytes);

}  // namespace armature::platform
