// The fields of ESR_EL2 and PSTATE that KCore reads and builds (Arm ARM, ESR_EL2).
#pragma once

#include "hyp/kcore/bit_field.h"

namespace armature::kcore {
namespace syndrome {

using EC = BitField<31, 26>;
using IL = BitField<25, 25>;
enum ExceptionClass : std::uint64_t {
  kUnknown = 0x00,
  kWfx = 0x01,
  kHvc64 = 0x16,
  kSmc64 = 0x17,
  kSystem64 = 0x18,
  kInstructionAbortLower = 0x20,
  kInstructionAbortSame = 0x21,
  kDataAbortLower = 0x24,
  kDataAbortSame = 0x25,
};
// Data aborts and, where it makes sense, instruction aborts.
using ISV = BitField<24, 24>;
using SAS = BitField<23, 22>;
using SSE = BitField<21, 21>;
using SRT = BitField<20, 16>;
using SF = BitField<15, 15>;
using CM = BitField<8, 8>;
using S1PTW = BitField<7, 7>;
using WnR = BitField<6, 6>;
using FaultStatus = BitField<5, 0>;
// FaultStatus[5:2] of faults with a level.
inline constexpr std::uint64_t kTranslationFault = 0b0001, kAccessFlagFault = 0b0010,
                               kPermissionFault = 0b0011;
inline constexpr std::uint64_t kSynchronousExternal = 0b010000;
// HVC and SMC.
using Imm16 = BitField<15, 0>;
// MSR, MRS and System instructions.
using Op0 = BitField<21, 20>;
using Op2 = BitField<19, 17>;
using Op1 = BitField<16, 14>;
using CRn = BitField<13, 10>;
using Rt = BitField<9, 5>;
using CRm = BitField<4, 1>;
using Direction = BitField<0, 0>;  // 1: read

}  // namespace syndrome

namespace pstate {
using M = BitField<4, 0>;
inline constexpr std::uint64_t kAArch32 = 1 << 4;
inline constexpr std::uint64_t kEl1t = 0b00100, kEl1h = 0b00101;
inline constexpr std::uint64_t kDaif = 0b1111 << 6;
}  // namespace pstate

using FIPA = BitField<39, 4>;  // HPFAR_EL2: bits 47:12 of the address

}  // namespace armature::kcore
