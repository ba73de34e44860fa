// XXH64, the public 64-bit non-cryptographic hash: one value for a whole run or a whole section.
// Little-endian hosts only. The result depends on the bytes alone, not on how they were cut up.
#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace armature {

class Xxh64 {
 public:
  explicit Xxh64(std::uint64_t seed = 0);
  void update(std::span<const std::uint8_t> bytes);
  std::uint64_t value() const;

 private:
  void stripe(const std::uint8_t* bytes);

  std::uint64_t seed_;
  std::uint64_t total_ = 0;
  std::array<std::uint64_t, 4> lanes_;
  std::array<std::uint8_t, 32> pending_{};  // total_ % 32 bytes that do not fill a stripe yet
};

}  // namespace armature
