#include "mmu/permissions.h"

namespace armature::mmu {
namespace {

constexpr std::uint16_t pack(bool read, bool write, bool execute, unsigned shift) {
  return static_cast<std::uint16_t>(((read ? tlb::kRightRead : 0) | (write ? tlb::kRightWrite : 0) |
                                     (execute ? tlb::kRightExecute : 0))
                                    << shift);
}

}  // namespace

// AArch64.CheckPermission, without WXN. There is no PAN in Armv8.0.
std::uint16_t stage1_rights(Regime regime, Descriptor leaf, TableBits tables) {
  const bool read_only = leaf.has(descriptor::AP2) || tables.has(table_bits::ReadOnly);
  const bool uxn = leaf.has(descriptor::UXN) || tables.has(table_bits::UXN);
  if (regime == Regime::el2) {
    // One privilege: AP[1], APTable[0], PXN and PXNTable are not used.
    return pack(true, !read_only, !uxn, tlb::kPrivilegedShift);
  }
  const bool pxn = leaf.has(descriptor::PXN) || tables.has(table_bits::PXN);
  const bool el0 = leaf.has(descriptor::AP1) && !tables.has(table_bits::NoEl0);
  const bool el0_write = el0 && !read_only;
  // What EL0 can write is never executable at EL1.
  return static_cast<std::uint16_t>(
      pack(true, !read_only, !pxn && !el0_write, tlb::kPrivilegedShift) |
      pack(el0, el0_write, !uxn, tlb::kUnprivilegedShift));
}

// AArch64.CheckS2Permission: XN alone decides about execution.
std::uint16_t stage2_rights(Descriptor leaf) {
  return pack(leaf.has(descriptor::S2APRead), leaf.has(descriptor::S2APWrite),
              !leaf.has(descriptor::UXN), tlb::kStage2Shift);
}

}  // namespace armature::mmu
