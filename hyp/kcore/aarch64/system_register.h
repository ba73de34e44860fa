// MRS and MSR by name, and the fields of the registers that KCore sets (Arm ARM, AArch64 System
// register descriptions). The simulator has definitions of its own: a mistake shared would hide.
#pragma once

#include "hyp/kcore/bit_field.h"

#define KCORE_READ_REGISTER(name)                  \
  ([] {                                            \
    std::uint64_t value_;                          \
    asm volatile("mrs %0, " #name : "=r"(value_)); \
    return value_;                                 \
  }())
#define KCORE_WRITE_REGISTER(name, value) \
  asm volatile("msr " #name ", %0" ::"r"(static_cast<std::uint64_t>(value)) : "memory")

namespace armature::kcore::aarch64 {

constexpr std::uint64_t bit(unsigned n) { return std::uint64_t{1} << n; }

namespace hcr_el2 {
inline constexpr std::uint64_t VM = bit(0);    // stage 2 on
inline constexpr std::uint64_t SWIO = bit(1);  // set/way invalidation also cleans
inline constexpr std::uint64_t FMO = bit(3);   // FIQs to EL2, virtual ones to EL1
inline constexpr std::uint64_t IMO = bit(4);   // the same for IRQs
inline constexpr std::uint64_t AMO = bit(5);   // SErrors to EL2
inline constexpr std::uint64_t FB = bit(9);    // TLB and instruction cache maintenance is broadcast
inline constexpr std::uint64_t BSU_IS = bit(10);  // barriers reach the inner shareable domain
// To EL2:
inline constexpr std::uint64_t TWI = bit(13);    // WFI
inline constexpr std::uint64_t TWE = bit(14);    // WFE
inline constexpr std::uint64_t TID3 = bit(18);   // identification registers
inline constexpr std::uint64_t TSC = bit(19);    // SMC
inline constexpr std::uint64_t TIDCP = bit(20);  // what is IMPLEMENTATION DEFINED
inline constexpr std::uint64_t TACR = bit(21);   // ACTLR_EL1
inline constexpr std::uint64_t TSW = bit(22);    // cache maintenance by set and way
inline constexpr std::uint64_t TLOR = bit(35);   // LORegions
inline constexpr std::uint64_t RW = bit(31);     // EL1 is AArch64
}  // namespace hcr_el2

namespace vtcr_el2 {
using T0SZ = BitField<5, 0>;
using SL0 = BitField<7, 6>;
using IRGN0 = BitField<9, 8>;
using ORGN0 = BitField<11, 10>;
using SH0 = BitField<13, 12>;
using TG0 = BitField<15, 14>;
using PS = BitField<18, 16>;
inline constexpr std::uint64_t RES1 = bit(31);
}  // namespace vtcr_el2

namespace cnthctl_el2 {
inline constexpr std::uint64_t EL1PCTEN = bit(0);
inline constexpr std::uint64_t EL1PCEN = bit(1);
}  // namespace cnthctl_el2

namespace icc_sre_el2 {
inline constexpr std::uint64_t SRE = bit(0), DFB = bit(1), DIB = bit(2), Enable = bit(3);
}  // namespace icc_sre_el2

namespace cptr_el2 {
inline constexpr std::uint64_t RES1 = 0x33ff;  // no trap bit set
inline constexpr std::uint64_t TTA = bit(20);  // trace
}  // namespace cptr_el2
namespace mdcr_el2 {
inline constexpr std::uint64_t TPMCR = bit(5), TPM = bit(6);                   // PMU
inline constexpr std::uint64_t TDA = bit(9), TDOSA = bit(10), TDRA = bit(11);  // debug registers
}  // namespace mdcr_el2
namespace sctlr_el1 {
inline constexpr std::uint64_t RES1 = 0x30d0'0800;  // MMU and caches off, little-endian
}

namespace id_aa64mmfr0_el1 {
using PARange = BitField<3, 0>;
}
namespace id_aa64mmfr1_el1 {
using LO = BitField<19, 16>;
}
namespace ich_vtr_el2 {
using ListRegs = BitField<4, 0>;
using PREbits = BitField<28, 26>;
}  // namespace ich_vtr_el2
namespace ich_hcr_el2 {
inline constexpr std::uint64_t En = bit(0);
}
namespace vmpidr_el2 {
inline constexpr std::uint64_t RES1 = bit(31);
}
namespace ctr_el0 {
using DminLine = BitField<19, 16>;  // log2 of words
}
namespace id_aa64pfr0_el1 {
using GIC = BitField<27, 24>;
}
namespace pmcr_el0 {
using N = BitField<15, 11>;
}

#define KCORE_LIST_REGISTERS(x) \
  x(0) x(1) x(2) x(3) x(4) x(5) x(6) x(7) x(8) x(9) x(10) x(11) x(12) x(13) x(14) x(15)
#define KCORE_ACTIVE_PRIORITIES(x) x(0) x(1) x(2) x(3)

inline std::uint64_t data_line_bytes() {
  return 4ull << ctr_el0::DminLine::get(KCORE_READ_REGISTER(CTR_EL0));
}

inline bool has_gic_registers() {
  return id_aa64pfr0_el1::GIC::get(KCORE_READ_REGISTER(ID_AA64PFR0_EL1)) != 0;
}

// Only on a core with the GIC's System registers.
inline void enable_gic_registers() {
  KCORE_WRITE_REGISTER(
      ICC_SRE_EL2, icc_sre_el2::SRE | icc_sre_el2::DFB | icc_sre_el2::DIB | icc_sre_el2::Enable);
  asm volatile("isb");  // SRE decides whether the next access exists
}

}  // namespace armature::kcore::aarch64
