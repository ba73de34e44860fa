// The system registers as one table: names, encodings and rules from sysregs.def.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace armature {

enum class SysReg : std::uint16_t {
#define SYSREG(name, op0, op1, crn, crm, op2, access, read_el, write_el, trap, writable, rule, \
               reset, title)                                                                   \
  name,
#include "sim/arch/sysregs.def"
#undef SYSREG
  count
};
inline constexpr unsigned kSysRegs = static_cast<unsigned>(SysReg::count);

enum class SysRegAccess : std::uint8_t { RO, RW, WO };

// Which configurable controls decide on an access that the Exception level allows.
enum class TrapGroup : std::uint8_t {
  none,
  id1,                    // HCR_EL2.TID1
  id2,                    // HCR_EL2.TID2
  id3,                    // HCR_EL2.TID3
  cache_type,             // SCTLR_EL1.UCT, HCR_EL2.TID2
  virtual_memory,         // HCR_EL2.{TVM, TRVM}
  auxiliary_control,      // HCR_EL2.TACR
  implementation_defined, // HCR_EL2.TIDCP
  architectural_feature,  // CPTR_EL2.TCPAC
  floating_point,         // CPACR_EL1.FPEN, CPTR_EL2.TFP
  interrupt_mask,         // SCTLR_EL1.UMA
  stack_pointer,          // UNDEFINED while it is the selected stack pointer
  reset_vector,           // only of the highest implemented Exception level
  counter_physical,       // CNTKCTL_EL1.EL0PCTEN, CNTHCTL_EL2.EL1PCTEN
  counter_virtual,        // CNTKCTL_EL1.EL0VCTEN
  counter_frequency,      // CNTKCTL_EL1.{EL0PCTEN, EL0VCTEN}; written at the highest EL
  timer_physical,         // CNTKCTL_EL1.EL0PTEN, CNTHCTL_EL2.EL1PCEN
  timer_virtual,          // CNTKCTL_EL1.EL0VTEN
  pmu,                    // PMUSERENR_EL0.EN, MDCR_EL2.TPM
  pmu_control,            // and MDCR_EL2.TPMCR
  pmu_cycle,              // and PMUSERENR_EL0.CR for reads
  pmu_event,              // and PMUSERENR_EL0.ER for reads
  pmu_select,             // and PMUSERENR_EL0.ER
  pmu_software,           // and PMUSERENR_EL0.SW
  pmu_user,               // MDCR_EL2.TPM
  debug,                  // MDCR_EL2.TDA
  debug_os,               // MDCR_EL2.TDOSA
  debug_rom,              // MDCR_EL2.TDRA
  debug_channel,          // MDSCR_EL1.TDCC, MDCR_EL2.TDA
  gic_group0,             // ICH_HCR_EL2.{TALL0, TC}; HCR_EL2.FMO redirects
  gic_group1,             // ICH_HCR_EL2.{TALL1, TC}; HCR_EL2.IMO redirects
  gic_common,             // ICH_HCR_EL2.{TC, TDIR}; either redirects
  gic_sgi,                // ICH_HCR_EL2.TC, HCR_EL2.{FMO, IMO} trap
  gic_list,               // only as many as there are List registers
  absent,                 // named, but not in an AArch64-only PE without EL3 and external debug
};
std::string_view trap_group_name(TrapGroup group);

// Where the value after reset comes from.
enum class ResetRule : std::uint8_t {
  fixed,     // the `reset` column
  preset,    // the CPU preset, the core's number or the configuration
  unknown,   // architecturally UNKNOWN; 0 here
  computed,  // no storage of its own: PSTATE, counters, views of other registers, the GIC
};

inline constexpr std::uint8_t kNoElMayAccess = 4;

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
  std::uint8_t read_el, write_el;  // lowest Exception level, kNoElMayAccess: none
  TrapGroup trap;
  std::uint64_t writable;
  ResetRule rule;
  std::uint64_t reset;
  std::string_view title;
};

// All registers in the order of SysReg.
std::span<const SysRegInfo> sysreg_table();
const SysRegInfo& sysreg_info(SysReg reg);
std::optional<SysReg> find_sysreg(std::uint16_t encoding);
std::optional<SysReg> find_sysreg(std::string_view name);

}  // namespace armature
