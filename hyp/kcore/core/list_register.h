// Which list registers KServ may load (Arm IHI 0069, ICH_LR<n>_EL2).
#pragma once

#include <cstdint>
#include <span>

namespace armature::kcore {

// Each is empty or a software interrupt with INTID 0..1019, no INTID twice; the HW bit only for the
// virtual timer's PPI with its own physical INTID, so that no VM deactivates another's interrupt.
bool list_registers_are_good(std::span<const std::uint64_t> registers);

}  // namespace armature::kcore
