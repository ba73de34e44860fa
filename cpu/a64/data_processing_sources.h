// The rows of data processing (1 source), (2 source) and (3 source), part of
// rows_data_processing_register().
#pragma once

#include <span>

#include "cpu/decode.h"

namespace armature::cpu {

std::span<const Row> rows_data_processing_sources();

}  // namespace armature::cpu
