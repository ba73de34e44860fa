// What the files of SIMD&FP loads and stores share. Their rows together are rows_load_store_simd().
#pragma once

#include <cstdint>
#include <span>

#include "cpu/decode.h"

namespace armature::cpu {

std::span<const Row> rows_load_store_simd_registers();   // load_store_simd.cc
std::span<const Row> rows_load_store_simd_structures();  // load_store_simd_structures.cc

constexpr Row simd_store_row(std::string_view pattern, std::string_view name,
                             std::string_view group, DecodeFunction function,
                             std::string_view reads, std::string_view writes = {}) {
  return {.pattern = pattern,
          .name = name,
          .group = group,
          .decode = function,
          .cost = CostClass::store,
          .access = Access::store,
          .reads = reads,
          .writes = writes,
          .fp = true};
}
constexpr Row simd_load_row(std::string_view pattern, std::string_view name, std::string_view group,
                            DecodeFunction function, std::string_view reads,
                            std::string_view writes) {
  return {.pattern = pattern,
          .name = name,
          .group = group,
          .decode = function,
          .cost = CostClass::load,
          .access = Access::load,
          .dependency = Dependency::address,
          .reads = reads,
          .writes = writes,
          .fp = true};
}

}  // namespace armature::cpu
