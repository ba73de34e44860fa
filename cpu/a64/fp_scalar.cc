#include "cpu/decode.h"

namespace armature::cpu {

std::span<const Row> rows_fp_scalar() { return {}; }

}  // namespace armature::cpu
