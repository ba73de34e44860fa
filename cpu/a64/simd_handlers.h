// What Advanced SIMD instructions have in common: loops over lanes that apply one operation, and
// decode functions that choose the loop for an encoding's element size and vector length.
// An operation is a captureless lambda over lane values; one that saturates takes a `bool&` last.
#pragma once

#include <type_traits>

#include "cpu/a64/simd_lanes.h"
#include "cpu/decode.h"
#include "sim/base/bits.h"

namespace armature::cpu::simd {

// op(values...), passing `saturated` to the operations that want it.
template <auto op, typename... Values>
constexpr auto apply(bool& saturated, Values... values) {
  if constexpr (std::is_invocable_v<decltype(op), Values...>) {
    return op(values...);
  } else {
    return op(values..., saturated);
  }
}

// The second source: the register's lanes, or one of them (aux) in every lane.
enum class Second : bool { vector, element };
template <typename T, Second second>
Lanes<T> second_source(const Core& core, const Insn& insn) {
  Lanes<T> m = lanes<T>(core.state.v[insn.rm]);
  if constexpr (second == Second::element) m.fill(m[insn.aux]);
  return m;
}

// ---- Lanes of one type: d = op(n), op(d, n), op(n, m), op(d, n, m).
template <auto op, typename T, Shape shape>
Outcome unary(Core& core, const Insn& insn) {
  const Lanes<T> n = lanes<T>(core.state.v[insn.rn]);
  Lanes<T> d{};
  bool saturated = false;
  for (unsigned e = 0; e < kCount<T, shape>; ++e) {
    d[e] = static_cast<T>(apply<op>(saturated, n[e]));
  }
  core.state.v[insn.rd] = vreg(d);
  set_qc(core, saturated);
  return Outcome::next;
}

template <auto op, typename T, Shape shape>
Outcome unary_accumulate(Core& core, const Insn& insn) {
  const Lanes<T> n = lanes<T>(core.state.v[insn.rn]);
  const Lanes<T> before = lanes<T>(core.state.v[insn.rd]);
  Lanes<T> d{};
  bool saturated = false;
  for (unsigned e = 0; e < kCount<T, shape>; ++e) {
    d[e] = static_cast<T>(apply<op>(saturated, before[e], n[e]));
  }
  core.state.v[insn.rd] = vreg(d);
  set_qc(core, saturated);
  return Outcome::next;
}

template <auto op, typename T, Shape shape, Second second = Second::vector>
Outcome binary(Core& core, const Insn& insn) {
  const Lanes<T> n = lanes<T>(core.state.v[insn.rn]);
  const Lanes<T> m = second_source<T, second>(core, insn);
  Lanes<T> d{};
  bool saturated = false;
  for (unsigned e = 0; e < kCount<T, shape>; ++e) {
    d[e] = static_cast<T>(apply<op>(saturated, n[e], m[e]));
  }
  core.state.v[insn.rd] = vreg(d);
  set_qc(core, saturated);
  return Outcome::next;
}

template <auto op, typename T, Shape shape, Second second = Second::vector>
Outcome ternary(Core& core, const Insn& insn) {
  const Lanes<T> n = lanes<T>(core.state.v[insn.rn]);
  const Lanes<T> m = second_source<T, second>(core, insn);
  const Lanes<T> before = lanes<T>(core.state.v[insn.rd]);
  Lanes<T> d{};
  for (unsigned e = 0; e < kCount<T, shape>; ++e) {
    d[e] = static_cast<T>(op(before[e], n[e], m[e]));
  }
  core.state.v[insn.rd] = vreg(d);
  return Outcome::next;
}

// Lanes of n:m in adjacent pairs: d = op(pair's lower, pair's upper).
template <auto op, typename T, Shape shape>
Outcome pairwise(Core& core, const Insn& insn) {
  constexpr unsigned half = kCount<T, shape> / 2;
  const Lanes<T> n = lanes<T>(core.state.v[insn.rn]);
  const Lanes<T> m = lanes<T>(core.state.v[insn.rm]);
  Lanes<T> d{};
  for (unsigned e = 0; e < half; ++e) {
    d[e] = static_cast<T>(op(n[2 * e], n[2 * e + 1]));
    d[half + e] = static_cast<T>(op(m[2 * e], m[2 * e + 1]));
  }
  core.state.v[insn.rd] = vreg(d);
  return Outcome::next;
}

// ---- Sources of T, destination of Wider<T>. `upper` is the "2" of the mnemonic (Q = 1): sources
// come from bits 127:64. The operation sees every value widened.
template <typename T, bool upper>
inline constexpr unsigned kFirst = upper ? 8 / sizeof(T) : 0;

template <auto op, typename T, Shape shape, bool upper, Second second = Second::vector>
Outcome long_binary(Core& core, const Insn& insn) {
  using W = Wider<T>;
  const Lanes<T> n = lanes<T>(core.state.v[insn.rn]);
  const Lanes<T> m = second_source<T, second>(core, insn);
  Lanes<W> d{};
  bool saturated = false;
  for (unsigned e = 0; e < kCount<W, shape>; ++e) {
    d[e] = static_cast<W>(apply<op>(saturated, static_cast<W>(n[kFirst<T, upper> + e]),
                                    static_cast<W>(m[kFirst<T, upper> + e])));
  }
  core.state.v[insn.rd] = vreg(d);
  set_qc(core, saturated);
  return Outcome::next;
}

template <auto op, typename T, Shape shape, bool upper, Second second = Second::vector>
Outcome long_ternary(Core& core, const Insn& insn) {
  using W = Wider<T>;
  const Lanes<T> n = lanes<T>(core.state.v[insn.rn]);
  const Lanes<T> m = second_source<T, second>(core, insn);
  const Lanes<W> before = lanes<W>(core.state.v[insn.rd]);
  Lanes<W> d{};
  bool saturated = false;
  for (unsigned e = 0; e < kCount<W, shape>; ++e) {
    d[e] = static_cast<W>(apply<op>(saturated, before[e], static_cast<W>(n[kFirst<T, upper> + e]),
                                    static_cast<W>(m[kFirst<T, upper> + e])));
  }
  core.state.v[insn.rd] = vreg(d);
  set_qc(core, saturated);
  return Outcome::next;
}

// First source already wide (SADDW and its like).
template <auto op, typename T, bool upper>
Outcome wide_binary(Core& core, const Insn& insn) {
  using W = Wider<T>;
  const Lanes<W> n = lanes<W>(core.state.v[insn.rn]);
  const Lanes<T> m = lanes<T>(core.state.v[insn.rm]);
  Lanes<W> d{};
  for (unsigned e = 0; e < d.size(); ++e) {
    d[e] = static_cast<W>(op(n[e], static_cast<W>(m[kFirst<T, upper> + e])));
  }
  core.state.v[insn.rd] = vreg(d);
  return Outcome::next;
}

// ---- Sources of Wider<T>, destination of T: the lower half, rest zero, or (upper) only the upper.
template <typename T, bool upper>
void write_narrow(Core& core, const Insn& insn, const Lanes<T>& lower) {
  const std::uint64_t result = vreg(lower).d[0];
  core.state.v[insn.rd] = upper ? VReg{{core.state.v[insn.rd].d[0], result}} : VReg{{result, 0}};
}

// d = the high half of op(n, m).
template <auto op, typename T, bool upper>
Outcome narrow_high(Core& core, const Insn& insn) {
  using W = Wider<T>;
  const Lanes<W> n = lanes<W>(core.state.v[insn.rn]);
  const Lanes<W> m = lanes<W>(core.state.v[insn.rm]);
  Lanes<T> d{};
  for (unsigned e = 0; e < n.size(); ++e) {
    d[e] = static_cast<T>(static_cast<W>(op(n[e], m[e])) >> kBitsOf<T>);
  }
  write_narrow<T, upper>(core, insn, d);
  return Outcome::next;
}

// d = n shifted right by aux and narrowed by op; Source is the source's element.
template <auto op, typename Source, typename T, Shape shape, bool upper>
Outcome narrow(Core& core, const Insn& insn) {
  const Lanes<Source> n = lanes<Source>(core.state.v[insn.rn]);
  Lanes<T> d{};
  bool saturated = false;
  constexpr unsigned count = shape == Shape::scalar ? 1 : 8 / sizeof(T);
  for (unsigned e = 0; e < count; ++e) {
    d[e] = op(T{}, n[e], insn.aux, saturated);
  }
  write_narrow<T, upper>(core, insn, d);
  set_qc(core, saturated);
  return Outcome::next;
}

// ---- Source of T, destination of Wider<T>, shifted left by aux.
template <typename T, bool upper>
Outcome shift_left_long(Core& core, const Insn& insn) {
  using W = Wider<T>;
  const Lanes<T> n = lanes<T>(core.state.v[insn.rn]);
  Lanes<W> d{};
  for (unsigned e = 0; e < d.size(); ++e) {
    d[e] = shift_left(static_cast<W>(n[kFirst<T, upper> + e]), insn.aux);
  }
  core.state.v[insn.rd] = vreg(d);
  return Outcome::next;
}

// ---- Decoding.
inline void decode_registers(std::uint32_t word, Insn& insn) {
  insn.rd = static_cast<std::uint8_t>(bits(word, 4, 0));
  insn.rn = static_cast<std::uint8_t>(bits(word, 9, 5));
  insn.rm = static_cast<std::uint8_t>(bits(word, 20, 16));
}
constexpr unsigned size_field(std::uint32_t word) {
  return static_cast<unsigned>(bits(word, 23, 22));
}
constexpr bool q_field(std::uint32_t word) { return bit(word, 30); }

// `choose.operator()<T>()` for the element of `size`; nullptr when `sizes` has it not (reserved).
template <Sign sign, unsigned sizes, typename Choose>
Handler for_size(unsigned size, Choose choose) {
  if constexpr ((sizes & kB) != 0) {
    if (size == 0) return choose.template operator()<Element<sign, 0>>();
  }
  if constexpr ((sizes & kH) != 0) {
    if (size == 1) return choose.template operator()<Element<sign, 1>>();
  }
  if constexpr ((sizes & kS) != 0) {
    if (size == 2) return choose.template operator()<Element<sign, 2>>();
  }
  if constexpr ((sizes & kD) != 0) {
    if (size == 3) return choose.template operator()<Element<sign, 3>>();
  }
  return nullptr;
}

// `choose.operator()<T, shape>()` for a vector form; size 3 with Q = 0 (1D) is reserved.
template <Sign sign, unsigned sizes, typename Choose>
Handler for_vector(std::uint32_t word, Choose choose) {
  const bool q = q_field(word);
  return for_size<sign, sizes>(size_field(word), [&]<typename T>() -> Handler {
    if (q) return choose.template operator()<T, Shape::full>();
    if constexpr (sizeof(T) == 8) {
      return nullptr;
    } else {
      return choose.template operator()<T, Shape::half>();
    }
  });
}

inline bool set_handler(Insn& insn, Handler handler) {
  insn.handler = handler;
  return handler != nullptr;
}

// Vector and scalar forms with one element type; `Loop` names the loop.
enum class Loop : std::uint8_t { unary, unary_accumulate, binary, ternary, pairwise };

template <Loop loop, auto op, typename T, Shape shape>
constexpr Handler lane_loop() {
  if constexpr (loop == Loop::unary) {
    return unary<op, T, shape>;
  } else if constexpr (loop == Loop::unary_accumulate) {
    return unary_accumulate<op, T, shape>;
  } else if constexpr (loop == Loop::binary) {
    return binary<op, T, shape>;
  } else if constexpr (loop == Loop::ternary) {
    return ternary<op, T, shape>;
  } else {
    return pairwise<op, T, shape>;
  }
}

template <Loop loop, auto op, Sign sign, unsigned sizes>
bool decode_vector(std::uint32_t word, Insn& insn) {
  decode_registers(word, insn);
  return set_handler(insn, for_vector<sign, sizes>(word, []<typename T, Shape shape>() {
                       return lane_loop<loop, op, T, shape>();
                     }));
}

template <Loop loop, auto op, Sign sign, unsigned sizes>
bool decode_scalar(std::uint32_t word, Insn& insn) {
  decode_registers(word, insn);
  return set_handler(insn, for_size<sign, sizes>(size_field(word), []<typename T>() {
                       return lane_loop<loop, op, T, Shape::scalar>();
                     }));
}

// ---- Rows.
constexpr Row simd_row(std::string_view pattern, std::string_view name, std::string_view group,
                       std::string_view reads, std::string_view writes, DecodeFunction decode) {
  return {.pattern = pattern,
          .name = name,
          .group = group,
          .decode = decode,
          .cost = CostClass::simd,
          .reads = reads,
          .writes = writes,
          .fp = true};
}

}  // namespace armature::cpu::simd
