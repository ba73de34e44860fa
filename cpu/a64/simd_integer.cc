// Advanced SIMD, integer and permute.
#include "cpu/decode.h"

namespace armature::cpu {

std::span<const Row> rows_simd_integer() { return {}; }

}  // namespace armature::cpu
