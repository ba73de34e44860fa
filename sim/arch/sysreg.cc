#include "sim/arch/sysreg.h"

#include <array>

namespace armature {
namespace {

constexpr SysRegAccess RO = SysRegAccess::RO;
constexpr SysRegAccess RW = SysRegAccess::RW;
constexpr SysRegAccess WO = SysRegAccess::WO;

constexpr std::array<SysRegInfo, kSysRegs> kTable{{
#define SYSREG(name, op0, op1, crn, crm, op2, access, title) \
  {SysReg::name, #name, sysreg_encoding(op0, op1, crn, crm, op2), access, title},
#include "sim/arch/sysregs.def"
#undef SYSREG
}};

constexpr std::uint16_t kNone = 0xffff;

constexpr auto kByEncoding = [] {
  std::array<std::uint16_t, 1 << 16> index{};
  index.fill(kNone);
  for (std::uint16_t i = 0; i < kSysRegs; ++i) index[kTable[i].encoding] = i;
  return index;
}();

}  // namespace

std::span<const SysRegInfo> sysreg_table() { return kTable; }
const SysRegInfo& sysreg_info(SysReg reg) { return kTable[static_cast<unsigned>(reg)]; }

std::optional<SysReg> find_sysreg(std::uint16_t encoding) {
  const std::uint16_t index = kByEncoding[encoding];
  if (index == kNone) return std::nullopt;
  return static_cast<SysReg>(index);
}

std::optional<SysReg> find_sysreg(std::string_view name) {
  for (const auto& info : kTable) {
    if (info.name == name) return info.reg;
  }
  return std::nullopt;
}

}  // namespace armature
