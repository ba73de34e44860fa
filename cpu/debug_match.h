// Which breakpoints and watchpoints match: AArch64.BreakpointMatch, AArch64.WatchpointMatch.
#pragma once

#include <cstdint>

#include "sim/arch/access.h"
#include "sim/arch/registers/debug.h"

namespace armature::cpu {

class Core;

Dbgbcr breakpoint_control(const Core& core, unsigned n);  // DBGBCRn_EL1
Dbgwcr watchpoint_control(const Core& core, unsigned n);  // DBGWCRn_EL1

bool breakpoint_matches(const Core& core, unsigned n, std::uint64_t va);
bool watchpoint_matches(const Core& core, unsigned n, std::uint64_t va, unsigned bytes,
                        const AccessDescriptor& access);

}  // namespace armature::cpu
