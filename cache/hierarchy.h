// The cache hierarchy of the machine: L1I and L1D per core, one shared inclusive L2, memory.
//
// Values of a line (design: "Caches"): the host memory behind MemoryMap always holds the *coherent*
// value. An L2 line slot carries the PoU value (what L1I fills see) and the PoC value (what memory
// holds: Non-cacheable accesses, fetches with caches off) whenever they differ from it. L1I lines
// carry their own 64 bytes, so old code lives exactly as long as some L1I holds it.
//
// Only RAM regions allocate. All functions are synchronous; the cost of an access is added to the
// `Cycles&` argument. Guest-visible behaviour never depends on host addresses.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "sim/base/types.h"
#include "sim/config/preset.h"
#include "sim/event/bus.h"
#include "sim/memory/memory_map.h"

namespace armature::cache {

// Number of the caches in events and statistics.
enum class Level : std::uint8_t { l1_instruction = 0, l1_data = 1, l2 = 2 };

// Told precisely when a core loses a right that its L0 filter or fetch path may rely on.
class LineObserver {
 public:
  virtual ~LineObserver() = default;
  // The L1D line in `slot` left the cache or must not be hit without the model (its NRU reference
  // bit was cleared): forget read and write grants.
  virtual void l1d_line_lost(unsigned slot) = 0;
  // The same of an eviction from a set of two, and of the line in `other` when it must not be hit either:
  // one call, since which it is is hard to predict.
  virtual void l1d_victim_lost(unsigned slot, unsigned other, bool other_too) {
    l1d_line_lost(slot);
    if (other_too) l1d_line_lost(other);
  }
  // The line stays readable but is no longer Modified here: forget write grants only.
  virtual void l1d_write_lost(unsigned slot) = 0;
  // The L1I line in `slot` was evicted, invalidated or refilled.
  virtual void l1i_line_lost(unsigned slot) = 0;
  // Another master wrote the exclusive granule this core's monitor was tagging.
  virtual void monitor_cleared() = 0;
};

struct DataLine {
  std::uint8_t* data = nullptr;  // 64 bytes, the coherent value
  unsigned slot = 0;             // L1D slot of the requesting core, for LineObserver
};

struct FetchLine {
  const std::uint8_t* data = nullptr;  // 64 bytes as this L1I line was filled
  unsigned slot = 0;
};

enum class DataOp : std::uint8_t { clean_poc, clean_pou, invalidate_poc, clean_invalidate_poc };

class Hierarchy {
 public:
  Hierarchy(const CpuPreset& preset, unsigned cores, std::uint64_t seed, MemoryMap& memory,
            EventBus& events);
  ~Hierarchy();
  void set_observer(CoreId core, LineObserver* observer);

  // --- Cacheable accesses by a core; pa is in a RAM region, any alignment; the line of pa is used.
  // Read: on return the line is in this core's L1D (any state).
  DataLine read(CoreId core, PhysicalAddress pa, Cycles& cost);
  // The same for a caller that knows where the host has the line's coherent bytes; returns the L1D slot.
  unsigned read_line(CoreId core, PhysicalAddress pa, Cycles& cost);
  // Write: on return the line is Modified in this core's L1D, no other L1D holds it, other cores'
  // exclusive monitors on it are cleared, and the PoU/PoC values were set aside if they now differ.
  DataLine write(CoreId core, PhysicalAddress pa, Cycles& cost);
  unsigned write_line(CoreId core, PhysicalAddress pa, const std::uint8_t* host, Cycles& cost);
  // A table walker's read of an 8-byte descriptor: coherent value, may hit this core's L1D,
  // allocates in L2 only.
  std::uint64_t walk_read(CoreId core, PhysicalAddress pa, Cycles& cost);
  // What it does to the caches, for a caller that reads the coherent value itself.
  void walk_access(CoreId core, PhysicalAddress pa, Cycles& cost);
  // Instruction fetch through L1I (SCTLR.I = 1 and a cacheable translation), from RAM or ROM.
  FetchLine fetch(CoreId core, PhysicalAddress pa, Cycles& cost);

