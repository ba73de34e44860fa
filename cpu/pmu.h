// Performance monitors (PMUv3): 6 event counters and the cycle counter. Counters are brought up to
// date lazily: what they hold is state, what passed since is core.now() and core.retired_now().
#pragma once

#include <cstdint>

#include "sim/arch/sysreg.h"
#include "sim/base/types.h"

namespace armature::cpu {

class Core;

// The events that count here; PMCEID0_EL0 lists them.
enum class PmuEvent : std::uint16_t {
  sw_incr = 0x00,
  inst_retired = 0x08,
  cpu_cycles = 0x11,
  chain = 0x1e
};

// Brings the counters up to date; call before anything that they depend on changes (EL, filters,
// enables) and before reading them.
void pmu_synchronise(Core& core);
// Local time before which no enabled counter can overflow; Cycles{~0} if none is enabled.
Cycles pmu_overflow_earliest(const Core& core);
bool pmu_interrupt(const Core& core);  // output level of PPI 23, at core.now()
void pmu_software_increment(Core& core, std::uint32_t mask);

// The PM* registers, after every permission check, as the current Exception level sees them;
// `peek`: as EL2 does, and without any effect.
std::uint64_t pmu_peek(const Core& core, SysReg reg);
std::uint64_t pmu_read(Core& core, SysReg reg);
void pmu_write(Core& core, SysReg reg, std::uint64_t value);

}  // namespace armature::cpu
