// Fields of the GICv3 registers, bits high to low as the GIC Architecture Specification prints them.
#pragma once

#include "sim/arch/reg.h"

namespace armature::platform {

struct GicdCtlrTag;
using GicdCtlr = Reg<GicdCtlrTag>;
namespace gicd_ctlr {
inline constexpr Field<GicdCtlrTag, 6> DS;
inline constexpr Field<GicdCtlrTag, 4> ARE;
inline constexpr Field<GicdCtlrTag, 1> EnableGrp1;
inline constexpr Field<GicdCtlrTag, 0> EnableGrp0;
}  // namespace gicd_ctlr

struct GicdTyperTag;
using GicdTyper = Reg<GicdTyperTag>;
namespace gicd_typer {
inline constexpr Field<GicdTyperTag, 25> No1N;
inline constexpr Field<GicdTyperTag, 24> A3V;
inline constexpr Field<GicdTyperTag, 23, 19> IDbits;
inline constexpr Field<GicdTyperTag, 4, 0> ITLinesNumber;
}  // namespace gicd_typer

struct GicdIrouterTag;
using GicdIrouter = Reg<GicdIrouterTag>;
namespace gicd_irouter {
inline constexpr Field<GicdIrouterTag, 39, 32> Aff3;
inline constexpr Field<GicdIrouterTag, 31> Interrupt_Routing_Mode;
inline constexpr Field<GicdIrouterTag, 23, 16> Aff2;
inline constexpr Field<GicdIrouterTag, 15, 8> Aff1;
inline constexpr Field<GicdIrouterTag, 7, 0> Aff0;
}  // namespace gicd_irouter

struct GicrTyperTag;
using GicrTyper = Reg<GicrTyperTag>;
namespace gicr_typer {
inline constexpr Field<GicrTyperTag, 63, 32> Affinity_Value;
inline constexpr Field<GicrTyperTag, 23, 8> Processor_Number;
inline constexpr Field<GicrTyperTag, 4> Last;
}  // namespace gicr_typer

struct GicrWakerTag;
using GicrWaker = Reg<GicrWakerTag>;
namespace gicr_waker {
inline constexpr Field<GicrWakerTag, 2> ChildrenAsleep;
inline constexpr Field<GicrWakerTag, 1> ProcessorSleep;
// Ours, above the register: nothing is forwarded to the core.
inline constexpr Field<GicrWakerTag, 32> Quiescent;
}  // namespace gicr_waker

// ICC_CTLR_EL1 and ICV_CTLR_EL1
struct IccCtlrTag;
using IccCtlr = Reg<IccCtlrTag>;
namespace icc_ctlr {
inline constexpr Field<IccCtlrTag, 15> A3V;
inline constexpr Field<IccCtlrTag, 13, 11> IDbits;
inline constexpr Field<IccCtlrTag, 10, 8> PRIbits;
inline constexpr Field<IccCtlrTag, 1> EOImode;
inline constexpr Field<IccCtlrTag, 0> CBPR;
}  // namespace icc_ctlr

struct IccSreTag;
using IccSre = Reg<IccSreTag>;
namespace icc_sre {
inline constexpr Field<IccSreTag, 3> Enable;  // ICC_SRE_EL2 only
inline constexpr Field<IccSreTag, 2> DIB;
inline constexpr Field<IccSreTag, 1> DFB;
inline constexpr Field<IccSreTag, 0> SRE;
}  // namespace icc_sre

// ICC_SGI0R_EL1, ICC_SGI1R_EL1, ICC_ASGI1R_EL1
struct IccSgiTag;
using IccSgi = Reg<IccSgiTag>;
namespace icc_sgi {
inline constexpr Field<IccSgiTag, 55, 48> Aff3;
inline constexpr Field<IccSgiTag, 47, 44> RS;
inline constexpr Field<IccSgiTag, 40> IRM;
inline constexpr Field<IccSgiTag, 39, 32> Aff2;
inline constexpr Field<IccSgiTag, 27, 24> INTID;
inline constexpr Field<IccSgiTag, 23, 16> Aff1;
inline constexpr Field<IccSgiTag, 15, 0> TargetList;
}  // namespace icc_sgi

struct IchHcrTag;
using IchHcr = Reg<IchHcrTag>;
namespace ich_hcr {
inline constexpr Field<IchHcrTag, 31, 27> EOIcount;
inline constexpr Field<IchHcrTag, 14> TDIR;
inline constexpr Field<IchHcrTag, 12> TALL1;
inline constexpr Field<IchHcrTag, 11> TALL0;
inline constexpr Field<IchHcrTag, 10> TC;
inline constexpr Field<IchHcrTag, 7> VGrp1DIE;
inline constexpr Field<IchHcrTag, 6> VGrp1EIE;
inline constexpr Field<IchHcrTag, 5> VGrp0DIE;
inline constexpr Field<IchHcrTag, 4> VGrp0EIE;
inline constexpr Field<IchHcrTag, 3> NPIE;
inline constexpr Field<IchHcrTag, 2> LRENPIE;
inline constexpr Field<IchHcrTag, 1> UIE;
inline constexpr Field<IchHcrTag, 0> En;
// CHOICE: ICH_VTR_EL2.SEIS is 0, so TSEI is RES0; no GICv4, so vSGIEOICount and DVIM are RES0.
inline constexpr std::uint64_t kWritable =
    mask(31, 27) | mask(14, 14) | mask(12, 10) | mask(7, 0);
}  // namespace ich_hcr

struct IchVtrTag;
using IchVtr = Reg<IchVtrTag>;
namespace ich_vtr {
inline constexpr Field<IchVtrTag, 31, 29> PRIbits;
inline constexpr Field<IchVtrTag, 28, 26> PREbits;
inline constexpr Field<IchVtrTag, 25, 23> IDbits;
inline constexpr Field<IchVtrTag, 21> A3V;
inline constexpr Field<IchVtrTag, 20> nV4;
inline constexpr Field<IchVtrTag, 19> TDS;
inline constexpr Field<IchVtrTag, 4, 0> ListRegs;
}  // namespace ich_vtr

struct IchMisrTag;
using IchMisr = Reg<IchMisrTag>;
namespace ich_misr {
inline constexpr Field<IchMisrTag, 7> VGrp1D;
inline constexpr Field<IchMisrTag, 6> VGrp1E;
inline constexpr Field<IchMisrTag, 5> VGrp0D;
inline constexpr Field<IchMisrTag, 4> VGrp0E;
inline constexpr Field<IchMisrTag, 3> NP;
inline constexpr Field<IchMisrTag, 2> LRENP;
inline constexpr Field<IchMisrTag, 1> U;
inline constexpr Field<IchMisrTag, 0> EOI;
}  // namespace ich_misr

struct IchVmcrTag;
using IchVmcr = Reg<IchVmcrTag>;
namespace ich_vmcr {
inline constexpr Field<IchVmcrTag, 31, 24> VPMR;
inline constexpr Field<IchVmcrTag, 23, 21> VBPR0;
inline constexpr Field<IchVmcrTag, 20, 18> VBPR1;
inline constexpr Field<IchVmcrTag, 9> VEOIM;
inline constexpr Field<IchVmcrTag, 4> VCBPR;
inline constexpr Field<IchVmcrTag, 3> VFIQEn;
inline constexpr Field<IchVmcrTag, 1> VENG1;
inline constexpr Field<IchVmcrTag, 0> VENG0;
}  // namespace ich_vmcr

struct IchLrTag;
using IchLr = Reg<IchLrTag>;
namespace ich_lr {
inline constexpr Field<IchLrTag, 63, 62> State;
inline constexpr Field<IchLrTag, 63> Active;   // State<1>
inline constexpr Field<IchLrTag, 62> Pending;  // State<0>
inline constexpr Field<IchLrTag, 61> HW;
inline constexpr Field<IchLrTag, 60> Group;
inline constexpr Field<IchLrTag, 55, 48> Priority;
inline constexpr Field<IchLrTag, 41> EOI;      // when HW == 0
inline constexpr Field<IchLrTag, 41, 32> pINTID;
inline constexpr Field<IchLrTag, 31, 0> vINTID;
inline constexpr std::uint64_t kPending = 1;   // a value of State: pending, not active
}  // namespace ich_lr

}  // namespace armature::platform
