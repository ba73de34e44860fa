#include "sim/trace/xxh64.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace armature {
namespace {

constexpr std::uint64_t kPrime1 = 0x9e3779b185ebca87, kPrime2 = 0xc2b2ae3d27d4eb4f,
                        kPrime3 = 0x165667b19e3779f9, kPrime4 = 0x85ebca77c2b2ae63,
                        kPrime5 = 0x27d4eb2f165667c5;

template <typename T>
T load(const std::uint8_t* bytes) {
  T value;
  std::memcpy(&value, bytes, sizeof value);
  return value;
}

std::uint64_t round(std::uint64_t lane, std::uint64_t input) {
  return std::rotl(lane + input * kPrime2, 31) * kPrime1;
}

}  // namespace

Xxh64::Xxh64(std::uint64_t seed)
    : seed_(seed), lanes_{seed + kPrime1 + kPrime2, seed + kPrime2, seed, seed - kPrime1} {}

void Xxh64::stripe(const std::uint8_t* bytes) {
  for (unsigned lane = 0; lane < 4; ++lane) {
    lanes_[lane] = round(lanes_[lane], load<std::uint64_t>(bytes + 8 * lane));
  }
}

void Xxh64::update(std::span<const std::uint8_t> bytes) {
  const std::size_t held = total_ % 32;
  total_ += bytes.size();
  if (held != 0) {
    const std::size_t take = std::min(32 - held, bytes.size());
    std::copy_n(bytes.begin(), take, pending_.begin() + static_cast<std::ptrdiff_t>(held));
    bytes = bytes.subspan(take);
    if (held + take < 32) return;
    stripe(pending_.data());
  }
  for (; bytes.size() >= 32; bytes = bytes.subspan(32)) stripe(bytes.data());
  std::copy(bytes.begin(), bytes.end(), pending_.begin());
}

std::uint64_t Xxh64::value() const {
  std::uint64_t hash = seed_ + kPrime5;
  if (total_ >= 32) {
    hash = std::rotl(lanes_[0], 1) + std::rotl(lanes_[1], 7) + std::rotl(lanes_[2], 12) +
           std::rotl(lanes_[3], 18);
    for (const std::uint64_t lane : lanes_) hash = (hash ^ round(0, lane)) * kPrime1 + kPrime4;
  }
  hash += total_;
  const std::uint8_t* tail = pending_.data();
  std::size_t left = total_ % 32;
  for (; left >= 8; left -= 8, tail += 8) {
    hash = std::rotl(hash ^ round(0, load<std::uint64_t>(tail)), 27) * kPrime1 + kPrime4;
  }
  for (; left >= 4; left -= 4, tail += 4) {
    hash = std::rotl(hash ^ load<std::uint32_t>(tail) * kPrime1, 23) * kPrime2 + kPrime3;
  }
  for (; left > 0; --left, ++tail) hash = std::rotl(hash ^ *tail * kPrime5, 11) * kPrime1;
  hash = (hash ^ hash >> 33) * kPrime2;
  hash = (hash ^ hash >> 29) * kPrime3;
  return hash ^ hash >> 32;
}

}  // namespace armature
