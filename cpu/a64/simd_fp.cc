// Advanced SIMD floating-point: the groups as one table.
#include "cpu/a64/simd_fp.h"

#include <vector>

namespace armature::cpu {

std::span<const Row> rows_simd_fp() {
  // Constant once built.
  static const std::vector<Row> rows = [] {
    std::vector<Row> joined;
    for (const std::span<const Row> group :
         {rows_simd_fp_three_same(), rows_simd_fp_two_misc(), rows_simd_fp_convert()}) {
      joined.insert(joined.end(), group.begin(), group.end());
    }
    return joined;
  }();
  return rows;
}

}  // namespace armature::cpu
