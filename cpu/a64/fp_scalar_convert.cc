// Conversion between floating-point and integer or fixed-point, and FMOV with a general register.
#include "cpu/a64/fp_scalar_convert.h"

#include "cpu/a64/fp_handlers.h"

namespace armature::cpu {

namespace {

using fp::Double;
using fp::Rounding;
using fp::Signedness;
using fp::Single;

// ---- floating-point to a general register

template <typename F, unsigned width, Rounding rounding, Signedness signedness>
Outcome to_general(Core& core, const Insn& insn) {
  fp::Environment env = fp_environment(core);
  core.state.x[insn.rd] = fp::to_fixed<F>(read_fp<F>(core, insn.rn), 0, width, signedness,
                                          rounding, env);
  return Outcome::next;
}

template <Rounding rounding, Signedness signedness>
bool decode_to_general(std::uint32_t word, Insn& insn) {
  insn.rd = write_zr(field::rd(word));
  insn.rn = static_cast<std::uint8_t>(field::rn(word));
  if (field::sf(word)) {
    insn.handler = field::sz(word) ? to_general<Double, 64, rounding, signedness>
                                   : to_general<Single, 64, rounding, signedness>;
  } else {
    insn.handler = field::sz(word) ? to_general<Double, 32, rounding, signedness>
                                   : to_general<Single, 32, rounding, signedness>;
  }
  return true;
}

// ---- a general register to floating-point

template <typename F, unsigned width, Signedness signedness>
Outcome from_general(Core& core, const Insn& insn) {
  fp::Environment env = fp_environment(core);
  write_fp<F>(core, insn.rd, fp::from_fixed<F>(core.state.x[insn.rn], 0, width, signedness, env));
  return Outcome::next;
}

template <Signedness signedness>
bool decode_from_general(std::uint32_t word, Insn& insn) {
  insn.rd = static_cast<std::uint8_t>(field::rd(word));
  insn.rn = read_zr(field::rn(word));
  if (field::sf(word)) {
    insn.handler = field::sz(word) ? from_general<Double, 64, signedness>
                                   : from_general<Single, 64, signedness>;
  } else {
    insn.handler = field::sz(word) ? from_general<Double, 32, signedness>
                                   : from_general<Single, 32, signedness>;
  }
  return true;
}

// ---- fixed-point; insn.imm is the number of fraction bits, insn.aux the integer's width

template <typename F, Signedness signedness>
Outcome to_general_fixed(Core& core, const Insn& insn) {
  fp::Environment env = fp_environment(core);
  core.state.x[insn.rd] =
      fp::to_fixed<F>(read_fp<F>(core, insn.rn), static_cast<unsigned>(insn.imm), insn.aux,
                      signedness, Rounding::zero, env);
  return Outcome::next;
}

template <typename F, Signedness signedness>
Outcome from_general_fixed(Core& core, const Insn& insn) {
  fp::Environment env = fp_environment(core);
  write_fp<F>(core, insn.rd,
              fp::from_fixed<F>(core.state.x[insn.rn], static_cast<unsigned>(insn.imm), insn.aux,
                                signedness, env));
  return Outcome::next;
}

// False when scale asks for more fraction bits than a W register has.
bool decode_scale(std::uint32_t word, Insn& insn) {
  constexpr WordField<15, 10> scale;
  insn.imm = 64 - scale(word);
  insn.aux = field::sf(word) ? 64 : 32;
  return insn.imm <= insn.aux;
}

template <Signedness signedness>
bool decode_to_general_fixed(std::uint32_t word, Insn& insn) {
  insn.rd = write_zr(field::rd(word));
  insn.rn = static_cast<std::uint8_t>(field::rn(word));
  insn.handler = field::sz(word) ? to_general_fixed<Double, signedness>
                                 : to_general_fixed<Single, signedness>;
  return decode_scale(word, insn);
}

template <Signedness signedness>
bool decode_from_general_fixed(std::uint32_t word, Insn& insn) {
  insn.rd = static_cast<std::uint8_t>(field::rd(word));
  insn.rn = read_zr(field::rn(word));
  insn.handler = field::sz(word) ? from_general_fixed<Double, signedness>
                                 : from_general_fixed<Single, signedness>;
  return decode_scale(word, insn);
}

// ---- FMOV (general)

template <typename F>
Outcome move_to_general(Core& core, const Insn& insn) {
  core.state.x[insn.rd] = read_fp<F>(core, insn.rn);
  return Outcome::next;
}
template <typename F>
Outcome move_from_general(Core& core, const Insn& insn) {
  write_fp<F>(core, insn.rd, static_cast<fp::BitsOf<F>>(core.state.x[insn.rn]));
  return Outcome::next;
}
Outcome move_top_to_general(Core& core, const Insn& insn) {
  core.state.x[insn.rd] = core.state.v[insn.rn].d[1];
  return Outcome::next;
}
// Vd.D[1]: the only scalar write that leaves the other half alone.
Outcome move_top_from_general(Core& core, const Insn& insn) {
  core.state.v[insn.rd].d[1] = core.state.x[insn.rn];
  return Outcome::next;
}

template <Handler handler>
bool decode_move_to_general(std::uint32_t word, Insn& insn) {
  insn.rd = write_zr(field::rd(word));
  insn.rn = static_cast<std::uint8_t>(field::rn(word));
  insn.handler = handler;
  return true;
}
template <Handler handler>
bool decode_move_from_general(std::uint32_t word, Insn& insn) {
  insn.rd = static_cast<std::uint8_t>(field::rd(word));
  insn.rn = read_zr(field::rn(word));
  insn.handler = handler;
  return true;
}

// ---- rows

constexpr Row to_x(std::string_view pattern, std::string_view name, DecodeFunction decode) {
  return fp_row(pattern, name, "fp_integer_conversion", decode, CostClass::fp, "Vn FPCR", "d FPSR");
}
constexpr Row from_x(std::string_view pattern, std::string_view name, DecodeFunction decode) {
  return fp_row(pattern, name, "fp_integer_conversion", decode, CostClass::fp, "n FPCR", kWrites);
}
constexpr Row move(std::string_view pattern, std::string_view name, DecodeFunction decode,
                   std::string_view reads, std::string_view writes) {
  return fp_row(pattern, name, "fp_integer_conversion", decode, CostClass::fp, reads, writes);
}
constexpr Signedness S = Signedness::is_signed, U = Signedness::is_unsigned;
constexpr Rounding N = Rounding::ties_to_even, P = Rounding::plus_infinity,
                   M = Rounding::minus_infinity, Z = Rounding::zero, A = Rounding::ties_away;

// The letter s is sf, t is ftype<0>.
constexpr Row kRows[] = {
    to_x("s00111100t100000000000nnnnnddddd", "FCVTNS_float", decode_to_general<N, S>),
    to_x("s00111100t100001000000nnnnnddddd", "FCVTNU_float", decode_to_general<N, U>),
    from_x("s00111100t100010000000nnnnnddddd", "SCVTF_float_int", decode_from_general<S>),
    from_x("s00111100t100011000000nnnnnddddd", "UCVTF_float_int", decode_from_general<U>),
    to_x("s00111100t100100000000nnnnnddddd", "FCVTAS_float", decode_to_general<A, S>),
    to_x("s00111100t100101000000nnnnnddddd", "FCVTAU_float", decode_to_general<A, U>),
    to_x("s00111100t101000000000nnnnnddddd", "FCVTPS_float", decode_to_general<P, S>),
    to_x("s00111100t101001000000nnnnnddddd", "FCVTPU_float", decode_to_general<P, U>),
    to_x("s00111100t110000000000nnnnnddddd", "FCVTMS_float", decode_to_general<M, S>),
    to_x("s00111100t110001000000nnnnnddddd", "FCVTMU_float", decode_to_general<M, U>),
    to_x("s00111100t111000000000nnnnnddddd", "FCVTZS_float_int", decode_to_general<Z, S>),
    to_x("s00111100t111001000000nnnnnddddd", "FCVTZU_float_int", decode_to_general<Z, U>),

    move("0001111000100110000000nnnnnddddd", "FMOV_S_to_W",
         decode_move_to_general<move_to_general<Single>>, "Vn", "d"),
    move("0001111000100111000000nnnnnddddd", "FMOV_W_to_S",
         decode_move_from_general<move_from_general<Single>>, "n", "Vd"),
    move("1001111001100110000000nnnnnddddd", "FMOV_D_to_X",
         decode_move_to_general<move_to_general<Double>>, "Vn", "d"),
    move("1001111001100111000000nnnnnddddd", "FMOV_X_to_D",
         decode_move_from_general<move_from_general<Double>>, "n", "Vd"),
    move("1001111010101110000000nnnnnddddd", "FMOV_top_to_X",
         decode_move_to_general<move_top_to_general>, "Vn", "d"),
    move("1001111010101111000000nnnnnddddd", "FMOV_X_to_top",
         decode_move_from_general<move_top_from_general>, "n Vd", "Vd"),

    from_x("s00111100t000010ffffffnnnnnddddd", "SCVTF_float_fix", decode_from_general_fixed<S>),
    from_x("s00111100t000011ffffffnnnnnddddd", "UCVTF_float_fix", decode_from_general_fixed<U>),
    to_x("s00111100t011000ffffffnnnnnddddd", "FCVTZS_float_fix", decode_to_general_fixed<S>),
    to_x("s00111100t011001ffffffnnnnnddddd", "FCVTZU_float_fix", decode_to_general_fixed<U>),
};

}  // namespace

std::span<const Row> rows_fp_scalar_convert() { return kRows; }

}  // namespace armature::cpu
