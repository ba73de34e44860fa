// What brings a core from KServ (EL1 or EL0) to KCore, decoded.
#pragma once

#include <cstdint>

#include "hyp/kcore/types.h"

namespace armature::kcore {

enum class Access : std::uint8_t { read, write, execute };

struct Stage2Fault {
  IntermediateAddress address{};
  Access access = Access::read;
  bool is_translation_fault = false;  // not a permission, access flag or other fault
  bool on_table_walk = false;         // of KServ's own stage 1
  std::uint64_t pc = 0;
};

}  // namespace armature::kcore
