// Barriers, hints that wait or signal, and (with cpu/sysreg_access.h: execute_sys) the SYS space:
// cache maintenance, address translation and TLB maintenance. Handlers of the decode rows.
#pragma once

#include <cstdint>

#include "cpu/insn.h"

namespace armature::cpu {

class Core;

// The `type` of the barrier event and of Insn::imm.
enum class BarrierType : std::uint8_t { dsb = 0, dmb = 1, isb = 2, clrex = 3 };

constexpr std::uint64_t barrier_operand(BarrierType type, unsigned crm) {
  return crm | static_cast<std::uint64_t>(type) << 4;
}

// insn.imm = barrier_operand(type, CRm).
Outcome execute_barrier(Core& core, const Insn& insn);
Outcome execute_wfi(Core& core, const Insn& insn);
Outcome execute_wfe(Core& core, const Insn& insn);
Outcome execute_sev(Core& core, const Insn& insn);
Outcome execute_sevl(Core& core, const Insn& insn);
Outcome execute_yield(Core& core, const Insn& insn);

// The `type` of the wait and wake events.
enum class WaitType : std::uint8_t { wfi = 1, wfe = 2, off = 3 };

// Every DC, IC, AT and TLBI operation of Armv8.0, as the `op` of the cache_maintenance event and
// for the table of execute_sys.
enum class CacheOp : std::uint8_t {
  dc_ivac,
  dc_isw,
  dc_csw,
  dc_cisw,
  dc_zva,
  dc_cvac,
  dc_cvau,
  dc_civac,
  ic_ialluis,
  ic_iallu,
  ic_ivau,
  count
};
const char* cache_op_name(CacheOp op);  // "DC IVAC", ...

}  // namespace armature::cpu
