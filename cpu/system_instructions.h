// The SYS space of Armv8.0 as one table: cache maintenance, address translation, TLB maintenance.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "cpu/system_ops.h"
#include "sim/arch/sysreg.h"
#include "tlb/tlbi.h"

namespace armature::cpu {

enum class SystemGroup : std::uint8_t { dc, ic, at, tlbi };

enum class AtOp : std::uint8_t {
  s1e1r,
  s1e1w,
  s1e0r,
  s1e0w,
  s1e2r,
  s1e2w,
  s12e1r,
  s12e1w,
  s12e0r,
  s12e0w
};

struct SystemInstruction {
  std::string_view name;
  std::uint16_t encoding;  // sysreg_encoding(1, op1, CRn, CRm, op2)
  SystemGroup group;
  std::uint8_t op;               // CacheOp, AtOp or tlb::TlbiOp
  std::uint8_t lowest_el;        // UNDEFINED below it
  bool inner_shareable = false;  // TLBI ...IS
};

std::span<const SystemInstruction> system_instructions();
// nullptr: not allocated.
const SystemInstruction* find_system_instruction(std::uint16_t encoding);

}  // namespace armature::cpu
