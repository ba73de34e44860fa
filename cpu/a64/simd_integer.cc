// Advanced SIMD, integer and permute, vector and scalar: all groups as one table.
#include <vector>

#include "cpu/a64/simd_rows.h"
#include "cpu/decode.h"

namespace armature::cpu {

std::span<const Row> rows_simd_integer() {
  static const std::vector<Row> rows = [] {
    std::vector<Row> joined;
    for (const std::span<const Row> group :
         {simd::rows_copy(), simd::rows_permute(), simd::rows_modified_immediate(),
          simd::rows_three_same(), simd::rows_three_different(), simd::rows_two_reg_misc(),
          simd::rows_reduce(), simd::rows_by_element(), simd::rows_shift_immediate()}) {
      joined.insert(joined.end(), group.begin(), group.end());
    }
    return joined;
  }();
  return rows;
}

}  // namespace armature::cpu
