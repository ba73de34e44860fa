// Who may access a system register: the decision alone, with no effect (the access pseudocode of
// each register's page in the manual, as one rule a trap group).
#pragma once

#include <cstdint>

#include "sim/arch/sysreg.h"
#include "sim/base/types.h"

namespace armature::cpu {

class Core;

enum class Direction : std::uint8_t { write = 0, read = 1 };  // as ISS.Direction

struct AccessDecision {
  enum class Kind : std::uint8_t { allowed, undefined, trapped, fp_trapped };
  Kind kind = Kind::allowed;
  El target = El::el1;  // trapped: who takes it, with EC 0x18
  bool operator==(const AccessDecision&) const = default;
};

AccessDecision decide_access(const Core& core, SysReg reg, Direction direction);

// The same for encodings without a register: reserved identification registers read as zero,
// the IMPLEMENTATION DEFINED space can be trapped, everything else is UNDEFINED.
AccessDecision decide_unallocated(const Core& core, std::uint16_t encoding, Direction direction);

// MSR DAIFSet and DAIFClr.
AccessDecision decide_interrupt_mask(const Core& core);

// CheckFPAdvSIMDEnabled64 without the trap.
bool fp_simd_access_trapped(const Core& core);

// ISS for EC 0x18 from the instruction word.
std::uint32_t system_access_iss(std::uint32_t word);

// Whether an ICC_* access names the ICV_* register.
bool is_virtual_gic_access(const Core& core, SysReg reg);

}  // namespace armature::cpu
