// Advanced SIMD vector x indexed element, and its scalar forms: one lane of the second source.
#include "cpu/a64/simd_handlers.h"
#include "cpu/a64/simd_operations.h"
#include "cpu/a64/simd_rows.h"

namespace armature::cpu::simd {
namespace {

// 16-bit elements: Rm is V0..V15, the index H:L:M. 32-bit elements: Rm is M:Rm, the index H:L.
template <typename T>
void decode_element(std::uint32_t word, Insn& insn) {
  decode_registers(word, insn);
  const unsigned h = bit(word, 11), l = bit(word, 21), m = bit(word, 20);
  if constexpr (sizeof(T) == 2) {
    insn.rm = static_cast<std::uint8_t>(bits(word, 19, 16));
    insn.aux = static_cast<std::uint8_t>(h << 2 | l << 1 | m);
  } else {
    insn.aux = static_cast<std::uint8_t>(h << 1 | l);
  }
}

template <auto op, typename T>
bool decode_binary(std::uint32_t word, Insn& insn) {
  decode_element<T>(word, insn);
  insn.handler = q_field(word) ? binary<op, T, Shape::full, Second::element>
                               : binary<op, T, Shape::half, Second::element>;
  return true;
}
template <auto op, typename T>
bool decode_ternary(std::uint32_t word, Insn& insn) {
  decode_element<T>(word, insn);
  insn.handler = q_field(word) ? ternary<op, T, Shape::full, Second::element>
                               : ternary<op, T, Shape::half, Second::element>;
  return true;
}
template <auto op, typename T>
bool decode_long_binary(std::uint32_t word, Insn& insn) {
  decode_element<T>(word, insn);
  insn.handler = q_field(word) ? long_binary<op, T, Shape::full, true, Second::element>
                               : long_binary<op, T, Shape::full, false, Second::element>;
  return true;
}
template <auto op, typename T>
bool decode_long_ternary(std::uint32_t word, Insn& insn) {
  decode_element<T>(word, insn);
  insn.handler = q_field(word) ? long_ternary<op, T, Shape::full, true, Second::element>
                               : long_ternary<op, T, Shape::full, false, Second::element>;
  return true;
}

template <auto op, typename T>
bool decode_binary_scalar(std::uint32_t word, Insn& insn) {
  decode_element<T>(word, insn);
  insn.handler = binary<op, T, Shape::scalar, Second::element>;
  return true;
}
template <auto op, typename T>
bool decode_long_binary_scalar(std::uint32_t word, Insn& insn) {
  decode_element<T>(word, insn);
  insn.handler = long_binary<op, T, Shape::scalar, false, Second::element>;
  return true;
}
template <auto op, typename T>
bool decode_long_ternary_scalar(std::uint32_t word, Insn& insn) {
  decode_element<T>(word, insn);
  insn.handler = long_ternary<op, T, Shape::scalar, false, Second::element>;
  return true;
}

using U16 = std::uint16_t;
using U32 = std::uint32_t;
using S16 = std::int16_t;
using S32 = std::int32_t;

constexpr Row rows[] = {
    simd_row("0q10111101lkmmmm0000h0nnnnnddddd", "MLA_asimdelem_H", "asimdelem", "Vd Vn Vm", "Vd",
             decode_ternary<multiply_add, U16>),
    simd_row("0q10111110lmmmmm0000h0nnnnnddddd", "MLA_asimdelem_S", "asimdelem", "Vd Vn Vm", "Vd",
             decode_ternary<multiply_add, U32>),
    simd_row("0q00111101lkmmmm0010h0nnnnnddddd", "SMLAL_asimdelem_H", "asimdelem", "Vd Vn Vm", "Vd",
             decode_long_ternary<multiply_add_long, S16>),
    simd_row("0q00111110lmmmmm0010h0nnnnnddddd", "SMLAL_asimdelem_S", "asimdelem", "Vd Vn Vm", "Vd",
             decode_long_ternary<multiply_add_long, S32>),
    simd_row("0q10111101lkmmmm0010h0nnnnnddddd", "UMLAL_asimdelem_H", "asimdelem", "Vd Vn Vm", "Vd",
             decode_long_ternary<multiply_add_long, U16>),
    simd_row("0q10111110lmmmmm0010h0nnnnnddddd", "UMLAL_asimdelem_S", "asimdelem", "Vd Vn Vm", "Vd",
             decode_long_ternary<multiply_add_long, U32>),
    simd_row("0q00111101lkmmmm0011h0nnnnnddddd", "SQDMLAL_asimdelem_H", "asimdelem", "Vd Vn Vm",
             "Vd FPSR", decode_long_ternary<saturating_doubling_multiply_add_long, S16>),
    simd_row("0q00111110lmmmmm0011h0nnnnnddddd", "SQDMLAL_asimdelem_S", "asimdelem", "Vd Vn Vm",
             "Vd FPSR", decode_long_ternary<saturating_doubling_multiply_add_long, S32>),
    simd_row("0q10111101lkmmmm0100h0nnnnnddddd", "MLS_asimdelem_H", "asimdelem", "Vd Vn Vm", "Vd",
             decode_ternary<multiply_subtract, U16>),
    simd_row("0q10111110lmmmmm0100h0nnnnnddddd", "MLS_asimdelem_S", "asimdelem", "Vd Vn Vm", "Vd",
             decode_ternary<multiply_subtract, U32>),
    simd_row("0q00111101lkmmmm0110h0nnnnnddddd", "SMLSL_asimdelem_H", "asimdelem", "Vd Vn Vm", "Vd",
             decode_long_ternary<multiply_subtract_long, S16>),
    simd_row("0q00111110lmmmmm0110h0nnnnnddddd", "SMLSL_asimdelem_S", "asimdelem", "Vd Vn Vm", "Vd",
             decode_long_ternary<multiply_subtract_long, S32>),
    simd_row("0q10111101lkmmmm0110h0nnnnnddddd", "UMLSL_asimdelem_H", "asimdelem", "Vd Vn Vm", "Vd",
             decode_long_ternary<multiply_subtract_long, U16>),
    simd_row("0q10111110lmmmmm0110h0nnnnnddddd", "UMLSL_asimdelem_S", "asimdelem", "Vd Vn Vm", "Vd",
             decode_long_ternary<multiply_subtract_long, U32>),
    simd_row("0q00111101lkmmmm0111h0nnnnnddddd", "SQDMLSL_asimdelem_H", "asimdelem", "Vd Vn Vm",
             "Vd FPSR", decode_long_ternary<saturating_doubling_multiply_subtract_long, S16>),
    simd_row("0q00111110lmmmmm0111h0nnnnnddddd", "SQDMLSL_asimdelem_S", "asimdelem", "Vd Vn Vm",
             "Vd FPSR", decode_long_ternary<saturating_doubling_multiply_subtract_long, S32>),
    simd_row("0q00111101lkmmmm1000h0nnnnnddddd", "MUL_asimdelem_H", "asimdelem", "Vn Vm", "Vd",
             decode_binary<multiply, U16>),
    simd_row("0q00111110lmmmmm1000h0nnnnnddddd", "MUL_asimdelem_S", "asimdelem", "Vn Vm", "Vd",
             decode_binary<multiply, U32>),
    simd_row("0q00111101lkmmmm1010h0nnnnnddddd", "SMULL_asimdelem_H", "asimdelem", "Vn Vm", "Vd",
             decode_long_binary<multiply_long, S16>),
    simd_row("0q00111110lmmmmm1010h0nnnnnddddd", "SMULL_asimdelem_S", "asimdelem", "Vn Vm", "Vd",
             decode_long_binary<multiply_long, S32>),
    simd_row("0q10111101lkmmmm1010h0nnnnnddddd", "UMULL_asimdelem_H", "asimdelem", "Vn Vm", "Vd",
             decode_long_binary<multiply_long, U16>),
    simd_row("0q10111110lmmmmm1010h0nnnnnddddd", "UMULL_asimdelem_S", "asimdelem", "Vn Vm", "Vd",
             decode_long_binary<multiply_long, U32>),
    simd_row("0q00111101lkmmmm1011h0nnnnnddddd", "SQDMULL_asimdelem_H", "asimdelem", "Vn Vm",
             "Vd FPSR", decode_long_binary<saturating_doubling_multiply_long, S16>),
    simd_row("0q00111110lmmmmm1011h0nnnnnddddd", "SQDMULL_asimdelem_S", "asimdelem", "Vn Vm",
             "Vd FPSR", decode_long_binary<saturating_doubling_multiply_long, S32>),
    simd_row("0q00111101lkmmmm1100h0nnnnnddddd", "SQDMULH_asimdelem_H", "asimdelem", "Vn Vm",
             "Vd FPSR", decode_binary<saturating_doubling_multiply_high, S16>),
    simd_row("0q00111110lmmmmm1100h0nnnnnddddd", "SQDMULH_asimdelem_S", "asimdelem", "Vn Vm",
             "Vd FPSR", decode_binary<saturating_doubling_multiply_high, S32>),
    simd_row("0q00111101lkmmmm1101h0nnnnnddddd", "SQRDMULH_asimdelem_H", "asimdelem", "Vn Vm",
             "Vd FPSR", decode_binary<saturating_rounding_doubling_multiply_high, S16>),
    simd_row("0q00111110lmmmmm1101h0nnnnnddddd", "SQRDMULH_asimdelem_S", "asimdelem", "Vn Vm",
             "Vd FPSR", decode_binary<saturating_rounding_doubling_multiply_high, S32>),
    simd_row("0101111101lkmmmm0011h0nnnnnddddd", "SQDMLAL_asisdelem_H", "asisdelem", "Vd Vn Vm",
             "Vd FPSR", decode_long_ternary_scalar<saturating_doubling_multiply_add_long, S16>),
    simd_row("0101111110lmmmmm0011h0nnnnnddddd", "SQDMLAL_asisdelem_S", "asisdelem", "Vd Vn Vm",
             "Vd FPSR", decode_long_ternary_scalar<saturating_doubling_multiply_add_long, S32>),
    simd_row("0101111101lkmmmm0111h0nnnnnddddd", "SQDMLSL_asisdelem_H", "asisdelem", "Vd Vn Vm",
             "Vd FPSR",
             decode_long_ternary_scalar<saturating_doubling_multiply_subtract_long, S16>),
    simd_row("0101111110lmmmmm0111h0nnnnnddddd", "SQDMLSL_asisdelem_S", "asisdelem", "Vd Vn Vm",
             "Vd FPSR",
             decode_long_ternary_scalar<saturating_doubling_multiply_subtract_long, S32>),
    simd_row("0101111101lkmmmm1011h0nnnnnddddd", "SQDMULL_asisdelem_H", "asisdelem", "Vn Vm",
             "Vd FPSR", decode_long_binary_scalar<saturating_doubling_multiply_long, S16>),
    simd_row("0101111110lmmmmm1011h0nnnnnddddd", "SQDMULL_asisdelem_S", "asisdelem", "Vn Vm",
             "Vd FPSR", decode_long_binary_scalar<saturating_doubling_multiply_long, S32>),
    simd_row("0101111101lkmmmm1100h0nnnnnddddd", "SQDMULH_asisdelem_H", "asisdelem", "Vn Vm",
             "Vd FPSR", decode_binary_scalar<saturating_doubling_multiply_high, S16>),
    simd_row("0101111110lmmmmm1100h0nnnnnddddd", "SQDMULH_asisdelem_S", "asisdelem", "Vn Vm",
             "Vd FPSR", decode_binary_scalar<saturating_doubling_multiply_high, S32>),
    simd_row("0101111101lkmmmm1101h0nnnnnddddd", "SQRDMULH_asisdelem_H", "asisdelem", "Vn Vm",
             "Vd FPSR", decode_binary_scalar<saturating_rounding_doubling_multiply_high, S16>),
    simd_row("0101111110lmmmmm1101h0nnnnnddddd", "SQRDMULH_asisdelem_S", "asisdelem", "Vn Vm",
             "Vd FPSR", decode_binary_scalar<saturating_rounding_doubling_multiply_high, S32>),
};

}  // namespace

std::span<const Row> rows_by_element() { return rows; }

}  // namespace armature::cpu::simd
