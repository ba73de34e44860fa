// A drive's contents: a raw image file, written in place or under an in-memory copy-on-write
// overlay. The overlay is machine state; the file is not.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace armature::platform {

inline constexpr std::uint64_t kSectorBytes = 512;

class BlockStorage {
 public:
  enum class Access : std::uint8_t { read_only, in_place, overlay };

  // Throws UserError when the file cannot be opened as asked. A last partial sector is not part of
  // the drive.
  BlockStorage(std::string path, Access access);
  ~BlockStorage();
  BlockStorage(const BlockStorage&) = delete;
  BlockStorage& operator=(const BlockStorage&) = delete;

  std::uint64_t sectors() const { return sectors_; }
  bool is_read_only() const { return access_ == Access::read_only; }
  const std::string& path() const { return path_; }

  // offset and bytes.size() lie within the drive. False: the host could not do it.
  bool read(std::uint64_t offset, std::span<std::uint8_t> bytes) const;
  bool write(std::uint64_t offset, std::span<const std::uint8_t> bytes);
  bool flush();

  // The overlay. save() throws UserError when the file is written in place: it would not follow.
  void save(std::vector<std::uint8_t>& out) const;
  void load(std::span<const std::uint8_t>& in);

 private:
  static constexpr std::uint64_t kClusterBytes = 4096;
  using Cluster = std::array<std::uint8_t, kClusterBytes>;

  bool read_file(std::uint64_t offset, std::span<std::uint8_t> bytes) const;
  Cluster* own_cluster(std::uint64_t number);

  std::string path_;
  Access access_;
  int file_ = -1;
  std::uint64_t sectors_ = 0;
  std::map<std::uint64_t, Cluster> overlay_;  // by cluster number
};

}  // namespace armature::platform
