// Advanced SIMD permute, extract and table lookup.
#include "cpu/a64/simd_handlers.h"
#include "cpu/a64/simd_rows.h"

namespace armature::cpu::simd {
namespace {

enum class Part : std::uint8_t { first, second };  // ZIP1 or ZIP2, and so on

// UZP: the even (first) or odd (second) elements of m:n.
template <typename T, Shape shape, Part part>
Outcome unzip(Core& core, const Insn& insn) {
  constexpr unsigned half = kCount<T, shape> / 2;
  const Lanes<T> n = lanes<T>(core.state.v[insn.rn]);
  const Lanes<T> m = lanes<T>(core.state.v[insn.rm]);
  Lanes<T> d{};
  for (unsigned e = 0; e < half; ++e) {
    d[e] = n[2 * e + (part == Part::second)];
    d[half + e] = m[2 * e + (part == Part::second)];
  }
  core.state.v[insn.rd] = vreg(d);
  return Outcome::next;
}

// ZIP: the lower (first) or upper (second) halves of n and m interleaved.
template <typename T, Shape shape, Part part>
Outcome zip(Core& core, const Insn& insn) {
  constexpr unsigned half = kCount<T, shape> / 2;
  constexpr unsigned base = part == Part::second ? half : 0;
  const Lanes<T> n = lanes<T>(core.state.v[insn.rn]);
  const Lanes<T> m = lanes<T>(core.state.v[insn.rm]);
  Lanes<T> d{};
  for (unsigned e = 0; e < half; ++e) {
    d[2 * e] = n[base + e];
    d[2 * e + 1] = m[base + e];
  }
  core.state.v[insn.rd] = vreg(d);
  return Outcome::next;
}

// TRN: the even (first) or odd (second) elements of n and m interleaved.
template <typename T, Shape shape, Part part>
Outcome transpose(Core& core, const Insn& insn) {
  constexpr unsigned half = kCount<T, shape> / 2;
  const Lanes<T> n = lanes<T>(core.state.v[insn.rn]);
  const Lanes<T> m = lanes<T>(core.state.v[insn.rm]);
  Lanes<T> d{};
  for (unsigned e = 0; e < half; ++e) {
    d[2 * e] = n[2 * e + (part == Part::second)];
    d[2 * e + 1] = m[2 * e + (part == Part::second)];
  }
  core.state.v[insn.rd] = vreg(d);
  return Outcome::next;
}

enum class Permutation : std::uint8_t { unzip, transpose, zip };

template <Permutation permutation, Part part>
bool decode_permute(std::uint32_t word, Insn& insn) {
  decode_registers(word, insn);
  return set_handler(insn,
                     for_vector<kUnsigned, kBHSD>(word, []<typename T, Shape shape>() -> Handler {
                       if constexpr (permutation == Permutation::unzip) {
                         return unzip<T, shape, part>;
                       } else if constexpr (permutation == Permutation::zip) {
                         return zip<T, shape, part>;
                       } else {
                         return transpose<T, shape, part>;
                       }
                     }));
}

// EXT: bytes of m:n from position aux on.
template <Shape shape>
Outcome extract(Core& core, const Insn& insn) {
  constexpr unsigned count = kCount<std::uint8_t, shape>;
  const auto n = lanes<std::uint8_t>(core.state.v[insn.rn]);
  const auto m = lanes<std::uint8_t>(core.state.v[insn.rm]);
  Lanes<std::uint8_t> d{};
  for (unsigned e = 0; e < count; ++e) {
    const unsigned position = insn.aux + e;
    d[e] = position < count ? n[position] : m[position - count];
  }
  core.state.v[insn.rd] = vreg(d);
  return Outcome::next;
}

bool decode_extract(std::uint32_t word, Insn& insn) {
  decode_registers(word, insn);
  insn.aux = static_cast<std::uint8_t>(bits(word, 14, 11));
  const bool q = q_field(word);
  if (!q && insn.aux >= 8) return false;
  insn.handler = q ? extract<Shape::full> : extract<Shape::half>;
  return true;
}

// TBL, TBX: bytes of the table V[n], V[n + 1 mod 32], ...; beyond it zero, or (TBX) unchanged.
enum class OutOfTable : bool { zero, keep };
template <unsigned registers, Shape shape, OutOfTable out_of_table>
Outcome table_lookup(Core& core, const Insn& insn) {
  std::array<Lanes<std::uint8_t>, registers> table;
  for (unsigned r = 0; r < registers; ++r) {
    table[r] = lanes<std::uint8_t>(core.state.v[(insn.rn + r) % 32]);
  }
  const auto indices = lanes<std::uint8_t>(core.state.v[insn.rm]);
  const auto before = lanes<std::uint8_t>(core.state.v[insn.rd]);
  Lanes<std::uint8_t> d{};
  for (unsigned e = 0; e < kCount<std::uint8_t, shape>; ++e) {
    const unsigned index = indices[e];
    if (index < 16 * registers) {
      d[e] = table[index / 16][index % 16];
    } else if constexpr (out_of_table == OutOfTable::keep) {
      d[e] = before[e];
    }
  }
  core.state.v[insn.rd] = vreg(d);
  return Outcome::next;
}

template <unsigned registers, OutOfTable out_of_table>
bool decode_table(std::uint32_t word, Insn& insn) {
  decode_registers(word, insn);
  insn.handler = q_field(word) ? table_lookup<registers, Shape::full, out_of_table>
                               : table_lookup<registers, Shape::half, out_of_table>;
  return true;
}

constexpr Row rows[] = {
    simd_row("0q001110ss0mmmmm000110nnnnnddddd", "UZP1_asimdperm", "asimdperm", "Vn Vm", "Vd",
             decode_permute<Permutation::unzip, Part::first>),
    simd_row("0q001110ss0mmmmm001010nnnnnddddd", "TRN1_asimdperm", "asimdperm", "Vn Vm", "Vd",
             decode_permute<Permutation::transpose, Part::first>),
    simd_row("0q001110ss0mmmmm001110nnnnnddddd", "ZIP1_asimdperm", "asimdperm", "Vn Vm", "Vd",
             decode_permute<Permutation::zip, Part::first>),
    simd_row("0q001110ss0mmmmm010110nnnnnddddd", "UZP2_asimdperm", "asimdperm", "Vn Vm", "Vd",
             decode_permute<Permutation::unzip, Part::second>),
    simd_row("0q001110ss0mmmmm011010nnnnnddddd", "TRN2_asimdperm", "asimdperm", "Vn Vm", "Vd",
             decode_permute<Permutation::transpose, Part::second>),
    simd_row("0q001110ss0mmmmm011110nnnnnddddd", "ZIP2_asimdperm", "asimdperm", "Vn Vm", "Vd",
             decode_permute<Permutation::zip, Part::second>),
    simd_row("0q101110000mmmmm0iiii0nnnnnddddd", "EXT_asimdext", "asimdext", "Vn Vm", "Vd",
             decode_extract),
    simd_row("0q001110000mmmmm000000nnnnnddddd", "TBL_asimdtbl_1", "asimdtbl", "Vn Vm", "Vd",
             decode_table<1, OutOfTable::zero>),
    simd_row("0q001110000mmmmm001000nnnnnddddd", "TBL_asimdtbl_2", "asimdtbl", "Vn+1 Vm", "Vd",
             decode_table<2, OutOfTable::zero>),
    simd_row("0q001110000mmmmm010000nnnnnddddd", "TBL_asimdtbl_3", "asimdtbl", "Vn+2 Vm", "Vd",
             decode_table<3, OutOfTable::zero>),
    simd_row("0q001110000mmmmm011000nnnnnddddd", "TBL_asimdtbl_4", "asimdtbl", "Vn+3 Vm", "Vd",
             decode_table<4, OutOfTable::zero>),
    simd_row("0q001110000mmmmm000100nnnnnddddd", "TBX_asimdtbl_1", "asimdtbl", "Vd Vn Vm", "Vd",
             decode_table<1, OutOfTable::keep>),
    simd_row("0q001110000mmmmm001100nnnnnddddd", "TBX_asimdtbl_2", "asimdtbl", "Vd Vn+1 Vm", "Vd",
             decode_table<2, OutOfTable::keep>),
    simd_row("0q001110000mmmmm010100nnnnnddddd", "TBX_asimdtbl_3", "asimdtbl", "Vd Vn+2 Vm", "Vd",
             decode_table<3, OutOfTable::keep>),
    simd_row("0q001110000mmmmm011100nnnnnddddd", "TBX_asimdtbl_4", "asimdtbl", "Vd Vn+3 Vm", "Vd",
             decode_table<4, OutOfTable::keep>),
};

}  // namespace

std::span<const Row> rows_permute() { return rows; }

}  // namespace armature::cpu::simd
