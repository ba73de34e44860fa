// Which entries a TLB maintenance operation removes: one predicate, stated once.
#pragma once

#include <cstdint>
#include <optional>

#include "tlb/entry.h"
#include "tlb/tlbi.h"

namespace armature::tlb {

// TLB maintenance instructions, the table of operations and "Scope": whether `entry` must go.
bool is_removed_by(const Entry& entry, const Invalidation& invalidation);

// The operation works on the entries of one address (VA<55:0> or IPA) and on nothing else.
std::optional<std::uint64_t> address_operand(const Invalidation& invalidation);

// Fields of Xt.
VirtualAddress operand_va(std::uint64_t operand);        // bits 43..0 hold VA<55:12>
IntermediateAddress operand_ipa(std::uint64_t operand);  // bits 35..0 hold IPA<47:12>
Asid operand_asid(std::uint64_t operand);                // bits 63..48

}  // namespace armature::tlb
