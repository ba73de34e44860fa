// Performance Monitors: PMCR_EL0, PMEVTYPERn_EL0, PMCCFILTR_EL0, PMUSERENR_EL0, PMSELR_EL0.
#pragma once

#include "sim/arch/reg.h"

namespace armature {

struct PmcrTag;
using Pmcr = Reg<PmcrTag>;
namespace pmcr {
inline constexpr Field<PmcrTag, 31, 24> IMP;
inline constexpr Field<PmcrTag, 23, 16> IDCODE;
inline constexpr Field<PmcrTag, 15, 11> N;
inline constexpr Field<PmcrTag, 6> LC;
inline constexpr Field<PmcrTag, 5> DP;
inline constexpr Field<PmcrTag, 4> X;
inline constexpr Field<PmcrTag, 3> D;
inline constexpr Field<PmcrTag, 2> C;
inline constexpr Field<PmcrTag, 1> P;
inline constexpr Field<PmcrTag, 0> E;
}  // namespace pmcr

struct PmevtyperTag;  // PMEVTYPERn_EL0; PMCCFILTR_EL0 has the same filter bits
using Pmevtyper = Reg<PmevtyperTag>;
namespace pmevtyper {
inline constexpr Field<PmevtyperTag, 31> P;
inline constexpr Field<PmevtyperTag, 30> U;
inline constexpr Field<PmevtyperTag, 29> NSK;
inline constexpr Field<PmevtyperTag, 28> NSU;
inline constexpr Field<PmevtyperTag, 27> NSH;
inline constexpr Field<PmevtyperTag, 26> M;
inline constexpr Field<PmevtyperTag, 9, 0> evtCount;
}  // namespace pmevtyper

struct PmuserenrTag;
using Pmuserenr = Reg<PmuserenrTag>;
namespace pmuserenr {
inline constexpr Field<PmuserenrTag, 3> ER;
inline constexpr Field<PmuserenrTag, 2> CR;
inline constexpr Field<PmuserenrTag, 1> SW;
inline constexpr Field<PmuserenrTag, 0> EN;
}  // namespace pmuserenr

struct PmselrTag;
using Pmselr = Reg<PmselrTag>;
namespace pmselr {
inline constexpr Field<PmselrTag, 4, 0> SEL;
}  // namespace pmselr

}  // namespace armature
