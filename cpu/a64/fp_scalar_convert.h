#pragma once

#include <span>

#include "cpu/decode.h"

namespace armature::cpu {

// Conversions and moves between general and floating-point registers: part of rows_fp_scalar().
std::span<const Row> rows_fp_scalar_convert();

}  // namespace armature::cpu
