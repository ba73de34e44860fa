// Floating-point control and status: FPCR, FPSR (Armv8.0, no FEAT_FP16, no trapped exceptions).
#pragma once

#include "sim/arch/reg.h"

namespace armature {

struct FpcrTag;
using Fpcr = Reg<FpcrTag>;
namespace fpcr {
inline constexpr Field<FpcrTag, 26> AHP;
inline constexpr Field<FpcrTag, 25> DN;
inline constexpr Field<FpcrTag, 24> FZ;
inline constexpr Field<FpcrTag, 23, 22> RMode;
}  // namespace fpcr

struct FpsrTag;
using Fpsr = Reg<FpsrTag>;
namespace fpsr {
inline constexpr Field<FpsrTag, 27> QC;
inline constexpr Field<FpsrTag, 7> IDC;
inline constexpr Field<FpsrTag, 4> IXC;
inline constexpr Field<FpsrTag, 3> UFC;
inline constexpr Field<FpsrTag, 2> OFC;
inline constexpr Field<FpsrTag, 1> DZC;
inline constexpr Field<FpsrTag, 0> IOC;
}  // namespace fpsr

}  // namespace armature
