// What a TLB maintenance operation covers: a second statement of the manual's table, apart from the
// one that the TLBs act on (tlb/invalidate), so that the two can disagree.
// Arm ARM D8, TLB maintenance instructions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "sim/check/machine_view.h"
#include "sim/event/event.h"

namespace armature::check {

// In the numbering of the `op` field of tlbi events.
enum class Tlbi : std::uint8_t {
  vmalle1,
  vae1,
  aside1,
  vaae1,
  vale1,
  vaale1,  // stage 1 of EL1&0 and combined, current VMID
  ipas2e1,
  ipas2le1,  // stage 2 only entries
  vmalls12e1,
  alle1,  // both stages
  alle2,
  vae2,
  vale2,  // EL2
};
std::string tlbi_name(const Event& tlbi);  // "VMALLE1IS"

constexpr Tlbi tlbi_op(const Event& tlbi) { return static_cast<Tlbi>(tlbi.d & 0xff); }
constexpr bool is_broadcast(const Event& tlbi) { return (tlbi.d >> 8 & 1) != 0; }

// A translation that was valid and is not any more.
struct Removed {
  TableEntry entry{};
  bool is_table = false;    // it pointed to a table that still has valid entries
  bool is_pointer = false;  // it pointed to a table at all
  bool is_global = false;   // stage 1 leaf with nG = 0
};

// Whether the VMID, regime and address fit, whatever the kind of entry.
bool names(const Event& tlbi, const Removed& removed);
// Whether it removes everything that came from the descriptor alone: stage 2 only entries and table
// pointers of stage 2, or all entries of stage 1.
bool covers_own_stage(const Event& tlbi, const Removed& removed);
// For stage 2: whether it removes entries that combine both stages, wherever they lie.
bool covers_combined(const Event& tlbi);

}  // namespace armature::check
