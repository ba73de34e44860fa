// Which frames hold translation tables, and in which roles (design: "Table writes").
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "mmu/context.h"
#include "sim/arch/access.h"
#include "sim/base/types.h"
#include "sim/event/bus.h"
#include "sim/memory/memory_map.h"
#include "tlb/tlbi.h"

namespace armature::mmu {

struct TableRole {
  PhysicalAddress root{};
  Regime regime = Regime::el10;
  Stage stage = Stage::stage1;
  std::int8_t level = 0;
  Vmid vmid{};
  Asid asid{};
  PhysicalAddress parent{};  // address of the descriptor that points here; 0 for a root
  bool detached = false;
  bool permanent = false;    // the manifest's pools

  bool operator==(const TableRole&) const = default;
};

class TableFrames {
 public:
  TableFrames(MemoryMap& memory, EventBus& events) : memory_(memory), events_(events) {}

  // A walker read a descriptor in this frame, or a TTBR/VTTBR with it as (part of a) root was
  // installed. Sets kFrameTable on the frame; returns true when the frame was not a table before
  // (the core's write grants to it must be dropped: Hierarchy does that through `on_new_frame`).
  bool note(PhysicalAddress address, const TableRole& role);

  // A store changed the 8 bytes at `address` (8-aligned) of a table frame from `old_value` to
  // `new_value`: publishes table_write and updates child roles (detached).
  void written(PhysicalAddress address, std::uint64_t old_value, std::uint64_t new_value);

  // A root left its last TTBR/VTTBR: its roles become detached.
  void root_left(PhysicalAddress root);

  // A TLBI completed on all cores: detached roles it covers are forgotten.
  void invalidated(const tlb::Invalidation& invalidation);

  const std::map<std::uint64_t, std::vector<TableRole>>& frames() const { return frames_; }
  void save(std::vector<std::uint8_t>& out) const;
  void load(std::span<const std::uint8_t>& in);

 private:
  MemoryMap& memory_;
  EventBus& events_;
  std::map<std::uint64_t, std::vector<TableRole>> frames_;  // by frame number, ordered: deterministic
};

}  // namespace armature::mmu
