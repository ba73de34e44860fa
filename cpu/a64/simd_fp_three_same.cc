// Advanced SIMD floating-point with two source vectors: three same, by element, pairwise, and the
// reductions of one vector (scalar pairwise, across lanes).
#include "cpu/a64/simd_fp.h"
#include "cpu/a64/simd_fp_decode.h"

namespace armature::cpu {

namespace {

using fp::Double;
using fp::Single;

template <typename Op>
bool decode_pairwise(std::uint32_t word, Insn& insn) {
  insn.handler = field::sz(word) ? elements_pairwise<Op, Double> : elements_pairwise<Op, Single>;
  return decode_elements<Form::vector>(word, insn);
}

// Scalar pairwise: two elements; across lanes: 4S only.
template <typename Op, unsigned count>
bool decode_reduce(std::uint32_t word, Insn& insn) {
  decode_registers(word, insn);
  insn.aux = count;
  insn.handler = field::sz(word) ? elements_reduce<Op, Double> : elements_reduce<Op, Single>;
  return true;
}

// The index is H:L of single elements and H of double ones, whose L must be 0. M belongs to Vm.
template <Form form>
bool decode_element(std::uint32_t word, Insn& insn) {
  const unsigned h = field::element_h(word), l = field::element_l(word);
  if (field::sz(word) && l != 0) return false;
  insn.aux2 = static_cast<std::uint8_t>(field::sz(word) ? h : h << 1 | l);
  return decode_elements<form>(word, insn);
}

template <typename Op, Form form>
bool decode_binary_element(std::uint32_t word, Insn& insn) {
  insn.handler = field::sz(word) ? elements_binary<Op, Double, Second::element>
                                 : elements_binary<Op, Single, Second::element>;
  return decode_element<form>(word, insn);
}

template <typename Op, Form form>
bool decode_ternary_element(std::uint32_t word, Insn& insn) {
  insn.handler = field::sz(word) ? elements_ternary<Op, Double, Second::element>
                                 : elements_ternary<Op, Single, Second::element>;
  return decode_element<form>(word, insn);
}

// ---- rows

constexpr Row vector(std::string_view pattern, std::string_view name, DecodeFunction decode,
                     CostClass cost = CostClass::simd) {
  return fp_row(pattern, name, "simd_three_same", decode, cost, kReads2, kWrites);
}
constexpr Row accumulate(std::string_view pattern, std::string_view name, DecodeFunction decode) {
  return fp_row(pattern, name, "simd_three_same", decode, CostClass::simd, kReadsAdd, kWrites);
}
constexpr Row scalar(std::string_view pattern, std::string_view name, DecodeFunction decode) {
  return fp_row(pattern, name, "simd_scalar_three_same", decode, CostClass::simd, kReads2, kWrites);
}
constexpr Row element(std::string_view pattern, std::string_view name, DecodeFunction decode,
                      std::string_view reads) {
  return fp_row(pattern, name, "simd_by_element", decode, CostClass::simd, reads, kWrites);
}
constexpr Row reduced(std::string_view pattern, std::string_view name, std::string_view group,
                      DecodeFunction decode) {
  return fp_row(pattern, name, group, decode, CostClass::simd, kReads1, kWrites);
}

using namespace fp::op;
using AbsoluteGreaterEqual = OfMagnitudes<CompareGreaterEqual>;
using AbsoluteGreater = OfMagnitudes<CompareGreater>;
using Accumulate = MulAdd<Sign::plus, Sign::plus>;
using Subtract = MulAdd<Sign::plus, Sign::minus>;
constexpr Form V = Form::vector, S = Form::scalar;

// The letter s is sz, q is Q; by element, l and h make the index.
constexpr Row kRows[] = {
    vector("0q0011100s1mmmmm110001nnnnnddddd", "FMAXNM_vector", decode_elements_binary<MaxNum, V>),
    accumulate("0q0011100s1mmmmm110011nnnnnddddd", "FMLA_vector",
               decode_elements_ternary<Accumulate>),
    vector("0q0011100s1mmmmm110101nnnnnddddd", "FADD_vector", decode_elements_binary<Add, V>),
    vector("0q0011100s1mmmmm110111nnnnnddddd", "FMULX_vector", decode_elements_binary<MulX, V>),
    vector("0q0011100s1mmmmm111001nnnnnddddd", "FCMEQ_vector",
           decode_elements_binary<CompareEqual, V>),
    vector("0q0011100s1mmmmm111101nnnnnddddd", "FMAX_vector", decode_elements_binary<Max, V>),
    vector("0q0011100s1mmmmm111111nnnnnddddd", "FRECPS_vector",
           decode_elements_binary<RecipStep, V>),
    vector("0q0011101s1mmmmm110001nnnnnddddd", "FMINNM_vector", decode_elements_binary<MinNum, V>),
    accumulate("0q0011101s1mmmmm110011nnnnnddddd", "FMLS_vector",
               decode_elements_ternary<Subtract>),
    vector("0q0011101s1mmmmm110101nnnnnddddd", "FSUB_vector", decode_elements_binary<Sub, V>),
    vector("0q0011101s1mmmmm111101nnnnnddddd", "FMIN_vector", decode_elements_binary<Min, V>),
    vector("0q0011101s1mmmmm111111nnnnnddddd", "FRSQRTS_vector",
           decode_elements_binary<RSqrtStep, V>),
    vector("0q1011100s1mmmmm110001nnnnnddddd", "FMAXNMP_vector", decode_pairwise<MaxNum>),
    vector("0q1011100s1mmmmm110101nnnnnddddd", "FADDP_vector", decode_pairwise<Add>),
    vector("0q1011100s1mmmmm110111nnnnnddddd", "FMUL_vector", decode_elements_binary<Mul, V>),
    vector("0q1011100s1mmmmm111001nnnnnddddd", "FCMGE_vector",
           decode_elements_binary<CompareGreaterEqual, V>),
    vector("0q1011100s1mmmmm111011nnnnnddddd", "FACGE_vector",
           decode_elements_binary<AbsoluteGreaterEqual, V>),
    vector("0q1011100s1mmmmm111101nnnnnddddd", "FMAXP_vector", decode_pairwise<Max>),
    vector("0q1011100s1mmmmm111111nnnnnddddd", "FDIV_vector", decode_elements_binary<Div, V>,
           CostClass::fp_divide),
    vector("0q1011101s1mmmmm110001nnnnnddddd", "FMINNMP_vector", decode_pairwise<MinNum>),
    vector("0q1011101s1mmmmm110101nnnnnddddd", "FABD_vector",
           decode_elements_binary<AbsoluteDifference, V>),
    vector("0q1011101s1mmmmm111001nnnnnddddd", "FCMGT_vector",
           decode_elements_binary<CompareGreater, V>),
    vector("0q1011101s1mmmmm111011nnnnnddddd", "FACGT_vector",
           decode_elements_binary<AbsoluteGreater, V>),
    vector("0q1011101s1mmmmm111101nnnnnddddd", "FMINP_vector", decode_pairwise<Min>),

    scalar("010111100s1mmmmm110111nnnnnddddd", "FMULX_scalar", decode_elements_binary<MulX, S>),
    scalar("010111100s1mmmmm111001nnnnnddddd", "FCMEQ_scalar",
           decode_elements_binary<CompareEqual, S>),
    scalar("010111100s1mmmmm111111nnnnnddddd", "FRECPS_scalar",
           decode_elements_binary<RecipStep, S>),
    scalar("010111101s1mmmmm111111nnnnnddddd", "FRSQRTS_scalar",
           decode_elements_binary<RSqrtStep, S>),
    scalar("011111100s1mmmmm111001nnnnnddddd", "FCMGE_scalar",
           decode_elements_binary<CompareGreaterEqual, S>),
    scalar("011111100s1mmmmm111011nnnnnddddd", "FACGE_scalar",
           decode_elements_binary<AbsoluteGreaterEqual, S>),
    scalar("011111101s1mmmmm110101nnnnnddddd", "FABD_scalar",
           decode_elements_binary<AbsoluteDifference, S>),
    scalar("011111101s1mmmmm111001nnnnnddddd", "FCMGT_scalar",
           decode_elements_binary<CompareGreater, S>),
    scalar("011111101s1mmmmm111011nnnnnddddd", "FACGT_scalar",
           decode_elements_binary<AbsoluteGreater, S>),

    element("0q0011111slmmmmm0001h0nnnnnddddd", "FMLA_element",
            decode_ternary_element<Accumulate, V>, kReadsAdd),
    element("0q0011111slmmmmm0101h0nnnnnddddd", "FMLS_element",
            decode_ternary_element<Subtract, V>, kReadsAdd),
    element("0q0011111slmmmmm1001h0nnnnnddddd", "FMUL_element", decode_binary_element<Mul, V>,
            kReads2),
    element("0q1011111slmmmmm1001h0nnnnnddddd", "FMULX_element", decode_binary_element<MulX, V>,
            kReads2),
    element("010111111slmmmmm0001h0nnnnnddddd", "FMLA_scalar_element",
            decode_ternary_element<Accumulate, S>, kReadsAdd),
    element("010111111slmmmmm0101h0nnnnnddddd", "FMLS_scalar_element",
            decode_ternary_element<Subtract, S>, kReadsAdd),
    element("010111111slmmmmm1001h0nnnnnddddd", "FMUL_scalar_element",
            decode_binary_element<Mul, S>, kReads2),
    element("011111111slmmmmm1001h0nnnnnddddd", "FMULX_scalar_element",
            decode_binary_element<MulX, S>, kReads2),

    reduced("011111100s110000110010nnnnnddddd", "FMAXNMP_scalar", "simd_scalar_pairwise",
            decode_reduce<MaxNum, 2>),
    reduced("011111100s110000110110nnnnnddddd", "FADDP_scalar", "simd_scalar_pairwise",
            decode_reduce<Add, 2>),
    reduced("011111100s110000111110nnnnnddddd", "FMAXP_scalar", "simd_scalar_pairwise",
            decode_reduce<Max, 2>),
    reduced("011111101s110000110010nnnnnddddd", "FMINNMP_scalar", "simd_scalar_pairwise",
            decode_reduce<MinNum, 2>),
    reduced("011111101s110000111110nnnnnddddd", "FMINP_scalar", "simd_scalar_pairwise",
            decode_reduce<Min, 2>),
    // Across lanes: sz:Q == 01 only.
    reduced("0110111000110000110010nnnnnddddd", "FMAXNMV", "simd_across_lanes",
            decode_reduce<MaxNum, 4>),
    reduced("0110111000110000111110nnnnnddddd", "FMAXV", "simd_across_lanes",
            decode_reduce<Max, 4>),
    reduced("0110111010110000110010nnnnnddddd", "FMINNMV", "simd_across_lanes",
            decode_reduce<MinNum, 4>),
    reduced("0110111010110000111110nnnnnddddd", "FMINV", "simd_across_lanes",
            decode_reduce<Min, 4>),
};

}  // namespace

std::span<const Row> rows_simd_fp_three_same() { return kRows; }

}  // namespace armature::cpu
