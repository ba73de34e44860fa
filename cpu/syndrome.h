// Syndromes: the ISS of each exception class, as ESR_ELx reports it (D17.2 ESR_ELx).
#pragma once

#include <cstdint>
#include <optional>

#include "sim/arch/access.h"
#include "sim/arch/reg.h"

namespace armature::cpu {

// DFSC/IFSC of debug exceptions.
inline constexpr std::uint32_t kDebugStatusCode = 0b100010;

// ISV, SAS, SSE, SRT, SF and AR of a load or store of one general-purpose register without
// writeback; empty for every other instruction (LSInstructionSyndrome).
std::optional<std::uint32_t> load_store_syndrome(std::uint32_t word);

// `word`: the encoding of the faulting instruction, for ISV. `to_el2` says where it is taken.
std::uint32_t data_abort_iss(const FaultRecord& fault, const AccessDescriptor& access,
                             std::uint32_t word, bool to_el2);
std::uint32_t instruction_abort_iss(const FaultRecord& fault);
std::uint32_t watchpoint_iss(const AccessDescriptor& access);
std::uint32_t fp_access_iss();
// `wfe`: which of the two waited.
enum class TrappedWait : std::uint8_t { wfi = 0, wfe = 1 };
std::uint32_t wfx_iss(TrappedWait wait);
// EC 0x18; `encoding` as sysreg_encoding gives it, rt 0..31.
enum class SystemDirection : std::uint8_t { write = 0, read = 1 };
std::uint32_t system_iss(std::uint16_t encoding, unsigned rt, SystemDirection direction);

// IPAValid: whether HPFAR_EL2 is written for this fault.
bool ipa_valid(const FaultRecord& fault);

}  // namespace armature::cpu
