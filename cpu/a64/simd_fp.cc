#include "cpu/decode.h"

namespace armature::cpu {

std::span<const Row> rows_simd_fp() { return {}; }

}  // namespace armature::cpu
