// The system registers as one table: names and encodings from sysregs.def.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace armature {

enum class SysReg : std::uint16_t {
#define SYSREG(name, op0, op1, crn, crm, op2, access, title) name,
#include "sim/arch/sysregs.def"
#undef SYSREG
  count
};
inline constexpr unsigned kSysRegs = static_cast<unsigned>(SysReg::count);

enum class SysRegAccess : std::uint8_t { RO, RW, WO };

// op0:op1:CRn:CRm:op2 packed as in bits 20..5 of MRS/MSR (op0 with both bits: 2 or 3).
constexpr std::uint16_t sysreg_encoding(unsigned op0, unsigned op1, unsigned crn, unsigned crm,
                                        unsigned op2) {
  return static_cast<std::uint16_t>(op0 << 14 | op1 << 11 | crn << 7 | crm << 3 | op2);
}

struct SysRegInfo {
  SysReg reg;
  std::string_view name;
  std::uint16_t encoding;
  SysRegAccess access;
  std::string_view title;
};

// All registers in the order of SysReg.
std::span<const SysRegInfo> sysreg_table();
const SysRegInfo& sysreg_info(SysReg reg);
std::optional<SysReg> find_sysreg(std::uint16_t encoding);
std::optional<SysReg> find_sysreg(std::string_view name);

}  // namespace armature
