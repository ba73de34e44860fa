// Advanced SIMD three different, and scalar three different: sources and destination of different
// element sizes (long, wide, narrowing).
#include "cpu/a64/simd_handlers.h"
#include "cpu/a64/simd_operations.h"
#include "cpu/a64/simd_rows.h"

namespace armature::cpu::simd {
namespace {

constexpr auto add_rounding = [](auto n, auto m) {
  using W = decltype(n);
  return static_cast<W>(n + m + (W{1} << (kBitsOf<W> / 2 - 1)));
};
constexpr auto subtract_rounding = [](auto n, auto m) {
  using W = decltype(n);
  return static_cast<W>(n - m + (W{1} << (kBitsOf<W> / 2 - 1)));
};

// PolynomialMult: 8 x 8 to 16 bits.
constexpr auto polynomial_multiply_long = [](auto n, auto m) {
  unsigned product = 0;
  for (unsigned i = 0; i < 8; ++i) product ^= ((m >> i) & 1u) != 0 ? unsigned{n} << i : 0;
  return product;
};

// 64 x 64 to 128 bits (with the Cryptographic Extension), four bits of m at a time.
constexpr u128 polynomial_multiply_wide(std::uint64_t n, std::uint64_t m) {
  constexpr unsigned kDigitBits = 4;
  std::array<u128, 1 << kDigitBits> multiples{};  // of n by every digit
  multiples[1] = n;
  for (unsigned digit = 2; digit < multiples.size(); ++digit) {
    multiples[digit] = (multiples[digit / 2] << 1) ^ multiples[digit % 2];
  }
  u128 product = 0;
  for (unsigned shift = 64; shift != 0;) {
    shift -= kDigitBits;
    product = (product << kDigitBits) ^ multiples[m >> shift & (multiples.size() - 1)];
  }
  return product;
}

template <bool upper>
Outcome polynomial_multiply_1q(Core& core, const Insn& insn) {
  const u128 product =
      polynomial_multiply_wide(core.state.v[insn.rn].d[upper], core.state.v[insn.rm].d[upper]);
  core.state.v[insn.rd] = std::bit_cast<VReg>(product);
  return Outcome::next;
}

enum class Kind : std::uint8_t { long_binary, long_ternary, wide_binary, narrow_high };

template <Kind kind, auto op, typename T, bool upper>
constexpr Handler different_loop() {
  if constexpr (kind == Kind::long_binary) {
    return long_binary<op, T, Shape::full, upper>;
  } else if constexpr (kind == Kind::long_ternary) {
    return long_ternary<op, T, Shape::full, upper>;
  } else if constexpr (kind == Kind::wide_binary) {
    return wide_binary<op, T, upper>;
  } else {
    return narrow_high<op, T, upper>;
  }
}

template <Kind kind, auto op, Sign sign, unsigned sizes>
bool decode_different(std::uint32_t word, Insn& insn) {
  decode_registers(word, insn);
  return set_handler(insn, for_size<sign, sizes>(size_field(word), [&]<typename T>() -> Handler {
                       return q_field(word) ? different_loop<kind, op, T, true>()
                                            : different_loop<kind, op, T, false>();
                     }));
}

template <Kind kind, auto op>
bool decode_different_scalar(std::uint32_t word, Insn& insn) {
  decode_registers(word, insn);
  return set_handler(insn, for_size<kSigned, kHS>(size_field(word), []<typename T>() -> Handler {
                       if constexpr (kind == Kind::long_binary) {
                         return long_binary<op, T, Shape::scalar, false>;
                       } else {
                         return long_ternary<op, T, Shape::scalar, false>;
                       }
                     }));
}

bool decode_polynomial_1q(std::uint32_t word, Insn& insn) {
  decode_registers(word, insn);
  insn.handler = q_field(word) ? polynomial_multiply_1q<true> : polynomial_multiply_1q<false>;
  return true;
}

constexpr Row rows[] = {
    simd_row("0q001110ss1mmmmm000000nnnnnddddd", "SADDL_asimddiff", "asimddiff", "Vn Vm", "Vd",
             decode_different<Kind::long_binary, add, kSigned, kBHS>),
    simd_row("0q101110ss1mmmmm000000nnnnnddddd", "UADDL_asimddiff", "asimddiff", "Vn Vm", "Vd",
             decode_different<Kind::long_binary, add, kUnsigned, kBHS>),
    simd_row("0q001110ss1mmmmm000100nnnnnddddd", "SADDW_asimddiff", "asimddiff", "Vn Vm", "Vd",
             decode_different<Kind::wide_binary, add_wide, kSigned, kBHS>),
    simd_row("0q101110ss1mmmmm000100nnnnnddddd", "UADDW_asimddiff", "asimddiff", "Vn Vm", "Vd",
             decode_different<Kind::wide_binary, add_wide, kUnsigned, kBHS>),
    simd_row("0q001110ss1mmmmm001000nnnnnddddd", "SSUBL_asimddiff", "asimddiff", "Vn Vm", "Vd",
             decode_different<Kind::long_binary, subtract, kSigned, kBHS>),
    simd_row("0q101110ss1mmmmm001000nnnnnddddd", "USUBL_asimddiff", "asimddiff", "Vn Vm", "Vd",
             decode_different<Kind::long_binary, subtract, kUnsigned, kBHS>),
    simd_row("0q001110ss1mmmmm001100nnnnnddddd", "SSUBW_asimddiff", "asimddiff", "Vn Vm", "Vd",
             decode_different<Kind::wide_binary, subtract_wide, kSigned, kBHS>),
    simd_row("0q101110ss1mmmmm001100nnnnnddddd", "USUBW_asimddiff", "asimddiff", "Vn Vm", "Vd",
             decode_different<Kind::wide_binary, subtract_wide, kUnsigned, kBHS>),
    simd_row("0q001110ss1mmmmm010000nnnnnddddd", "ADDHN_asimddiff", "asimddiff", "Vd Vn Vm", "Vd",
             decode_different<Kind::narrow_high, add, kUnsigned, kBHS>),
    simd_row("0q101110ss1mmmmm010000nnnnnddddd", "RADDHN_asimddiff", "asimddiff", "Vd Vn Vm", "Vd",
             decode_different<Kind::narrow_high, add_rounding, kUnsigned, kBHS>),
    simd_row("0q001110ss1mmmmm010100nnnnnddddd", "SABAL_asimddiff", "asimddiff", "Vd Vn Vm", "Vd",
             decode_different<Kind::long_ternary, absolute_difference_accumulate, kSigned, kBHS>),
    simd_row("0q101110ss1mmmmm010100nnnnnddddd", "UABAL_asimddiff", "asimddiff", "Vd Vn Vm", "Vd",
             decode_different<Kind::long_ternary, absolute_difference_accumulate, kUnsigned, kBHS>),
    simd_row("0q001110ss1mmmmm011000nnnnnddddd", "SUBHN_asimddiff", "asimddiff", "Vd Vn Vm", "Vd",
             decode_different<Kind::narrow_high, subtract, kUnsigned, kBHS>),
    simd_row("0q101110ss1mmmmm011000nnnnnddddd", "RSUBHN_asimddiff", "asimddiff", "Vd Vn Vm", "Vd",
             decode_different<Kind::narrow_high, subtract_rounding, kUnsigned, kBHS>),
    simd_row("0q001110ss1mmmmm011100nnnnnddddd", "SABDL_asimddiff", "asimddiff", "Vn Vm", "Vd",
             decode_different<Kind::long_binary, absolute_difference, kSigned, kBHS>),
    simd_row("0q101110ss1mmmmm011100nnnnnddddd", "UABDL_asimddiff", "asimddiff", "Vn Vm", "Vd",
             decode_different<Kind::long_binary, absolute_difference, kUnsigned, kBHS>),
    simd_row("0q001110ss1mmmmm100000nnnnnddddd", "SMLAL_asimddiff", "asimddiff", "Vd Vn Vm", "Vd",
             decode_different<Kind::long_ternary, multiply_add_long, kSigned, kBHS>),
    simd_row("0q101110ss1mmmmm100000nnnnnddddd", "UMLAL_asimddiff", "asimddiff", "Vd Vn Vm", "Vd",
             decode_different<Kind::long_ternary, multiply_add_long, kUnsigned, kBHS>),
    simd_row(
        "0q001110ss1mmmmm100100nnnnnddddd", "SQDMLAL_asimddiff", "asimddiff", "Vd Vn Vm", "Vd FPSR",
        decode_different<Kind::long_ternary, saturating_doubling_multiply_add_long, kSigned, kHS>),
    simd_row("0q001110ss1mmmmm101000nnnnnddddd", "SMLSL_asimddiff", "asimddiff", "Vd Vn Vm", "Vd",
             decode_different<Kind::long_ternary, multiply_subtract_long, kSigned, kBHS>),
    simd_row("0q101110ss1mmmmm101000nnnnnddddd", "UMLSL_asimddiff", "asimddiff", "Vd Vn Vm", "Vd",
             decode_different<Kind::long_ternary, multiply_subtract_long, kUnsigned, kBHS>),
    simd_row("0q001110ss1mmmmm101100nnnnnddddd", "SQDMLSL_asimddiff", "asimddiff", "Vd Vn Vm",
             "Vd FPSR",
             decode_different<Kind::long_ternary, saturating_doubling_multiply_subtract_long,
                              kSigned, kHS>),
    simd_row("0q001110ss1mmmmm110000nnnnnddddd", "SMULL_asimddiff", "asimddiff", "Vn Vm", "Vd",
             decode_different<Kind::long_binary, multiply_long, kSigned, kBHS>),
    simd_row("0q101110ss1mmmmm110000nnnnnddddd", "UMULL_asimddiff", "asimddiff", "Vn Vm", "Vd",
             decode_different<Kind::long_binary, multiply_long, kUnsigned, kBHS>),
    simd_row("0q001110ss1mmmmm110100nnnnnddddd", "SQDMULL_asimddiff", "asimddiff", "Vn Vm",
             "Vd FPSR",
             decode_different<Kind::long_binary, saturating_doubling_multiply_long, kSigned, kHS>),
    simd_row("0q001110001mmmmm111000nnnnnddddd", "PMULL_asimddiff", "asimddiff", "Vn Vm", "Vd",
             decode_different<Kind::long_binary, polynomial_multiply_long, kUnsigned, kB>),
    simd_row("0q001110111mmmmm111000nnnnnddddd", "PMULL_1Q_asimddiff", "asimddiff", "Vn Vm", "Vd",
             decode_polynomial_1q),
    simd_row("01011110ss1mmmmm100100nnnnnddddd", "SQDMLAL_asisddiff", "asisddiff", "Vd Vn Vm",
             "Vd FPSR",
             decode_different_scalar<Kind::long_ternary, saturating_doubling_multiply_add_long>),
    simd_row(
        "01011110ss1mmmmm101100nnnnnddddd", "SQDMLSL_asisddiff", "asisddiff", "Vd Vn Vm", "Vd FPSR",
        decode_different_scalar<Kind::long_ternary, saturating_doubling_multiply_subtract_long>),
    simd_row("01011110ss1mmmmm110100nnnnnddddd", "SQDMULL_asisddiff", "asisddiff", "Vn Vm",
             "Vd FPSR",
             decode_different_scalar<Kind::long_binary, saturating_doubling_multiply_long>),
};

}  // namespace

std::span<const Row> rows_three_different() { return rows; }

}  // namespace armature::cpu::simd