  // --- Accesses that bypass the caches (Non-cacheable, Device to RAM, caches off): PoC value.
  // [pa, pa+bytes) stays inside one line.
  void read_uncached(CoreId core, PhysicalAddress pa, std::span<std::uint8_t> bytes, Cycles& cost);
  void write_uncached(CoreId core, PhysicalAddress pa, std::span<const std::uint8_t> bytes,
                      Cycles& cost);
  // Fetch with caches off: the PoC value of the 64-byte line of pa is copied to `line`.
  void fetch_uncached(CoreId core, PhysicalAddress pa, std::span<std::uint8_t, 64> line,
                      Cycles& cost);

  // --- I/O-coherent masters (DMA, user writes): see and update the coherent value; a write leaves
  // the line in no L1D and memory, L2 and coherent value equal, and clears monitors.
  void dma_read(PhysicalAddress pa, std::span<std::uint8_t> bytes);
  void dma_write(PhysicalAddress pa, std::span<const std::uint8_t> bytes);

  // --- Maintenance. By VA: `pa` is the translated address. Broadcast to all cores' caches.
  void data_by_address(CoreId core, PhysicalAddress pa, DataOp op, Cycles& cost);
  // DC ISW/CSW/CISW: `operand` as the manual defines it (SetWay, Level in bits 3:1).
  void data_by_set_way(CoreId core, std::uint64_t operand, DataOp op, Cycles& cost);
  void instruction_all(CoreId core);            // IC IALLU
  void instruction_all_inner_shareable();       // IC IALLUIS
  void instruction_by_address(PhysicalAddress pa);  // IC IVAU, all cores

  // A reset of the machine. CHOICE: what is dirty is written back, and every line leaves.
  void reset();

  // --- Exclusive monitors: one 64-byte granule (CTR_EL0.ERG) a core.
  void monitor_set(CoreId core, PhysicalAddress pa);
  bool monitor_covers(CoreId core, PhysicalAddress pa) const;
  void monitor_clear(CoreId core);

  // --- For checkers, statistics and tests: the three values of the line of pa.
  void coherent_value(PhysicalAddress pa, std::span<std::uint8_t, 64> line) const;
  void pou_value(PhysicalAddress pa, std::span<std::uint8_t, 64> line) const;
  void poc_value(PhysicalAddress pa, std::span<std::uint8_t, 64> line) const;
  // Lines that L2 holds whose value at the PoU or at the PoC is not the coherent one, by slot.
  std::vector<PhysicalAddress> divergent_lines() const;

  // Whether some L1I holds the line with other bytes than the coherent ones: old instructions.
  bool instruction_line_differs(PhysicalAddress pa) const;

  struct CoreStatistics {
    // accesses counts slow-path accesses only; the core adds its fast hits (they are all hits).
    std::uint64_t l1i_accesses = 0, l1i_misses = 0;
    std::uint64_t l1d_accesses = 0, l1d_misses = 0, l1d_upgrades = 0, l1d_writebacks = 0;
    std::uint64_t walk_reads = 0, walk_reads_l1d = 0, walk_reads_l2 = 0;
    std::uint64_t uncached_reads = 0, uncached_writes = 0;
    std::uint64_t l1d_fills = 0, l1d_evictions = 0, l1d_invalidations = 0;
    std::uint64_t l1i_fills = 0, l1i_evictions = 0, l1i_invalidations = 0;
  };
  struct SharedStatistics {
    std::uint64_t l2_accesses = 0, l2_misses = 0, l2_fills = 0, l2_evictions = 0,
                  l2_invalidations = 0, l2_writebacks = 0, snoops = 0;
  };
  const CoreStatistics& statistics(CoreId core) const;
  // Adds the core's fast hits to what was counted here.
  void add_hits(CoreId core, std::uint64_t l1i, std::uint64_t l1d);
  const SharedStatistics& shared_statistics() const;
  std::uint64_t resident_lines(Level level, CoreId core) const;  // core ignored for L2

  // Plain state for snapshots: appended to / taken from a byte string; load throws UserError when
  // the geometry differs. Observers are told that every line was lost on load.
  void save(std::vector<std::uint8_t>& out) const;
  void load(std::span<const std::uint8_t>& in);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace armature::cache
