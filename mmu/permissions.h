// Stage 1 and stage 2 access permissions: from descriptors to rights, and the checks.
#pragma once

#include <cstdint>
#include <optional>

#include "mmu/context.h"
#include "mmu/controls.h"
#include "mmu/descriptor.h"
#include "sim/arch/access.h"
#include "tlb/entry.h"

namespace armature::mmu {

// Rights of a stage 1 leaf under the gathered APTable, UXNTable and PXNTable bits.
std::uint16_t stage1_rights(Regime regime, Descriptor leaf, TableBits tables);
// Rights of a stage 2 leaf, at tlb::kStage2Shift.
std::uint16_t stage2_rights(Descriptor leaf);

inline constexpr std::uint16_t kStage1AllRights =
    tlb::kRightsAll << tlb::kPrivilegedShift | tlb::kRightsAll << tlb::kUnprivilegedShift;
inline constexpr std::uint16_t kStage2AllRights = tlb::kRightsAll << tlb::kStage2Shift;

// Rights of one privilege at stage 1 with SCTLR_ELx.WXN applied.
inline unsigned effective_stage1_rights(const Controls& controls, std::uint16_t rights,
                                        bool privileged) {
  // EL2 has one privilege.
  const bool as_privileged = privileged || controls.regime == Regime::el2;
  unsigned own = rights >> (as_privileged ? tlb::kPrivilegedShift : tlb::kUnprivilegedShift);
  own &= tlb::kRightsAll;
  if (controls.wxn && (own & tlb::kRightWrite) != 0) own &= ~unsigned{tlb::kRightExecute};
  return own;
}
inline unsigned effective_stage2_rights(std::uint16_t rights) {
  return rights >> tlb::kStage2Shift & tlb::kRightsAll;
}

// The right an access needs, 0 when it needs none: maintenance by VA from EL1 and above never
// faults on permissions unless it writes (DC IVAC); from EL0 it needs read permission.
inline unsigned needed_right(const AccessDescriptor& access) {
  if (access.kind == AccessKind::fetch) return tlb::kRightExecute;
  if (access.write) return tlb::kRightWrite;
  if (access.kind == AccessKind::cache_maintenance && access.privileged) return 0;
  return tlb::kRightRead;
}

}  // namespace armature::mmu
