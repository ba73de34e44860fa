// What a checker may ask of the machine beyond its events. Nothing here changes what is simulated.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/base/types.h"

namespace armature::check {

// One role of a descriptor: a walker may come to it so. As table_write numbers them: stage 1 or 2,
// regime 0 (EL1&0) or 1 (EL2).
struct TableEntry {
  PhysicalAddress root{};  // as the TTBR or VTTBR holds it
  unsigned regime = 0, stage = 1, level = 3;
  std::uint16_t vmid = 0, asid = 0;
  bool any_asid = false;
  bool detached = false;    // the descriptor that linked the table points elsewhere now
  bool root_left = false;   // no TTBR or VTTBR holds the root at present
  bool is_known = true;     // false: only that a pool of the manifest holds it; no input then
  std::uint64_t input = 0;  // base of the range it translates: VA bits 55..0, or IPA
  unsigned size_log2 = 12;  // bytes of that range
};

class MachineView {
 public:
  virtual ~MachineView() = default;
  // The coherent value of the 8 bytes at `address` (8-aligned); 0 outside memory.
  virtual std::uint64_t read64(PhysicalAddress address) const = 0;
  virtual bool is_ram(PhysicalAddress address) const = 0;
  // Whether some byte of the line differs between the coherent view and memory (PoC).
  virtual bool line_differs_at_poc(PhysicalAddress line) const = 0;
  // Whether some L1I holds the line with other bytes than the coherent ones.
  virtual bool instructions_differ(PhysicalAddress line) const = 0;
  // The roles of the descriptor at `descriptor`; none when it lies in no table.
  virtual std::vector<TableEntry> table_entries(PhysicalAddress descriptor) const = 0;
  // Reads and writes of the range are published from now on.
  virtual void watch(PhysicalAddress base, std::uint64_t bytes) = 0;
  // The descriptor has just been changed: every use of a TLB entry made from what it held is
  // published (stale_use) from now on.
  virtual void watch_entries_of(PhysicalAddress descriptor) = 0;
};

}  // namespace armature::check
