// What brings a core from the kernel (EL1 or EL0) to KCore, decoded, and what KCore does about it.
#pragma once

#include <cstdint>

#include "hyp/kcore/types.h"

namespace armature::kcore {

struct KCore;
struct Cpu;

enum class Access : std::uint8_t { read, write, execute };

struct Stage2Fault {
  IntermediateAddress address{};
  Access access = Access::read;
  bool is_translation_fault = false;  // not a permission, access flag or other fault
  bool on_table_walk = false;         // of the kernel's own stage 1
  std::uint64_t pc = 0;
};

// Maps the page, or panics when the page is not the kernel's to touch.
void handle_stage2_fault(KCore& kcore, Cpu& cpu, const Stage2Fault& fault);

}  // namespace armature::kcore
