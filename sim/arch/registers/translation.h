// Translation control: TCR_EL1, TCR_EL2, VTCR_EL2, TTBRn_ELx, VTTBR_EL2, PAR_EL1.
#pragma once

#include "sim/arch/reg.h"

namespace armature {

struct TcrTag;
using Tcr = Reg<TcrTag>;

namespace tcr {                              // the TTBR0 half: the same in TCR_EL1 and TCR_EL2
inline constexpr Field<TcrTag, 15, 14> TG0;  // 0b00 4 KiB, 0b01 64 KiB, 0b10 16 KiB
inline constexpr Field<TcrTag, 13, 12> SH0;
inline constexpr Field<TcrTag, 11, 10> ORGN0;
inline constexpr Field<TcrTag, 9, 8> IRGN0;
inline constexpr Field<TcrTag, 5, 0> T0SZ;
}  // namespace tcr

namespace tcr_el1 {
using namespace tcr;
inline constexpr Field<TcrTag, 38> TBI1;
inline constexpr Field<TcrTag, 37> TBI0;
inline constexpr Field<TcrTag, 36> AS;
inline constexpr Field<TcrTag, 34, 32> IPS;
inline constexpr Field<TcrTag, 31, 30> TG1;  // 0b01 16 KiB, 0b10 4 KiB, 0b11 64 KiB
inline constexpr Field<TcrTag, 29, 28> SH1;
inline constexpr Field<TcrTag, 27, 26> ORGN1;
inline constexpr Field<TcrTag, 25, 24> IRGN1;
inline constexpr Field<TcrTag, 23> EPD1;
inline constexpr Field<TcrTag, 22> A1;
inline constexpr Field<TcrTag, 21, 16> T1SZ;
inline constexpr Field<TcrTag, 7> EPD0;
}  // namespace tcr_el1

namespace tcr_el2 {
using namespace tcr;
inline constexpr Field<TcrTag, 20> TBI;
inline constexpr Field<TcrTag, 18, 16> PS;
}  // namespace tcr_el2

struct VtcrEl2Tag;
using VtcrEl2 = Reg<VtcrEl2Tag>;
namespace vtcr_el2 {
inline constexpr Field<VtcrEl2Tag, 19> VS;  // RES0: 8-bit VMID
inline constexpr Field<VtcrEl2Tag, 18, 16> PS;
inline constexpr Field<VtcrEl2Tag, 15, 14> TG0;
inline constexpr Field<VtcrEl2Tag, 13, 12> SH0;
inline constexpr Field<VtcrEl2Tag, 11, 10> ORGN0;
inline constexpr Field<VtcrEl2Tag, 9, 8> IRGN0;
inline constexpr Field<VtcrEl2Tag, 7, 6> SL0;
inline constexpr Field<VtcrEl2Tag, 5, 0> T0SZ;
}  // namespace vtcr_el2

struct TtbrTag;
using Ttbr = Reg<TtbrTag>;
namespace ttbr {  // TTBR0_EL1, TTBR1_EL1; TTBR0_EL2 has no ASID
inline constexpr Field<TtbrTag, 63, 48> ASID;
inline constexpr Field<TtbrTag, 47, 1> BADDR;  // address bits 47:1; the low ones are RES0 by TxSZ
}  // namespace ttbr

struct VttbrEl2Tag;
using VttbrEl2 = Reg<VttbrEl2Tag>;
namespace vttbr_el2 {
inline constexpr Field<VttbrEl2Tag, 55, 48> VMID;  // Armv8.0: 8 bits
inline constexpr Field<VttbrEl2Tag, 47, 1> BADDR;
}  // namespace vttbr_el2

struct ParEl1Tag;
using ParEl1 = Reg<ParEl1Tag>;
namespace par_el1 {
inline constexpr Field<ParEl1Tag, 63, 56> ATTR;  // F = 0
inline constexpr Field<ParEl1Tag, 47, 12> PA;
inline constexpr Field<ParEl1Tag, 9> NS;
inline constexpr Field<ParEl1Tag, 8, 7> SH;
inline constexpr Field<ParEl1Tag, 9> S;       // F = 1: the fault is a stage 2 fault
inline constexpr Field<ParEl1Tag, 8> PTW;     // F = 1
inline constexpr Field<ParEl1Tag, 6, 1> FST;  // F = 1
inline constexpr Field<ParEl1Tag, 0> F;
}  // namespace par_el1

}  // namespace armature
