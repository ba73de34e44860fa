// Scalar floating-point data processing: one, two and three sources, compare, conditional compare
// and select, immediate. Conversions with general registers are in fp_scalar_convert.cc.
#include <vector>

#include "cpu/a64/arithmetic.h"
#include "cpu/a64/fp_handlers.h"
#include "cpu/a64/fp_scalar_convert.h"

namespace armature::cpu {

namespace {

using fp::Double;
using fp::Half;
using fp::Single;

template <typename Op>
bool decode_unary(std::uint32_t word, Insn& insn) {
  decode_registers(word, insn);
  insn.handler = field::sz(word) ? fp_unary<Op, Double> : fp_unary<Op, Single>;
  return true;
}

template <typename Op>
bool decode_binary(std::uint32_t word, Insn& insn) {
  decode_registers(word, insn);
  insn.handler = field::sz(word) ? fp_binary<Op, Double> : fp_binary<Op, Single>;
  return true;
}

template <typename Op>
bool decode_ternary(std::uint32_t word, Insn& insn) {
  decode_registers(word, insn);
  insn.handler = field::sz(word) ? fp_ternary<Op, Double> : fp_ternary<Op, Single>;
  return true;
}

// ---- FCVT between formats

template <typename To, typename From>
Outcome convert_precision(Core& core, const Insn& insn) {
  fp::Environment env = fp_environment(core);
  write_fp<To>(core, insn.rd,
               fp::convert<To, From>(read_fp<From>(core, insn.rn), env.rounding(), env));
  return Outcome::next;
}

template <typename To, typename From>
bool decode_convert(std::uint32_t word, Insn& insn) {
  decode_registers(word, insn);
  insn.handler = convert_precision<To, From>;
  return true;
}

// ---- FCMP, FCMPE, FCCMP, FCCMPE, FCSEL

enum class With { vm, zero };

template <typename F, fp::Quietness quietness, With with>
Outcome compare(Core& core, const Insn& insn) {
  fp::Environment env = fp_environment(core);
  const fp::BitsOf<F> second = with == With::zero ? F::zero(false) : read_fp<F>(core, insn.rm);
  core.state.nzcv = fp::compare<F>(read_fp<F>(core, insn.rn), second, quietness, env)
                    << kFlagsShift;
  return Outcome::next;
}

// CHOICE: the should-be-zero Rm of a comparison with zero is ignored.
template <fp::Quietness quietness, With with>
bool decode_compare(std::uint32_t word, Insn& insn) {
  decode_registers(word, insn);
  insn.handler = field::sz(word) ? compare<Double, quietness, with>
                                 : compare<Single, quietness, with>;
  return true;
}

template <typename F, fp::Quietness quietness>
Outcome conditional_compare(Core& core, const Insn& insn) {
  if (condition_holds(core, insn.aux)) return compare<F, quietness, With::vm>(core, insn);
  core.state.nzcv = static_cast<std::uint32_t>(insn.aux2) << kFlagsShift;
  return Outcome::next;
}

template <fp::Quietness quietness>
bool decode_conditional_compare(std::uint32_t word, Insn& insn) {
  constexpr WordField<3, 0> nzcv;
  decode_registers(word, insn);
  insn.aux = static_cast<std::uint8_t>(field::fp_cond(word));
  insn.aux2 = static_cast<std::uint8_t>(nzcv(word));
  insn.handler = field::sz(word) ? conditional_compare<Double, quietness>
                                 : conditional_compare<Single, quietness>;
  return true;
}

template <typename F>
Outcome conditional_select(Core& core, const Insn& insn) {
  const unsigned chosen = condition_holds(core, insn.aux) ? insn.rn : insn.rm;
  write_fp<F>(core, insn.rd, read_fp<F>(core, chosen));
  return Outcome::next;
}

bool decode_conditional_select(std::uint32_t word, Insn& insn) {
  decode_registers(word, insn);
  insn.aux = static_cast<std::uint8_t>(field::fp_cond(word));
  insn.handler = field::sz(word) ? conditional_select<Double> : conditional_select<Single>;
  return true;
}

// ---- FMOV (scalar, immediate)

Outcome move_immediate(Core& core, const Insn& insn) {
  write_fp<Double>(core, insn.rd, insn.imm);
  return Outcome::next;
}

bool decode_move_immediate(std::uint32_t word, Insn& insn) {
  decode_registers(word, insn);
  const auto imm8 = static_cast<std::uint8_t>(field::imm8(word));
  insn.imm = field::sz(word) ? fp::expand_imm8<Double>(imm8) : fp::expand_imm8<Single>(imm8);
  insn.handler = move_immediate;
  return true;
}

// ---- rows

constexpr Row one(std::string_view pattern, std::string_view name, DecodeFunction decode,
                  CostClass cost = CostClass::fp) {
  return fp_row(pattern, name, "fp_one_source", decode, cost, kReads1, kWrites);
}
// Moves and changes of sign look at no control bit and raise nothing.
constexpr Row plain(std::string_view pattern, std::string_view name, DecodeFunction decode) {
  return fp_row(pattern, name, "fp_one_source", decode, CostClass::fp, "Vn", "Vd");
}
constexpr Row two(std::string_view pattern, std::string_view name, DecodeFunction decode,
                  CostClass cost = CostClass::fp) {
  return fp_row(pattern, name, "fp_two_source", decode, cost, kReads2, kWrites);
}
constexpr Row three(std::string_view pattern, std::string_view name, DecodeFunction decode) {
  return fp_row(pattern, name, "fp_three_source", decode, CostClass::fp, "Va Vn Vm FPCR", kWrites);
}
constexpr Row compared(std::string_view pattern, std::string_view name, DecodeFunction decode,
                       std::string_view reads) {
  return fp_row(pattern, name, "fp_compare", decode, CostClass::fp, reads, "C FPSR");
}

using fp::Exactness;
using fp::Quietness;
using fp::Rounding;
using fp::op::RoundInt;
using fp::op::RoundIntCurrent;
using fp::op::Sign;

// The letter t is ftype<0>: 0 single, 1 double.
constexpr Row kRows[] = {
    plain("000111100t100000010000nnnnnddddd", "FMOV_float", decode_unary<fp::op::Move>),
    plain("000111100t100000110000nnnnnddddd", "FABS_float", decode_unary<fp::op::Abs>),
    plain("000111100t100001010000nnnnnddddd", "FNEG_float", decode_unary<fp::op::Neg>),
    one("000111100t100001110000nnnnnddddd", "FSQRT_float", decode_unary<fp::op::Sqrt>,
        CostClass::fp_divide),
    one("0001111000100010110000nnnnnddddd", "FCVT_S_to_D", decode_convert<Double, Single>),
    one("0001111000100011110000nnnnnddddd", "FCVT_S_to_H", decode_convert<Half, Single>),
    one("0001111001100010010000nnnnnddddd", "FCVT_D_to_S", decode_convert<Single, Double>),
    one("0001111001100011110000nnnnnddddd", "FCVT_D_to_H", decode_convert<Half, Double>),
    one("0001111011100010010000nnnnnddddd", "FCVT_H_to_S", decode_convert<Single, Half>),
    one("0001111011100010110000nnnnnddddd", "FCVT_H_to_D", decode_convert<Double, Half>),
    one("000111100t100100010000nnnnnddddd", "FRINTN_float",
        decode_unary<RoundInt<Rounding::ties_to_even>>),
    one("000111100t100100110000nnnnnddddd", "FRINTP_float",
        decode_unary<RoundInt<Rounding::plus_infinity>>),
    one("000111100t100101010000nnnnnddddd", "FRINTM_float",
        decode_unary<RoundInt<Rounding::minus_infinity>>),
    one("000111100t100101110000nnnnnddddd", "FRINTZ_float", decode_unary<RoundInt<Rounding::zero>>),
    one("000111100t100110010000nnnnnddddd", "FRINTA_float",
        decode_unary<RoundInt<Rounding::ties_away>>),
    one("000111100t100111010000nnnnnddddd", "FRINTX_float",
        decode_unary<RoundIntCurrent<Exactness::exact>>),
    one("000111100t100111110000nnnnnddddd", "FRINTI_float",
        decode_unary<RoundIntCurrent<Exactness::inexact_allowed>>),

    two("000111100t1mmmmm000010nnnnnddddd", "FMUL_float", decode_binary<fp::op::Mul>),
    two("000111100t1mmmmm000110nnnnnddddd", "FDIV_float", decode_binary<fp::op::Div>,
        CostClass::fp_divide),
    two("000111100t1mmmmm001010nnnnnddddd", "FADD_float", decode_binary<fp::op::Add>),
    two("000111100t1mmmmm001110nnnnnddddd", "FSUB_float", decode_binary<fp::op::Sub>),
    two("000111100t1mmmmm010010nnnnnddddd", "FMAX_float", decode_binary<fp::op::Max>),
    two("000111100t1mmmmm010110nnnnnddddd", "FMIN_float", decode_binary<fp::op::Min>),
    two("000111100t1mmmmm011010nnnnnddddd", "FMAXNM_float", decode_binary<fp::op::MaxNum>),
    two("000111100t1mmmmm011110nnnnnddddd", "FMINNM_float", decode_binary<fp::op::MinNum>),
    two("000111100t1mmmmm100010nnnnnddddd", "FNMUL_float", decode_binary<fp::op::NegatedMul>),

    three("000111110t0mmmmm0aaaaannnnnddddd", "FMADD_float",
          decode_ternary<fp::op::MulAdd<Sign::plus, Sign::plus>>),
    three("000111110t0mmmmm1aaaaannnnnddddd", "FMSUB_float",
          decode_ternary<fp::op::MulAdd<Sign::plus, Sign::minus>>),
    three("000111110t1mmmmm0aaaaannnnnddddd", "FNMADD_float",
          decode_ternary<fp::op::MulAdd<Sign::minus, Sign::minus>>),
    three("000111110t1mmmmm1aaaaannnnnddddd", "FNMSUB_float",
          decode_ternary<fp::op::MulAdd<Sign::minus, Sign::plus>>),

    compared("000111100t1mmmmm001000nnnnn00000", "FCMP_float",
             decode_compare<Quietness::quiet, With::vm>, "Vn Vm FPCR"),
    compared("000111100t1zzzzz001000nnnnn01000", "FCMP_zero",
             decode_compare<Quietness::quiet, With::zero>, "Vn FPCR"),
    compared("000111100t1mmmmm001000nnnnn10000", "FCMPE_float",
             decode_compare<Quietness::signalling, With::vm>, "Vn Vm FPCR"),
    compared("000111100t1zzzzz001000nnnnn11000", "FCMPE_zero",
             decode_compare<Quietness::signalling, With::zero>, "Vn FPCR"),
    compared("000111100t1mmmmmcccc01nnnnn0vvvv", "FCCMP_float",
             decode_conditional_compare<Quietness::quiet>, "Vn Vm C FPCR"),
    compared("000111100t1mmmmmcccc01nnnnn1vvvv", "FCCMPE_float",
             decode_conditional_compare<Quietness::signalling>, "Vn Vm C FPCR"),
    fp_row("000111100t1mmmmmcccc11nnnnnddddd", "FCSEL_float", "fp_conditional_select",
           decode_conditional_select, CostClass::fp, "Vn Vm C", "Vd"),
    fp_row("000111100t1iiiiiiii10000000ddddd", "FMOV_float_imm", "fp_immediate",
           decode_move_immediate, CostClass::fp, "", "Vd"),
};

}  // namespace

std::span<const Row> rows_fp_scalar() {
  // Constant once built.
  static const std::vector<Row> rows = [] {
    std::vector<Row> joined(std::begin(kRows), std::end(kRows));
    const std::span<const Row> converted = rows_fp_scalar_convert();
    joined.insert(joined.end(), converted.begin(), converted.end());
    return joined;
  }();
  return rows;
}

}  // namespace armature::cpu
