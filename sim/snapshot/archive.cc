#include "sim/snapshot/archive.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>
#include <zstd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>

#include "sim/base/assert.h"
#include "sim/base/user_error.h"
#include "sim/snapshot/bytes.h"
#include "sim/trace/xxh64.h"

namespace armature {
namespace {

constexpr std::array<char, 8> kMagic{'A', 'R', 'M', 'A', 'S', 'N', 'P', '\n'};
constexpr std::uint32_t kVersion = 1;
constexpr std::size_t kFixedBytes = 8 + 4 + 4 + 8 + 8;

std::uint64_t checksum(std::span<const std::uint8_t> bytes) {
  Xxh64 hash;
  hash.update(bytes);
  return hash.value();
}

// Writes and syncs everything, or returns the error's text.
std::string write_file(const std::string& path, std::span<const std::uint8_t> bytes) {
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (file < 0) return std::strerror(errno);
  std::string error;
  while (!bytes.empty() && error.empty()) {
    const ssize_t written = ::write(file, bytes.data(), bytes.size());
    if (written > 0) {
      bytes = bytes.subspan(static_cast<std::size_t>(written));
    } else if (errno != EINTR) {
      error = std::strerror(errno);
    }
  }
  if (error.empty() && fsync(file) != 0) error = std::strerror(errno);
  if (::close(file) != 0 && error.empty()) error = std::strerror(errno);
  return error;
}

}  // namespace

void ArchiveWriter::add(std::string name, std::span<const std::uint8_t> bytes) {
  for (const auto& section : sections_) ARMATURE_ASSERT(section.name != name);
  Section section{std::move(name), bytes.size(), 0, {}};
  section.packed.resize(ZSTD_compressBound(bytes.size()));
  const std::size_t packed =
      ZSTD_compress(section.packed.data(), section.packed.size(), bytes.data(), bytes.size(), 1);
  ARMATURE_ASSERT(ZSTD_isError(packed) == 0);
  section.packed.resize(packed);
  section.packed.shrink_to_fit();
  section.checksum = checksum(section.packed);
  sections_.push_back(std::move(section));
}

std::vector<std::uint8_t> ArchiveWriter::serialise() const {
  std::vector<std::uint8_t> directory;
  std::size_t total = 0;
  for (const auto& section : sections_) {
    put(directory, static_cast<std::uint32_t>(section.name.size()));
    directory.insert(directory.end(), section.name.begin(), section.name.end());
    put(directory, section.raw_bytes);
    put(directory, std::uint64_t{section.packed.size()});
    put(directory, section.checksum);
    total += section.packed.size();
  }
  std::vector<std::uint8_t> out;
  out.reserve(kFixedBytes + directory.size() + total);
  put(out, kMagic);
  put(out, kVersion);
  put(out, static_cast<std::uint32_t>(sections_.size()));
  put(out, std::uint64_t{directory.size()});
  put(out, checksum(directory));
  out.insert(out.end(), directory.begin(), directory.end());
  for (const auto& section : sections_) {
    out.insert(out.end(), section.packed.begin(), section.packed.end());
  }
  return out;
}

void ArchiveWriter::write(const std::string& path) const {
  const std::string temporary = path + ".partial";
  std::string error = write_file(temporary, serialise());
  if (error.empty() && std::rename(temporary.c_str(), path.c_str()) != 0) {
    error = std::strerror(errno);
  }
  if (error.empty()) return;
  std::remove(temporary.c_str());
  throw UserError(fmt::format("snapshot: cannot write '{}': {}", path, error));
}

Archive Archive::read(const std::string& path) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  if (!file) throw UserError(fmt::format("snapshot: cannot read '{}'", path));
  std::vector<std::uint8_t> bytes(
      static_cast<std::size_t>(std::max<std::streamoff>(0, file.tellg())));
  file.seekg(0);
  file.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  if (!file) throw UserError(fmt::format("snapshot: cannot read '{}'", path));
  return parse(std::move(bytes), path);
}

Archive Archive::parse(std::vector<std::uint8_t> bytes, std::string path) {
  Archive archive;
  archive.path_ = std::move(path);
  archive.bytes_ = std::move(bytes);
  archive.parse_directory();
  return archive;
}

void Archive::parse_directory() {
  std::span<const std::uint8_t> in(bytes_);
  if (in.size() < kMagic.size()) refuse("is truncated");
  if (take<std::array<char, 8>>(in) != kMagic) refuse("is no snapshot (wrong magic)");
  if (bytes_.size() < kFixedBytes) refuse("is truncated");
  const auto version = take<std::uint32_t>(in);
  if (version != kVersion) {
    refuse(fmt::format("has version {}, this program reads version {}", version, kVersion));
  }
  const auto sections = take<std::uint32_t>(in);
  const auto directory_bytes = take<std::uint64_t>(in);
  const auto expected = take<std::uint64_t>(in);
  if (directory_bytes > in.size()) refuse("is truncated");
  auto directory = in.first(static_cast<std::size_t>(directory_bytes));
  if (checksum(directory) != expected) refuse("is damaged (checksum of the directory)");
  std::size_t offset = kFixedBytes + directory.size();
  for (std::uint32_t n = 0; n < sections; ++n) {
    if (directory.size() < sizeof(std::uint32_t)) refuse("is damaged (directory)");
    const auto length = take<std::uint32_t>(directory);
    if (directory.size() < length + 3 * sizeof(std::uint64_t)) refuse("is damaged (directory)");
    Entry entry;
    entry.name.assign(reinterpret_cast<const char*>(directory.data()), length);
    directory = directory.subspan(length);
    entry.raw_bytes = take<std::uint64_t>(directory);
    entry.packed_bytes = take<std::uint64_t>(directory);
    entry.checksum = take<std::uint64_t>(directory);
    entry.offset = offset;
    if (entry.packed_bytes > bytes_.size() - offset) {
      refuse(fmt::format("is truncated (section '{}')", entry.name));
    }
    offset += static_cast<std::size_t>(entry.packed_bytes);
    entries_.push_back(std::move(entry));
  }
  if (!directory.empty()) refuse("is damaged (directory)");
  if (offset != bytes_.size()) refuse("has trailing bytes");
}

bool Archive::has(std::string_view name) const {
  for (const auto& entry : entries_) {
    if (entry.name == name) return true;
  }
  return false;
}

std::vector<std::string> Archive::names() const {
  std::vector<std::string> names;
  for (const auto& entry : entries_) names.push_back(entry.name);
  return names;
}

std::vector<std::uint8_t> Archive::section(std::string_view name) const {
  for (const auto& entry : entries_) {
    if (entry.name != name) continue;
    const auto packed = std::span(bytes_).subspan(entry.offset, entry.packed_bytes);
    if (checksum(packed) != entry.checksum ||
        ZSTD_getFrameContentSize(packed.data(), packed.size()) != entry.raw_bytes) {
      refuse(fmt::format("is damaged (checksum of section '{}')", name));
    }
    std::vector<std::uint8_t> raw(static_cast<std::size_t>(entry.raw_bytes));
    const std::size_t got = ZSTD_decompress(raw.data(), raw.size(), packed.data(), packed.size());
    if (ZSTD_isError(got) != 0 || got != raw.size()) {
      refuse(fmt::format("is damaged (section '{}')", name));
    }
    return raw;
  }
  refuse(fmt::format("has no section '{}'", name));
}

void Archive::refuse(const std::string& what) const {
  throw UserError(fmt::format("snapshot: '{}' {}", path_, what));
}

}  // namespace armature
