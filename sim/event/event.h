// One event: what happened, where in the order of execution, on which core. Trivially copyable,
// 64 bytes; the same record in memory, in the binary log and as a NumPy structured array.
#pragma once

#include <cstdint>
#include <type_traits>

#include "sim/event/alphabet.h"

namespace armature {

// Masters that are not cores publish with this in `core` and their StreamID in word c or d.
inline constexpr std::uint8_t kMasterDevice = 0xff;

struct Event {
  std::uint64_t sequence = 0;  // number of the canonical event, or of the one it follows
  std::uint64_t cycle = 0;     // the core's local time, in 1/16 cycles
  std::uint64_t pc = 0;
  EventKind kind = EventKind::exception_entry;
  std::uint8_t core = 0;
  std::uint8_t el = 0;
  std::uint8_t reserved = 0;
  std::uint16_t vmid = 0;
  std::uint16_t asid = 0;
  std::uint64_t a = 0, b = 0, c = 0;  // per kind: event_alphabet()
  std::uint32_t d = 0;
  std::uint32_t sub = 0;  // not canonical: 1, 2, ... after the canonical event; else 0
};
static_assert(sizeof(Event) == 64 && std::is_trivially_copyable_v<Event>);

}  // namespace armature
