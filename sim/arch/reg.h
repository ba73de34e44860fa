// Registers and descriptors as types with named fields, bits high to low as the manual prints them.
//   struct SctlrTag; using Sctlr = Reg<SctlrTag>;
//   namespace sctlr { inline constexpr Field<SctlrTag, 0> M; inline constexpr Field<SctlrTag, 2> C; }
//   if (Sctlr{value}[sctlr::M] != 0) ...
#pragma once

#include <cstdint>

#include "sim/base/bits.h"

namespace armature {

template <typename Tag, unsigned Hi, unsigned Lo = Hi>
struct Field {
  static_assert(Hi < 64 && Lo <= Hi);
};

template <typename Tag>
struct Reg {
  std::uint64_t value = 0;

  template <unsigned Hi, unsigned Lo>
  constexpr std::uint64_t operator[](Field<Tag, Hi, Lo>) const {
    return bits(value, Hi, Lo);
  }
  template <unsigned Hi, unsigned Lo>
  constexpr bool has(Field<Tag, Hi, Lo>) const {
    return bits(value, Hi, Lo) != 0;
  }
  template <unsigned Hi, unsigned Lo>
  constexpr Reg with(Field<Tag, Hi, Lo>, std::uint64_t field) const {
    return {insert_bits(value, Hi, Lo, field)};
  }
  constexpr bool operator==(const Reg&) const = default;
};

}  // namespace armature
