// Self-hosted debug: MDSCR_EL1, MDCR_EL2, DBGBCRn_EL1, DBGWCRn_EL1, OSLSR_EL1, OSDLR_EL1.
#pragma once

#include "sim/arch/reg.h"

namespace armature {

struct MdscrEl1Tag;
using MdscrEl1 = Reg<MdscrEl1Tag>;
namespace mdscr_el1 {
inline constexpr Field<MdscrEl1Tag, 30> RXfull;
inline constexpr Field<MdscrEl1Tag, 29> TXfull;
inline constexpr Field<MdscrEl1Tag, 27> RXO;
inline constexpr Field<MdscrEl1Tag, 26> TXU;
inline constexpr Field<MdscrEl1Tag, 23, 22> INTdis;
inline constexpr Field<MdscrEl1Tag, 21> TDA;
inline constexpr Field<MdscrEl1Tag, 15> MDE;
inline constexpr Field<MdscrEl1Tag, 14> HDE;
inline constexpr Field<MdscrEl1Tag, 13> KDE;
inline constexpr Field<MdscrEl1Tag, 12> TDCC;
inline constexpr Field<MdscrEl1Tag, 6> ERR;
inline constexpr Field<MdscrEl1Tag, 0> SS;
}  // namespace mdscr_el1

struct MdcrEl2Tag;
using MdcrEl2 = Reg<MdcrEl2Tag>;
namespace mdcr_el2 {
inline constexpr Field<MdcrEl2Tag, 11> TDRA;
inline constexpr Field<MdcrEl2Tag, 10> TDOSA;
inline constexpr Field<MdcrEl2Tag, 9> TDA;
inline constexpr Field<MdcrEl2Tag, 8> TDE;
inline constexpr Field<MdcrEl2Tag, 7> HPME;
inline constexpr Field<MdcrEl2Tag, 6> TPM;
inline constexpr Field<MdcrEl2Tag, 5> TPMCR;
inline constexpr Field<MdcrEl2Tag, 4, 0> HPMN;
}  // namespace mdcr_el2

struct DbgbcrTag;
using Dbgbcr = Reg<DbgbcrTag>;
namespace dbgbcr {
inline constexpr Field<DbgbcrTag, 23, 20> BT;
inline constexpr Field<DbgbcrTag, 19, 16> LBN;
inline constexpr Field<DbgbcrTag, 15, 14> SSC;
inline constexpr Field<DbgbcrTag, 13> HMC;
inline constexpr Field<DbgbcrTag, 8, 5> BAS;
inline constexpr Field<DbgbcrTag, 2, 1> PMC;
inline constexpr Field<DbgbcrTag, 0> E;
}  // namespace dbgbcr

struct DbgwcrTag;
using Dbgwcr = Reg<DbgwcrTag>;
namespace dbgwcr {
inline constexpr Field<DbgwcrTag, 28, 24> MASK;
inline constexpr Field<DbgwcrTag, 20> WT;
inline constexpr Field<DbgwcrTag, 19, 16> LBN;
inline constexpr Field<DbgwcrTag, 15, 14> SSC;
inline constexpr Field<DbgwcrTag, 13> HMC;
inline constexpr Field<DbgwcrTag, 12, 5> BAS;
inline constexpr Field<DbgwcrTag, 4, 3> LSC;
inline constexpr Field<DbgwcrTag, 2, 1> PAC;
inline constexpr Field<DbgwcrTag, 0> E;
}  // namespace dbgwcr

struct OslsrEl1Tag;
using OslsrEl1 = Reg<OslsrEl1Tag>;
namespace oslsr_el1 {
inline constexpr Field<OslsrEl1Tag, 3> OSLM1;  // OSLM = bits {3, 0}: 0b10, OS Lock implemented
inline constexpr Field<OslsrEl1Tag, 2> nTT;
inline constexpr Field<OslsrEl1Tag, 1> OSLK;
inline constexpr Field<OslsrEl1Tag, 0> OSLM0;
}  // namespace oslsr_el1

struct OslarEl1Tag;
using OslarEl1 = Reg<OslarEl1Tag>;
namespace oslar_el1 {
inline constexpr Field<OslarEl1Tag, 0> OSLK;
}  // namespace oslar_el1

struct OsdlrEl1Tag;
using OsdlrEl1 = Reg<OsdlrEl1Tag>;
namespace osdlr_el1 {
inline constexpr Field<OsdlrEl1Tag, 0> DLK;
}  // namespace osdlr_el1

}  // namespace armature
