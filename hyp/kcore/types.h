// Addresses of different kinds are different types; crossing from one to another has a name.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>

namespace armature::kcore {

struct PhysicalAddress {
  std::uint64_t value = 0;
  constexpr auto operator<=>(const PhysicalAddress&) const = default;
};

// What the kernel at EL1 calls a physical address: the input of stage 2.
struct IntermediateAddress {
  std::uint64_t value = 0;
  constexpr auto operator<=>(const IntermediateAddress&) const = default;
};

inline constexpr std::uint64_t kPageBytes = 4096;

constexpr PhysicalAddress page_of(PhysicalAddress address) { return {address.value & ~(kPageBytes - 1)}; }
constexpr IntermediateAddress page_of(IntermediateAddress address) {
  return {address.value & ~(kPageBytes - 1)};
}

// KServ's stage 2 is the identity.
constexpr PhysicalAddress identity(IntermediateAddress address) { return {address.value}; }

// KCore's own stage 1 is the identity as well, so a pointer is a physical address.
inline PhysicalAddress physical(const void* pointer) {
  return {reinterpret_cast<std::uint64_t>(pointer)};
}
template <typename T>
T* pointer_to(PhysicalAddress address) {
  return reinterpret_cast<T*>(address.value);
}

struct PhysicalRange {
  PhysicalAddress base{};
  std::uint64_t bytes = 0;
  constexpr PhysicalAddress last() const { return {base.value + bytes - 1}; }
  constexpr bool contains(PhysicalAddress address) const {
    return address >= base && address.value - base.value < bytes;
  }
  constexpr bool operator==(const PhysicalRange&) const = default;
  constexpr bool overlaps(const PhysicalRange& other) const {
    return base.value < other.base.value + other.bytes && other.base.value < base.value + bytes;
  }
};

}  // namespace armature::kcore
