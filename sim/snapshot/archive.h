// A snapshot file: named byte strings, compressed and checksummed.
//
//   8 bytes magic, u32 version, u32 sections, u64 bytes of the directory, u64 XXH64 of the
//   directory, directory {u32 name length, name, u64 raw bytes, u64 packed bytes, u64 XXH64 of
//   these}, then the Zstandard frames in the same order. Little-endian.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace armature {

class ArchiveWriter {
 public:
  // Packs the section at once; names are unique.
  void add(std::string name, std::span<const std::uint8_t> bytes);
  // The whole archive as bytes.
  std::vector<std::uint8_t> serialise() const;
  // Writes a temporary file next to `path` and renames it: a failure, which throws UserError,
  // leaves an older file of that name as it was.
  void write(const std::string& path) const;

 private:
  struct Section {
    std::string name;
    std::uint64_t raw_bytes = 0, checksum = 0;
    std::vector<std::uint8_t> packed;
  };
  std::vector<Section> sections_;
};

class Archive {
 public:
  // Throw UserError that names the file and says what is wrong with it.
  static Archive read(const std::string& path);
  static Archive parse(std::vector<std::uint8_t> bytes, std::string path);

  bool has(std::string_view name) const;
  std::vector<std::string> names() const;
  // Unpacks and checks the section.
  std::vector<std::uint8_t> section(std::string_view name) const;

 private:
  struct Entry {
    std::string name;
    std::uint64_t raw_bytes = 0, packed_bytes = 0, checksum = 0;
    std::size_t offset = 0;  // in bytes_
  };
  [[noreturn]] void refuse(const std::string& what) const;
  void parse_directory();

  std::string path_;
  std::vector<std::uint8_t> bytes_;
  std::vector<Entry> entries_;
};

}  // namespace armature
