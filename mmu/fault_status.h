// Fault status codes of the long format: IFSC and DFSC of ESR_ELx, FST of PAR_EL1.
#pragma once

#include <cstdint>

#include "sim/arch/access.h"

namespace armature::mmu {

// EncodeLDFSC.
constexpr unsigned fault_status_code(const FaultRecord& fault) {
  const auto level = static_cast<unsigned>(fault.level) & 3;
  switch (fault.type) {
    case FaultType::address_size:
      return 0b000000 | level;
    case FaultType::translation:
      return 0b000100 | level;
    case FaultType::access_flag:
      return 0b001000 | level;
    case FaultType::permission:
      return 0b001100 | level;
    case FaultType::synchronous_external:
      return 0b010000;
    case FaultType::synchronous_external_on_walk:
      return 0b010100 | level;
    case FaultType::alignment:
      return 0b100001;
    case FaultType::tlb_conflict:
      return 0b110000;
    case FaultType::unsupported_exclusive:
      return 0b110101;
    case FaultType::none:
      break;
  }
  return 0;
}

}  // namespace armature::mmu
