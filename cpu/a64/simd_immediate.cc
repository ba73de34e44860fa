// Advanced SIMD modified immediate (FMOV of the same group is floating-point).
#include "cpu/a64/simd_handlers.h"
#include "cpu/a64/simd_rows.h"

namespace armature::cpu::simd {
namespace {

constexpr std::uint64_t imm8_field(std::uint32_t word) {
  return bits(word, 18, 16) << 5 | bits(word, 9, 5);
}
constexpr std::uint64_t replicate(std::uint64_t element, unsigned element_bits) {
  for (unsigned width = element_bits; width < 64; width *= 2) element |= element << width;
  return element;
}

// AdvSIMDExpandImm, by cases of cmode.
constexpr std::uint64_t expand_words(std::uint32_t word) {  // 0xx.: imm8 at byte xx
  return replicate(imm8_field(word) << (8 * bits(word, 14, 13)), 32);
}
constexpr std::uint64_t expand_halfwords(std::uint32_t word) {  // 10x.: imm8 at byte x
  return replicate(imm8_field(word) << (8 * bits(word, 13, 13)), 16);
}
constexpr std::uint64_t expand_ones(std::uint32_t word) {  // 110x: imm8 then x + 1 bytes of ones
  const unsigned shift = bit(word, 12) ? 16 : 8;
  return replicate(imm8_field(word) << shift | mask(shift - 1, 0), 32);
}
constexpr std::uint64_t expand_bytes(std::uint32_t word) {  // 1110, op = 0
  return replicate(imm8_field(word), 8);
}
constexpr std::uint64_t expand_bits(std::uint32_t word) {  // 1110, op = 1: every bit a byte
  std::uint64_t expanded = 0;
  for (unsigned i = 0; i < 8; ++i) {
    if (bit(imm8_field(word), i)) expanded |= 0xffull << (8 * i);
  }
  return expanded;
}

constexpr auto move = [](std::uint64_t, std::uint64_t imm) { return imm; };
constexpr auto move_not = [](std::uint64_t, std::uint64_t imm) { return ~imm; };
constexpr auto bit_or = [](std::uint64_t d, std::uint64_t imm) { return d | imm; };
constexpr auto bit_clear = [](std::uint64_t d, std::uint64_t imm) { return d & ~imm; };

template <auto op, bool q>
Outcome modify(Core& core, const Insn& insn) {
  VReg& d = core.state.v[insn.rd];
  d = {{op(d.d[0], insn.imm), q ? op(d.d[1], insn.imm) : 0}};
  return Outcome::next;
}

template <auto op, auto expand>
bool decode_immediate(std::uint32_t word, Insn& insn) {
  decode_registers(word, insn);
  insn.imm = expand(word);
  insn.handler = q_field(word) ? modify<op, true> : modify<op, false>;
  return true;
}

constexpr Row rows[] = {
    simd_row("0q00111100000iii0ss001iiiiiddddd", "MOVI_asimdimm_L_sl", "asimdimm", "", "Vd",
             decode_immediate<move, expand_words>),
    simd_row("0q10111100000iii0ss001iiiiiddddd", "MVNI_asimdimm_L_sl", "asimdimm", "", "Vd",
             decode_immediate<move_not, expand_words>),
    simd_row("0q00111100000iii0ss101iiiiiddddd", "ORR_asimdimm_L_sl", "asimdimm", "Vd", "Vd",
             decode_immediate<bit_or, expand_words>),
    simd_row("0q10111100000iii0ss101iiiiiddddd", "BIC_asimdimm_L_sl", "asimdimm", "Vd", "Vd",
             decode_immediate<bit_clear, expand_words>),
    simd_row("0q00111100000iii10s001iiiiiddddd", "MOVI_asimdimm_L_hl", "asimdimm", "", "Vd",
             decode_immediate<move, expand_halfwords>),
    simd_row("0q10111100000iii10s001iiiiiddddd", "MVNI_asimdimm_L_hl", "asimdimm", "", "Vd",
             decode_immediate<move_not, expand_halfwords>),
    simd_row("0q00111100000iii10s101iiiiiddddd", "ORR_asimdimm_L_hl", "asimdimm", "Vd", "Vd",
             decode_immediate<bit_or, expand_halfwords>),
    simd_row("0q10111100000iii10s101iiiiiddddd", "BIC_asimdimm_L_hl", "asimdimm", "Vd", "Vd",
             decode_immediate<bit_clear, expand_halfwords>),
    simd_row("0q00111100000iii110s01iiiiiddddd", "MOVI_asimdimm_M_sm", "asimdimm", "", "Vd",
             decode_immediate<move, expand_ones>),
    simd_row("0q10111100000iii110s01iiiiiddddd", "MVNI_asimdimm_M_sm", "asimdimm", "", "Vd",
             decode_immediate<move_not, expand_ones>),
    simd_row("0q00111100000iii111001iiiiiddddd", "MOVI_asimdimm_N_b", "asimdimm", "", "Vd",
             decode_immediate<move, expand_bytes>),
    simd_row("0q10111100000iii111001iiiiiddddd", "MOVI_asimdimm_D", "asimdimm", "", "Vd",
             decode_immediate<move, expand_bits>),
};

}  // namespace

std::span<const Row> rows_modified_immediate() { return rows; }

}  // namespace armature::cpu::simd
