// The state behind Hierarchy: plain arrays, and the steps of the coherence protocol on them.
//
// MESI with a directory. An L2 line slot names the L1D caches that hold the line (`sharers`) and
// the one that holds it Exclusive or Modified (`owner`). L2 is inclusive of the L1Ds, not of the
// L1Is. Where the three values of a line are:
//   coherent  host memory, always
//   PoU       L2Line::pou_differs ? side copy : coherent    (what L2 holds)
//   PoC       L2Line::poc_differs ? side copy : coherent    (what memory holds)
// pou_differs implies an owner in Modified. `dirty` means L2's data still has to go to memory; it
// is a different thing from poc_differs, since a Non-cacheable write changes memory under a clean
// line.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <vector>

#include "cache/hierarchy.h"
#include "cache/replacement.h"
#include "cache/tag_array.h"
#include "sim/base/aligned_allocator.h"

namespace armature::cache {

enum class Mesi : std::uint8_t { invalid, shared, exclusive, modified };

struct L1dLine {
  std::uint32_t l2_slot = 0;  // where L2 holds this line
  Mesi state = Mesi::invalid;
};

inline constexpr std::uint8_t kNoOwner = 0xff;

struct L2Line {
  std::uint16_t sharers = 0;     // bit n: core n's L1D holds the line
  std::uint8_t owner = kNoOwner;
  bool dirty : 1 = false;
  bool pou_differs : 1 = false;
  bool poc_differs : 1 = false;
};

// Values that differ from the coherent one, meaningful where the flag says so. Side by side, since
// the first write to a line stores both.
struct SideCopies {
  std::array<std::uint8_t, kLineBytes> pou, poc;
};

struct L1d {
  L1d(const CacheGeometry& geometry, std::uint64_t seed)
      : tags(geometry), replacement(geometry, tags.sets(), seed), lines(tags.slots()) {}
  TagArray tags;
  ReplacementState replacement;
  std::vector<L1dLine> lines;
};

struct L1i {
  L1i(const CacheGeometry& geometry, std::uint64_t seed)
      : tags(geometry), replacement(geometry, tags.sets(), seed), data(tags.slots() * kLineBytes) {}
  std::uint8_t* bytes(unsigned slot) { return data.data() + slot * kLineBytes; }
  TagArray tags;
  ReplacementState replacement;
  std::vector<std::uint8_t> data;
};

struct L2 {
  L2(const CacheGeometry& geometry, std::uint64_t seed, MemoryMap& map)
      : tags(geometry),
        replacement(geometry, tags.sets(), seed),
        lines(tags.slots()),
        side(tags.slots()),
        memory(map) {}
  // The coherent bytes of a line that is held; not kept in L2Line, so that the directory is small.
  std::uint8_t* host(unsigned slot) { return memory.host(tags.line_address(slot)); }
  std::uint8_t* pou_bytes(unsigned slot) { return side[slot].pou.data(); }
  std::uint8_t* poc_bytes(unsigned slot) { return side[slot].poc.data(); }
  // The bytes L2 and memory hold; valid while the line is.
  const std::uint8_t* pou_value(unsigned slot) {
    return lines[slot].pou_differs ? pou_bytes(slot) : host(slot);
  }
  const std::uint8_t* poc_value(unsigned slot) {
    return lines[slot].poc_differs ? poc_bytes(slot) : host(slot);
  }
  TagArray tags;
  ReplacementState replacement;
  std::vector<L2Line, AlignedAllocator<L2Line, 64>> lines;
  std::vector<SideCopies, AlignedAllocator<SideCopies, 64>> side;
  MemoryMap& memory;
};

inline constexpr std::uint64_t kNoMonitor = ~0ull;

struct CoreCaches {
  CoreCaches(const CpuPreset& preset, std::uint64_t seed)
      : l1i(preset.l1i, seed ^ 0x1), l1d(preset.l1d, seed ^ 0x2) {}
  L1i l1i;
  L1d l1d;
  LineObserver* observer = nullptr;
  std::uint64_t monitor = kNoMonitor;  // address of the tagged granule
  Hierarchy::CoreStatistics statistics;
};

// What becomes of dirty data when a line leaves a cache.
enum class DirtyData : std::uint8_t { written_back, discarded };

struct Hierarchy::State {
  State(const CpuPreset& preset, unsigned count, std::uint64_t seed, MemoryMap& map, EventBus& bus);

  // Functions that are not for every miss are kept out of line: read() and write() take in all others.

