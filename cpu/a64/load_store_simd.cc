// Loads and stores of SIMD&FP registers.
#include "cpu/decode.h"

namespace armature::cpu {

std::span<const Row> rows_load_store_simd() { return {}; }

}  // namespace armature::cpu
