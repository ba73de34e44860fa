// Control registers: SCTLR_EL1, SCTLR_EL2, HCR_EL2, CPACR_EL1, CPTR_EL2 (D17.2 General system
// control registers). Fields of Armv8.0, bits high to low as the manual prints them.
#pragma once

#include "sim/arch/reg.h"

namespace armature {

struct SctlrTag;
using Sctlr = Reg<SctlrTag>;

namespace sctlr {  // the same in SCTLR_EL1 and SCTLR_EL2
inline constexpr Field<SctlrTag, 25> EE;
inline constexpr Field<SctlrTag, 19> WXN;
inline constexpr Field<SctlrTag, 12> I;
inline constexpr Field<SctlrTag, 3> SA;
inline constexpr Field<SctlrTag, 2> C;
inline constexpr Field<SctlrTag, 1> A;
inline constexpr Field<SctlrTag, 0> M;
}  // namespace sctlr

namespace sctlr_el1 {
using namespace sctlr;
inline constexpr Field<SctlrTag, 26> UCI;
inline constexpr Field<SctlrTag, 24> E0E;
inline constexpr Field<SctlrTag, 18> nTWE;
inline constexpr Field<SctlrTag, 16> nTWI;
inline constexpr Field<SctlrTag, 15> UCT;
inline constexpr Field<SctlrTag, 14> DZE;
inline constexpr Field<SctlrTag, 9> UMA;
inline constexpr Field<SctlrTag, 8> SED;
inline constexpr Field<SctlrTag, 7> ITD;
inline constexpr Field<SctlrTag, 5> CP15BEN;
inline constexpr Field<SctlrTag, 4> SA0;
}  // namespace sctlr_el1

namespace sctlr_el2 {
using namespace sctlr;
}  // namespace sctlr_el2

struct HcrEl2Tag;
using HcrEl2 = Reg<HcrEl2Tag>;
namespace hcr_el2 {
inline constexpr Field<HcrEl2Tag, 34> E2H;  // RES0 in Armv8.0
inline constexpr Field<HcrEl2Tag, 33> ID;
inline constexpr Field<HcrEl2Tag, 32> CD;
inline constexpr Field<HcrEl2Tag, 31> RW;
inline constexpr Field<HcrEl2Tag, 30> TRVM;
inline constexpr Field<HcrEl2Tag, 29> HCD;
inline constexpr Field<HcrEl2Tag, 28> TDZ;
inline constexpr Field<HcrEl2Tag, 27> TGE;
inline constexpr Field<HcrEl2Tag, 26> TVM;
inline constexpr Field<HcrEl2Tag, 25> TTLB;
inline constexpr Field<HcrEl2Tag, 24> TPU;
inline constexpr Field<HcrEl2Tag, 23> TPC;
inline constexpr Field<HcrEl2Tag, 22> TSW;
inline constexpr Field<HcrEl2Tag, 21> TACR;
inline constexpr Field<HcrEl2Tag, 20> TIDCP;
inline constexpr Field<HcrEl2Tag, 19> TSC;
inline constexpr Field<HcrEl2Tag, 18> TID3;
inline constexpr Field<HcrEl2Tag, 17> TID2;
inline constexpr Field<HcrEl2Tag, 16> TID1;
inline constexpr Field<HcrEl2Tag, 15> TID0;
inline constexpr Field<HcrEl2Tag, 14> TWE;
inline constexpr Field<HcrEl2Tag, 13> TWI;
inline constexpr Field<HcrEl2Tag, 12> DC;
inline constexpr Field<HcrEl2Tag, 11, 10> BSU;
inline constexpr Field<HcrEl2Tag, 9> FB;
inline constexpr Field<HcrEl2Tag, 8> VSE;
inline constexpr Field<HcrEl2Tag, 7> VI;
inline constexpr Field<HcrEl2Tag, 6> VF;
inline constexpr Field<HcrEl2Tag, 5> AMO;
inline constexpr Field<HcrEl2Tag, 4> IMO;
inline constexpr Field<HcrEl2Tag, 3> FMO;
inline constexpr Field<HcrEl2Tag, 2> PTW;
inline constexpr Field<HcrEl2Tag, 1> SWIO;
inline constexpr Field<HcrEl2Tag, 0> VM;
}  // namespace hcr_el2

struct CpacrEl1Tag;
using CpacrEl1 = Reg<CpacrEl1Tag>;
namespace cpacr_el1 {
inline constexpr Field<CpacrEl1Tag, 28> TTA;  // RES0: no trace registers
// 0b00, 0b10: EL1 and EL0 trap; 0b01: EL0 traps; 0b11: no trap.
inline constexpr Field<CpacrEl1Tag, 21, 20> FPEN;
}  // namespace cpacr_el1

struct CptrEl2Tag;
using CptrEl2 = Reg<CptrEl2Tag>;
namespace cptr_el2 {
inline constexpr Field<CptrEl2Tag, 31> TCPAC;
inline constexpr Field<CptrEl2Tag, 20> TTA;  // RES0: no trace registers
inline constexpr Field<CptrEl2Tag, 10> TFP;
}  // namespace cptr_el2

}  // namespace armature
