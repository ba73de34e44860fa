// One cached translation, or one cached table pointer, with everything that decides who may hit it,
// what removes it and where it came from.
#pragma once

#include <cstdint>
#include <type_traits>

#include "sim/arch/memory_attributes.h"
#include "sim/base/bits.h"
#include "sim/base/types.h"
#include "sim/event/alphabet.h"

namespace armature::tlb {

// Translation regimes of an Armv8.0 core without EL3.
enum class Regime : std::uint8_t { el10 = 0, el2 = 1 };

// What an entry depends on. The number is the `kind` field of tlb_fill, tlb_evict and tlb_drop.
enum class EntryKind : std::uint8_t {
  stage1_only,  // VA -> PA with stage 2 off; in the walk cache VA -> next table (an IPA or PA)
  stage2_only,  // IPA -> PA; also what is cached while stage 1 is off
  combined,     // VA -> PA through both stages
};

// Rights bits. Privileged and unprivileged rights are stage 1's without SCTLR.WXN, which is applied
// at each check; the stage 2 rights apply to both.
enum Right : std::uint16_t {
  kRightRead = 1,
  kRightWrite = 2,
  kRightExecute = 4,
  kRightsAll = 7,
};
inline constexpr unsigned kPrivilegedShift = 0, kUnprivilegedShift = 3, kStage2Shift = 6;

struct Entry {
  std::uint64_t input = 0;   // base of the input range: VA bits 55..0, or IPA
  std::uint64_t output = 0;  // base PA; walk cache: address of the next-level table, before stage 2
  std::uint64_t ipa = 0;     // combined: base of the range between the stages
  // Provenance: addresses (PA) of the leaf descriptors, of the roots of the tables, the sequence
  // number of the fill event, and where the core was when the walk filled it (a micro-TLB's entry
  // keeps what the entry it came from says).
  std::uint64_t stage1_descriptor = 0, stage2_descriptor = 0;
  std::uint64_t stage1_root = 0, stage2_root = 0;
  std::uint64_t sequence = 0;
  std::uint64_t pc = 0;
  Cycles cycle{};
  MemoryAttributes attributes{};  // of this kind's stages, before SCTLR.C/I and HCR_EL2.CD/ID
  Asid asid{};
  Vmid vmid{};
  std::uint16_t rights = 0;
  std::uint8_t size_log2 = 12;         // bytes covered
  std::uint8_t stage1_size_log2 = 12;  // bytes covered by the stage 1 descriptor it was made from
  std::int8_t stage1_level = 0,
              stage2_level = 0;  // of the leaf; walk cache: of the table descriptor
  EntryKind kind = EntryKind::stage1_only;
  Regime regime = Regime::el10;
  bool global = false;
  bool asid_is_8_bits = false;  // filled with TCR_EL1.AS = 0
  bool table_pointer = false;   // walk cache: from a level of lookup above the final one
  std::uint8_t table_bits = 0;  // walk cache: APTable, UXNTable, PXNTable gathered so far
  bool stage1_is_device = false, stage2_is_device = false;
  std::uint8_t reserved[2] = {};

  bool operator==(const Entry&) const = default;
};
static_assert(std::has_unique_object_representations_v<Entry>, "saved byte by byte");

// The level and descriptor an event names: stage 1's, except for a stage 2 only entry.
constexpr std::int8_t event_level(const Entry& entry) {
  return entry.kind == EntryKind::stage2_only ? entry.stage2_level : entry.stage1_level;
}
constexpr std::uint64_t event_descriptor(const Entry& entry) {
  return entry.kind == EntryKind::stage2_only ? entry.stage2_descriptor : entry.stage1_descriptor;
}
// The input address as a program writes it: VA bit 55 copied upwards.
constexpr std::uint64_t event_input(const Entry& entry) {
  return entry.kind == EntryKind::stage2_only
             ? entry.input
             : static_cast<std::uint64_t>(sign_extend(entry.input, 56));
}
// Word d of tlb_fill, tlb_evict and tlb_drop, without the target core.
constexpr std::uint32_t event_word(const Entry& entry, TlbStructure structure) {
  return static_cast<std::uint32_t>(structure) | static_cast<std::uint32_t>(entry.kind) << 3 |
         static_cast<std::uint32_t>(entry.regime) << 5 | std::uint32_t{entry.size_log2} << 7 |
         static_cast<std::uint32_t>(event_level(entry)) << 13 | std::uint32_t{entry.global} << 16;
}

}  // namespace armature::tlb
