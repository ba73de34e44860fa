// The fields of the GIC CPU interface that the core itself looks at.
#pragma once

#include "sim/arch/reg.h"

namespace armature {

struct IccSreTag;  // ICC_SRE_EL1, ICC_SRE_EL2
using IccSre = Reg<IccSreTag>;
namespace icc_sre {
inline constexpr Field<IccSreTag, 3> Enable;  // ICC_SRE_EL2 only
inline constexpr Field<IccSreTag, 2> DIB;
inline constexpr Field<IccSreTag, 1> DFB;
inline constexpr Field<IccSreTag, 0> SRE;
}  // namespace icc_sre

}  // namespace armature
