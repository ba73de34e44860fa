// The groups of rows that rows_simd_integer() joins, each beside its semantics.
#pragma once

#include "cpu/decode.h"

namespace armature::cpu::simd {

std::span<const Row> rows_copy();                // simd_copy.cc
std::span<const Row> rows_permute();             // simd_permute.cc
std::span<const Row> rows_modified_immediate();  // simd_immediate.cc
std::span<const Row> rows_three_same();          // simd_three_same.cc
std::span<const Row> rows_three_different();     // simd_three_different.cc
std::span<const Row> rows_two_reg_misc();        // simd_two_reg_misc.cc
std::span<const Row> rows_reduce();              // simd_reduce.cc: across lanes, scalar pairwise
std::span<const Row> rows_by_element();          // simd_by_element.cc
std::span<const Row> rows_shift_immediate();     // simd_shift_immediate.cc

}  // namespace armature::cpu::simd
