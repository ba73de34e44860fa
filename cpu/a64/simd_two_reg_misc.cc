// Advanced SIMD two-register miscellaneous, and its scalar forms: one source.
#include "cpu/a64/simd_handlers.h"
#include "cpu/a64/simd_operations.h"
#include "cpu/a64/simd_rows.h"

namespace armature::cpu::simd {
namespace {

// Elements E within each container of the lanes in reverse order (REV16, REV32, REV64).
template <typename E>
constexpr auto reverse = [](auto container) {
  decltype(container) reversed = 0;
  for (unsigned i = 0; i < sizeof container / sizeof(E); ++i) {
    reversed =
        static_cast<decltype(container)>(reversed << (8 * sizeof(E) % (8 * sizeof container)) |
                                         static_cast<E>(container >> (8 * sizeof(E) * i)));
  }
  return reversed;
};

constexpr auto count_leading_zeros = [](auto n) { return std::countl_zero(n); };
// Bits after the sign bit that equal it.
constexpr auto count_leading_sign_bits = [](auto n) {
  return std::countl_zero(static_cast<Unsigned<decltype(n)>>(n ^ (n >> 1))) - 1;
};
// Sums of neighbours, ever wider: unlike a population count per byte the host does this by vectors.
constexpr auto count_ones = [](std::uint8_t n) {
  n = static_cast<std::uint8_t>(n - (n >> 1 & 0x55));
  n = static_cast<std::uint8_t>((n & 0x33) + (n >> 2 & 0x33));
  return (n + (n >> 4)) & 0x0f;
};
constexpr auto bit_not = [](auto n) { return ~n; };
constexpr auto reverse_bits = [](std::uint8_t n) {
  unsigned r = n;
  r = (r & 0x55) << 1 | (r >> 1 & 0x55);
  r = (r & 0x33) << 2 | (r >> 2 & 0x33);
  return r << 4 | r >> 4;
};

constexpr auto greater_than_zero = [](auto n) { return ones_if<decltype(n)>(n > 0); };
constexpr auto greater_or_equal_zero = [](auto n) { return ones_if<decltype(n)>(n >= 0); };
constexpr auto equal_zero = [](auto n) { return ones_if<decltype(n)>(n == 0); };
constexpr auto less_or_equal_zero = [](auto n) { return ones_if<decltype(n)>(n <= 0); };
constexpr auto less_than_zero = [](auto n) { return ones_if<decltype(n)>(n < 0); };

constexpr auto negate = [](auto n) { return wrapping_subtract(decltype(n){0}, n); };
constexpr auto absolute = [](auto n) { return n < 0 ? wrapping_subtract(decltype(n){0}, n) : n; };
constexpr auto saturating_negate = [](auto n, bool& saturated) {
  return saturate<decltype(n)>(-static_cast<Exact<decltype(n)>>(n), saturated);
};
constexpr auto saturating_absolute = [](auto n, bool& saturated) {
  const Exact<decltype(n)> exact = n;
  return saturate<decltype(n)>(exact < 0 ? -exact : exact, saturated);
};
// The source has the other sign than the destination (SUQADD, USQADD).
constexpr auto saturating_add_other_sign = [](auto d, auto n, bool& saturated) {
  using T = decltype(n);
  using Other = std::conditional_t<std::is_signed_v<T>, Unsigned<T>, Signed<T>>;
  return saturate<T>(static_cast<Exact<T>>(d) + static_cast<Other>(n), saturated);
};

// SADDLP, SADALP: adjacent lanes added into one twice as wide.
template <typename T, Shape shape, bool accumulate>
Outcome add_long_pairwise(Core& core, const Insn& insn) {
  using W = Wider<T>;
  const Lanes<T> n = lanes<T>(core.state.v[insn.rn]);
  const Lanes<W> before = lanes<W>(core.state.v[insn.rd]);
  Lanes<W> d{};
  for (unsigned e = 0; e < kCount<W, shape>; ++e) {
    const W sum = static_cast<W>(static_cast<W>(n[2 * e]) + n[2 * e + 1]);
    d[e] = accumulate ? wrapping_add(before[e], sum) : sum;
  }
  core.state.v[insn.rd] = vreg(d);
  return Outcome::next;
}

template <Sign sign, bool accumulate>
bool decode_add_long_pairwise(std::uint32_t word, Insn& insn) {
  decode_registers(word, insn);
  return set_handler(insn, for_vector<sign, kBHS>(word, []<typename T, Shape shape>() -> Handler {
                       return add_long_pairwise<T, shape, accumulate>;
                     }));
}

template <typename Container, unsigned sizes>
bool decode_reverse(std::uint32_t word, Insn& insn) {
  decode_registers(word, insn);
  return set_handler(insn, for_vector<kUnsigned, sizes>(word, []<typename E, Shape shape>() {
                       return lane_loop<Loop::unary, reverse<E>, Container, shape>();
                     }));
}

// Bytewise, whatever the size field says (it is part of the opcode).
template <auto op>
bool decode_bytes(std::uint32_t word, Insn& insn) {
  decode_registers(word, insn);
  insn.handler =
      q_field(word) ? unary<op, std::uint8_t, Shape::full> : unary<op, std::uint8_t, Shape::half>;
  return true;
}

// Source elements of `from`, half as wide destination elements of `to`.
template <auto op, Sign from, Sign to, bool scalar>
bool decode_narrow(std::uint32_t word, Insn& insn) {
  decode_registers(word, insn);
  insn.aux = 0;
  return set_handler(insn, for_size<to, kBHS>(size_field(word), [&]<typename T>() -> Handler {
                       using Source = Element<from, kSizeOf<T> + 1>;
                       if constexpr (scalar) {
                         return narrow<op, Source, T, Shape::scalar, false>;
                       } else {
                         return q_field(word) ? narrow<op, Source, T, Shape::half, true>
                                              : narrow<op, Source, T, Shape::half, false>;
                       }
                     }));
}

// SHLL: by the element size.
bool decode_shift_left_long(std::uint32_t word, Insn& insn) {
  decode_registers(word, insn);
  return set_handler(insn,
                     for_size<kUnsigned, kBHS>(size_field(word), [&]<typename T>() -> Handler {
                       insn.aux = kBitsOf<T>;
                       return q_field(word) ? shift_left_long<T, true> : shift_left_long<T, false>;
                     }));
}

constexpr Row rows[] = {
    simd_row("0q001110ss100000000010nnnnnddddd", "REV64_asimdmisc", "asimdmisc", "Vn", "Vd",
             decode_reverse<std::uint64_t, kBHS>),
    simd_row("0q101110ss100000000010nnnnnddddd", "REV32_asimdmisc", "asimdmisc", "Vn", "Vd",
             decode_reverse<std::uint32_t, kBH>),
    simd_row("0q001110ss100000000110nnnnnddddd", "REV16_asimdmisc", "asimdmisc", "Vn", "Vd",
             decode_reverse<std::uint16_t, kB>),
    simd_row("0q001110ss100000001010nnnnnddddd", "SADDLP_asimdmisc", "asimdmisc", "Vn", "Vd",
             decode_add_long_pairwise<kSigned, false>),
    simd_row("0q101110ss100000001010nnnnnddddd", "UADDLP_asimdmisc", "asimdmisc", "Vn", "Vd",
             decode_add_long_pairwise<kUnsigned, false>),
    simd_row("0q001110ss100000001110nnnnnddddd", "SUQADD_asimdmisc", "asimdmisc", "Vd Vn",
             "Vd FPSR",
             decode_vector<Loop::unary_accumulate, saturating_add_other_sign, kSigned, kBHSD>),
    simd_row("0q101110ss100000001110nnnnnddddd", "USQADD_asimdmisc", "asimdmisc", "Vd Vn",
             "Vd FPSR",
             decode_vector<Loop::unary_accumulate, saturating_add_other_sign, kUnsigned, kBHSD>),
    simd_row("0q001110ss100000010010nnnnnddddd", "CLS_asimdmisc", "asimdmisc", "Vn", "Vd",
             decode_vector<Loop::unary, count_leading_sign_bits, kSigned, kBHS>),
    simd_row("0q101110ss100000010010nnnnnddddd", "CLZ_asimdmisc", "asimdmisc", "Vn", "Vd",
             decode_vector<Loop::unary, count_leading_zeros, kUnsigned, kBHS>),
    simd_row("0q00111000100000010110nnnnnddddd", "CNT_asimdmisc", "asimdmisc", "Vn", "Vd",
             decode_bytes<count_ones>),
    simd_row("0q10111000100000010110nnnnnddddd", "NOT_asimdmisc", "asimdmisc", "Vn", "Vd",
             decode_bytes<bit_not>),
    simd_row("0q10111001100000010110nnnnnddddd", "RBIT_asimdmisc", "asimdmisc", "Vn", "Vd",
             decode_bytes<reverse_bits>),
    simd_row("0q001110ss100000011010nnnnnddddd", "SADALP_asimdmisc", "asimdmisc", "Vd Vn", "Vd",
             decode_add_long_pairwise<kSigned, true>),
    simd_row("0q101110ss100000011010nnnnnddddd", "UADALP_asimdmisc", "asimdmisc", "Vd Vn", "Vd",
             decode_add_long_pairwise<kUnsigned, true>),
    simd_row("0q001110ss100000011110nnnnnddddd", "SQABS_asimdmisc", "asimdmisc", "Vn", "Vd FPSR",
             decode_vector<Loop::unary, saturating_absolute, kSigned, kBHSD>),
    simd_row("0q101110ss100000011110nnnnnddddd", "SQNEG_asimdmisc", "asimdmisc", "Vn", "Vd FPSR",
             decode_vector<Loop::unary, saturating_negate, kSigned, kBHSD>),
    simd_row("0q001110ss100000100010nnnnnddddd", "CMGT_zero_asimdmisc", "asimdmisc", "Vn", "Vd",
             decode_vector<Loop::unary, greater_than_zero, kSigned, kBHSD>),
    simd_row("0q101110ss100000100010nnnnnddddd", "CMGE_zero_asimdmisc", "asimdmisc", "Vn", "Vd",
             decode_vector<Loop::unary, greater_or_equal_zero, kSigned, kBHSD>),
    simd_row("0q001110ss100000100110nnnnnddddd", "CMEQ_zero_asimdmisc", "asimdmisc", "Vn", "Vd",
             decode_vector<Loop::unary, equal_zero, kSigned, kBHSD>),
    simd_row("0q101110ss100000100110nnnnnddddd", "CMLE_zero_asimdmisc", "asimdmisc", "Vn", "Vd",
             decode_vector<Loop::unary, less_or_equal_zero, kSigned, kBHSD>),
    simd_row("0q001110ss100000101010nnnnnddddd", "CMLT_zero_asimdmisc", "asimdmisc", "Vn", "Vd",
             decode_vector<Loop::unary, less_than_zero, kSigned, kBHSD>),
    simd_row("0q001110ss100000101110nnnnnddddd", "ABS_asimdmisc", "asimdmisc", "Vn", "Vd",
             decode_vector<Loop::unary, absolute, kSigned, kBHSD>),
    simd_row("0q101110ss100000101110nnnnnddddd", "NEG_asimdmisc", "asimdmisc", "Vn", "Vd",
             decode_vector<Loop::unary, negate, kSigned, kBHSD>),
    simd_row("0q001110ss100001001010nnnnnddddd", "XTN_asimdmisc", "asimdmisc", "Vd Vn", "Vd",
             decode_narrow<narrow_truncating, kUnsigned, kUnsigned, false>),
    simd_row("0q101110ss100001001010nnnnnddddd", "SQXTUN_asimdmisc", "asimdmisc", "Vd Vn",
             "Vd FPSR", decode_narrow<narrow_saturating, kSigned, kUnsigned, false>),
    simd_row("0q101110ss100001001110nnnnnddddd", "SHLL_asimdmisc", "asimdmisc", "Vn", "Vd",
             decode_shift_left_long),
    simd_row("0q001110ss100001010010nnnnnddddd", "SQXTN_asimdmisc", "asimdmisc", "Vd Vn", "Vd FPSR",
             decode_narrow<narrow_saturating, kSigned, kSigned, false>),
    simd_row("0q101110ss100001010010nnnnnddddd", "UQXTN_asimdmisc", "asimdmisc", "Vd Vn", "Vd FPSR",
             decode_narrow<narrow_saturating, kUnsigned, kUnsigned, false>),
    simd_row("01011110ss100000001110nnnnnddddd", "SUQADD_asisdmisc", "asisdmisc", "Vd Vn",
             "Vd FPSR",
             decode_scalar<Loop::unary_accumulate, saturating_add_other_sign, kSigned, kBHSD>),
    simd_row("01111110ss100000001110nnnnnddddd", "USQADD_asisdmisc", "asisdmisc", "Vd Vn",
             "Vd FPSR",
             decode_scalar<Loop::unary_accumulate, saturating_add_other_sign, kUnsigned, kBHSD>),
    simd_row("01011110ss100000011110nnnnnddddd", "SQABS_asisdmisc", "asisdmisc", "Vn", "Vd FPSR",
             decode_scalar<Loop::unary, saturating_absolute, kSigned, kBHSD>),
    simd_row("01111110ss100000011110nnnnnddddd", "SQNEG_asisdmisc", "asisdmisc", "Vn", "Vd FPSR",
             decode_scalar<Loop::unary, saturating_negate, kSigned, kBHSD>),
    simd_row("0101111011100000100010nnnnnddddd", "CMGT_zero_asisdmisc", "asisdmisc", "Vn", "Vd",
             decode_scalar<Loop::unary, greater_than_zero, kSigned, kD>),
    simd_row("0111111011100000100010nnnnnddddd", "CMGE_zero_asisdmisc", "asisdmisc", "Vn", "Vd",
             decode_scalar<Loop::unary, greater_or_equal_zero, kSigned, kD>),
    simd_row("0101111011100000100110nnnnnddddd", "CMEQ_zero_asisdmisc", "asisdmisc", "Vn", "Vd",
             decode_scalar<Loop::unary, equal_zero, kSigned, kD>),
    simd_row("0111111011100000100110nnnnnddddd", "CMLE_zero_asisdmisc", "asisdmisc", "Vn", "Vd",
             decode_scalar<Loop::unary, less_or_equal_zero, kSigned, kD>),
    simd_row("0101111011100000101010nnnnnddddd", "CMLT_zero_asisdmisc", "asisdmisc", "Vn", "Vd",
             decode_scalar<Loop::unary, less_than_zero, kSigned, kD>),
    simd_row("0101111011100000101110nnnnnddddd", "ABS_asisdmisc", "asisdmisc", "Vn", "Vd",
             decode_scalar<Loop::unary, absolute, kSigned, kD>),
    simd_row("0111111011100000101110nnnnnddddd", "NEG_asisdmisc", "asisdmisc", "Vn", "Vd",
             decode_scalar<Loop::unary, negate, kSigned, kD>),
    simd_row("01111110ss100001001010nnnnnddddd", "SQXTUN_asisdmisc", "asisdmisc", "Vn", "Vd FPSR",
             decode_narrow<narrow_saturating, kSigned, kUnsigned, true>),
    simd_row("01011110ss100001010010nnnnnddddd", "SQXTN_asisdmisc", "asisdmisc", "Vn", "Vd FPSR",
             decode_narrow<narrow_saturating, kSigned, kSigned, true>),
    simd_row("01111110ss100001010010nnnnnddddd", "UQXTN_asisdmisc", "asisdmisc", "Vn", "Vd FPSR",
             decode_narrow<narrow_saturating, kUnsigned, kUnsigned, true>),
};

}  // namespace

std::span<const Row> rows_two_reg_misc() { return rows; }

}  // namespace armature::cpu::simd
