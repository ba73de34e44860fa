// The alphabet of events: every kind, whether it is canonical, and the names and places of its own
// fields. This one table serves C++, the binary log, the text dump and the Python data frame.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace armature {

enum class EventKind : std::uint8_t {
  // core (canonical)
  exception_entry, exception_return, sysreg_write, barrier, irq, wait, wake, hypercall,
  // translation (canonical)
  walk_begin, walk_read, walk_end, tlb_fill, tlb_evict, tlbi, tlbi_receive, tlb_drop,
  tlbi_complete, table_write,
  // memory (canonical)
  cache_fill, cache_evict, cache_writeback, cache_maintenance,
  // memory, every access of a watched range; switches the fast path off there (not canonical)
  read, write, fetch,
  // derived from the manifest and from checkers (not canonical)
  vm_enter, vm_exit, lock_acquire, lock_release, owner_change, oracle_read, guest_mark, violation,
  // for checkers: an access used a TLB entry made from a descriptor that has changed since
  stale_use,
  // every core, TLB, cache and device begins anew; memory keeps what no image is loaded over
  reset,
  count
};
inline constexpr unsigned kEventKinds = static_cast<unsigned>(EventKind::count);

constexpr bool is_canonical(EventKind kind) { return kind < EventKind::read; }
constexpr std::uint64_t event_bit(EventKind kind) { return 1ull << static_cast<unsigned>(kind); }

// One field of an event: bits hi..lo of payload word `word` (0 = a, 1 = b, 2 = c, 3 = d).
struct EventField {
  enum class Format : std::uint8_t { hex, decimal };
  std::string_view name;
  std::uint8_t word = 0;
  std::uint8_t hi = 63;
  std::uint8_t lo = 0;
  Format format = Format::hex;
};

struct EventDescription {
  EventKind kind;
  std::string_view name;
  std::string_view meaning;
  std::array<EventField, 9> fields;  // unused ones have an empty name
};

// All kinds in the order of EventKind.
const std::array<EventDescription, kEventKinds>& event_alphabet();

// Packing of word d for the translation kinds. Structure of a TLB entry:
enum class TlbStructure : std::uint8_t { l1_instruction, l1_data, l2, walk_cache, ipa_cache };
inline constexpr unsigned kTlbStructures = 5;
std::string_view tlb_structure_name(TlbStructure structure);

}  // namespace armature
