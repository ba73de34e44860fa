// The words every layer speaks: addresses, identifiers and time as distinct types.
// An address kind changes only through a named function, never by assignment.
#pragma once

#include <compare>
#include <cstdint>

namespace armature {

// A 64-bit address of one kind. `Kind` is only a tag; mixing kinds does not compile.
template <typename Kind>
struct Address {
  std::uint64_t value = 0;

  constexpr auto operator<=>(const Address&) const = default;
  constexpr Address operator+(std::uint64_t offset) const { return {value + offset}; }
  constexpr Address operator-(std::uint64_t offset) const { return {value - offset}; }
  constexpr std::uint64_t operator-(Address other) const { return value - other.value; }
  // Aligns downwards; `size` is a power of two, in bytes.
  constexpr Address aligned_down(std::uint64_t size) const { return {value & ~(size - 1)}; }
  constexpr std::uint64_t offset_in(std::uint64_t size) const { return value & (size - 1); }
};

using VirtualAddress = Address<struct VirtualAddressKind>;
using IntermediateAddress = Address<struct IntermediateAddressKind>;
using PhysicalAddress = Address<struct PhysicalAddressKind>;

// With stage 2 off the IPA is the PA ("flat" stage 2), and the other way round for PAR.
constexpr PhysicalAddress flat_stage2(IntermediateAddress ipa) { return {ipa.value}; }

struct Asid {
  std::uint16_t value = 0;
  constexpr auto operator<=>(const Asid&) const = default;
};
struct Vmid {
  std::uint16_t value = 0;
  constexpr auto operator<=>(const Vmid&) const = default;
};
struct CoreId {
  std::uint8_t value = 0;
  constexpr auto operator<=>(const CoreId&) const = default;
};

// Core-clock time, fixed point: one unit is 1/16 of a cycle (design section "Time").
struct Cycles {
  std::uint64_t sixteenths = 0;

  static constexpr Cycles whole(std::uint64_t cycles) { return {cycles << 4}; }
  constexpr std::uint64_t whole() const { return sixteenths >> 4; }
  constexpr auto operator<=>(const Cycles&) const = default;
  constexpr Cycles operator+(Cycles other) const { return {sixteenths + other.sixteenths}; }
  constexpr Cycles operator-(Cycles other) const { return {sixteenths - other.sixteenths}; }
  constexpr Cycles operator*(std::uint64_t n) const { return {sixteenths * n}; }
  constexpr Cycles& operator+=(Cycles other) {
    sixteenths += other.sixteenths;
    return *this;
  }
};

enum class El : std::uint8_t { el0 = 0, el1 = 1, el2 = 2, el3 = 3 };

inline constexpr std::uint64_t kLineBytes = 64;  // every cache level of every preset
inline constexpr std::uint64_t kFrameBytes = 4096;
inline constexpr unsigned kCoresMax = 16;

}  // namespace armature
