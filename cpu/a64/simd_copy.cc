// Advanced SIMD copy, and scalar copy: elements to elements and to or from general registers.
#include "cpu/a64/simd_handlers.h"
#include "cpu/a64/simd_rows.h"

namespace armature::cpu::simd {
namespace {

// imm5 is the index followed by a one and `size` zeros; xx0000 is reserved. aux becomes the index.
struct Imm5 {
  unsigned size, index;
  bool reserved;
};
constexpr Imm5 imm5_field(std::uint32_t word) {
  const auto imm5 = static_cast<unsigned>(bits(word, 20, 16));
  const auto size = static_cast<unsigned>(std::countr_zero(imm5 | 0x10));
  return {size, imm5 >> (size + 1), size > 3};
}

template <typename T, Shape shape>
Outcome write_duplicates(Core& core, const Insn& insn, T value) {
  Lanes<T> d{};
  for (unsigned e = 0; e < kCount<T, shape>; ++e) d[e] = value;
  core.state.v[insn.rd] = vreg(d);
  return Outcome::next;
}
template <typename T, Shape shape>
Outcome duplicate_element(Core& core, const Insn& insn) {
  return write_duplicates<T, shape>(core, insn, lane<T>(core.state.v[insn.rn], insn.aux));
}
template <typename T, Shape shape>
Outcome duplicate_general(Core& core, const Insn& insn) {
  return write_duplicates<T, shape>(core, insn, static_cast<T>(core.state.x[insn.rn]));
}

template <typename T>
Outcome insert_value(Core& core, const Insn& insn, T value) {
  set_lane(core.state.v[insn.rd], insn.aux, value);
  return Outcome::next;
}
template <typename T>
Outcome insert_general(Core& core, const Insn& insn) {
  return insert_value(core, insn, static_cast<T>(core.state.x[insn.rn]));
}
template <typename T>
Outcome insert_element(Core& core, const Insn& insn) {
  return insert_value(core, insn, lane<T>(core.state.v[insn.rn], insn.aux2));
}

// UMOV, SMOV: Datum is the general register's width, with the element's sign.
template <typename T, typename Datum>
Outcome move_to_general(Core& core, const Insn& insn) {
  const Datum value = lane<T>(core.state.v[insn.rn], insn.aux);
  core.state.x[insn.rd] = static_cast<Unsigned<Datum>>(value);
  return Outcome::next;
}

bool decode_duplicate_element(std::uint32_t word, Insn& insn) {
  const Imm5 imm5 = imm5_field(word);
  if (imm5.reserved) return false;
  decode_registers(word, insn);
  insn.aux = static_cast<std::uint8_t>(imm5.index);
  const bool q = q_field(word);
  if (imm5.size == 3 && !q) return false;
  return set_handler(insn, for_size<kUnsigned, kBHSD>(imm5.size, [&]<typename T>() -> Handler {
                       return q ? duplicate_element<T, Shape::full>
                                : duplicate_element<T, Shape::half>;
                     }));
}

bool decode_duplicate_scalar(std::uint32_t word, Insn& insn) {
  const Imm5 imm5 = imm5_field(word);
  if (imm5.reserved) return false;
  decode_registers(word, insn);
  insn.aux = static_cast<std::uint8_t>(imm5.index);
  return set_handler(insn, for_size<kUnsigned, kBHSD>(imm5.size, []<typename T>() -> Handler {
                       return duplicate_element<T, Shape::scalar>;
                     }));
}

bool decode_duplicate_general(std::uint32_t word, Insn& insn) {
  const Imm5 imm5 = imm5_field(word);
  if (imm5.reserved) return false;
  decode_registers(word, insn);
  insn.rn = read_zr(insn.rn);
  const bool q = q_field(word);
  if (imm5.size == 3 && !q) return false;
  return set_handler(insn, for_size<kUnsigned, kBHSD>(imm5.size, [&]<typename T>() -> Handler {
                       return q ? duplicate_general<T, Shape::full>
                                : duplicate_general<T, Shape::half>;
                     }));
}

bool decode_insert_general(std::uint32_t word, Insn& insn) {
  const Imm5 imm5 = imm5_field(word);
  if (imm5.reserved) return false;
  decode_registers(word, insn);
  insn.rn = read_zr(insn.rn);
  insn.aux = static_cast<std::uint8_t>(imm5.index);
  return set_handler(insn, for_size<kUnsigned, kBHSD>(imm5.size, []<typename T>() -> Handler {
                       return insert_general<T>;
                     }));
}

bool decode_insert_element(std::uint32_t word, Insn& insn) {
  const Imm5 imm5 = imm5_field(word);
  if (imm5.reserved) return false;
  decode_registers(word, insn);
  insn.aux = static_cast<std::uint8_t>(imm5.index);
  insn.aux2 = static_cast<std::uint8_t>(bits(word, 14, 11) >> imm5.size);
  return set_handler(insn, for_size<kUnsigned, kBHSD>(imm5.size, []<typename T>() -> Handler {
                       return insert_element<T>;
                     }));
}

// Element sizes that exist per destination width: sizes_w for Q = 0, sizes_x for Q = 1.
template <Sign sign, unsigned sizes_w, unsigned sizes_x>
bool decode_move_to_general(std::uint32_t word, Insn& insn) {
  const Imm5 imm5 = imm5_field(word);
  if (imm5.reserved) return false;
  decode_registers(word, insn);
  insn.rd = write_zr(insn.rd);
  insn.aux = static_cast<std::uint8_t>(imm5.index);
  if (q_field(word)) {
    return set_handler(insn, for_size<sign, sizes_x>(imm5.size, []<typename T>() -> Handler {
                         return move_to_general<T, Element<sign, 3>>;
                       }));
  }
  return set_handler(insn, for_size<sign, sizes_w>(imm5.size, []<typename T>() -> Handler {
                       return move_to_general<T, Element<sign, 2>>;
                     }));
}

constexpr Row rows[] = {
    simd_row("0q001110000iiiii000001nnnnnddddd", "DUP_element_asimdins", "asimdins", "Vn", "Vd",
             decode_duplicate_element),
    simd_row("0q001110000iiiii000011nnnnnddddd", "DUP_general_asimdins", "asimdins", "n", "Vd",
             decode_duplicate_general),
    simd_row("0q001110000iiiii001011nnnnnddddd", "SMOV_asimdins", "asimdins", "Vn", "d",
             decode_move_to_general<kSigned, kBH, kBHS>),
    simd_row("0q001110000iiiii001111nnnnnddddd", "UMOV_asimdins", "asimdins", "Vn", "d",
             decode_move_to_general<kUnsigned, kBHS, kD>),
    simd_row("01001110000iiiii000111nnnnnddddd", "INS_general_asimdins", "asimdins", "Vd n", "Vd",
             decode_insert_general),
    simd_row("01101110000iiiii0jjjj1nnnnnddddd", "INS_element_asimdins", "asimdins", "Vd Vn", "Vd",
             decode_insert_element),
    simd_row("01011110000iiiii000001nnnnnddddd", "DUP_element_asisdone", "asisdone", "Vn", "Vd",
             decode_duplicate_scalar),
};

}  // namespace

std::span<const Row> rows_copy() { return rows; }

}  // namespace armature::cpu::simd
