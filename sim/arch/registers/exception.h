// Exception registers: SPSR_ELx, ESR_ELx and the ISS encodings, HPFAR_EL2, ISR_EL1.
#pragma once

#include "sim/arch/reg.h"

namespace armature {

struct SpsrTag;
using Spsr = Reg<SpsrTag>;
namespace spsr {  // from AArch64 state
inline constexpr Field<SpsrTag, 31, 28> NZCV;
inline constexpr Field<SpsrTag, 21> SS;
inline constexpr Field<SpsrTag, 20> IL;
inline constexpr Field<SpsrTag, 9, 6> DAIF;
inline constexpr Field<SpsrTag, 9> D;
inline constexpr Field<SpsrTag, 8> A;
inline constexpr Field<SpsrTag, 7> I;
inline constexpr Field<SpsrTag, 6> F;
inline constexpr Field<SpsrTag, 4> nRW;  // M[4]: AArch32
inline constexpr Field<SpsrTag, 3, 0> M;
inline constexpr Field<SpsrTag, 3, 2> EL;  // M[3:2]
inline constexpr Field<SpsrTag, 0> SP;     // M[0]
}  // namespace spsr

struct EsrTag;
using Esr = Reg<EsrTag>;
namespace esr {
inline constexpr Field<EsrTag, 31, 26> EC;
inline constexpr Field<EsrTag, 25> IL;
inline constexpr Field<EsrTag, 24, 0> ISS;
}  // namespace esr

// ISS of EC 0x18: trapped MSR, MRS or System instruction.
struct IssSystemTag;
using IssSystem = Reg<IssSystemTag>;
namespace iss_system {
inline constexpr Field<IssSystemTag, 21, 20> Op0;
inline constexpr Field<IssSystemTag, 19, 17> Op2;
inline constexpr Field<IssSystemTag, 16, 14> Op1;
inline constexpr Field<IssSystemTag, 13, 10> CRn;
inline constexpr Field<IssSystemTag, 9, 5> Rt;
inline constexpr Field<IssSystemTag, 4, 1> CRm;
inline constexpr Field<IssSystemTag, 0> Direction;  // 1: read (MRS, SYSL)
}  // namespace iss_system

// ISS of EC 0x20, 0x21, 0x24, 0x25: Instruction and Data Aborts.
struct IssAbortTag;
using IssAbort = Reg<IssAbortTag>;
namespace iss_abort {
inline constexpr Field<IssAbortTag, 24> ISV;
inline constexpr Field<IssAbortTag, 23, 22> SAS;
inline constexpr Field<IssAbortTag, 21> SSE;
inline constexpr Field<IssAbortTag, 20, 16> SRT;
inline constexpr Field<IssAbortTag, 15> SF;
inline constexpr Field<IssAbortTag, 14> AR;
inline constexpr Field<IssAbortTag, 10> FnV;
inline constexpr Field<IssAbortTag, 9> EA;
inline constexpr Field<IssAbortTag, 8> CM;
inline constexpr Field<IssAbortTag, 7> S1PTW;
inline constexpr Field<IssAbortTag, 6> WnR;
inline constexpr Field<IssAbortTag, 5, 0> FSC;  // IFSC, DFSC
}  // namespace iss_abort

// ISS of EC 0x01: trapped WFI or WFE.
struct IssWfxTag;
using IssWfx = Reg<IssWfxTag>;
namespace iss_wfx {
inline constexpr Field<IssWfxTag, 24> CV;
inline constexpr Field<IssWfxTag, 23, 20> COND;
inline constexpr Field<IssWfxTag, 0> TI;  // 0 WFI, 1 WFE
}  // namespace iss_wfx

// ISS of EC 0x32, 0x33: Software Step.
struct IssStepTag;
using IssStep = Reg<IssStepTag>;
namespace iss_step {
inline constexpr Field<IssStepTag, 24> ISV;
inline constexpr Field<IssStepTag, 6> EX;
inline constexpr Field<IssStepTag, 5, 0> IFSC;
}  // namespace iss_step

struct HpfarEl2Tag;
using HpfarEl2 = Reg<HpfarEl2Tag>;
namespace hpfar_el2 {
inline constexpr Field<HpfarEl2Tag, 39, 4> FIPA;  // IPA bits 47:12
}  // namespace hpfar_el2

struct IsrEl1Tag;
using IsrEl1 = Reg<IsrEl1Tag>;
namespace isr_el1 {
inline constexpr Field<IsrEl1Tag, 8> A;
inline constexpr Field<IsrEl1Tag, 7> I;
inline constexpr Field<IsrEl1Tag, 6> F;
}  // namespace isr_el1

}  // namespace armature
