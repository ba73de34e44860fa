// Identification: MPIDR_EL1, CTR_EL0, CLIDR_EL1, CCSIDR_EL1, CSSELR_EL1, DCZID_EL0, ID_AA64*.
#pragma once

#include "sim/arch/reg.h"

namespace armature {

struct MpidrTag;
using Mpidr = Reg<MpidrTag>;
namespace mpidr {
inline constexpr Field<MpidrTag, 39, 32> Aff3;
inline constexpr Field<MpidrTag, 31> RES1;
inline constexpr Field<MpidrTag, 30> U;
inline constexpr Field<MpidrTag, 24> MT;
inline constexpr Field<MpidrTag, 23, 16> Aff2;
inline constexpr Field<MpidrTag, 15, 8> Aff1;
inline constexpr Field<MpidrTag, 7, 0> Aff0;
}  // namespace mpidr

struct CtrTag;
using Ctr = Reg<CtrTag>;
namespace ctr {
inline constexpr Field<CtrTag, 27, 24> CWG;
inline constexpr Field<CtrTag, 23, 20> ERG;
inline constexpr Field<CtrTag, 19, 16> DminLine;
inline constexpr Field<CtrTag, 15, 14> L1Ip;
inline constexpr Field<CtrTag, 3, 0> IminLine;
}  // namespace ctr

struct ClidrTag;
using Clidr = Reg<ClidrTag>;
namespace clidr {
inline constexpr Field<ClidrTag, 29, 27> LoUU;
inline constexpr Field<ClidrTag, 26, 24> LoC;
inline constexpr Field<ClidrTag, 23, 21> LoUIS;
inline constexpr Field<ClidrTag, 5, 3> Ctype2;
inline constexpr Field<ClidrTag, 2, 0> Ctype1;
}  // namespace clidr

struct CcsidrTag;
using Ccsidr = Reg<CcsidrTag>;
namespace ccsidr {
inline constexpr Field<CcsidrTag, 27, 13> NumSets;
inline constexpr Field<CcsidrTag, 12, 3> Associativity;
inline constexpr Field<CcsidrTag, 2, 0> LineSize;
}  // namespace ccsidr

struct CsselrTag;
using Csselr = Reg<CsselrTag>;
namespace csselr {
inline constexpr Field<CsselrTag, 3, 1> Level;
inline constexpr Field<CsselrTag, 0> InD;
}  // namespace csselr

struct DczidTag;
using Dczid = Reg<DczidTag>;
namespace dczid {
inline constexpr Field<DczidTag, 4> DZP;
inline constexpr Field<DczidTag, 3, 0> BS;
}  // namespace dczid

struct IdAa64pfr0Tag;
using IdAa64pfr0 = Reg<IdAa64pfr0Tag>;
namespace id_aa64pfr0 {
inline constexpr Field<IdAa64pfr0Tag, 27, 24> GIC;
inline constexpr Field<IdAa64pfr0Tag, 23, 20> AdvSIMD;
inline constexpr Field<IdAa64pfr0Tag, 19, 16> FP;
inline constexpr Field<IdAa64pfr0Tag, 15, 12> EL3;
inline constexpr Field<IdAa64pfr0Tag, 11, 8> EL2;
inline constexpr Field<IdAa64pfr0Tag, 7, 4> EL1;
inline constexpr Field<IdAa64pfr0Tag, 3, 0> EL0;
}  // namespace id_aa64pfr0

struct IdAa64mmfr0Tag;
using IdAa64mmfr0 = Reg<IdAa64mmfr0Tag>;
namespace id_aa64mmfr0 {
inline constexpr Field<IdAa64mmfr0Tag, 31, 28> TGran4;
inline constexpr Field<IdAa64mmfr0Tag, 27, 24> TGran64;
inline constexpr Field<IdAa64mmfr0Tag, 23, 20> TGran16;
inline constexpr Field<IdAa64mmfr0Tag, 19, 16> BigEndEL0;
inline constexpr Field<IdAa64mmfr0Tag, 15, 12> SNSMem;
inline constexpr Field<IdAa64mmfr0Tag, 11, 8> BigEnd;
inline constexpr Field<IdAa64mmfr0Tag, 7, 4> ASIDBits;
inline constexpr Field<IdAa64mmfr0Tag, 3, 0> PARange;
}  // namespace id_aa64mmfr0

struct IdAa64dfr0Tag;
using IdAa64dfr0 = Reg<IdAa64dfr0Tag>;
namespace id_aa64dfr0 {
inline constexpr Field<IdAa64dfr0Tag, 31, 28> CTX_CMPs;
inline constexpr Field<IdAa64dfr0Tag, 23, 20> WRPs;
inline constexpr Field<IdAa64dfr0Tag, 15, 12> BRPs;
inline constexpr Field<IdAa64dfr0Tag, 11, 8> PMUVer;
inline constexpr Field<IdAa64dfr0Tag, 7, 4> TraceVer;
inline constexpr Field<IdAa64dfr0Tag, 3, 0> DebugVer;
}  // namespace id_aa64dfr0

}  // namespace armature
