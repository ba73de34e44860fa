// A vector register as lanes: element types by size and sign, active lanes by shape, saturation.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <limits>
#include <type_traits>

#include "cpu/core.h"
#include "sim/arch/registers/fp.h"

namespace armature::cpu::simd {

static_assert(std::endian::native == std::endian::little, "lane e is the e-th host element");

enum class Sign : bool { unsigned_lanes, signed_lanes };
constexpr Sign kUnsigned = Sign::unsigned_lanes;
constexpr Sign kSigned = Sign::signed_lanes;

// Which lanes of the destination are written; all bits above them become zero.
enum class Shape : std::uint8_t {
  scalar,  // lane 0
  half,    // Q = 0: bits 63:0
  full,    // Q = 1: bits 127:0
};

// Sets of element sizes an encoding has, as bits of the `size` field's value.
constexpr unsigned kB = 1, kH = 2, kS = 4, kD = 8;
constexpr unsigned kBH = kB | kH, kHS = kH | kS, kBHS = kB | kH | kS, kBHSD = kBHS | kD;

template <Sign sign, unsigned size>
struct ElementOf;
template <>
struct ElementOf<kUnsigned, 0> {
  using type = std::uint8_t;
};
template <>
struct ElementOf<kUnsigned, 1> {
  using type = std::uint16_t;
};
template <>
struct ElementOf<kUnsigned, 2> {
  using type = std::uint32_t;
};
template <>
struct ElementOf<kUnsigned, 3> {
  using type = std::uint64_t;
};
template <>
struct ElementOf<kSigned, 0> {
  using type = std::int8_t;
};
template <>
struct ElementOf<kSigned, 1> {
  using type = std::int16_t;
};
template <>
struct ElementOf<kSigned, 2> {
  using type = std::int32_t;
};
template <>
struct ElementOf<kSigned, 3> {
  using type = std::int64_t;
};
template <Sign sign, unsigned size>
using Element = typename ElementOf<sign, size>::type;

template <typename T>
inline constexpr Sign kSignOf = std::is_signed_v<T> ? kSigned : kUnsigned;
template <typename T>
inline constexpr unsigned kSizeOf = std::countr_zero(sizeof(T));
template <typename T>
inline constexpr unsigned kBitsOf = 8 * sizeof(T);
// Elements twice and half as wide, of the same sign.
template <typename T>
using Wider = Element<kSignOf<T>, kSizeOf<T> + 1>;
template <typename T>
using Narrower = Element<kSignOf<T>, kSizeOf<T> - 1>;
template <typename T>
using Unsigned = std::make_unsigned_t<T>;
template <typename T>
using Signed = std::make_signed_t<T>;

// A signed type in which sums, differences and doublings of T, signed or not, are exact.
template <typename T>
using Exact = std::conditional_t<sizeof(T) <= 2, std::int32_t,
                                 std::conditional_t<sizeof(T) == 4, std::int64_t, __int128>>;

template <typename T>
using Lanes = std::array<T, 16 / sizeof(T)>;

template <typename T>
Lanes<T> lanes(const VReg& v) {
  return std::bit_cast<Lanes<T>>(v);
}
template <typename T>
VReg vreg(const Lanes<T>& lanes) {
  return std::bit_cast<VReg>(lanes);
}

// One lane in place, without moving the whole register through memory.
template <typename T>
T lane(const VReg& v, unsigned index) {
  T value;
  std::memcpy(&value, reinterpret_cast<const std::uint8_t*>(v.d) + index * sizeof(T), sizeof(T));
  return value;
}
template <typename T>
void set_lane(VReg& v, unsigned index, T value) {
  std::memcpy(reinterpret_cast<std::uint8_t*>(v.d) + index * sizeof(T), &value, sizeof(T));
}

// The number of active lanes.
template <typename T, Shape shape>
inline constexpr unsigned kCount = shape == Shape::scalar ? 1
                                   : shape == Shape::half ? 8 / sizeof(T)
                                                          : 16 / sizeof(T);

// SatQ: the nearest value T has; `saturated` becomes true when that is another one.
template <typename T, typename Wide>
constexpr T saturate(Wide value, bool& saturated) {
  constexpr Wide highest = std::numeric_limits<T>::max();
  constexpr Wide lowest = std::numeric_limits<T>::min();
  const Wide nearest = value > highest ? highest : value < lowest ? lowest : value;
  saturated |= nearest != value;
  return static_cast<T>(nearest);
}

// FPSR.QC is cumulative: only MSR clears it.
inline void set_qc(Core& core, bool saturated) {
  if (!saturated) return;
  core.state.fpsr = static_cast<std::uint32_t>(Fpsr{core.state.fpsr}.with(fpsr::QC, 1).value);
}

// Shifts of unbounded integers by any amount >= 0, result truncated to T.
template <typename T>
constexpr T shift_left(T value, unsigned amount) {
  return amount >= kBitsOf<T> ? T{0} : static_cast<T>(static_cast<Unsigned<T>>(value) << amount);
}
template <typename T>
constexpr T shift_right(T value, unsigned amount) {
  if (amount < kBitsOf<T>) return static_cast<T>(value >> amount);
  return static_cast<T>(value < 0 ? -1 : 0);
}
// Adds half of the last place first. The bit below the last place decides, so no wider sum is
// needed.
template <typename T>
constexpr T rounding_shift_right(T value, unsigned amount) {
  if (amount == 0) return value;
  return static_cast<T>(shift_right(value, amount) + (shift_right(value, amount - 1) & 1));
}
template <typename T>
constexpr T saturating_shift_left(T value, unsigned amount, bool& saturated) {
  const T shifted = shift_left(value, amount);
  if (value == 0 || (amount < kBitsOf<T> && shift_right(shifted, amount) == value)) return shifted;
  saturated = true;
  return value < 0 ? std::numeric_limits<T>::min() : std::numeric_limits<T>::max();
}

}  // namespace armature::cpu::simd
