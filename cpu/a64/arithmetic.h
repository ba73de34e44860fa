// The shared pseudocode of integer instructions: AddWithCarry, ShiftReg, ExtendReg, DecodeBitMasks,
// ConditionHolds. Everything here is inline: it is the body of the hottest handlers.
#pragma once

#include <cstdint>
#include <optional>
#include <type_traits>

#include "cpu/core.h"
#include "sim/base/bits.h"

namespace armature::cpu {

inline constexpr std::uint32_t kFlagN = 1u << 31, kFlagZ = 1u << 30, kFlagC = 1u << 29,
                               kFlagV = 1u << 28;
inline constexpr unsigned kFlagsShift = 28;

// The W or X form: T is uint32_t or uint64_t. Writing a W register zeroes the upper half.
template <typename T>
inline constexpr unsigned kWidth = sizeof(T) * 8;

template <typename T>
T get_x(const Core& core, unsigned index) {
  return static_cast<T>(core.state.x[index]);
}
template <typename T>
void set_x(Core& core, unsigned index, T value) {
  core.state.x[index] = value;
}

template <typename T>
std::uint32_t negative_and_zero(T result) {
  return (result >> (kWidth<T> - 1) != 0 ? kFlagN : 0) | (result == 0 ? kFlagZ : 0);
}

// a + b, or a - b as a + NOT(b) + 1: the carry of a subtraction is "no borrow".
template <typename T, bool subtract>
T add(T a, T b) {
  return static_cast<T>(subtract ? a - b : a + b);
}

#if defined(__x86_64__)
// The host computes the same flags: AH<7>, AH<6>, AH<0> after LAHF are N, Z, C, and SETO is V. One
// multiplication brings them to bits 31..28. Half the instructions of the portable form below.
template <typename T, bool subtract>
T add_with_flags(T a, T b, std::uint32_t& nzcv) {
  constexpr std::uint32_t kHostFlags = 0xc101, kToNzcv = 1u << 16 | 1u << 21 | 1u << 28;
  std::uint32_t host;
  T result = a;
  if constexpr (subtract) {
    asm("sub %2, %0\n\tcmc\n\tlahf\n\tseto %%al" : "+r"(result), "=&a"(host) : "re"(b) : "cc");
  } else {
    asm("add %2, %0\n\tlahf\n\tseto %%al" : "+r"(result), "=&a"(host) : "re"(b) : "cc");
  }
  nzcv = (host & kHostFlags) * kToNzcv & (kFlagN | kFlagZ | kFlagC | kFlagV);
  return result;
}
#else
template <typename T, bool subtract>
T add_with_flags(T a, T b, std::uint32_t& nzcv) {
  using Signed = std::make_signed_t<T>;
  const T result = add<T, subtract>(a, b);
  const bool carry = subtract ? a >= b : result < a;
  Signed ignored;
  const bool overflow =
      subtract ? __builtin_sub_overflow(static_cast<Signed>(a), static_cast<Signed>(b), &ignored)
               : __builtin_add_overflow(static_cast<Signed>(a), static_cast<Signed>(b), &ignored);
  nzcv = negative_and_zero(result) | (carry ? kFlagC : 0) | (overflow ? kFlagV : 0);
  return result;
}
#endif

// AddWithCarry with a carry that is not known to be 0 or 1 in advance: ADC, SBC.
template <typename T>
T add_with_carry(T a, T b, bool carry_in, std::uint32_t& nzcv) {
  T partial;
  const bool carry1 = __builtin_add_overflow(a, b, &partial);
  T result;
  const bool carry2 = __builtin_add_overflow(partial, static_cast<T>(carry_in), &result);
  const bool overflow = (((a ^ result) & (b ^ result)) >> (kWidth<T> - 1)) != 0;
  nzcv = negative_and_zero(result) | (carry1 || carry2 ? kFlagC : 0) | (overflow ? kFlagV : 0);
  return result;
}

enum class ShiftType : std::uint8_t { lsl = 0, lsr = 1, asr = 2, ror = 3 };

// ShiftReg; amount < kWidth<T>.
template <typename T, ShiftType type>
T shift(T value, unsigned amount) {
  using Signed = std::make_signed_t<T>;
  if constexpr (type == ShiftType::lsl) return static_cast<T>(value << amount);
  if constexpr (type == ShiftType::lsr) return value >> amount;
  if constexpr (type == ShiftType::asr) return static_cast<T>(static_cast<Signed>(value) >> amount);
  return static_cast<T>(value >> amount | value << ((kWidth<T> - amount) % kWidth<T>));
}

// ExtendReg without its shift; `option` as encoded: UXTB UXTH UXTW UXTX SXTB SXTH SXTW SXTX.
template <unsigned option>
std::uint64_t extend(std::uint64_t value) {
  switch (option) {
    case 0:
      return static_cast<std::uint8_t>(value);
    case 1:
      return static_cast<std::uint16_t>(value);
    case 2:
      return static_cast<std::uint32_t>(value);
    case 4:
      return static_cast<std::uint64_t>(static_cast<std::int8_t>(value));
    case 5:
      return static_cast<std::uint64_t>(static_cast<std::int16_t>(value));
    case 6:
      return static_cast<std::uint64_t>(static_cast<std::int32_t>(value));
    default:
      return value;
  }
}

// ConditionHolds: bit n of entry `cond` tells whether it holds with NZCV == n.
constexpr std::uint16_t condition_truth(unsigned cond) {
  std::uint16_t truth = 0;
  for (unsigned nzcv = 0; nzcv < 16; ++nzcv) {
    const bool n = (nzcv & 8) != 0, z = (nzcv & 4) != 0, c = (nzcv & 2) != 0, v = (nzcv & 1) != 0;
    bool holds = true;
    switch (cond >> 1) {
      case 0:
        holds = z;
        break;
      case 1:
        holds = c;
        break;
      case 2:
        holds = n;
        break;
      case 3:
        holds = v;
        break;
      case 4:
        holds = c && !z;
        break;
      case 5:
        holds = n == v;
        break;
      case 6:
        holds = n == v && !z;
        break;
      default:
        break;
    }
    // 1111 is "always" too, not "never".
    if ((cond & 1) != 0 && cond != 15) holds = !holds;
    truth = static_cast<std::uint16_t>(truth | static_cast<unsigned>(holds) << nzcv);
  }
  return truth;
}
inline constexpr std::uint16_t kConditionTruth[16] = {
    condition_truth(0),  condition_truth(1),  condition_truth(2),  condition_truth(3),
    condition_truth(4),  condition_truth(5),  condition_truth(6),  condition_truth(7),
    condition_truth(8),  condition_truth(9),  condition_truth(10), condition_truth(11),
    condition_truth(12), condition_truth(13), condition_truth(14), condition_truth(15)};

inline bool condition_holds(const Core& core, unsigned cond) {
  return (kConditionTruth[cond] >> (core.state.nzcv >> kFlagsShift) & 1) != 0;
}

// The same of a condition known in advance: one or two tests instead of a table.
template <unsigned cond>
bool condition_holds(const Core& core) {
  const std::uint32_t nzcv = core.state.nzcv;
  bool holds = true;
  if constexpr (cond >> 1 == 0) holds = (nzcv & kFlagZ) != 0;
  if constexpr (cond >> 1 == 1) holds = (nzcv & kFlagC) != 0;
  if constexpr (cond >> 1 == 2) holds = (nzcv & kFlagN) != 0;
  if constexpr (cond >> 1 == 3) holds = (nzcv & kFlagV) != 0;
  if constexpr (cond >> 1 == 4) holds = (nzcv & (kFlagC | kFlagZ)) == kFlagC;
  if constexpr (cond >> 1 == 5) holds = ((nzcv ^ nzcv << 3) & kFlagN) == 0;
  if constexpr (cond >> 1 == 6) holds = (((nzcv ^ nzcv << 3) & kFlagN) | (nzcv & kFlagZ)) == 0;
  return (cond & 1) != 0 && cond != 15 ? !holds : holds;
}

// DecodeBitMasks for logical immediates: nothing when the encoding is reserved.
constexpr std::optional<std::uint64_t> decode_bit_mask(unsigned n, unsigned imms, unsigned immr,
                                                       unsigned width) {
  const unsigned selector = n << 6 | (~imms & 0x3f);
  if (selector < 2) return std::nullopt;  // no element size, or elements of one bit
  const unsigned length = 31 - static_cast<unsigned>(__builtin_clz(selector));
  const unsigned element = 1u << length;
  if (element > width) return std::nullopt;
  const unsigned levels = element - 1;
  const unsigned s = imms & levels, r = immr & levels;
  if (s == levels) return std::nullopt;  // all ones is not expressible
  std::uint64_t mask = rotate_right((1ull << (s + 1)) - 1, r, element);
  for (unsigned filled = element; filled < 64; filled *= 2) mask |= mask << filled;
  return width == 32 ? static_cast<std::uint32_t>(mask) : mask;
}

}  // namespace armature::cpu
