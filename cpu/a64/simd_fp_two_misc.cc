// Advanced SIMD floating-point with one source vector (two-register miscellaneous) that keeps the
// element size, vector and scalar forms, and FMOV (vector, immediate).
#include "cpu/a64/simd_fp.h"
#include "cpu/a64/simd_fp_decode.h"

namespace armature::cpu {

namespace {

// URECPE, URSQRTE: single-width elements only.
template <typename Op>
bool decode_unsigned_estimate(std::uint32_t word, Insn& insn) {
  insn.handler = elements_unary<Op, fp::Single>;
  return decode_elements<Form::vector>(word, insn);
}

// ---- FMOV (vector, immediate); insn.imm is the 64-bit pattern

Outcome move_immediate(Core& core, const Insn& insn) {
  core.state.v[insn.rd].d[0] = insn.imm;
  core.state.v[insn.rd].d[1] = insn.aux != 0 ? insn.imm : 0;
  return Outcome::next;
}

std::uint8_t immediate_abcdefgh(std::uint32_t word) {
  constexpr WordField<18, 16> abc;
  constexpr WordField<9, 5> defgh;
  return static_cast<std::uint8_t>(abc(word) << 5 | defgh(word));
}

bool decode_move_single(std::uint32_t word, Insn& insn) {
  decode_registers(word, insn);
  const std::uint64_t element = fp::expand_imm8<fp::Single>(immediate_abcdefgh(word));
  insn.imm = element << fp::Single::width | element;
  insn.aux = static_cast<std::uint8_t>(field::q(word));
  insn.handler = move_immediate;
  return true;
}

bool decode_move_double(std::uint32_t word, Insn& insn) {
  decode_registers(word, insn);
  insn.imm = fp::expand_imm8<fp::Double>(immediate_abcdefgh(word));
  insn.aux = 1;
  insn.handler = move_immediate;
  return true;
}

// ---- rows

constexpr Row vector(std::string_view pattern, std::string_view name, DecodeFunction decode,
                     CostClass cost = CostClass::simd) {
  return fp_row(pattern, name, "simd_two_misc", decode, cost, kReads1, kWrites);
}
// Changes of sign and the unsigned estimates look at no control bit and raise nothing.
constexpr Row plain(std::string_view pattern, std::string_view name, DecodeFunction decode) {
  return fp_row(pattern, name, "simd_two_misc", decode, CostClass::simd, "Vn", "Vd");
}
constexpr Row scalar(std::string_view pattern, std::string_view name, DecodeFunction decode) {
  return fp_row(pattern, name, "simd_scalar_two_misc", decode, CostClass::simd, kReads1, kWrites);
}
constexpr Row immediate(std::string_view pattern, std::string_view name, DecodeFunction decode) {
  return fp_row(pattern, name, "simd_modified_immediate", decode, CostClass::simd, "", "Vd");
}

using namespace fp::op;
using fp::Exactness;
using fp::Rounding;
using GreaterThanZero = WithZero<CompareGreater>;
using GreaterEqualZero = WithZero<CompareGreaterEqual>;
using EqualZero = WithZero<CompareEqual>;
using LessThanZero = ZeroWith<CompareGreater>;
using LessEqualZero = ZeroWith<CompareGreaterEqual>;
constexpr Form V = Form::vector, S = Form::scalar;

// The letter s is sz, q is Q.
constexpr Row kRows[] = {
    vector("0q0011101s100000110010nnnnnddddd", "FCMGT_vector_zero",
           decode_elements_unary<GreaterThanZero, V>),
    vector("0q0011101s100000110110nnnnnddddd", "FCMEQ_vector_zero",
           decode_elements_unary<EqualZero, V>),
    vector("0q0011101s100000111010nnnnnddddd", "FCMLT_vector_zero",
           decode_elements_unary<LessThanZero, V>),
    vector("0q1011101s100000110010nnnnnddddd", "FCMGE_vector_zero",
           decode_elements_unary<GreaterEqualZero, V>),
    vector("0q1011101s100000110110nnnnnddddd", "FCMLE_vector_zero",
           decode_elements_unary<LessEqualZero, V>),
    plain("0q0011101s100000111110nnnnnddddd", "FABS_vector", decode_elements_unary<Abs, V>),
    plain("0q1011101s100000111110nnnnnddddd", "FNEG_vector", decode_elements_unary<Neg, V>),
    vector("0q0011100s100001100010nnnnnddddd", "FRINTN_vector",
           decode_elements_unary<RoundInt<Rounding::ties_to_even>, V>),
    vector("0q0011100s100001100110nnnnnddddd", "FRINTM_vector",
           decode_elements_unary<RoundInt<Rounding::minus_infinity>, V>),
    vector("0q0011101s100001100010nnnnnddddd", "FRINTP_vector",
           decode_elements_unary<RoundInt<Rounding::plus_infinity>, V>),
    vector("0q0011101s100001100110nnnnnddddd", "FRINTZ_vector",
           decode_elements_unary<RoundInt<Rounding::zero>, V>),
    vector("0q1011100s100001100010nnnnnddddd", "FRINTA_vector",
           decode_elements_unary<RoundInt<Rounding::ties_away>, V>),
    vector("0q1011100s100001100110nnnnnddddd", "FRINTX_vector",
           decode_elements_unary<RoundIntCurrent<Exactness::exact>, V>),
    vector("0q1011101s100001100110nnnnnddddd", "FRINTI_vector",
           decode_elements_unary<RoundIntCurrent<Exactness::inexact_allowed>, V>),
    plain("0q00111010100001110010nnnnnddddd", "URECPE",
          decode_unsigned_estimate<UnsignedRecipEstimate>),
    plain("0q10111010100001110010nnnnnddddd", "URSQRTE",
          decode_unsigned_estimate<UnsignedRSqrtEstimate>),
    vector("0q0011101s100001110110nnnnnddddd", "FRECPE_vector",
           decode_elements_unary<RecipEstimate, V>),
    vector("0q1011101s100001110110nnnnnddddd", "FRSQRTE_vector",
           decode_elements_unary<RSqrtEstimate, V>),
    vector("0q1011101s100001111110nnnnnddddd", "FSQRT_vector", decode_elements_unary<Sqrt, V>,
           CostClass::fp_divide),

    scalar("010111101s100000110010nnnnnddddd", "FCMGT_scalar_zero",
           decode_elements_unary<GreaterThanZero, S>),
    scalar("010111101s100000110110nnnnnddddd", "FCMEQ_scalar_zero",
           decode_elements_unary<EqualZero, S>),
    scalar("010111101s100000111010nnnnnddddd", "FCMLT_scalar_zero",
           decode_elements_unary<LessThanZero, S>),
    scalar("011111101s100000110010nnnnnddddd", "FCMGE_scalar_zero",
           decode_elements_unary<GreaterEqualZero, S>),
    scalar("011111101s100000110110nnnnnddddd", "FCMLE_scalar_zero",
           decode_elements_unary<LessEqualZero, S>),
    scalar("010111101s100001110110nnnnnddddd", "FRECPE_scalar",
           decode_elements_unary<RecipEstimate, S>),
    scalar("010111101s100001111110nnnnnddddd", "FRECPX", decode_elements_unary<RecipX, S>),
    scalar("011111101s100001110110nnnnnddddd", "FRSQRTE_scalar",
           decode_elements_unary<RSqrtEstimate, S>),

    immediate("0q00111100000iii111101iiiiiddddd", "FMOV_vector_imm_single", decode_move_single),
    immediate("0110111100000iii111101iiiiiddddd", "FMOV_vector_imm_double", decode_move_double),
};

}  // namespace

std::span<const Row> rows_simd_fp_two_misc() { return kRows; }

}  // namespace armature::cpu
