// Decoding shared by the Advanced SIMD floating-point groups: arrangement, scalar form, element.
#pragma once

#include "cpu/a64/fp_handlers.h"

namespace armature::cpu {

enum class Form { scalar, vector };

// insn.aux: the number of elements. False for the reserved arrangement 1D (sz:Q == 10).
template <Form form>
bool decode_elements(std::uint32_t word, Insn& insn) {
  const bool is_double = field::sz(word) != 0, quad = field::q(word) != 0;
  decode_registers(word, insn);
  if constexpr (form == Form::scalar) {
    insn.aux = 1;
    return true;
  }
  insn.aux = !quad ? 2 : is_double ? 2 : 4;
  return quad || !is_double;
}

template <typename Op, Form form>
bool decode_elements_unary(std::uint32_t word, Insn& insn) {
  insn.handler = field::sz(word) ? elements_unary<Op, fp::Double> : elements_unary<Op, fp::Single>;
  return decode_elements<form>(word, insn);
}

template <typename Op, Form form>
bool decode_elements_binary(std::uint32_t word, Insn& insn) {
  insn.handler = field::sz(word) ? elements_binary<Op, fp::Double, Second::vector>
                                 : elements_binary<Op, fp::Single, Second::vector>;
  return decode_elements<form>(word, insn);
}

template <typename Op>
bool decode_elements_ternary(std::uint32_t word, Insn& insn) {
  insn.handler = field::sz(word) ? elements_ternary<Op, fp::Double, Second::vector>
                                 : elements_ternary<Op, fp::Single, Second::vector>;
  return decode_elements<Form::vector>(word, insn);
}

}  // namespace armature::cpu
