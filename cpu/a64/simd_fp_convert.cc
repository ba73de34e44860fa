// Advanced SIMD conversions: between integers or fixed-point numbers and floating-point of the same
// width, and between floating-point widths (FCVTL, FCVTN, FCVTXN).
#include "cpu/a64/simd_fp.h"
#include "cpu/a64/simd_fp_decode.h"

namespace armature::cpu {

namespace {

using fp::Double;
using fp::Half;
using fp::Rounding;
using fp::Signedness;
using fp::Single;

// ---- widths; insn.aux is 1 for the forms that read or write the upper half (FCVTL2, FCVTN2)

template <typename To, typename From>
Outcome lengthen(Core& core, const Insn& insn) {
  fp::Environment env = fp_environment(core);
  const Elements<From> n = read_elements<From>(core, insn.rn);
  Elements<To> result;
  const unsigned first = insn.aux != 0 ? static_cast<unsigned>(result.size()) : 0;
  for (unsigned e = 0; e < result.size(); ++e) {
    result[e] = fp::convert<To, From>(n[first + e], env.rounding(), env);
  }
  write_elements<To>(core, insn.rd, result);
  return Outcome::next;
}

enum class NarrowTo { current, odd };

template <typename To, typename From, NarrowTo mode>
Outcome narrow(Core& core, const Insn& insn) {
  fp::Environment env = fp_environment(core);
  const Rounding rounding = mode == NarrowTo::odd ? Rounding::odd : env.rounding();
  const Elements<From> n = read_elements<From>(core, insn.rn);
  // The lower half is kept by the second form and otherwise written, with zeros above.
  Elements<To> result = insn.aux != 0 ? read_elements<To>(core, insn.rd) : Elements<To>{};
  const unsigned first = insn.aux != 0 ? static_cast<unsigned>(n.size()) : 0;
  for (unsigned e = 0; e < n.size(); ++e) {
    result[first + e] = fp::convert<To, From>(n[e], rounding, env);
  }
  write_elements<To>(core, insn.rd, result);
  return Outcome::next;
}

bool decode_halves(std::uint32_t word, Insn& insn) {
  decode_registers(word, insn);
  insn.aux = static_cast<std::uint8_t>(field::q(word));
  return true;
}

bool decode_lengthen(std::uint32_t word, Insn& insn) {
  insn.handler = field::sz(word) ? lengthen<Double, Single> : lengthen<Single, Half>;
  return decode_halves(word, insn);
}

bool decode_narrow(std::uint32_t word, Insn& insn) {
  insn.handler = field::sz(word) ? narrow<Single, Double, NarrowTo::current>
                                 : narrow<Half, Single, NarrowTo::current>;
  return decode_halves(word, insn);
}

bool decode_narrow_odd(std::uint32_t word, Insn& insn) {
  insn.handler = narrow<Single, Double, NarrowTo::odd>;
  return decode_halves(word, insn);
}

Outcome narrow_odd_scalar(Core& core, const Insn& insn) {
  fp::Environment env = fp_environment(core);
  write_fp<Single>(core, insn.rd, fp::convert<Single, Double>(read_fp<Double>(core, insn.rn),
                                                              Rounding::odd, env));
  return Outcome::next;
}

bool decode_narrow_odd_scalar(std::uint32_t word, Insn& insn) {
  decode_registers(word, insn);
  insn.handler = narrow_odd_scalar;
  return true;
}

// ---- fixed-point: esize and fbits from immh:immb; the rows fix the leading one of immh

template <Form form>
void decode_fraction_bits(std::uint32_t word, Insn& insn) {
  constexpr WordField<22, 16> immh_immb;
  constexpr unsigned kDouble = 64;
  const bool is_double = immh_immb(word) >= kDouble;
  const unsigned element_bits = is_double ? Double::width : Single::width;
  decode_registers(word, insn);
  insn.imm = element_bits * 2 - immh_immb(word);
  insn.aux = form == Form::scalar ? 1 : is_double ? 2 : field::q(word) ? 4 : 2;
}

template <typename F, Signedness signedness, Form form>
bool decode_from_fixed(std::uint32_t word, Insn& insn) {
  decode_fraction_bits<form>(word, insn);
  insn.handler = elements_from_fixed<F, signedness>;
  return true;
}

template <typename F, Signedness signedness, Form form>
bool decode_to_fixed(std::uint32_t word, Insn& insn) {
  decode_fraction_bits<form>(word, insn);
  insn.handler = elements_to_fixed<F, signedness>;
  return true;
}

// ---- rows

constexpr Row vector(std::string_view pattern, std::string_view name, DecodeFunction decode) {
  return fp_row(pattern, name, "simd_two_misc", decode, CostClass::simd, kReads1, kWrites);
}
constexpr Row scalar(std::string_view pattern, std::string_view name, DecodeFunction decode) {
  return fp_row(pattern, name, "simd_scalar_two_misc", decode, CostClass::simd, kReads1, kWrites);
}
// q is Q; the second form of a narrowing conversion keeps the lower half of Vd.
constexpr Row narrowing(std::string_view pattern, std::string_view name, DecodeFunction decode) {
  return fp_row(pattern, name, "simd_two_misc", decode, CostClass::simd, "Vd Vn FPCR", kWrites);
}
constexpr Row fixed(std::string_view pattern, std::string_view name, DecodeFunction decode) {
  return fp_row(pattern, name, "simd_shift_by_immediate", decode, CostClass::simd, kReads1,
                kWrites);
}

using fp::op::FromInteger;
using fp::op::ToInteger;
constexpr Signedness I = Signedness::is_signed, U = Signedness::is_unsigned;
constexpr Rounding kN = Rounding::ties_to_even, kP = Rounding::plus_infinity,
                   kM = Rounding::minus_infinity, kZ = Rounding::zero, kA = Rounding::ties_away;
constexpr Form V = Form::vector, S = Form::scalar;

// The letter s is sz, q is Q, f the number of fraction bits.
constexpr Row kRows[] = {
    vector("0q0011100s100001101010nnnnnddddd", "FCVTNS_vector",
           decode_elements_unary<ToInteger<kN, I>, V>),
    vector("0q1011100s100001101010nnnnnddddd", "FCVTNU_vector",
           decode_elements_unary<ToInteger<kN, U>, V>),
    vector("0q0011101s100001101010nnnnnddddd", "FCVTPS_vector",
           decode_elements_unary<ToInteger<kP, I>, V>),
    vector("0q1011101s100001101010nnnnnddddd", "FCVTPU_vector",
           decode_elements_unary<ToInteger<kP, U>, V>),
    vector("0q0011100s100001101110nnnnnddddd", "FCVTMS_vector",
           decode_elements_unary<ToInteger<kM, I>, V>),
    vector("0q1011100s100001101110nnnnnddddd", "FCVTMU_vector",
           decode_elements_unary<ToInteger<kM, U>, V>),
    vector("0q0011101s100001101110nnnnnddddd", "FCVTZS_vector_int",
           decode_elements_unary<ToInteger<kZ, I>, V>),
    vector("0q1011101s100001101110nnnnnddddd", "FCVTZU_vector_int",
           decode_elements_unary<ToInteger<kZ, U>, V>),
    vector("0q0011100s100001110010nnnnnddddd", "FCVTAS_vector",
           decode_elements_unary<ToInteger<kA, I>, V>),
    vector("0q1011100s100001110010nnnnnddddd", "FCVTAU_vector",
           decode_elements_unary<ToInteger<kA, U>, V>),
    vector("0q0011100s100001110110nnnnnddddd", "SCVTF_vector_int",
           decode_elements_unary<FromInteger<I>, V>),
    vector("0q1011100s100001110110nnnnnddddd", "UCVTF_vector_int",
           decode_elements_unary<FromInteger<U>, V>),

    scalar("010111100s100001101010nnnnnddddd", "FCVTNS_scalar",
           decode_elements_unary<ToInteger<kN, I>, S>),
    scalar("011111100s100001101010nnnnnddddd", "FCVTNU_scalar",
           decode_elements_unary<ToInteger<kN, U>, S>),
    scalar("010111101s100001101010nnnnnddddd", "FCVTPS_scalar",
           decode_elements_unary<ToInteger<kP, I>, S>),
    scalar("011111101s100001101010nnnnnddddd", "FCVTPU_scalar",
           decode_elements_unary<ToInteger<kP, U>, S>),
    scalar("010111100s100001101110nnnnnddddd", "FCVTMS_scalar",
           decode_elements_unary<ToInteger<kM, I>, S>),
    scalar("011111100s100001101110nnnnnddddd", "FCVTMU_scalar",
           decode_elements_unary<ToInteger<kM, U>, S>),
    scalar("010111101s100001101110nnnnnddddd", "FCVTZS_scalar_int",
           decode_elements_unary<ToInteger<kZ, I>, S>),
    scalar("011111101s100001101110nnnnnddddd", "FCVTZU_scalar_int",
           decode_elements_unary<ToInteger<kZ, U>, S>),
    scalar("010111100s100001110010nnnnnddddd", "FCVTAS_scalar",
           decode_elements_unary<ToInteger<kA, I>, S>),
    scalar("011111100s100001110010nnnnnddddd", "FCVTAU_scalar",
           decode_elements_unary<ToInteger<kA, U>, S>),
    scalar("010111100s100001110110nnnnnddddd", "SCVTF_scalar_int",
           decode_elements_unary<FromInteger<I>, S>),
    scalar("011111100s100001110110nnnnnddddd", "UCVTF_scalar_int",
           decode_elements_unary<FromInteger<U>, S>),

    vector("0q0011100s100001011110nnnnnddddd", "FCVTL", decode_lengthen),
    narrowing("0q0011100s100001011010nnnnnddddd", "FCVTN", decode_narrow),
    narrowing("0q10111001100001011010nnnnnddddd", "FCVTXN_vector", decode_narrow_odd),
    scalar("0111111001100001011010nnnnnddddd", "FCVTXN_scalar", decode_narrow_odd_scalar),

    fixed("0q001111001fffff111001nnnnnddddd", "SCVTF_vector_fix_single",
          decode_from_fixed<Single, I, V>),
    fixed("0100111101ffffff111001nnnnnddddd", "SCVTF_vector_fix_double",
          decode_from_fixed<Double, I, V>),
    fixed("0q101111001fffff111001nnnnnddddd", "UCVTF_vector_fix_single",
          decode_from_fixed<Single, U, V>),
    fixed("0110111101ffffff111001nnnnnddddd", "UCVTF_vector_fix_double",
          decode_from_fixed<Double, U, V>),
    fixed("0q001111001fffff111111nnnnnddddd", "FCVTZS_vector_fix_single",
          decode_to_fixed<Single, I, V>),
    fixed("0100111101ffffff111111nnnnnddddd", "FCVTZS_vector_fix_double",
          decode_to_fixed<Double, I, V>),
    fixed("0q101111001fffff111111nnnnnddddd", "FCVTZU_vector_fix_single",
          decode_to_fixed<Single, U, V>),
    fixed("0110111101ffffff111111nnnnnddddd", "FCVTZU_vector_fix_double",
          decode_to_fixed<Double, U, V>),
    fixed("01011111001fffff111001nnnnnddddd", "SCVTF_scalar_fix_single",
          decode_from_fixed<Single, I, S>),
    fixed("0101111101ffffff111001nnnnnddddd", "SCVTF_scalar_fix_double",
          decode_from_fixed<Double, I, S>),
    fixed("01111111001fffff111001nnnnnddddd", "UCVTF_scalar_fix_single",
          decode_from_fixed<Single, U, S>),
    fixed("0111111101ffffff111001nnnnnddddd", "UCVTF_scalar_fix_double",
          decode_from_fixed<Double, U, S>),
    fixed("01011111001fffff111111nnnnnddddd", "FCVTZS_scalar_fix_single",
          decode_to_fixed<Single, I, S>),
    fixed("0101111101ffffff111111nnnnnddddd", "FCVTZS_scalar_fix_double",
          decode_to_fixed<Double, I, S>),
    fixed("01111111001fffff111111nnnnnddddd", "FCVTZU_scalar_fix_single",
          decode_to_fixed<Single, U, S>),
    fixed("0111111101ffffff111111nnnnnddddd", "FCVTZU_scalar_fix_double",
          decode_to_fixed<Double, U, S>),
};

}  // namespace

std::span<const Row> rows_simd_fp_convert() { return kRows; }

}  // namespace armature::cpu