  // --- L1D (l1d.cc)
  // Puts the line, which L2 holds in l2_slot, into the set of the core's L1D that begins at `first`;
  // returns its slot.
  unsigned fill_l1d(CoreCaches& c, unsigned core, PhysicalAddress pa, unsigned first,
                    unsigned l2_slot, Mesi state);
  // The eviction of a victim from the full set that begins at `first`; the caller puts another line into
  // its slot, which this returns, at once.
  unsigned make_room_l1d(CoreCaches& c, unsigned core, unsigned first);
  // An invalidation: by coherence or by maintenance.
  [[gnu::noinline]] void remove_l1d(unsigned core, unsigned slot, DirtyData dirty);
  // What both do once its data is where it belongs and the observer knows.
  void leave_l1d(CoreCaches& c, unsigned core, unsigned slot, Mesi state);
  // Modified -> Exclusive: the data moves to L2, which becomes dirty.
  void clean_l1d(unsigned core, unsigned slot);
  // The same for a line that is leaving: its observer will hear of that.
  void write_back_l1d(CoreCaches& c, unsigned core, unsigned slot);
  // Shared or Exclusive -> Modified: sets the PoU and PoC values aside before the first write.
  // `host`: its coherent bytes.
  void become_modified(CoreCaches& c, unsigned core, unsigned slot, const std::uint8_t* host);
  // Removes the line from every L1D but `keep`'s (kNoOwner: from all).
  [[gnu::noinline]] void remove_sharers(unsigned l2_slot, std::uint8_t keep, DirtyData dirty);
  // The owner, if any, gives up Exclusive or Modified for Shared.
  [[gnu::noinline]] void share_owned(unsigned l2_slot);
  unsigned owner_slot(unsigned l2_slot) const;

  // --- L2 (l2.cc)
  // The slot of the line of pa, filled from memory if need be; adds the cost of hit or miss.
  unsigned obtain_l2(PhysicalAddress pa, Cycles& cost);
  [[gnu::noinline]] unsigned fill_l2(PhysicalAddress pa, Cycles& cost);
  // Dirty data to memory; clean lines are left alone.
  void clean_l2(unsigned slot);
  // After a clean or a discard of all dirty data: what is left of the line is what memory holds.
  void evict_l2(unsigned slot);
  void remove_l2(unsigned slot, DirtyData dirty);
  void leave_l2(unsigned slot, DirtyData dirty);

  // --- Values (uncached.cc): the line of pa, which lies in a region, at PoU and at PoC.
  const std::uint8_t* pou_line(PhysicalAddress pa);
  const std::uint8_t* poc_line(PhysicalAddress pa);

  // --- L1I (l1i.cc)
  void evict_l1i(unsigned core, unsigned slot);
  void remove_l1i(unsigned core, unsigned slot);
  void leave_l1i(unsigned core, unsigned slot);
  unsigned choose_l1i_slot(unsigned core, PhysicalAddress pa);

  void set_monitor(unsigned core, std::uint64_t granule) {
    cores[core].monitor = granule;
    if (granule != kNoMonitor) monitored |= monitored_bit(granule);
  }
  static std::uint64_t monitored_bit(std::uint64_t granule) {
    return 1ull << (granule / kLineBytes % 64);
  }
  // `except` has written the line (kNoOwner: somebody else has): the monitors of the others lose it.
  void clear_monitors(PhysicalAddress line, std::uint8_t except) {
    if ((monitored & monitored_bit(line.value)) != 0) [[unlikely]] find_monitors(line, except);
  }
  [[gnu::noinline]] void find_monitors(PhysicalAddress line, std::uint8_t except);
  void publish_fill(PhysicalAddress line, Level level, Mesi state) {
    events.publish_made(EventKind::cache_fill, [&] {
      return EventBus::Words{line.value, 0, 0, pack(level, state, 0)};
    });
  }
  // The line in `slot` of `tags` has left and is still named there.
  void publish_evict(const TagArray& tags, unsigned slot, Level level, Mesi state, unsigned target) {
    events.publish_made(EventKind::cache_evict, [&] {
      return EventBus::Words{tags.line_address(slot).value, 0, 0, pack(level, state, target)};
    });
  }
  void publish_writeback(const TagArray& tags, unsigned slot, Level level, unsigned target) {
    events.publish_made(EventKind::cache_writeback, [&] {
      return EventBus::Words{tags.line_address(slot).value, 0, 0, pack(level, Mesi::invalid, target)};
    });
  }
  // Word d of the cache events (alphabet.cc): cache 3..0, state 7..4, target core 15..8.
  static std::uint32_t pack(Level level, Mesi state, unsigned target) {
    return static_cast<std::uint32_t>(static_cast<unsigned>(level) |
                                      static_cast<unsigned>(state) << 4 | target << 8);
  }

  std::array<std::uint32_t, 9> geometry;  // what a snapshot must agree with
  Costs costs;
  MemoryMap& memory;
  EventBus& events;
  std::vector<CoreCaches> cores;
  std::uint64_t monitored = 0;  // lines that some monitor tags, or did lately; derived
  L2 l2;
  SharedStatistics shared;
};

inline PhysicalAddress line_of(PhysicalAddress pa) { return pa.aligned_down(kLineBytes); }
inline void copy_line(std::uint8_t* to, const std::uint8_t* from) {
  std::memcpy(to, from, kLineBytes);
}

}  // namespace armature::cache
