// The general-purpose registers of KServ while a core is in KCore; vectors.S fills it.
#pragma once

#include <cstdint>

namespace armature::kcore::aarch64 {

struct TrapFrame {
  std::uint64_t x[31];
  std::uint64_t elr;
  std::uint64_t spsr;
  std::uint64_t padding;
};
static_assert(sizeof(TrapFrame) == 272);

}  // namespace armature::kcore::aarch64
