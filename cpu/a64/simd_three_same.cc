// Advanced SIMD three same, and scalar three same: lane by lane on two sources of one element size.
#include "cpu/a64/simd_handlers.h"
#include "cpu/a64/simd_operations.h"
#include "cpu/a64/simd_rows.h"

namespace armature::cpu::simd {
namespace {

template <typename T>
constexpr Exact<T> exact(T value) {
  return value;
}

constexpr auto halving_add = [](auto n, auto m) { return (exact(n) + m) >> 1; };
constexpr auto rounding_halving_add = [](auto n, auto m) { return (exact(n) + m + 1) >> 1; };
constexpr auto halving_subtract = [](auto n, auto m) { return (exact(n) - m) >> 1; };
constexpr auto saturating_add = [](auto n, auto m, bool& saturated) {
  return saturate<decltype(n)>(exact(n) + m, saturated);
};
constexpr auto saturating_subtract = [](auto n, auto m, bool& saturated) {
  return saturate<decltype(n)>(exact(n) - m, saturated);
};

constexpr auto test_bits = [](auto n, auto m) { return ones_if<decltype(n)>((n & m) != 0); };

// The shift amount is the signed low byte of the second lane; negative shifts right.
template <typename T>
constexpr int shift_amount(T m) {
  return static_cast<std::int8_t>(m);
}
constexpr auto shift_by_register = [](auto n, auto m) {
  const int amount = shift_amount(m);
  return amount >= 0 ? shift_left(n, amount) : shift_right(n, -amount);
};
constexpr auto rounding_shift_by_register = [](auto n, auto m) {
  const int amount = shift_amount(m);
  return amount >= 0 ? shift_left(n, amount) : rounding_shift_right(n, -amount);
};
constexpr auto saturating_shift_by_register = [](auto n, auto m, bool& saturated) {
  const int amount = shift_amount(m);
  return amount >= 0 ? saturating_shift_left(n, amount, saturated) : shift_right(n, -amount);
};
constexpr auto saturating_rounding_shift_by_register = [](auto n, auto m, bool& saturated) {
  const int amount = shift_amount(m);
  return amount >= 0 ? saturating_shift_left(n, amount, saturated)
                     : rounding_shift_right(n, -amount);
};

// PolynomialMult over {0,1}, low 8 bits.
constexpr auto polynomial_multiply = [](std::uint8_t n, std::uint8_t m) {
  unsigned product = 0;
  for (unsigned i = 0; i < 8; ++i) product ^= ((n >> i) & 1u) != 0 ? unsigned{m} << i : 0;
  return product;
};

constexpr auto bit_and = [](auto n, auto m) { return n & m; };
constexpr auto bit_clear = [](auto n, auto m) { return n & ~m; };
constexpr auto bit_or = [](auto n, auto m) { return n | m; };
constexpr auto bit_or_not = [](auto n, auto m) { return n | ~m; };
constexpr auto bit_exclusive_or = [](auto n, auto m) { return n ^ m; };
constexpr auto bit_select = [](auto d, auto n, auto m) { return (n & d) | (m & ~d); };
constexpr auto insert_if_true = [](auto d, auto n, auto m) { return (n & m) | (d & ~m); };
constexpr auto insert_if_false = [](auto d, auto n, auto m) { return (n & ~m) | (d & m); };

// Logical operations have no element size: the 64-bit halves serve.
template <Loop loop, auto op>
bool decode_logical(std::uint32_t word, Insn& insn) {
  decode_registers(word, insn);
  insn.handler = q_field(word) ? lane_loop<loop, op, std::uint64_t, Shape::full>()
                               : lane_loop<loop, op, std::uint64_t, Shape::half>();
  return true;
}

constexpr Row rows[] = {
    simd_row("0q001110ss1mmmmm000001nnnnnddddd", "SHADD_asimdsame", "asimdsame", "Vn Vm", "Vd",
             decode_vector<Loop::binary, halving_add, kSigned, kBHS>),
    simd_row("0q101110ss1mmmmm000001nnnnnddddd", "UHADD_asimdsame", "asimdsame", "Vn Vm", "Vd",
             decode_vector<Loop::binary, halving_add, kUnsigned, kBHS>),
    simd_row("0q001110ss1mmmmm000011nnnnnddddd", "SQADD_asimdsame", "asimdsame", "Vn Vm", "Vd FPSR",
             decode_vector<Loop::binary, saturating_add, kSigned, kBHSD>),
    simd_row("0q101110ss1mmmmm000011nnnnnddddd", "UQADD_asimdsame", "asimdsame", "Vn Vm", "Vd FPSR",
             decode_vector<Loop::binary, saturating_add, kUnsigned, kBHSD>),
    simd_row("0q001110ss1mmmmm000101nnnnnddddd", "SRHADD_asimdsame", "asimdsame", "Vn Vm", "Vd",
             decode_vector<Loop::binary, rounding_halving_add, kSigned, kBHS>),
    simd_row("0q101110ss1mmmmm000101nnnnnddddd", "URHADD_asimdsame", "asimdsame", "Vn Vm", "Vd",
             decode_vector<Loop::binary, rounding_halving_add, kUnsigned, kBHS>),
    simd_row("0q001110ss1mmmmm001001nnnnnddddd", "SHSUB_asimdsame", "asimdsame", "Vn Vm", "Vd",
             decode_vector<Loop::binary, halving_subtract, kSigned, kBHS>),
    simd_row("0q101110ss1mmmmm001001nnnnnddddd", "UHSUB_asimdsame", "asimdsame", "Vn Vm", "Vd",
             decode_vector<Loop::binary, halving_subtract, kUnsigned, kBHS>),
    simd_row("0q001110ss1mmmmm001011nnnnnddddd", "SQSUB_asimdsame", "asimdsame", "Vn Vm", "Vd FPSR",
             decode_vector<Loop::binary, saturating_subtract, kSigned, kBHSD>),
    simd_row("0q101110ss1mmmmm001011nnnnnddddd", "UQSUB_asimdsame", "asimdsame", "Vn Vm", "Vd FPSR",
             decode_vector<Loop::binary, saturating_subtract, kUnsigned, kBHSD>),
    simd_row("0q001110ss1mmmmm001101nnnnnddddd", "CMGT_register_asimdsame", "asimdsame", "Vn Vm",
             "Vd", decode_vector<Loop::binary, greater, kSigned, kBHSD>),
    simd_row("0q101110ss1mmmmm001101nnnnnddddd", "CMHI_register_asimdsame", "asimdsame", "Vn Vm",
             "Vd", decode_vector<Loop::binary, greater, kUnsigned, kBHSD>),
    simd_row("0q001110ss1mmmmm001111nnnnnddddd", "CMGE_register_asimdsame", "asimdsame", "Vn Vm",
             "Vd", decode_vector<Loop::binary, greater_or_equal, kSigned, kBHSD>),
    simd_row("0q101110ss1mmmmm001111nnnnnddddd", "CMHS_register_asimdsame", "asimdsame", "Vn Vm",
             "Vd", decode_vector<Loop::binary, greater_or_equal, kUnsigned, kBHSD>),
    simd_row("0q001110ss1mmmmm010001nnnnnddddd", "SSHL_asimdsame", "asimdsame", "Vn Vm", "Vd",
             decode_vector<Loop::binary, shift_by_register, kSigned, kBHSD>),
    simd_row("0q101110ss1mmmmm010001nnnnnddddd", "USHL_asimdsame", "asimdsame", "Vn Vm", "Vd",
             decode_vector<Loop::binary, shift_by_register, kUnsigned, kBHSD>),
    simd_row("0q001110ss1mmmmm010011nnnnnddddd", "SQSHL_register_asimdsame", "asimdsame", "Vn Vm",
             "Vd FPSR", decode_vector<Loop::binary, saturating_shift_by_register, kSigned, kBHSD>),
    simd_row("0q101110ss1mmmmm010011nnnnnddddd", "UQSHL_register_asimdsame", "asimdsame", "Vn Vm",
             "Vd FPSR",
             decode_vector<Loop::binary, saturating_shift_by_register, kUnsigned, kBHSD>),
    simd_row("0q001110ss1mmmmm010101nnnnnddddd", "SRSHL_asimdsame", "asimdsame", "Vn Vm", "Vd",
             decode_vector<Loop::binary, rounding_shift_by_register, kSigned, kBHSD>),
    simd_row("0q101110ss1mmmmm010101nnnnnddddd", "URSHL_asimdsame", "asimdsame", "Vn Vm", "Vd",
             decode_vector<Loop::binary, rounding_shift_by_register, kUnsigned, kBHSD>),
    simd_row("0q001110ss1mmmmm010111nnnnnddddd", "SQRSHL_asimdsame", "asimdsame", "Vn Vm",
             "Vd FPSR",
             decode_vector<Loop::binary, saturating_rounding_shift_by_register, kSigned, kBHSD>),
    simd_row("0q101110ss1mmmmm010111nnnnnddddd", "UQRSHL_asimdsame", "asimdsame", "Vn Vm",
             "Vd FPSR",
             decode_vector<Loop::binary, saturating_rounding_shift_by_register, kUnsigned, kBHSD>),
    simd_row("0q001110ss1mmmmm011001nnnnnddddd", "SMAX_asimdsame", "asimdsame", "Vn Vm", "Vd",
             decode_vector<Loop::binary, maximum, kSigned, kBHS>),
    simd_row("0q101110ss1mmmmm011001nnnnnddddd", "UMAX_asimdsame", "asimdsame", "Vn Vm", "Vd",
             decode_vector<Loop::binary, maximum, kUnsigned, kBHS>),
    simd_row("0q001110ss1mmmmm011011nnnnnddddd", "SMIN_asimdsame", "asimdsame", "Vn Vm", "Vd",
             decode_vector<Loop::binary, minimum, kSigned, kBHS>),
    simd_row("0q101110ss1mmmmm011011nnnnnddddd", "UMIN_asimdsame", "asimdsame", "Vn Vm", "Vd",
             decode_vector<Loop::binary, minimum, kUnsigned, kBHS>),
    simd_row("0q001110ss1mmmmm011101nnnnnddddd", "SABD_asimdsame", "asimdsame", "Vn Vm", "Vd",
             decode_vector<Loop::binary, absolute_difference, kSigned, kBHS>),
    simd_row("0q101110ss1mmmmm011101nnnnnddddd", "UABD_asimdsame", "asimdsame", "Vn Vm", "Vd",
             decode_vector<Loop::binary, absolute_difference, kUnsigned, kBHS>),
    simd_row("0q001110ss1mmmmm011111nnnnnddddd", "SABA_asimdsame", "asimdsame", "Vd Vn Vm", "Vd",
             decode_vector<Loop::ternary, absolute_difference_accumulate, kSigned, kBHS>),
    simd_row("0q101110ss1mmmmm011111nnnnnddddd", "UABA_asimdsame", "asimdsame", "Vd Vn Vm", "Vd",
             decode_vector<Loop::ternary, absolute_difference_accumulate, kUnsigned, kBHS>),
    simd_row("0q001110ss1mmmmm100001nnnnnddddd", "ADD_asimdsame", "asimdsame", "Vn Vm", "Vd",
             decode_vector<Loop::binary, add, kUnsigned, kBHSD>),
    simd_row("0q101110ss1mmmmm100001nnnnnddddd", "SUB_asimdsame", "asimdsame", "Vn Vm", "Vd",
             decode_vector<Loop::binary, subtract, kUnsigned, kBHSD>),
    simd_row("0q001110ss1mmmmm100011nnnnnddddd", "CMTST_asimdsame", "asimdsame", "Vn Vm", "Vd",
             decode_vector<Loop::binary, test_bits, kUnsigned, kBHSD>),
    simd_row("0q101110ss1mmmmm100011nnnnnddddd", "CMEQ_register_asimdsame", "asimdsame", "Vn Vm",
             "Vd", decode_vector<Loop::binary, equal, kUnsigned, kBHSD>),
    simd_row("0q001110ss1mmmmm100101nnnnnddddd", "MLA_asimdsame", "asimdsame", "Vd Vn Vm", "Vd",
             decode_vector<Loop::ternary, multiply_add, kUnsigned, kBHS>),
    simd_row("0q101110ss1mmmmm100101nnnnnddddd", "MLS_asimdsame", "asimdsame", "Vd Vn Vm", "Vd",
             decode_vector<Loop::ternary, multiply_subtract, kUnsigned, kBHS>),
    simd_row("0q001110ss1mmmmm100111nnnnnddddd", "MUL_asimdsame", "asimdsame", "Vn Vm", "Vd",
             decode_vector<Loop::binary, multiply, kUnsigned, kBHS>),
    simd_row("0q101110001mmmmm100111nnnnnddddd", "PMUL_asimdsame", "asimdsame", "Vn Vm", "Vd",
             decode_vector<Loop::binary, polynomial_multiply, kUnsigned, kB>),
    simd_row("0q001110ss1mmmmm101001nnnnnddddd", "SMAXP_asimdsame", "asimdsame", "Vn Vm", "Vd",
             decode_vector<Loop::pairwise, maximum, kSigned, kBHS>),
    simd_row("0q101110ss1mmmmm101001nnnnnddddd", "UMAXP_asimdsame", "asimdsame", "Vn Vm", "Vd",
             decode_vector<Loop::pairwise, maximum, kUnsigned, kBHS>),
    simd_row("0q001110ss1mmmmm101011nnnnnddddd", "SMINP_asimdsame", "asimdsame", "Vn Vm", "Vd",
             decode_vector<Loop::pairwise, minimum, kSigned, kBHS>),
    simd_row("0q101110ss1mmmmm101011nnnnnddddd", "UMINP_asimdsame", "asimdsame", "Vn Vm", "Vd",
             decode_vector<Loop::pairwise, minimum, kUnsigned, kBHS>),
    simd_row("0q001110ss1mmmmm101101nnnnnddddd", "SQDMULH_asimdsame", "asimdsame", "Vn Vm",
             "Vd FPSR",
             decode_vector<Loop::binary, saturating_doubling_multiply_high, kSigned, kHS>),
    simd_row("0q101110ss1mmmmm101101nnnnnddddd", "SQRDMULH_asimdsame", "asimdsame", "Vn Vm",
             "Vd FPSR",
             decode_vector<Loop::binary, saturating_rounding_doubling_multiply_high, kSigned, kHS>),
    simd_row("0q001110ss1mmmmm101111nnnnnddddd", "ADDP_vector_asimdsame", "asimdsame", "Vn Vm",
             "Vd", decode_vector<Loop::pairwise, add, kUnsigned, kBHSD>),
    simd_row("0q001110001mmmmm000111nnnnnddddd", "AND_asimdsame", "asimdsame", "Vn Vm", "Vd",
             decode_logical<Loop::binary, bit_and>),
    simd_row("0q001110011mmmmm000111nnnnnddddd", "BIC_register_asimdsame", "asimdsame", "Vn Vm",
             "Vd", decode_logical<Loop::binary, bit_clear>),
    simd_row("0q001110101mmmmm000111nnnnnddddd", "ORR_register_asimdsame", "asimdsame", "Vn Vm",
             "Vd", decode_logical<Loop::binary, bit_or>),
    simd_row("0q001110111mmmmm000111nnnnnddddd", "ORN_asimdsame", "asimdsame", "Vn Vm", "Vd",
             decode_logical<Loop::binary, bit_or_not>),
    simd_row("0q101110001mmmmm000111nnnnnddddd", "EOR_asimdsame", "asimdsame", "Vn Vm", "Vd",
             decode_logical<Loop::binary, bit_exclusive_or>),
    simd_row("0q101110011mmmmm000111nnnnnddddd", "BSL_asimdsame", "asimdsame", "Vd Vn Vm", "Vd",
             decode_logical<Loop::ternary, bit_select>),
    simd_row("0q101110101mmmmm000111nnnnnddddd", "BIT_asimdsame", "asimdsame", "Vd Vn Vm", "Vd",
             decode_logical<Loop::ternary, insert_if_true>),
    simd_row("0q101110111mmmmm000111nnnnnddddd", "BIF_asimdsame", "asimdsame", "Vd Vn Vm", "Vd",
             decode_logical<Loop::ternary, insert_if_false>),
    simd_row("01011110ss1mmmmm000011nnnnnddddd", "SQADD_asisdsame", "asisdsame", "Vn Vm", "Vd FPSR",
             decode_scalar<Loop::binary, saturating_add, kSigned, kBHSD>),
    simd_row("01111110ss1mmmmm000011nnnnnddddd", "UQADD_asisdsame", "asisdsame", "Vn Vm", "Vd FPSR",
             decode_scalar<Loop::binary, saturating_add, kUnsigned, kBHSD>),
    simd_row("01011110ss1mmmmm001011nnnnnddddd", "SQSUB_asisdsame", "asisdsame", "Vn Vm", "Vd FPSR",
             decode_scalar<Loop::binary, saturating_subtract, kSigned, kBHSD>),
    simd_row("01111110ss1mmmmm001011nnnnnddddd", "UQSUB_asisdsame", "asisdsame", "Vn Vm", "Vd FPSR",
             decode_scalar<Loop::binary, saturating_subtract, kUnsigned, kBHSD>),
    simd_row("01011110111mmmmm001101nnnnnddddd", "CMGT_register_asisdsame", "asisdsame", "Vn Vm",
             "Vd", decode_scalar<Loop::binary, greater, kSigned, kD>),
    simd_row("01111110111mmmmm001101nnnnnddddd", "CMHI_register_asisdsame", "asisdsame", "Vn Vm",
             "Vd", decode_scalar<Loop::binary, greater, kUnsigned, kD>),
    simd_row("01011110111mmmmm001111nnnnnddddd", "CMGE_register_asisdsame", "asisdsame", "Vn Vm",
             "Vd", decode_scalar<Loop::binary, greater_or_equal, kSigned, kD>),
    simd_row("01111110111mmmmm001111nnnnnddddd", "CMHS_register_asisdsame", "asisdsame", "Vn Vm",
             "Vd", decode_scalar<Loop::binary, greater_or_equal, kUnsigned, kD>),
    simd_row("01011110111mmmmm010001nnnnnddddd", "SSHL_asisdsame", "asisdsame", "Vn Vm", "Vd",
             decode_scalar<Loop::binary, shift_by_register, kSigned, kD>),
    simd_row("01111110111mmmmm010001nnnnnddddd", "USHL_asisdsame", "asisdsame", "Vn Vm", "Vd",
             decode_scalar<Loop::binary, shift_by_register, kUnsigned, kD>),
    simd_row("01011110ss1mmmmm010011nnnnnddddd", "SQSHL_register_asisdsame", "asisdsame", "Vn Vm",
             "Vd FPSR", decode_scalar<Loop::binary, saturating_shift_by_register, kSigned, kBHSD>),
    simd_row("01111110ss1mmmmm010011nnnnnddddd", "UQSHL_register_asisdsame", "asisdsame", "Vn Vm",
             "Vd FPSR",
             decode_scalar<Loop::binary, saturating_shift_by_register, kUnsigned, kBHSD>),
    simd_row("01011110111mmmmm010101nnnnnddddd", "SRSHL_asisdsame", "asisdsame", "Vn Vm", "Vd",
             decode_scalar<Loop::binary, rounding_shift_by_register, kSigned, kD>),
    simd_row("01111110111mmmmm010101nnnnnddddd", "URSHL_asisdsame", "asisdsame", "Vn Vm", "Vd",
             decode_scalar<Loop::binary, rounding_shift_by_register, kUnsigned, kD>),
    simd_row("01011110ss1mmmmm010111nnnnnddddd", "SQRSHL_asisdsame", "asisdsame", "Vn Vm",
             "Vd FPSR",
             decode_scalar<Loop::binary, saturating_rounding_shift_by_register, kSigned, kBHSD>),
    simd_row("01111110ss1mmmmm010111nnnnnddddd", "UQRSHL_asisdsame", "asisdsame", "Vn Vm",
             "Vd FPSR",
             decode_scalar<Loop::binary, saturating_rounding_shift_by_register, kUnsigned, kBHSD>),
    simd_row("01011110111mmmmm100001nnnnnddddd", "ADD_asisdsame", "asisdsame", "Vn Vm", "Vd",
             decode_scalar<Loop::binary, add, kUnsigned, kD>),
    simd_row("01111110111mmmmm100001nnnnnddddd", "SUB_asisdsame", "asisdsame", "Vn Vm", "Vd",
             decode_scalar<Loop::binary, subtract, kUnsigned, kD>),
    simd_row("01011110111mmmmm100011nnnnnddddd", "CMTST_asisdsame", "asisdsame", "Vn Vm", "Vd",
             decode_scalar<Loop::binary, test_bits, kUnsigned, kD>),
    simd_row("01111110111mmmmm100011nnnnnddddd", "CMEQ_register_asisdsame", "asisdsame", "Vn Vm",
             "Vd", decode_scalar<Loop::binary, equal, kUnsigned, kD>),
    simd_row("01011110ss1mmmmm101101nnnnnddddd", "SQDMULH_asisdsame", "asisdsame", "Vn Vm",
             "Vd FPSR",
             decode_scalar<Loop::binary, saturating_doubling_multiply_high, kSigned, kHS>),
    simd_row("01111110ss1mmmmm101101nnnnnddddd", "SQRDMULH_asisdsame", "asisdsame", "Vn Vm",
             "Vd FPSR",
             decode_scalar<Loop::binary, saturating_rounding_doubling_multiply_high, kSigned, kHS>),
};

}  // namespace

std::span<const Row> rows_three_same() { return rows; }

}  // namespace armature::cpu::simd
