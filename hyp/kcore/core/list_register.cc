#include "hyp/kcore/core/list_register.h"

#include "hyp/abi/calls.h"
#include "hyp/kcore/core/syndrome.h"

namespace armature::kcore {
namespace {

using State = BitField<63, 62>;
using HW = BitField<61, 61>;
using PhysicalIntid = BitField<44, 32>;
using VirtualIntid = BitField<31, 0>;
using ReservedHigh = BitField<59, 56>;
using ReservedLow = BitField<47, 45>;
constexpr std::uint64_t kPendingAndActive = 0b11;
constexpr std::uint64_t kEoiMaintenance = 1 << 9;  // bit 41, within pINTID, when HW is 0
constexpr std::uint64_t kIntidCount = 1020;        // special INTIDs and LPIs are above

bool is_good(std::uint64_t value) {
  if (ReservedHigh::get(value) != 0 || ReservedLow::get(value) != 0) return false;
  if (VirtualIntid::get(value) >= kIntidCount) return false;
  if (HW::get(value) == 0) return (PhysicalIntid::get(value) & ~kEoiMaintenance) == 0;
  // A hardware interrupt is never pending and active: the Distributor holds one of the two.
  return VirtualIntid::get(value) == abi::kVirtualTimerIntid &&
         PhysicalIntid::get(value) == abi::kVirtualTimerIntid &&
         State::get(value) != kPendingAndActive;
}

}  // namespace

bool list_registers_are_good(std::span<const std::uint64_t> registers) {
  for (std::size_t n = 0; n < registers.size(); ++n) {
    if (!is_good(registers[n])) return false;
    if (State::get(registers[n]) == 0) continue;
    for (std::size_t m = 0; m < n; ++m) {
      // Two list registers with one INTID are UNPREDICTABLE.
      if (State::get(registers[m]) != 0 &&
          VirtualIntid::get(registers[m]) == VirtualIntid::get(registers[n])) {
        return false;
      }
    }
  }
  return true;
}

}  // namespace armature::kcore
