// Single SIMD instructions on a core: registers in, one word, registers out.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <ostream>

#include "cpu/decode.h"
#include "sim/arch/registers/fp.h"
#include "tests/cpu/core_fixture.h"

namespace armature::cpu {

inline void PrintTo(const VReg& v, std::ostream* out) {
  *out << std::hex << "{d1 = 0x" << v.d[1] << ", d0 = 0x" << v.d[0] << '}' << std::dec;
}

namespace testing {

// A register from its elements, element 0 first; elements that are not given are zero.
template <typename T, std::size_t n>
VReg vector_of(const T (&elements)[n]) {
  static_assert(n * sizeof(T) <= 16);
  std::array<T, 16 / sizeof(T)> all{};
  for (std::size_t e = 0; e < n; ++e) all[e] = elements[e];
  return std::bit_cast<VReg>(all);
}
inline VReg bytes(const std::uint8_t (&elements)[16]) { return vector_of(elements); }
inline VReg low_bytes(const std::uint8_t (&elements)[8]) { return vector_of(elements); }
inline VReg halves(const std::uint16_t (&elements)[8]) { return vector_of(elements); }
inline VReg low_halves(const std::uint16_t (&elements)[4]) { return vector_of(elements); }
inline VReg words(const std::uint32_t (&elements)[4]) { return vector_of(elements); }
inline VReg low_words(const std::uint32_t (&elements)[2]) { return vector_of(elements); }
inline VReg doubles(std::uint64_t d0, std::uint64_t d1) { return {{d0, d1}}; }
inline constexpr std::uint64_t kJunk = 0xa5a5'a5a5'5a5a'5a5a;
inline VReg junk() { return {{kJunk, ~kJunk}}; }

class SimdFixture : public CoreFixture {
 protected:
  VReg& v(unsigned n) { return state().v[n]; }
  std::uint64_t& x(unsigned n) { return state().x[n]; }
  bool qc() { return Fpsr{state().fpsr}[fpsr::QC] != 0; }

  Insn decoded(std::uint32_t word) {
    Insn insn;
    decode(word, {.costs = &preset.costs}, insn);
    return insn;
  }
  Outcome perform(std::uint32_t word) {
    const Insn insn = decoded(word);
    return execute(insn.handler, insn);
  }
  // Runs the word, which must complete.
  void run_one(std::uint32_t word) { ASSERT_EQ(perform(word), Outcome::next) << std::hex << word; }
  // UDF is permanently UNDEFINED; its handler is that of every unallocated encoding.
  bool is_undefined(std::uint32_t word) { return decoded(word).handler == decoded(0).handler; }
};

}  // namespace testing
}  // namespace armature::cpu
