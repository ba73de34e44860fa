// Cryptographic extension.
#include "cpu/decode.h"

namespace armature::cpu {

std::span<const Row> rows_crypto() { return {}; }

}  // namespace armature::cpu
