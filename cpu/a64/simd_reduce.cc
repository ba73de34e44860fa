// Advanced SIMD across lanes, and scalar pairwise: all lanes of a register into one.
#include "cpu/a64/simd_handlers.h"
#include "cpu/a64/simd_operations.h"
#include "cpu/a64/simd_rows.h"

namespace armature::cpu::simd {
namespace {

// R is the type of the result: T, or Wider<T> for the long sums.
template <auto op, typename T, typename R, Shape shape>
Outcome reduce(Core& core, const Insn& insn) {
  const Lanes<T> n = lanes<T>(core.state.v[insn.rn]);
  R result = n[0];
  for (unsigned e = 1; e < kCount<T, shape>; ++e) {
    result = static_cast<R>(op(result, static_cast<R>(n[e])));
  }
  Lanes<R> d{};
  d[0] = result;
  core.state.v[insn.rd] = vreg(d);
  return Outcome::next;
}

// Two lanes of 32 bits (size 2 with Q = 0) are reserved.
template <auto op, Sign sign, bool is_long>
bool decode_across(std::uint32_t word, Insn& insn) {
  decode_registers(word, insn);
  if (size_field(word) == 2 && !q_field(word)) return false;
  return set_handler(insn, for_vector<sign, kBHS>(word, []<typename T, Shape shape>() -> Handler {
                       if constexpr (is_long) {
                         return reduce<op, T, Wider<T>, shape>;
                       } else {
                         return reduce<op, T, T, shape>;
                       }
                     }));
}

bool decode_add_pair(std::uint32_t word, Insn& insn) {
  decode_registers(word, insn);
  insn.handler = reduce<add, std::uint64_t, std::uint64_t, Shape::full>;
  return true;
}

constexpr Row rows[] = {
    simd_row("0q001110ss110000001110nnnnnddddd", "SADDLV_asimdall", "asimdall", "Vn", "Vd",
             decode_across<add, kSigned, true>),
    simd_row("0q101110ss110000001110nnnnnddddd", "UADDLV_asimdall", "asimdall", "Vn", "Vd",
             decode_across<add, kUnsigned, true>),
    simd_row("0q001110ss110000101010nnnnnddddd", "SMAXV_asimdall", "asimdall", "Vn", "Vd",
             decode_across<maximum, kSigned, false>),
    simd_row("0q101110ss110000101010nnnnnddddd", "UMAXV_asimdall", "asimdall", "Vn", "Vd",
             decode_across<maximum, kUnsigned, false>),
    simd_row("0q001110ss110001101010nnnnnddddd", "SMINV_asimdall", "asimdall", "Vn", "Vd",
             decode_across<minimum, kSigned, false>),
    simd_row("0q101110ss110001101010nnnnnddddd", "UMINV_asimdall", "asimdall", "Vn", "Vd",
             decode_across<minimum, kUnsigned, false>),
    simd_row("0q001110ss110001101110nnnnnddddd", "ADDV_asimdall", "asimdall", "Vn", "Vd",
             decode_across<add, kUnsigned, false>),
    simd_row("0101111011110001101110nnnnnddddd", "ADDP_asisdpair", "asisdpair", "Vn", "Vd",
             decode_add_pair),
};

}  // namespace

std::span<const Row> rows_reduce() { return rows; }

}  // namespace armature::cpu::simd
