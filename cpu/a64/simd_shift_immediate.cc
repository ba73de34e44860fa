// Advanced SIMD shift by immediate, and its scalar forms. immh names the element size by its
// highest bit, so every size has a row of its own; immh = 0000 is the modified immediate group.
#include "cpu/a64/simd_handlers.h"
#include "cpu/a64/simd_operations.h"
#include "cpu/a64/simd_rows.h"

namespace armature::cpu::simd {
namespace {

constexpr auto shift_left_by = [](auto n, unsigned amount) { return shift_left(n, amount); };
constexpr auto shift_right_by = [](auto n, unsigned amount) { return shift_right(n, amount); };
constexpr auto rounding_shift_right_by = [](auto n, unsigned amount) {
  return rounding_shift_right(n, amount);
};
constexpr auto saturating_shift_left_by = [](auto n, unsigned amount, bool& saturated) {
  return saturating_shift_left(n, amount, saturated);
};
// SQSHLU: signed source, unsigned result.
constexpr auto saturating_shift_left_unsigned_by = [](auto n, unsigned amount, bool& saturated) {
  using U = Unsigned<decltype(n)>;
  if (n >= 0) return saturating_shift_left(static_cast<U>(n), amount, saturated);
  saturated = true;
  return U{0};
};
constexpr auto shift_right_accumulate = [](auto d, auto n, unsigned amount) {
  return wrapping_add(d, shift_right(n, amount));
};
constexpr auto rounding_shift_right_accumulate = [](auto d, auto n, unsigned amount) {
  return wrapping_add(d, rounding_shift_right(n, amount));
};
// SLI, SRI: bits of d where nothing was shifted in stay.
constexpr auto shift_left_insert = [](auto d, auto n, unsigned amount) {
  const auto inserted = shift_left(static_cast<decltype(d)>(~decltype(d){0}), amount);
  return shift_left(n, amount) | (d & ~inserted);
};
constexpr auto shift_right_insert = [](auto d, auto n, unsigned amount) {
  const auto inserted = shift_right(static_cast<decltype(d)>(~decltype(d){0}), amount);
  return shift_right(n, amount) | (d & ~inserted);
};

// d = op(n, amount) and d = op(d, n, amount).
template <auto op, typename T, Shape shape>
Outcome shift(Core& core, const Insn& insn) {
  const Lanes<T> n = lanes<T>(core.state.v[insn.rn]);
  const unsigned amount = insn.aux;
  Lanes<T> d{};
  bool saturated = false;
  for (unsigned e = 0; e < kCount<T, shape>; ++e) {
    d[e] = static_cast<T>(apply<op>(saturated, n[e], amount));
  }
  core.state.v[insn.rd] = vreg(d);
  set_qc(core, saturated);
  return Outcome::next;
}
template <auto op, typename T, Shape shape>
Outcome shift_into(Core& core, const Insn& insn) {
  const Lanes<T> n = lanes<T>(core.state.v[insn.rn]);
  const Lanes<T> before = lanes<T>(core.state.v[insn.rd]);
  const unsigned amount = insn.aux;
  Lanes<T> d{};
  for (unsigned e = 0; e < kCount<T, shape>; ++e) {
    d[e] = static_cast<T>(op(before[e], n[e], amount));
  }
  core.state.v[insn.rd] = vreg(d);
  return Outcome::next;
}

// immh:immb is esize + amount for left shifts, 2 * esize - amount for right shifts.
enum class Direction : bool { left, right };
template <Direction direction, typename T>
void decode_amount(std::uint32_t word, Insn& insn) {
  decode_registers(word, insn);
  const auto immhb = static_cast<unsigned>(bits(word, 22, 16));
  insn.aux = static_cast<std::uint8_t>(direction == Direction::left ? immhb - kBitsOf<T>
                                                                    : 2 * kBitsOf<T> - immhb);
}
constexpr Direction kLeft = Direction::left, kRight = Direction::right;

template <auto op, Direction direction, typename T>
bool decode_shift(std::uint32_t word, Insn& insn) {
  decode_amount<direction, T>(word, insn);
  insn.handler = q_field(word) ? shift<op, T, Shape::full> : shift<op, T, Shape::half>;
  return true;
}
template <auto op, Direction direction, typename T>
bool decode_shift_into(std::uint32_t word, Insn& insn) {
  decode_amount<direction, T>(word, insn);
  insn.handler = q_field(word) ? shift_into<op, T, Shape::full> : shift_into<op, T, Shape::half>;
  return true;
}
template <auto op, Direction direction, typename T>
bool decode_shift_scalar(std::uint32_t word, Insn& insn) {
  decode_amount<direction, T>(word, insn);
  insn.handler = shift<op, T, Shape::scalar>;
  return true;
}
template <auto op, Direction direction, typename T>
bool decode_shift_into_scalar(std::uint32_t word, Insn& insn) {
  decode_amount<direction, T>(word, insn);
  insn.handler = shift_into<op, T, Shape::scalar>;
  return true;
}

// T is the destination's element, which immh describes; the source's is twice as wide.
template <auto op, Sign from, typename T>
bool decode_narrow(std::uint32_t word, Insn& insn) {
  decode_amount<Direction::right, T>(word, insn);
  using Source = Element<from, kSizeOf<T> + 1>;
  insn.handler = q_field(word) ? narrow<op, Source, T, Shape::half, true>
                               : narrow<op, Source, T, Shape::half, false>;
  return true;
}
template <auto op, Sign from, typename T>
bool decode_narrow_scalar(std::uint32_t word, Insn& insn) {
  decode_amount<Direction::right, T>(word, insn);
  insn.handler = narrow<op, Element<from, kSizeOf<T> + 1>, T, Shape::scalar, false>;
  return true;
}
template <typename T>
bool decode_long(std::uint32_t word, Insn& insn) {
  decode_amount<Direction::left, T>(word, insn);
  insn.handler = q_field(word) ? shift_left_long<T, true> : shift_left_long<T, false>;
  return true;
}

using U8 = std::uint8_t;
using U16 = std::uint16_t;
using U32 = std::uint32_t;
using U64 = std::uint64_t;
using S8 = std::int8_t;
using S16 = std::int16_t;
using S32 = std::int32_t;
using S64 = std::int64_t;

constexpr Row rows[] = {
    simd_row("0q00111100001iii000001nnnnnddddd", "SSHR_asimdshf_B", "asimdshf", "Vn", "Vd",
             decode_shift<shift_right_by, kRight, S8>),
    simd_row("0q0011110001iiii000001nnnnnddddd", "SSHR_asimdshf_H", "asimdshf", "Vn", "Vd",
             decode_shift<shift_right_by, kRight, S16>),
    simd_row("0q001111001iiiii000001nnnnnddddd", "SSHR_asimdshf_S", "asimdshf", "Vn", "Vd",
             decode_shift<shift_right_by, kRight, S32>),
    simd_row("0100111101iiiiii000001nnnnnddddd", "SSHR_asimdshf_D", "asimdshf", "Vn", "Vd",
             decode_shift<shift_right_by, kRight, S64>),
    simd_row("0q10111100001iii000001nnnnnddddd", "USHR_asimdshf_B", "asimdshf", "Vn", "Vd",
             decode_shift<shift_right_by, kRight, U8>),
    simd_row("0q1011110001iiii000001nnnnnddddd", "USHR_asimdshf_H", "asimdshf", "Vn", "Vd",
             decode_shift<shift_right_by, kRight, U16>),
    simd_row("0q101111001iiiii000001nnnnnddddd", "USHR_asimdshf_S", "asimdshf", "Vn", "Vd",
             decode_shift<shift_right_by, kRight, U32>),
    simd_row("0110111101iiiiii000001nnnnnddddd", "USHR_asimdshf_D", "asimdshf", "Vn", "Vd",
             decode_shift<shift_right_by, kRight, U64>),
    simd_row("0q00111100001iii000101nnnnnddddd", "SSRA_asimdshf_B", "asimdshf", "Vd Vn", "Vd",
             decode_shift_into<shift_right_accumulate, kRight, S8>),
    simd_row("0q0011110001iiii000101nnnnnddddd", "SSRA_asimdshf_H", "asimdshf", "Vd Vn", "Vd",
             decode_shift_into<shift_right_accumulate, kRight, S16>),
    simd_row("0q001111001iiiii000101nnnnnddddd", "SSRA_asimdshf_S", "asimdshf", "Vd Vn", "Vd",
             decode_shift_into<shift_right_accumulate, kRight, S32>),
    simd_row("0100111101iiiiii000101nnnnnddddd", "SSRA_asimdshf_D", "asimdshf", "Vd Vn", "Vd",
             decode_shift_into<shift_right_accumulate, kRight, S64>),
    simd_row("0q10111100001iii000101nnnnnddddd", "USRA_asimdshf_B", "asimdshf", "Vd Vn", "Vd",
             decode_shift_into<shift_right_accumulate, kRight, U8>),
    simd_row("0q1011110001iiii000101nnnnnddddd", "USRA_asimdshf_H", "asimdshf", "Vd Vn", "Vd",
             decode_shift_into<shift_right_accumulate, kRight, U16>),
    simd_row("0q101111001iiiii000101nnnnnddddd", "USRA_asimdshf_S", "asimdshf", "Vd Vn", "Vd",
             decode_shift_into<shift_right_accumulate, kRight, U32>),
    simd_row("0110111101iiiiii000101nnnnnddddd", "USRA_asimdshf_D", "asimdshf", "Vd Vn", "Vd",
             decode_shift_into<shift_right_accumulate, kRight, U64>),
    simd_row("0q00111100001iii001001nnnnnddddd", "SRSHR_asimdshf_B", "asimdshf", "Vn", "Vd",
             decode_shift<rounding_shift_right_by, kRight, S8>),
    simd_row("0q0011110001iiii001001nnnnnddddd", "SRSHR_asimdshf_H", "asimdshf", "Vn", "Vd",
             decode_shift<rounding_shift_right_by, kRight, S16>),
    simd_row("0q001111001iiiii001001nnnnnddddd", "SRSHR_asimdshf_S", "asimdshf", "Vn", "Vd",
             decode_shift<rounding_shift_right_by, kRight, S32>),
    simd_row("0100111101iiiiii001001nnnnnddddd", "SRSHR_asimdshf_D", "asimdshf", "Vn", "Vd",
             decode_shift<rounding_shift_right_by, kRight, S64>),
    simd_row("0q10111100001iii001001nnnnnddddd", "URSHR_asimdshf_B", "asimdshf", "Vn", "Vd",
             decode_shift<rounding_shift_right_by, kRight, U8>),
    simd_row("0q1011110001iiii001001nnnnnddddd", "URSHR_asimdshf_H", "asimdshf", "Vn", "Vd",
             decode_shift<rounding_shift_right_by, kRight, U16>),
    simd_row("0q101111001iiiii001001nnnnnddddd", "URSHR_asimdshf_S", "asimdshf", "Vn", "Vd",
             decode_shift<rounding_shift_right_by, kRight, U32>),
    simd_row("0110111101iiiiii001001nnnnnddddd", "URSHR_asimdshf_D", "asimdshf", "Vn", "Vd",
             decode_shift<rounding_shift_right_by, kRight, U64>),
    simd_row("0q00111100001iii001101nnnnnddddd", "SRSRA_asimdshf_B", "asimdshf", "Vd Vn", "Vd",
             decode_shift_into<rounding_shift_right_accumulate, kRight, S8>),
    simd_row("0q0011110001iiii001101nnnnnddddd", "SRSRA_asimdshf_H", "asimdshf", "Vd Vn", "Vd",
             decode_shift_into<rounding_shift_right_accumulate, kRight, S16>),
    simd_row("0q001111001iiiii001101nnnnnddddd", "SRSRA_asimdshf_S", "asimdshf", "Vd Vn", "Vd",
             decode_shift_into<rounding_shift_right_accumulate, kRight, S32>),
    simd_row("0100111101iiiiii001101nnnnnddddd", "SRSRA_asimdshf_D", "asimdshf", "Vd Vn", "Vd",
             decode_shift_into<rounding_shift_right_accumulate, kRight, S64>),
    simd_row("0q10111100001iii001101nnnnnddddd", "URSRA_asimdshf_B", "asimdshf", "Vd Vn", "Vd",
             decode_shift_into<rounding_shift_right_accumulate, kRight, U8>),
    simd_row("0q1011110001iiii001101nnnnnddddd", "URSRA_asimdshf_H", "asimdshf", "Vd Vn", "Vd",
             decode_shift_into<rounding_shift_right_accumulate, kRight, U16>),
    simd_row("0q101111001iiiii001101nnnnnddddd", "URSRA_asimdshf_S", "asimdshf", "Vd Vn", "Vd",
             decode_shift_into<rounding_shift_right_accumulate, kRight, U32>),
    simd_row("0110111101iiiiii001101nnnnnddddd", "URSRA_asimdshf_D", "asimdshf", "Vd Vn", "Vd",
             decode_shift_into<rounding_shift_right_accumulate, kRight, U64>),
    simd_row("0q10111100001iii010001nnnnnddddd", "SRI_asimdshf_B", "asimdshf", "Vd Vn", "Vd",
             decode_shift_into<shift_right_insert, kRight, U8>),
    simd_row("0q1011110001iiii010001nnnnnddddd", "SRI_asimdshf_H", "asimdshf", "Vd Vn", "Vd",
             decode_shift_into<shift_right_insert, kRight, U16>),
    simd_row("0q101111001iiiii010001nnnnnddddd", "SRI_asimdshf_S", "asimdshf", "Vd Vn", "Vd",
             decode_shift_into<shift_right_insert, kRight, U32>),
    simd_row("0110111101iiiiii010001nnnnnddddd", "SRI_asimdshf_D", "asimdshf", "Vd Vn", "Vd",
             decode_shift_into<shift_right_insert, kRight, U64>),
    simd_row("0q00111100001iii010101nnnnnddddd", "SHL_asimdshf_B", "asimdshf", "Vn", "Vd",
             decode_shift<shift_left_by, kLeft, U8>),
    simd_row("0q0011110001iiii010101nnnnnddddd", "SHL_asimdshf_H", "asimdshf", "Vn", "Vd",
             decode_shift<shift_left_by, kLeft, U16>),
    simd_row("0q001111001iiiii010101nnnnnddddd", "SHL_asimdshf_S", "asimdshf", "Vn", "Vd",
             decode_shift<shift_left_by, kLeft, U32>),
    simd_row("0100111101iiiiii010101nnnnnddddd", "SHL_asimdshf_D", "asimdshf", "Vn", "Vd",
             decode_shift<shift_left_by, kLeft, U64>),
    simd_row("0q10111100001iii010101nnnnnddddd", "SLI_asimdshf_B", "asimdshf", "Vd Vn", "Vd",
             decode_shift_into<shift_left_insert, kLeft, U8>),
    simd_row("0q1011110001iiii010101nnnnnddddd", "SLI_asimdshf_H", "asimdshf", "Vd Vn", "Vd",
             decode_shift_into<shift_left_insert, kLeft, U16>),
    simd_row("0q101111001iiiii010101nnnnnddddd", "SLI_asimdshf_S", "asimdshf", "Vd Vn", "Vd",
             decode_shift_into<shift_left_insert, kLeft, U32>),
    simd_row("0110111101iiiiii010101nnnnnddddd", "SLI_asimdshf_D", "asimdshf", "Vd Vn", "Vd",
             decode_shift_into<shift_left_insert, kLeft, U64>),
    simd_row("0q10111100001iii011001nnnnnddddd", "SQSHLU_asimdshf_B", "asimdshf", "Vn", "Vd FPSR",
             decode_shift<saturating_shift_left_unsigned_by, kLeft, S8>),
    simd_row("0q1011110001iiii011001nnnnnddddd", "SQSHLU_asimdshf_H", "asimdshf", "Vn", "Vd FPSR",
             decode_shift<saturating_shift_left_unsigned_by, kLeft, S16>),
    simd_row("0q101111001iiiii011001nnnnnddddd", "SQSHLU_asimdshf_S", "asimdshf", "Vn", "Vd FPSR",
             decode_shift<saturating_shift_left_unsigned_by, kLeft, S32>),
    simd_row("0110111101iiiiii011001nnnnnddddd", "SQSHLU_asimdshf_D", "asimdshf", "Vn", "Vd FPSR",
             decode_shift<saturating_shift_left_unsigned_by, kLeft, S64>),
    simd_row("0q00111100001iii011101nnnnnddddd", "SQSHL_immediate_asimdshf_B", "asimdshf", "Vn",
             "Vd FPSR", decode_shift<saturating_shift_left_by, kLeft, S8>),
    simd_row("0q0011110001iiii011101nnnnnddddd", "SQSHL_immediate_asimdshf_H", "asimdshf", "Vn",
             "Vd FPSR", decode_shift<saturating_shift_left_by, kLeft, S16>),
    simd_row("0q001111001iiiii011101nnnnnddddd", "SQSHL_immediate_asimdshf_S", "asimdshf", "Vn",
             "Vd FPSR", decode_shift<saturating_shift_left_by, kLeft, S32>),
    simd_row("0100111101iiiiii011101nnnnnddddd", "SQSHL_immediate_asimdshf_D", "asimdshf", "Vn",
             "Vd FPSR", decode_shift<saturating_shift_left_by, kLeft, S64>),
    simd_row("0q10111100001iii011101nnnnnddddd", "UQSHL_immediate_asimdshf_B", "asimdshf", "Vn",
             "Vd FPSR", decode_shift<saturating_shift_left_by, kLeft, U8>),
    simd_row("0q1011110001iiii011101nnnnnddddd", "UQSHL_immediate_asimdshf_H", "asimdshf", "Vn",
             "Vd FPSR", decode_shift<saturating_shift_left_by, kLeft, U16>),
    simd_row("0q101111001iiiii011101nnnnnddddd", "UQSHL_immediate_asimdshf_S", "asimdshf", "Vn",
             "Vd FPSR", decode_shift<saturating_shift_left_by, kLeft, U32>),
    simd_row("0110111101iiiiii011101nnnnnddddd", "UQSHL_immediate_asimdshf_D", "asimdshf", "Vn",
             "Vd FPSR", decode_shift<saturating_shift_left_by, kLeft, U64>),
    simd_row("0q00111100001iii100001nnnnnddddd", "SHRN_asimdshf_B", "asimdshf", "Vd Vn", "Vd",
             decode_narrow<narrow_truncating, kUnsigned, U8>),
    simd_row("0q0011110001iiii100001nnnnnddddd", "SHRN_asimdshf_H", "asimdshf", "Vd Vn", "Vd",
             decode_narrow<narrow_truncating, kUnsigned, U16>),
    simd_row("0q001111001iiiii100001nnnnnddddd", "SHRN_asimdshf_S", "asimdshf", "Vd Vn", "Vd",
             decode_narrow<narrow_truncating, kUnsigned, U32>),
    simd_row("0q10111100001iii100001nnnnnddddd", "SQSHRUN_asimdshf_B", "asimdshf", "Vd Vn",
             "Vd FPSR", decode_narrow<narrow_saturating, kSigned, U8>),
    simd_row("0q1011110001iiii100001nnnnnddddd", "SQSHRUN_asimdshf_H", "asimdshf", "Vd Vn",
             "Vd FPSR", decode_narrow<narrow_saturating, kSigned, U16>),
    simd_row("0q101111001iiiii100001nnnnnddddd", "SQSHRUN_asimdshf_S", "asimdshf", "Vd Vn",
             "Vd FPSR", decode_narrow<narrow_saturating, kSigned, U32>),
    simd_row("0q00111100001iii100011nnnnnddddd", "RSHRN_asimdshf_B", "asimdshf", "Vd Vn", "Vd",
             decode_narrow<narrow_rounding, kUnsigned, U8>),
    simd_row("0q0011110001iiii100011nnnnnddddd", "RSHRN_asimdshf_H", "asimdshf", "Vd Vn", "Vd",
             decode_narrow<narrow_rounding, kUnsigned, U16>),
    simd_row("0q001111001iiiii100011nnnnnddddd", "RSHRN_asimdshf_S", "asimdshf", "Vd Vn", "Vd",
             decode_narrow<narrow_rounding, kUnsigned, U32>),
    simd_row("0q10111100001iii100011nnnnnddddd", "SQRSHRUN_asimdshf_B", "asimdshf", "Vd Vn",
             "Vd FPSR", decode_narrow<narrow_rounding_saturating, kSigned, U8>),
    simd_row("0q1011110001iiii100011nnnnnddddd", "SQRSHRUN_asimdshf_H", "asimdshf", "Vd Vn",
             "Vd FPSR", decode_narrow<narrow_rounding_saturating, kSigned, U16>),
    simd_row("0q101111001iiiii100011nnnnnddddd", "SQRSHRUN_asimdshf_S", "asimdshf", "Vd Vn",
             "Vd FPSR", decode_narrow<narrow_rounding_saturating, kSigned, U32>),
    simd_row("0q00111100001iii100101nnnnnddddd", "SQSHRN_asimdshf_B", "asimdshf", "Vd Vn",
             "Vd FPSR", decode_narrow<narrow_saturating, kSigned, S8>),
    simd_row("0q0011110001iiii100101nnnnnddddd", "SQSHRN_asimdshf_H", "asimdshf", "Vd Vn",
             "Vd FPSR", decode_narrow<narrow_saturating, kSigned, S16>),
    simd_row("0q001111001iiiii100101nnnnnddddd", "SQSHRN_asimdshf_S", "asimdshf", "Vd Vn",
             "Vd FPSR", decode_narrow<narrow_saturating, kSigned, S32>),
    simd_row("0q10111100001iii100101nnnnnddddd", "UQSHRN_asimdshf_B", "asimdshf", "Vd Vn",
             "Vd FPSR", decode_narrow<narrow_saturating, kUnsigned, U8>),
    simd_row("0q1011110001iiii100101nnnnnddddd", "UQSHRN_asimdshf_H", "asimdshf", "Vd Vn",
             "Vd FPSR", decode_narrow<narrow_saturating, kUnsigned, U16>),
    simd_row("0q101111001iiiii100101nnnnnddddd", "UQSHRN_asimdshf_S", "asimdshf", "Vd Vn",
             "Vd FPSR", decode_narrow<narrow_saturating, kUnsigned, U32>),
    simd_row("0q00111100001iii100111nnnnnddddd", "SQRSHRN_asimdshf_B", "asimdshf", "Vd Vn",
             "Vd FPSR", decode_narrow<narrow_rounding_saturating, kSigned, S8>),
    simd_row("0q0011110001iiii100111nnnnnddddd", "SQRSHRN_asimdshf_H", "asimdshf", "Vd Vn",
             "Vd FPSR", decode_narrow<narrow_rounding_saturating, kSigned, S16>),
    simd_row("0q001111001iiiii100111nnnnnddddd", "SQRSHRN_asimdshf_S", "asimdshf", "Vd Vn",
             "Vd FPSR", decode_narrow<narrow_rounding_saturating, kSigned, S32>),
    simd_row("0q10111100001iii100111nnnnnddddd", "UQRSHRN_asimdshf_B", "asimdshf", "Vd Vn",
             "Vd FPSR", decode_narrow<narrow_rounding_saturating, kUnsigned, U8>),
    simd_row("0q1011110001iiii100111nnnnnddddd", "UQRSHRN_asimdshf_H", "asimdshf", "Vd Vn",
             "Vd FPSR", decode_narrow<narrow_rounding_saturating, kUnsigned, U16>),
    simd_row("0q101111001iiiii100111nnnnnddddd", "UQRSHRN_asimdshf_S", "asimdshf", "Vd Vn",
             "Vd FPSR", decode_narrow<narrow_rounding_saturating, kUnsigned, U32>),
    simd_row("0q00111100001iii101001nnnnnddddd", "SSHLL_asimdshf_B", "asimdshf", "Vn", "Vd",
             decode_long<S8>),
    simd_row("0q0011110001iiii101001nnnnnddddd", "SSHLL_asimdshf_H", "asimdshf", "Vn", "Vd",
             decode_long<S16>),
    simd_row("0q001111001iiiii101001nnnnnddddd", "SSHLL_asimdshf_S", "asimdshf", "Vn", "Vd",
             decode_long<S32>),
    simd_row("0q10111100001iii101001nnnnnddddd", "USHLL_asimdshf_B", "asimdshf", "Vn", "Vd",
             decode_long<U8>),
    simd_row("0q1011110001iiii101001nnnnnddddd", "USHLL_asimdshf_H", "asimdshf", "Vn", "Vd",
             decode_long<U16>),
    simd_row("0q101111001iiiii101001nnnnnddddd", "USHLL_asimdshf_S", "asimdshf", "Vn", "Vd",
             decode_long<U32>),
    simd_row("0101111101iiiiii000001nnnnnddddd", "SSHR_asisdshf_D", "asisdshf", "Vn", "Vd",
             decode_shift_scalar<shift_right_by, kRight, S64>),
    simd_row("0111111101iiiiii000001nnnnnddddd", "USHR_asisdshf_D", "asisdshf", "Vn", "Vd",
             decode_shift_scalar<shift_right_by, kRight, U64>),
    simd_row("0101111101iiiiii000101nnnnnddddd", "SSRA_asisdshf_D", "asisdshf", "Vd Vn", "Vd",
             decode_shift_into_scalar<shift_right_accumulate, kRight, S64>),
    simd_row("0111111101iiiiii000101nnnnnddddd", "USRA_asisdshf_D", "asisdshf", "Vd Vn", "Vd",
             decode_shift_into_scalar<shift_right_accumulate, kRight, U64>),
    simd_row("0101111101iiiiii001001nnnnnddddd", "SRSHR_asisdshf_D", "asisdshf", "Vn", "Vd",
             decode_shift_scalar<rounding_shift_right_by, kRight, S64>),
    simd_row("0111111101iiiiii001001nnnnnddddd", "URSHR_asisdshf_D", "asisdshf", "Vn", "Vd",
             decode_shift_scalar<rounding_shift_right_by, kRight, U64>),
    simd_row("0101111101iiiiii001101nnnnnddddd", "SRSRA_asisdshf_D", "asisdshf", "Vd Vn", "Vd",
             decode_shift_into_scalar<rounding_shift_right_accumulate, kRight, S64>),
    simd_row("0111111101iiiiii001101nnnnnddddd", "URSRA_asisdshf_D", "asisdshf", "Vd Vn", "Vd",
             decode_shift_into_scalar<rounding_shift_right_accumulate, kRight, U64>),
    simd_row("0111111101iiiiii010001nnnnnddddd", "SRI_asisdshf_D", "asisdshf", "Vd Vn", "Vd",
             decode_shift_into_scalar<shift_right_insert, kRight, U64>),
    simd_row("0101111101iiiiii010101nnnnnddddd", "SHL_asisdshf_D", "asisdshf", "Vn", "Vd",
             decode_shift_scalar<shift_left_by, kLeft, U64>),
    simd_row("0111111101iiiiii010101nnnnnddddd", "SLI_asisdshf_D", "asisdshf", "Vd Vn", "Vd",
             decode_shift_into_scalar<shift_left_insert, kLeft, U64>),
    simd_row("0111111100001iii011001nnnnnddddd", "SQSHLU_asisdshf_B", "asisdshf", "Vn", "Vd FPSR",
             decode_shift_scalar<saturating_shift_left_unsigned_by, kLeft, S8>),
    simd_row("011111110001iiii011001nnnnnddddd", "SQSHLU_asisdshf_H", "asisdshf", "Vn", "Vd FPSR",
             decode_shift_scalar<saturating_shift_left_unsigned_by, kLeft, S16>),
    simd_row("01111111001iiiii011001nnnnnddddd", "SQSHLU_asisdshf_S", "asisdshf", "Vn", "Vd FPSR",
             decode_shift_scalar<saturating_shift_left_unsigned_by, kLeft, S32>),
    simd_row("0111111101iiiiii011001nnnnnddddd", "SQSHLU_asisdshf_D", "asisdshf", "Vn", "Vd FPSR",
             decode_shift_scalar<saturating_shift_left_unsigned_by, kLeft, S64>),
    simd_row("0101111100001iii011101nnnnnddddd", "SQSHL_immediate_asisdshf_B", "asisdshf", "Vn",
             "Vd FPSR", decode_shift_scalar<saturating_shift_left_by, kLeft, S8>),
    simd_row("010111110001iiii011101nnnnnddddd", "SQSHL_immediate_asisdshf_H", "asisdshf", "Vn",
             "Vd FPSR", decode_shift_scalar<saturating_shift_left_by, kLeft, S16>),
    simd_row("01011111001iiiii011101nnnnnddddd", "SQSHL_immediate_asisdshf_S", "asisdshf", "Vn",
             "Vd FPSR", decode_shift_scalar<saturating_shift_left_by, kLeft, S32>),
    simd_row("0101111101iiiiii011101nnnnnddddd", "SQSHL_immediate_asisdshf_D", "asisdshf", "Vn",
             "Vd FPSR", decode_shift_scalar<saturating_shift_left_by, kLeft, S64>),
    simd_row("0111111100001iii011101nnnnnddddd", "UQSHL_immediate_asisdshf_B", "asisdshf", "Vn",
             "Vd FPSR", decode_shift_scalar<saturating_shift_left_by, kLeft, U8>),
    simd_row("011111110001iiii011101nnnnnddddd", "UQSHL_immediate_asisdshf_H", "asisdshf", "Vn",
             "Vd FPSR", decode_shift_scalar<saturating_shift_left_by, kLeft, U16>),
    simd_row("01111111001iiiii011101nnnnnddddd", "UQSHL_immediate_asisdshf_S", "asisdshf", "Vn",
             "Vd FPSR", decode_shift_scalar<saturating_shift_left_by, kLeft, U32>),
    simd_row("0111111101iiiiii011101nnnnnddddd", "UQSHL_immediate_asisdshf_D", "asisdshf", "Vn",
             "Vd FPSR", decode_shift_scalar<saturating_shift_left_by, kLeft, U64>),
    simd_row("0111111100001iii100001nnnnnddddd", "SQSHRUN_asisdshf_B", "asisdshf", "Vn", "Vd FPSR",
             decode_narrow_scalar<narrow_saturating, kSigned, U8>),
    simd_row("011111110001iiii100001nnnnnddddd", "SQSHRUN_asisdshf_H", "asisdshf", "Vn", "Vd FPSR",
             decode_narrow_scalar<narrow_saturating, kSigned, U16>),
    simd_row("01111111001iiiii100001nnnnnddddd", "SQSHRUN_asisdshf_S", "asisdshf", "Vn", "Vd FPSR",
             decode_narrow_scalar<narrow_saturating, kSigned, U32>),
    simd_row("0111111100001iii100011nnnnnddddd", "SQRSHRUN_asisdshf_B", "asisdshf", "Vn", "Vd FPSR",
             decode_narrow_scalar<narrow_rounding_saturating, kSigned, U8>),
    simd_row("011111110001iiii100011nnnnnddddd", "SQRSHRUN_asisdshf_H", "asisdshf", "Vn", "Vd FPSR",
             decode_narrow_scalar<narrow_rounding_saturating, kSigned, U16>),
    simd_row("01111111001iiiii100011nnnnnddddd", "SQRSHRUN_asisdshf_S", "asisdshf", "Vn", "Vd FPSR",
             decode_narrow_scalar<narrow_rounding_saturating, kSigned, U32>),
    simd_row("0101111100001iii100101nnnnnddddd", "SQSHRN_asisdshf_B", "asisdshf", "Vn", "Vd FPSR",
             decode_narrow_scalar<narrow_saturating, kSigned, S8>),
    simd_row("010111110001iiii100101nnnnnddddd", "SQSHRN_asisdshf_H", "asisdshf", "Vn", "Vd FPSR",
             decode_narrow_scalar<narrow_saturating, kSigned, S16>),
    simd_row("01011111001iiiii100101nnnnnddddd", "SQSHRN_asisdshf_S", "asisdshf", "Vn", "Vd FPSR",
             decode_narrow_scalar<narrow_saturating, kSigned, S32>),
    simd_row("0111111100001iii100101nnnnnddddd", "UQSHRN_asisdshf_B", "asisdshf", "Vn", "Vd FPSR",
             decode_narrow_scalar<narrow_saturating, kUnsigned, U8>),
    simd_row("011111110001iiii100101nnnnnddddd", "UQSHRN_asisdshf_H", "asisdshf", "Vn", "Vd FPSR",
             decode_narrow_scalar<narrow_saturating, kUnsigned, U16>),
    simd_row("01111111001iiiii100101nnnnnddddd", "UQSHRN_asisdshf_S", "asisdshf", "Vn", "Vd FPSR",
             decode_narrow_scalar<narrow_saturating, kUnsigned, U32>),
    simd_row("0101111100001iii100111nnnnnddddd", "SQRSHRN_asisdshf_B", "asisdshf", "Vn", "Vd FPSR",
             decode_narrow_scalar<narrow_rounding_saturating, kSigned, S8>),
    simd_row("010111110001iiii100111nnnnnddddd", "SQRSHRN_asisdshf_H", "asisdshf", "Vn", "Vd FPSR",
             decode_narrow_scalar<narrow_rounding_saturating, kSigned, S16>),
    simd_row("01011111001iiiii100111nnnnnddddd", "SQRSHRN_asisdshf_S", "asisdshf", "Vn", "Vd FPSR",
             decode_narrow_scalar<narrow_rounding_saturating, kSigned, S32>),
    simd_row("0111111100001iii100111nnnnnddddd", "UQRSHRN_asisdshf_B", "asisdshf", "Vn", "Vd FPSR",
             decode_narrow_scalar<narrow_rounding_saturating, kUnsigned, U8>),
    simd_row("011111110001iiii100111nnnnnddddd", "UQRSHRN_asisdshf_H", "asisdshf", "Vn", "Vd FPSR",
             decode_narrow_scalar<narrow_rounding_saturating, kUnsigned, U16>),
    simd_row("01111111001iiiii100111nnnnnddddd", "UQRSHRN_asisdshf_S", "asisdshf", "Vn", "Vd FPSR",
             decode_narrow_scalar<narrow_rounding_saturating, kUnsigned, U32>),
};

}  // namespace

std::span<const Row> rows_shift_immediate() { return rows; }

}  // namespace armature::cpu::simd
