// A vCPU's registers out of reset, and those that it asks KCore for: the processor that a VM sees.
#include "hyp/kcore/aarch64/system_register.h"
#include "hyp/kcore/core/processor.h"
#include "hyp/kcore/core/syndrome.h"

namespace armature::kcore::arch {
namespace {

using namespace aarch64;

// An instruction's System register, op0:op1:CRn:CRm:op2 as MRS encodes them.
constexpr std::uint32_t encoding(unsigned op0, unsigned op1, unsigned crn, unsigned crm,
                                 unsigned op2) {
  return op0 << 14 | op1 << 11 | crn << 7 | crm << 3 | op2;
}
std::uint32_t encoding_of(std::uint64_t esr) {
  using namespace syndrome;
  return encoding(static_cast<unsigned>(Op0::get(esr)), static_cast<unsigned>(Op1::get(esr)),
                  static_cast<unsigned>(CRn::get(esr)), static_cast<unsigned>(CRm::get(esr)),
                  static_cast<unsigned>(Op2::get(esr)));
}

constexpr std::uint32_t kMdscrEl1 = encoding(2, 0, 0, 2, 2), kOslsrEl1 = encoding(2, 0, 1, 1, 4);
constexpr std::uint32_t kActlrEl1 = encoding(3, 0, 1, 0, 1), kIccSreEl1 = encoding(3, 0, 12, 12, 5);

// What the processor says of itself: ID_AA64*_EL1 and the AArch32 registers, op0 3, op1 0, CRn 0,
// CRm 1..7. Reserved ones read as zero.
// clang-format off
std::uint64_t identification(unsigned crm, unsigned op2) {
#define KCORE_ID(crm, op2) \
  case crm << 3 | op2: return KCORE_READ_REGISTER(S3_0_C0_C##crm##_##op2);
#define KCORE_ID_ROW(crm)                                                     \
  KCORE_ID(crm, 0) KCORE_ID(crm, 1) KCORE_ID(crm, 2) KCORE_ID(crm, 3)         \
  KCORE_ID(crm, 4) KCORE_ID(crm, 5) KCORE_ID(crm, 6) KCORE_ID(crm, 7)
  switch (crm << 3 | op2) {
    KCORE_ID_ROW(1) KCORE_ID_ROW(2) KCORE_ID_ROW(3) KCORE_ID_ROW(4) KCORE_ID_ROW(5)
    KCORE_ID_ROW(6) KCORE_ID_ROW(7)
    default: return 0;
  }
}
// clang-format on

// Hidden from a VM is what KCore neither switches nor emulates: higher Exception levels, SVE, AMU,
// MPAM, MTE, PMU, trace, statistical profiling, pointer authentication, nested virtualisation, LORegions.
std::uint64_t without_what_traps(unsigned crm, unsigned op2, std::uint64_t value) {
  const auto without = [&](auto... fields) {
    return (value & ... & ~(std::uint64_t{0xf} << fields));
  };
  // clang-format off
  switch (crm << 3 | op2) {
    case 0x20: return without(8, 12, 32, 40, 44);         // ID_AA64PFR0: EL2, EL3, SVE, MPAM, AMU
    case 0x21: return without(8, 16);                     // ID_AA64PFR1: MTE, MPAM_frac
    case 0x24: return 0;                                  // ID_AA64ZFR0: SVE
    case 0x28: return without(4, 8, 32, 40, 44);          // ID_AA64DFR0: trace, PMU, SPE, TRBE
    case 0x31: return without(4, 8, 24, 28);              // ID_AA64ISAR1: APA, API, GPA, GPI
    case 0x32: return without(8, 12);                     // ID_AA64ISAR2: GPA3, APA3
    case 0x39: return without(8, 16);                     // ID_AA64MMFR1: VH, LO
    case 0x3a: return without(24);                        // ID_AA64MMFR2: NV
    case 0x0a: return without(24);                        // ID_DFR0: PerfMon
    default: return value;
  }
  // clang-format on
}

// The debug registers are one set for all worlds, so a VM has none but for the software step in its
// MDSCR_EL1. CHOICE: breakpoints and watchpoints read as zero and ignore writes, and MDE stays 0.
constexpr std::uint64_t kStepBits = bit(13) | bit(0);  // KDE, SS
constexpr std::uint64_t kOsLockIsThereAndOpen = 1 << 3;

bool debug_register(ShadowContext& context, std::uint32_t which, std::uint64_t* read,
                    std::uint64_t written) {
  if (which == kMdscrEl1) {
    if (read != nullptr)
      *read = context.system.mdscr_el1;
    else
      context.system.mdscr_el1 = written & kStepBits;
  } else if (read != nullptr) {
    *read = which == kOslsrEl1 ? kOsLockIsThereAndOpen : 0;
  }
  return true;
}

// `read` is null for a write.
bool access(ShadowContext& context, std::uint64_t esr, std::uint64_t* read, std::uint64_t written) {
  const std::uint32_t which = encoding_of(esr);
  const auto crm = static_cast<unsigned>(syndrome::CRm::get(esr));
  const auto op2 = static_cast<unsigned>(syndrome::Op2::get(esr));
  if (which >> 11 == encoding(2, 0, 0, 0, 0) >> 11)
    return debug_register(context, which, read, written);
  if (which >> 7 == encoding(3, 0, 0, 0, 0) >> 7 && crm >= 1 && crm <= 7 && read != nullptr) {
    *read = without_what_traps(crm, op2, identification(crm, op2));
    return true;
  }
  // Both ignore writes. The VM's GIC has no memory-mapped CPU interface and no bypass.
  if (which == kActlrEl1 && read != nullptr) *read = KCORE_READ_REGISTER(ACTLR_EL1);
  if (which == kIccSreEl1 && read != nullptr) *read = 0b111;
  return which == kActlrEl1 || which == kIccSreEl1;
}

}  // namespace

void reset_context(ShadowContext& context, unsigned vcpuid) {
  context = {};
  context.system.sctlr_el1 = sctlr_el1::RES1;
  context.system.vmpidr_el2 = vmpidr_el2::RES1 | vcpuid;  // Aff0
}

bool emulate_system_register(ShadowContext& context, std::uint64_t esr) {
  const auto rt = syndrome::Rt::get(esr);
  if (syndrome::Direction::get(esr) == 0) {
    return access(context, esr, nullptr, rt == 31 ? 0 : context.x[rt]);
  }
  std::uint64_t value = 0;
  if (!access(context, esr, &value, 0)) return false;
  if (rt != 31) context.x[rt] = value;
  return true;
}

}  // namespace armature::kcore::arch
