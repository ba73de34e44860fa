#include "cpu/syndrome.h"

#include "cpu/operands.h"
#include "mmu/fault_status.h"
#include "sim/arch/registers/exception.h"
#include "sim/base/bits.h"

namespace armature::cpu {
namespace {

// Fields of the load/store encodings (C4.1 Loads and Stores).
constexpr WordField<29, 24> kGroup;
constexpr WordField<23, 22> kOpc;
constexpr WordField<24> kUnsignedOffset;
constexpr WordField<21> kBit21;
constexpr WordField<11, 10> kMode;  // 00 unscaled, 01 post-index, 10 unprivileged, 11 pre-index
constexpr WordField<23> kO2;        // of load/store exclusive: 1 for ordered
constexpr WordField<15> kO0;

constexpr unsigned kGroupOrdered = 0b001000;
constexpr unsigned kGroupLiteral = 0b011000;   // V = 0
constexpr unsigned kGroupRegister = 0b111000;  // V = 0; bit 24 says unsigned offset
constexpr unsigned kModePlain = 0b00, kModeUnprivileged = 0b10, kModeRegisterOffset = 0b10;

std::uint32_t single_register(unsigned size, bool is_signed, bool sixty_four, bool ordered,
                              unsigned rt) {
  using namespace iss_abort;
  return static_cast<std::uint32_t>(IssAbort{}
                                        .with(ISV, 1)
                                        .with(SAS, size)
                                        .with(SSE, is_signed)
                                        .with(SRT, rt)
                                        .with(SF, sixty_four)
                                        .with(AR, ordered)
                                        .value);
}

std::optional<std::uint32_t> literal_syndrome(std::uint32_t word) {
  switch (field::size(word)) {
    case 0b00:
      return single_register(2, false, false, false, field::rt(word));
    case 0b01:
      return single_register(3, false, true, false, field::rt(word));
    case 0b10:
      return single_register(2, true, true, false, field::rt(word));
    default:
      return std::nullopt;  // PRFM
  }
}

std::optional<std::uint32_t> register_syndrome(std::uint32_t word) {
  const unsigned size = field::size(word);
  const unsigned opc = kOpc(word);
  const bool is_signed = (opc & 0b10) != 0;
  if (is_signed && (size == 3 || (size == 2 && opc == 0b11))) return std::nullopt;  // PRFM
  const bool sixty_four = is_signed ? (opc & 1) == 0 : size == 3;
  return single_register(size, is_signed, sixty_four, false, field::rt(word));
}

}  // namespace

std::optional<std::uint32_t> load_store_syndrome(std::uint32_t word) {
  const unsigned group = kGroup(word);
  if (group == kGroupLiteral) return literal_syndrome(word);
  if (group == kGroupOrdered) {
    const bool ordered = kO2(word) == 1 && kBit21(word) == 0 && kO0(word) == 1;
    if (!ordered) return std::nullopt;  // exclusives
    const unsigned size = field::size(word);
    return single_register(size, false, size == 3, true, field::rt(word));
  }
  if ((group & ~1u) != kGroupRegister) return std::nullopt;
  if (kUnsignedOffset(word) == 1) return register_syndrome(word);
  const unsigned mode = kMode(word);
  const bool single = kBit21(word) == 1 ? mode == kModeRegisterOffset
                                        : mode == kModePlain || mode == kModeUnprivileged;
  return single ? register_syndrome(word) : std::nullopt;
}

bool ipa_valid(const FaultRecord& fault) {
  if (fault.stage != Stage::stage2) return false;
  switch (fault.type) {
    case FaultType::translation:
    case FaultType::address_size:
    case FaultType::access_flag:
      return true;
    case FaultType::permission:
      return fault.s2fs1walk;
    default:
      return false;
  }
}

std::uint32_t data_abort_iss(const FaultRecord& fault, const AccessDescriptor& access,
                             std::uint32_t word, bool to_el2) {
  const bool maintenance = access.kind == AccessKind::cache_maintenance ||
                           access.kind == AccessKind::address_translation;
  const bool external = fault.type == FaultType::synchronous_external;
  IssAbort iss;
  if (to_el2 && fault.stage == Stage::stage2 && !fault.s2fs1walk && !maintenance) {
    iss.value = load_store_syndrome(word).value_or(0);
  }
  // FnV = 0: FAR is valid for every abort here, external ones included (they are precise).
  // CHOICE: EA, the IMPLEMENTATION DEFINED classification of External aborts, is 0.
  const bool write = maintenance || (external ? fault.external_write : access.write);
  return static_cast<std::uint32_t>(iss.with(iss_abort::CM, maintenance)
                                        .with(iss_abort::S1PTW, fault.s2fs1walk)
                                        .with(iss_abort::WnR, write)
                                        .with(iss_abort::FSC, mmu::fault_status_code(fault))
                                        .value);
}

std::uint32_t instruction_abort_iss(const FaultRecord& fault) {
  return static_cast<std::uint32_t>(IssAbort{}
                                        .with(iss_abort::S1PTW, fault.s2fs1walk)
                                        .with(iss_abort::FSC, mmu::fault_status_code(fault))
                                        .value);
}

std::uint32_t watchpoint_iss(const AccessDescriptor& access) {
  const bool maintenance = access.kind == AccessKind::cache_maintenance;
  return static_cast<std::uint32_t>(IssAbort{}
                                        .with(iss_abort::CM, maintenance)
                                        .with(iss_abort::WnR, maintenance || access.write)
                                        .with(iss_abort::FSC, kDebugStatusCode)
                                        .value);
}

namespace {
constexpr std::uint64_t kCondAlways = 0b1110;  // COND of AArch64 instructions
}

// CV and COND are at the same place in the ISS of EC 0x01 and EC 0x07.
std::uint32_t fp_access_iss() {
  return static_cast<std::uint32_t>(
      IssWfx{}.with(iss_wfx::CV, 1).with(iss_wfx::COND, kCondAlways).value);
}

std::uint32_t wfx_iss(TrappedWait wait) {
  return static_cast<std::uint32_t>(IssWfx{}
                                        .with(iss_wfx::CV, 1)
                                        .with(iss_wfx::COND, kCondAlways)
                                        .with(iss_wfx::TI, static_cast<std::uint64_t>(wait))
                                        .value);
}

std::uint32_t system_iss(std::uint16_t encoding, unsigned rt, SystemDirection direction) {
  return static_cast<std::uint32_t>(
      IssSystem{}
          .with(iss_system::Op0, bits(encoding, 15, 14))
          .with(iss_system::Op1, bits(encoding, 13, 11))
          .with(iss_system::CRn, bits(encoding, 10, 7))
          .with(iss_system::CRm, bits(encoding, 6, 3))
          .with(iss_system::Op2, bits(encoding, 2, 0))
          .with(iss_system::Rt, rt)
          .with(iss_system::Direction, static_cast<std::uint64_t>(direction))
          .value);
}

}  // namespace armature::cpu
