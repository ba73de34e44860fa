#include "platform/devices/block_storage.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "sim/snapshot/bytes.h"

namespace armature::platform {

BlockStorage::BlockStorage(std::string path, Access access)
    : path_(std::move(path)), access_(access) {
  file_ = open(path_.c_str(), (access == Access::in_place ? O_RDWR : O_RDONLY) | O_CLOEXEC);
  if (file_ < 0) {
    throw UserError("drive file '" + path_ + "' cannot be opened: " + std::strerror(errno));
  }
  struct stat status {};
  if (fstat(file_, &status) != 0 || !S_ISREG(status.st_mode)) {
    close(file_);
    throw UserError("drive file '" + path_ + "' is not a regular file");
  }
  sectors_ = static_cast<std::uint64_t>(status.st_size) / kSectorBytes;
}

BlockStorage::~BlockStorage() { close(file_); }

// Bytes past the end of the file (it may shrink under us) read as zero.
bool BlockStorage::read_file(std::uint64_t offset, std::span<std::uint8_t> bytes) const {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t count = pread(file_, bytes.data() + done, bytes.size() - done,
                                static_cast<off_t>(offset + done));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return false;
    if (count == 0) break;
    done += static_cast<std::size_t>(count);
  }
  std::fill(bytes.begin() + static_cast<std::ptrdiff_t>(done), bytes.end(), std::uint8_t{0});
  return true;
}

bool BlockStorage::read(std::uint64_t offset, std::span<std::uint8_t> bytes) const {
  if (!read_file(offset, bytes)) return false;
  const std::uint64_t end = offset + bytes.size();
  for (auto it = overlay_.lower_bound(offset / kClusterBytes);
       it != overlay_.end() && it->first * kClusterBytes < end; ++it) {
    const std::uint64_t start = it->first * kClusterBytes;
    const std::uint64_t from = std::max(start, offset);
    const std::uint64_t to = std::min(start + kClusterBytes, end);
    std::memcpy(bytes.data() + (from - offset), it->second.data() + (from - start), to - from);
  }
  return true;
}

BlockStorage::Cluster* BlockStorage::own_cluster(std::uint64_t number) {
  const auto [it, is_new] = overlay_.try_emplace(number);
  if (is_new && !read_file(number * kClusterBytes, it->second)) {
    overlay_.erase(it);
    return nullptr;
  }
  return &it->second;
}

bool BlockStorage::write(std::uint64_t offset, std::span<const std::uint8_t> bytes) {
  if (access_ == Access::read_only) return false;
  std::size_t done = 0;
  while (done < bytes.size()) {
    const std::uint64_t at = offset + done;
    if (access_ == Access::overlay) {
      Cluster* cluster = own_cluster(at / kClusterBytes);
      if (cluster == nullptr) return false;
      const std::uint64_t from = at % kClusterBytes;
      const std::size_t count = std::min<std::size_t>(bytes.size() - done, kClusterBytes - from);
      std::memcpy(cluster->data() + from, bytes.data() + done, count);
      done += count;
    } else {
      const ssize_t count =
          pwrite(file_, bytes.data() + done, bytes.size() - done, static_cast<off_t>(at));
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) return false;
      done += static_cast<std::size_t>(count);
    }
  }
  return true;
}

bool BlockStorage::flush() { return access_ != Access::in_place || fdatasync(file_) == 0; }

void BlockStorage::save(std::vector<std::uint8_t>& out) const {
  if (access_ == Access::in_place) {
    throw UserError("drive '" + path_ + "' is written in place and cannot be saved: use an overlay");
  }
  put(out, sectors_);
  put(out, std::uint64_t{overlay_.size()});
  for (const auto& [number, cluster] : overlay_) {
    put(out, number);
    put(out, cluster);
  }
}

void BlockStorage::load(std::span<const std::uint8_t>& in) {
  if (take<std::uint64_t>(in) != sectors_) {
    throw UserError("snapshot does not fit: drive '" + path_ + "' has another size");
  }
  overlay_.clear();
  const auto count = take<std::uint64_t>(in);
  for (std::uint64_t n = 0; n < count; ++n) {
    const auto number = take<std::uint64_t>(in);
    overlay_[number] = take<Cluster>(in);
  }
}

}  // namespace armature::platform
