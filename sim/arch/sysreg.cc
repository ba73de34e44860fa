#include "sim/arch/sysreg.h"

#include <array>

namespace armature {
namespace {

constexpr std::uint8_t NA = kNoElMayAccess;

constexpr std::array<SysRegInfo, kSysRegs> kTable{{
#define SYSREG(name, op0, op1, crn, crm, op2, access, read_el, write_el, trap, writable, rule, \
               reset, title)                                                                   \
  {SysReg::name,                                                                               \
   #name,                                                                                      \
   sysreg_encoding(op0, op1, crn, crm, op2),                                                   \
   SysRegAccess::access,                                                                       \
   read_el,                                                                                    \
   write_el,                                                                                   \
   TrapGroup::trap,                                                                            \
   writable,                                                                                   \
   ResetRule::rule,                                                                            \
   reset,                                                                                      \
   title},
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

std::string_view trap_group_name(TrapGroup group) {
  constexpr std::array<std::string_view, static_cast<unsigned>(TrapGroup::absent) + 1> names{
      "",
      "HCR_EL2.TID1",
      "HCR_EL2.TID2",
      "HCR_EL2.TID3",
      "SCTLR_EL1.UCT, HCR_EL2.TID2",
      "HCR_EL2.{TVM, TRVM}",
      "HCR_EL2.TACR",
      "HCR_EL2.TIDCP",
      "CPTR_EL2.TCPAC",
      "CPACR_EL1.FPEN, CPTR_EL2.TFP",
      "SCTLR_EL1.UMA",
      "UNDEFINED while selected",
      "only of the highest EL",
      "CNTKCTL_EL1.EL0PCTEN, CNTHCTL_EL2.EL1PCTEN",
      "CNTKCTL_EL1.EL0VCTEN",
      "CNTKCTL_EL1.{EL0PCTEN, EL0VCTEN}",
      "CNTKCTL_EL1.EL0PTEN, CNTHCTL_EL2.EL1PCEN",
      "CNTKCTL_EL1.EL0VTEN",
      "PMUSERENR_EL0.EN, MDCR_EL2.TPM",
      "PMUSERENR_EL0.EN, MDCR_EL2.{TPM, TPMCR}",
      "PMUSERENR_EL0.{EN, CR}, MDCR_EL2.TPM",
      "PMUSERENR_EL0.{EN, ER}, MDCR_EL2.TPM",
      "PMUSERENR_EL0.{EN, ER}, MDCR_EL2.TPM",
      "PMUSERENR_EL0.{EN, SW}, MDCR_EL2.TPM",
      "MDCR_EL2.TPM",
      "MDCR_EL2.TDA",
      "MDCR_EL2.TDOSA",
      "MDCR_EL2.TDRA",
      "MDSCR_EL1.TDCC, MDCR_EL2.TDA",
      "ICH_HCR_EL2.{TALL0, TC}",
      "ICH_HCR_EL2.{TALL1, TC}",
      "ICH_HCR_EL2.{TC, TDIR}",
      "ICH_HCR_EL2.TC, HCR_EL2.{FMO, IMO}",
      "as many as there are",
      "UNDEFINED here"};
  return names[static_cast<unsigned>(group)];
}

}  // namespace armature
