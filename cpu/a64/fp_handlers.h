// Handlers of floating-point instructions by shape, scalar and vector, for any operation of
// cpu/fp/operations.h. A scalar result zeroes the rest of the vector register, a 64-bit vector its
// upper half.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

#include "cpu/core.h"
#include "cpu/decode.h"
#include "cpu/fp/operations.h"
#include "cpu/operands.h"

namespace armature::cpu {

static_assert(std::endian::native == std::endian::little, "elements of VReg are copied as bytes");

namespace field {
inline constexpr WordField<22> sz;  // 0 single, 1 double
inline constexpr WordField<23, 22> ftype;
inline constexpr WordField<20, 13> imm8;
inline constexpr WordField<15, 12> fp_cond;
inline constexpr WordField<21> element_l;
inline constexpr WordField<11> element_h;
}  // namespace field

inline fp::Environment fp_environment(Core& core) { return {core.state.fpcr, core.state.fpsr}; }

// ---- registers

template <typename F>
fp::BitsOf<F> read_fp(const Core& core, unsigned reg) {
  return static_cast<fp::BitsOf<F>>(core.state.v[reg].d[0]);
}
template <typename F>
void write_fp(Core& core, unsigned reg, fp::BitsOf<F> value) {
  core.state.v[reg].d[0] = value;
  core.state.v[reg].d[1] = 0;
}

template <typename F>
using Elements = std::array<fp::BitsOf<F>, sizeof(VReg) / sizeof(fp::BitsOf<F>)>;

template <typename F>
Elements<F> read_elements(const Core& core, unsigned reg) {
  Elements<F> elements;
  std::memcpy(&elements, core.state.v[reg].d, sizeof(elements));
  return elements;
}
template <typename F>
void write_elements(Core& core, unsigned reg, const Elements<F>& elements) {
  std::memcpy(core.state.v[reg].d, &elements, sizeof(elements));
}

// ---- scalar handlers

template <typename Op, typename F>
Outcome fp_unary(Core& core, const Insn& insn) {
  fp::Environment env = fp_environment(core);
  write_fp<F>(core, insn.rd, Op::template apply<F>(read_fp<F>(core, insn.rn), env));
  return Outcome::next;
}

template <typename Op, typename F>
Outcome fp_binary(Core& core, const Insn& insn) {
  fp::Environment env = fp_environment(core);
  write_fp<F>(core, insn.rd,
              Op::template apply<F>(read_fp<F>(core, insn.rn), read_fp<F>(core, insn.rm), env));
  return Outcome::next;
}

template <typename Op, typename F>
Outcome fp_ternary(Core& core, const Insn& insn) {
  fp::Environment env = fp_environment(core);
  write_fp<F>(core, insn.rd,
              Op::template apply<F>(read_fp<F>(core, insn.ra), read_fp<F>(core, insn.rn),
                                    read_fp<F>(core, insn.rm), env));
  return Outcome::next;
}

// ---- element handlers; insn.aux is the number of elements (1 for the scalar forms)

template <typename Op, typename F>
Outcome elements_unary(Core& core, const Insn& insn) {
  fp::Environment env = fp_environment(core);
  const Elements<F> n = read_elements<F>(core, insn.rn);
  Elements<F> result{};
  for (unsigned e = 0; e < insn.aux; ++e) result[e] = Op::template apply<F>(n[e], env);
  write_elements<F>(core, insn.rd, result);
  return Outcome::next;
}

// The second operand: element by element, or one element for all (insn.aux2).
enum class Second { vector, element };

template <typename F, Second second>
fp::BitsOf<F> second_operand(const Elements<F>& m, unsigned e, const Insn& insn) {
  return m[second == Second::element ? insn.aux2 : e];
}

template <typename Op, typename F, Second second>
Outcome elements_binary(Core& core, const Insn& insn) {
  fp::Environment env = fp_environment(core);
  const Elements<F> n = read_elements<F>(core, insn.rn), m = read_elements<F>(core, insn.rm);
  Elements<F> result{};
  for (unsigned e = 0; e < insn.aux; ++e) {
    result[e] = Op::template apply<F>(n[e], second_operand<F, second>(m, e, insn), env);
  }
  write_elements<F>(core, insn.rd, result);
  return Outcome::next;
}

// The addend is the destination.
template <typename Op, typename F, Second second>
Outcome elements_ternary(Core& core, const Insn& insn) {
  fp::Environment env = fp_environment(core);
  const Elements<F> d = read_elements<F>(core, insn.rd), n = read_elements<F>(core, insn.rn),
                    m = read_elements<F>(core, insn.rm);
  Elements<F> result{};
  for (unsigned e = 0; e < insn.aux; ++e) {
    result[e] = Op::template apply<F>(d[e], n[e], second_operand<F, second>(m, e, insn), env);
  }
  write_elements<F>(core, insn.rd, result);
  return Outcome::next;
}

// Adjacent pairs of Vm:Vn, Vn being the lower half.
template <typename Op, typename F>
Outcome elements_pairwise(Core& core, const Insn& insn) {
  fp::Environment env = fp_environment(core);
  const Elements<F> n = read_elements<F>(core, insn.rn), m = read_elements<F>(core, insn.rm);
  const unsigned half = insn.aux / 2u;
  Elements<F> result{};
  for (unsigned e = 0; e < half; ++e) {
    result[e] = Op::template apply<F>(n[2 * e], n[2 * e + 1], env);
  }
  for (unsigned e = 0; e < half; ++e) {
    result[half + e] = Op::template apply<F>(m[2 * e], m[2 * e + 1], env);
  }
  write_elements<F>(core, insn.rd, result);
  return Outcome::next;
}

// Reduce of the pseudocode: the upper half of the vector first, then the lower half, joined as
// (lower, upper); the order tells which NaN survives. insn.aux elements (2 or 4) to a scalar.
template <typename Op, typename F>
fp::BitsOf<F> reduce(const Elements<F>& elements, unsigned first, unsigned count,
                     fp::Environment& env) {
  if (count == 1) return elements[first];
  const fp::BitsOf<F> high = reduce<Op, F>(elements, first + count / 2, count / 2, env);
  const fp::BitsOf<F> low = reduce<Op, F>(elements, first, count / 2, env);
  return Op::template apply<F>(low, high, env);
}

template <typename Op, typename F>
Outcome elements_reduce(Core& core, const Insn& insn) {
  fp::Environment env = fp_environment(core);
  write_fp<F>(core, insn.rd, reduce<Op, F>(read_elements<F>(core, insn.rn), 0, insn.aux, env));
  return Outcome::next;
}

// Fixed-point conversions within elements; insn.imm is the number of fraction bits.
template <typename F, fp::Signedness signedness>
Outcome elements_from_fixed(Core& core, const Insn& insn) {
  fp::Environment env = fp_environment(core);
  const Elements<F> n = read_elements<F>(core, insn.rn);
  Elements<F> result{};
  for (unsigned e = 0; e < insn.aux; ++e) {
    result[e] = fp::from_fixed<F>(n[e], static_cast<unsigned>(insn.imm), F::width, signedness, env);
  }
  write_elements<F>(core, insn.rd, result);
  return Outcome::next;
}

template <typename F, fp::Signedness signedness>
Outcome elements_to_fixed(Core& core, const Insn& insn) {
  fp::Environment env = fp_environment(core);
  const Elements<F> n = read_elements<F>(core, insn.rn);
  Elements<F> result{};
  for (unsigned e = 0; e < insn.aux; ++e) {
    result[e] = static_cast<fp::BitsOf<F>>(fp::to_fixed<F>(
        n[e], static_cast<unsigned>(insn.imm), F::width, signedness, fp::Rounding::zero, env));
  }
  write_elements<F>(core, insn.rd, result);
  return Outcome::next;
}

// ---- decoding shared by the rows

inline void decode_registers(std::uint32_t word, Insn& insn) {
  insn.rd = static_cast<std::uint8_t>(field::rd(word));
  insn.rn = static_cast<std::uint8_t>(field::rn(word));
  insn.rm = static_cast<std::uint8_t>(field::rm(word));
  insn.ra = static_cast<std::uint8_t>(field::ra(word));
}

// Rows of one shape, with the registers they use.
inline constexpr std::string_view kReads1 = "Vn FPCR", kReads2 = "Vn Vm FPCR",
                                  kReadsAdd = "Vd Vn Vm FPCR", kWrites = "Vd FPSR";

constexpr Row fp_row(std::string_view pattern, std::string_view name, std::string_view group,
                     DecodeFunction decode, CostClass cost, std::string_view reads,
                     std::string_view writes) {
  return {.pattern = pattern,
          .name = name,
          .group = group,
          .decode = decode,
          .cost = cost,
          .access = Access::none,
          .dependency = Dependency::data,
          .reads = reads,
          .writes = writes,
          .fp = true,
          .ends_group = false};
}

}  // namespace armature::cpu
