#pragma once

#include <span>

#include "cpu/decode.h"

namespace armature::cpu {

// The groups of rows_simd_fp(), vector and scalar forms.
std::span<const Row> rows_simd_fp_three_same();   // with by element, pairwise and across lanes
std::span<const Row> rows_simd_fp_two_misc();     // with FMOV (vector, immediate)
std::span<const Row> rows_simd_fp_convert();      // conversions of width, integer and fixed-point

}  // namespace armature::cpu
