// Generic Timer: CNTHCTL_EL2, CNTKCTL_EL1 and the control register of each timer.
#pragma once

#include "sim/arch/reg.h"

namespace armature {

struct CnthctlEl2Tag;
using CnthctlEl2 = Reg<CnthctlEl2Tag>;
namespace cnthctl_el2 {  // HCR_EL2.E2H = 0
inline constexpr Field<CnthctlEl2Tag, 7, 4> EVNTI;
inline constexpr Field<CnthctlEl2Tag, 3> EVNTDIR;
inline constexpr Field<CnthctlEl2Tag, 2> EVNTEN;
inline constexpr Field<CnthctlEl2Tag, 1> EL1PCEN;
inline constexpr Field<CnthctlEl2Tag, 0> EL1PCTEN;
}  // namespace cnthctl_el2

struct CntkctlEl1Tag;
using CntkctlEl1 = Reg<CntkctlEl1Tag>;
namespace cntkctl_el1 {
inline constexpr Field<CntkctlEl1Tag, 9> EL0PTEN;
inline constexpr Field<CntkctlEl1Tag, 8> EL0VTEN;
inline constexpr Field<CntkctlEl1Tag, 7, 4> EVNTI;
inline constexpr Field<CntkctlEl1Tag, 3> EVNTDIR;
inline constexpr Field<CntkctlEl1Tag, 2> EVNTEN;
inline constexpr Field<CntkctlEl1Tag, 1> EL0VCTEN;
inline constexpr Field<CntkctlEl1Tag, 0> EL0PCTEN;
}  // namespace cntkctl_el1

struct CntCtlTag;  // CNTP_CTL_EL0, CNTV_CTL_EL0, CNTHP_CTL_EL2
using CntCtl = Reg<CntCtlTag>;
namespace cnt_ctl {
inline constexpr Field<CntCtlTag, 2> ISTATUS;
inline constexpr Field<CntCtlTag, 1> IMASK;
inline constexpr Field<CntCtlTag, 0> ENABLE;
}  // namespace cnt_ctl

}  // namespace armature
