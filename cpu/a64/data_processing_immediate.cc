// Data processing, immediate: PC-relative, add and subtract, logical, move wide, bitfield, extract.
#include "cpu/a64/arithmetic.h"
#include "cpu/decode.h"
#include "cpu/operands.h"

namespace armature::cpu {

namespace {

using u32 = std::uint32_t;
using u64 = std::uint64_t;

// ---- PC-relative addressing

Outcome adr(Core& core, const Insn& insn) {
  core.state.x[insn.rd] = core.pc_of(insn) + insn.imm;
  return go_on(core, insn);
}
Outcome adrp(Core& core, const Insn& insn) {
  core.state.x[insn.rd] = (core.pc_of(insn) & ~mask(11, 0)) + insn.imm;
  return go_on(core, insn);
}

bool decode_pc_relative(u32 word, Insn& insn) {
  constexpr WordField<23, 5> immhi;
  constexpr WordField<30, 29> immlo;
  const bool page = field::sf(word) != 0;
  const u64 offset = static_cast<u64>(immhi.sign_extended(word)) << 2 | immlo(word);
  insn.rd = write_zr(field::rd(word));
  insn.imm = page ? offset << 12 : offset;
  insn.handler = page ? adrp : adr;
  return true;
}

// ---- Add/subtract (immediate)

template <typename T, bool subtract, bool set_flags>
Outcome add_immediate(Core& core, const Insn& insn) {
  const T a = get_x<T>(core, insn.rn), b = static_cast<T>(insn.imm);
  if constexpr (set_flags) {
    set_x(core, insn.rd, add_with_flags<T, subtract>(a, b, core.state.nzcv));
  } else {
    set_x(core, insn.rd, add<T, subtract>(a, b));
  }
  return go_on(core, insn);
}

// Indexed by sf:op:S.
constexpr Handler kAddImmediate[8] = {
    add_immediate<u32, false, false>, add_immediate<u32, false, true>,
    add_immediate<u32, true, false>,  add_immediate<u32, true, true>,
    add_immediate<u64, false, false>, add_immediate<u64, false, true>,
    add_immediate<u64, true, false>,  add_immediate<u64, true, true>};

bool decode_add_immediate(u32 word, Insn& insn) {
  constexpr WordField<31, 29> sf_op_s;
  constexpr WordField<29> s;
  insn.rd = s(word) != 0 ? write_zr(field::rd(word)) : or_sp(field::rd(word));
  insn.rn = or_sp(field::rn(word));
  insn.imm = field::n(word) != 0 ? field::imm12(word) << 12 : field::imm12(word);
  insn.handler = kAddImmediate[sf_op_s(word)];
  return true;
}

// ---- Logical (immediate)

enum class Logical : std::uint8_t { and_, orr, eor, ands };

template <typename T, Logical op>
Outcome logical_immediate(Core& core, const Insn& insn) {
  const T a = get_x<T>(core, insn.rn), b = static_cast<T>(insn.imm);
  T result = a & b;
  if constexpr (op == Logical::orr) result = a | b;
  if constexpr (op == Logical::eor) result = a ^ b;
  if constexpr (op == Logical::ands) core.state.nzcv = negative_and_zero(result);
  set_x(core, insn.rd, result);
  return go_on(core, insn);
}

// Indexed by sf:opc.
constexpr Handler kLogicalImmediate[8] = {
    logical_immediate<u32, Logical::and_>, logical_immediate<u32, Logical::orr>,
    logical_immediate<u32, Logical::eor>,  logical_immediate<u32, Logical::ands>,
    logical_immediate<u64, Logical::and_>, logical_immediate<u64, Logical::orr>,
    logical_immediate<u64, Logical::eor>,  logical_immediate<u64, Logical::ands>};

bool decode_logical_immediate(u32 word, Insn& insn) {
  constexpr WordField<31, 29> sf_opc;
  constexpr unsigned opc_ands = 3;
  const bool wide = field::sf(word) != 0;
  if (!wide && field::n(word) != 0) return false;
  const auto imm =
      decode_bit_mask(field::n(word), field::imms(word), field::immr(word), wide ? 64 : 32);
  if (!imm) return false;
  const bool sets_flags = (sf_opc(word) & 3) == opc_ands;
  insn.rd = sets_flags ? write_zr(field::rd(word)) : or_sp(field::rd(word));
  insn.rn = read_zr(field::rn(word));
  insn.imm = *imm;
  insn.handler = kLogicalImmediate[sf_opc(word)];
  return true;
}

// ---- Move wide (immediate)

Outcome move_constant(Core& core, const Insn& insn) {
  core.state.x[insn.rd] = insn.imm;
  return go_on(core, insn);
}

// MOVK: imm at position aux; the other bits of the W or X register stay.
template <typename T>
Outcome move_keep(Core& core, const Insn& insn) {
  const u64 kept = get_x<T>(core, insn.rn) & ~(0xffffull << insn.aux);
  core.state.x[insn.rd] = kept | insn.imm;
  return go_on(core, insn);
}

bool decode_move_wide(u32 word, Insn& insn) {
  constexpr WordField<30, 29> opc;
  constexpr WordField<22, 21> hw;
  constexpr unsigned movn = 0, unallocated = 1, movk = 3;
  const bool wide = field::sf(word) != 0;
  if (opc(word) == unallocated || (!wide && hw(word) >= 2)) return false;
  const u64 shifted = static_cast<u64>(field::imm16(word)) << (16 * hw(word));
  insn.rd = write_zr(field::rd(word));
  insn.aux = static_cast<std::uint8_t>(16 * hw(word));
  insn.imm = shifted;
  if (opc(word) == movk) {
    insn.rn = read_zr(field::rd(word));
    insn.handler = wide ? move_keep<u64> : move_keep<u32>;
  } else {
    if (opc(word) == movn) insn.imm = wide ? ~shifted : static_cast<u32>(~shifted);
    insn.handler = move_constant;
  }
  return true;
}

// ---- Bitfield. Decoded to: rotate right by aux, keep imm, and take the rest from Rd (BFM), from
// the sign bit of the field (SBFM) or as zero (UBFM). Common aliases have handlers of their own.

template <typename T>
Outcome bitfield_move(Core& core, const Insn& insn) {
  const T field = shift<T, ShiftType::ror>(get_x<T>(core, insn.rn), insn.aux);
  const T keep = static_cast<T>(insn.imm);
  set_x(core, insn.rd, static_cast<T>((get_x<T>(core, insn.rm) & ~keep) | (field & keep)));
  return go_on(core, insn);
}

// aux = immr, aux2 = imms. Extracting (imms >= immr): the field goes down to bit 0.
template <typename T>
Outcome signed_extract(Core& core, const Insn& insn) {
  using Signed = std::make_signed_t<T>;
  const unsigned up = kWidth<T> - 1 - insn.aux2;
  const T left = static_cast<T>(get_x<T>(core, insn.rn) << up);
  set_x(core, insn.rd, static_cast<T>(static_cast<Signed>(left) >> (up + insn.aux)));
  return go_on(core, insn);
}
// Inserting in zeros (imms < immr): bits imms:0 go up to bit width - immr.
template <typename T>
Outcome signed_insert(Core& core, const Insn& insn) {
  using Signed = std::make_signed_t<T>;
  const T left = static_cast<T>(get_x<T>(core, insn.rn) << (kWidth<T> - 1 - insn.aux2));
  set_x(core, insn.rd, static_cast<T>(static_cast<Signed>(left) >> (insn.aux - insn.aux2 - 1)));
  return go_on(core, insn);
}
template <typename T>
Outcome unsigned_extract(Core& core, const Insn& insn) {
  set_x(core, insn.rd, static_cast<T>(get_x<T>(core, insn.rn) >> insn.aux & insn.imm));
  return go_on(core, insn);
}
// LSL and UBFIZ: aux2 = shift, imm = mask of the source field.
template <typename T>
Outcome unsigned_insert(Core& core, const Insn& insn) {
  set_x(core, insn.rd, static_cast<T>((get_x<T>(core, insn.rn) & insn.imm) << insn.aux2));
  return go_on(core, insn);
}

template <typename T>
bool decode_bitfield_of(u32 word, Insn& insn) {
  constexpr WordField<30, 29> opc;
  constexpr unsigned sbfm = 0, bfm = 1, ubfm = 2;
  const unsigned immr = field::immr(word), imms = field::imms(word);
  if (field::n(word) != field::sf(word) || immr >= kWidth<T> || imms >= kWidth<T>) return false;
  const bool extracts = imms >= immr;
  insn.rd = write_zr(field::rd(word));
  insn.rn = read_zr(field::rn(word));
  insn.aux = static_cast<std::uint8_t>(immr);
  insn.aux2 = static_cast<std::uint8_t>(imms);
  switch (opc(word)) {
    case sbfm:
      insn.handler = extracts ? signed_extract<T> : signed_insert<T>;
      return true;
    case bfm:
      insn.rm = read_zr(field::rd(word));
      insn.imm = extracts ? mask(imms - immr, 0) : mask(imms, 0) << (kWidth<T> - immr);
      insn.handler = bitfield_move<T>;
      return true;
    case ubfm:
      insn.imm = extracts ? mask(imms - immr, 0) : mask(imms, 0);
      insn.aux2 = static_cast<std::uint8_t>(kWidth<T> - immr);
      insn.handler = extracts ? unsigned_extract<T> : unsigned_insert<T>;
      return true;
    default:
      return false;
  }
}

bool decode_bitfield(u32 word, Insn& insn) {
  return field::sf(word) != 0 ? decode_bitfield_of<u64>(word, insn)
                              : decode_bitfield_of<u32>(word, insn);
}

// ---- Extract

template <typename T>
Outcome extract(Core& core, const Insn& insn) {
  const T low = get_x<T>(core, insn.rm) >> insn.aux;
  const T high =
      insn.aux == 0 ? T{0} : static_cast<T>(get_x<T>(core, insn.rn) << (kWidth<T> - insn.aux));
  set_x(core, insn.rd, static_cast<T>(high | low));
  return go_on(core, insn);
}

bool decode_extract(u32 word, Insn& insn) {
  const bool wide = field::sf(word) != 0;
  if (field::n(word) != field::sf(word) || (!wide && field::imms(word) >= 32)) return false;
  insn.rd = write_zr(field::rd(word));
  insn.rn = read_zr(field::rn(word));
  insn.rm = read_zr(field::rm(word));
  insn.aux = static_cast<std::uint8_t>(field::imms(word));
  insn.handler = wide ? extract<u64> : extract<u32>;
  return true;
}

constexpr Row kRows[] = {
    {.pattern = "pll10000hhhhhhhhhhhhhhhhhhhddddd",
     .name = "ADR_ADRP",
     .group = "pc_relative",
     .decode = decode_pc_relative,
     .writes = "d"},
    {.pattern = "fo0100010siiiiiiiiiiiinnnnnddddd",
     .name = "ADD_SUB_imm",
     .group = "add_sub_imm",
     .decode = decode_add_immediate,
     .reads = "n|SP",
     .writes = "d|SP"},
    {.pattern = "fo1100010siiiiiiiiiiiinnnnnddddd",
     .name = "ADDS_SUBS_imm",
     .group = "add_sub_imm",
     .decode = decode_add_immediate,
     .reads = "n|SP",
     .writes = "d C"},
    {.pattern = "f00100100Nrrrrrriiiiiinnnnnddddd",
     .name = "AND_imm",
     .group = "logical_imm",
     .decode = decode_logical_immediate,
     .reads = "n",
     .writes = "d|SP"},
    {.pattern = "f01100100Nrrrrrriiiiiinnnnnddddd",
     .name = "ORR_imm",
     .group = "logical_imm",
     .decode = decode_logical_immediate,
     .reads = "n",
     .writes = "d|SP"},
    {.pattern = "f10100100Nrrrrrriiiiiinnnnnddddd",
     .name = "EOR_imm",
     .group = "logical_imm",
     .decode = decode_logical_immediate,
     .reads = "n",
     .writes = "d|SP"},
    {.pattern = "f11100100Nrrrrrriiiiiinnnnnddddd",
     .name = "ANDS_imm",
     .group = "logical_imm",
     .decode = decode_logical_immediate,
     .reads = "n",
     .writes = "d C"},
    {.pattern = "f00100101hhiiiiiiiiiiiiiiiiddddd",
     .name = "MOVN",
     .group = "move_wide",
     .decode = decode_move_wide,
     .writes = "d"},
    {.pattern = "f10100101hhiiiiiiiiiiiiiiiiddddd",
     .name = "MOVZ",
     .group = "move_wide",
     .decode = decode_move_wide,
     .writes = "d"},
    {.pattern = "f11100101hhiiiiiiiiiiiiiiiiddddd",
     .name = "MOVK",
     .group = "move_wide",
     .decode = decode_move_wide,
     .reads = "d",
     .writes = "d"},
    {.pattern = "f00100110Nrrrrrriiiiiinnnnnddddd",
     .name = "SBFM",
     .group = "bitfield",
     .decode = decode_bitfield,
     .reads = "n",
     .writes = "d"},
    {.pattern = "f01100110Nrrrrrriiiiiinnnnnddddd",
     .name = "BFM",
     .group = "bitfield",
     .decode = decode_bitfield,
     .reads = "n d",
     .writes = "d"},
    {.pattern = "f10100110Nrrrrrriiiiiinnnnnddddd",
     .name = "UBFM",
     .group = "bitfield",
     .decode = decode_bitfield,
     .reads = "n",
     .writes = "d"},
    {.pattern = "f00100111N0mmmmmiiiiiinnnnnddddd",
     .name = "EXTR",
     .group = "extract",
     .decode = decode_extract,
     .reads = "n m",
     .writes = "d"},
};

}  // namespace

std::span<const Row> rows_data_processing_immediate() { return kRows; }

}  // namespace armature::cpu
