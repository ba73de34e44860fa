#include "cpu/stop_points.h"

#include "cpu/core.h"
#include "cpu/fast_path.h"
#include "cpu/state.h"
#include "sim/base/bits.h"

namespace armature::cpu {
namespace {

constexpr std::uint64_t kLongestAccess = 64;  // LD4 and DC ZVA

// Without the tag byte: bit 55 repeated.
std::uint64_t untagged(std::uint64_t va) { return static_cast<std::uint64_t>(sign_extend(va, 56)); }

std::uint64_t line_of(std::uint64_t va) { return untagged(va) / kLineBytes; }

// LDP, STP and their kin: Loads and Stores, register pair.
bool is_pair(std::uint32_t word) { return (word & 0x3a00'0000) == 0x2800'0000; }
// Advanced SIMD load/store multiple structures, with and without post-index.
bool is_structures(std::uint32_t word) { return (word & 0xbf20'0000) == 0x0c00'0000; }

std::uint64_t base_of(std::uint32_t word, const CoreState& state) {
  const auto rn = static_cast<unsigned>(bits(word, 9, 5));
  return state.x[rn == 31 ? kSp : rn];
}

std::uint64_t whole_pair(std::uint32_t word, const CoreState& state, std::uint64_t va) {
  const auto opc = static_cast<unsigned>(bits(word, 31, 30));
  const bool vector = bit(word, 26);
  const unsigned size_log2 = vector ? 2 + opc : opc == 2 ? 3 : 2;
  constexpr unsigned kPostIndex = 1;
  const bool post = bits(word, 24, 23) == kPostIndex;
  const auto offset = static_cast<std::uint64_t>(sign_extend(bits(word, 21, 15), 7)) << size_log2;
  const std::uint64_t first = base_of(word, state) + (post ? 0 : offset);
  return va == first ? 2ull << size_log2 : 0;
}

std::uint64_t whole_structures(std::uint32_t word, const CoreState& state, std::uint64_t va) {
  if (va != base_of(word, state)) return 0;
  std::uint64_t registers = 4;
  switch (bits(word, 15, 12)) {
    case 0b0111:
      registers = 1;
      break;
    case 0b1000:
    case 0b1010:
      registers = 2;
      break;
    case 0b0100:
    case 0b0110:
      registers = 3;
      break;
    default:
      break;
  }
  return registers * (bit(word, 30) ? 16 : 8);
}

}  // namespace

bool StopPoints::line_has_breakpoint(std::uint64_t pc) const {
  for (const Breakpoint& point : breakpoints) {
    if (point.address / kLineBytes == pc / kLineBytes) return true;
  }
  return false;
}

const StopPoints::Breakpoint* StopPoints::breakpoint_at(std::uint64_t pc, El el) const {
  for (const Breakpoint& point : breakpoints) {
    if (point.address == pc && (point.levels >> static_cast<unsigned>(el) & 1) != 0) return &point;
  }
  return nullptr;
}

const StopPoints::Watchpoint* StopPoints::watchpoint_at(std::uint64_t va, std::uint64_t bytes,
                                                        bool write) const {
  const std::uint64_t first = untagged(va);
  for (const Watchpoint& point : watchpoints) {
    const std::uint64_t from = untagged(point.address);
    if ((write ? point.writes : point.reads) &&
        first - from + bytes - 1 < point.bytes + bytes - 1) {
      return &point;
    }
  }
  return nullptr;
}

bool StopPoints::line_may_reach_watchpoint(std::uint64_t va) const {
  const std::uint64_t line = line_of(va);
  for (const Watchpoint& point : watchpoints) {
    const std::uint64_t first = line_of(point.address - kLongestAccess);
    const std::uint64_t last = line_of(point.address + point.bytes - 1);
    if (line - first <= last - first) return true;
  }
  return false;
}

std::uint64_t whole_access(std::uint32_t word, const CoreState& state, std::uint64_t va) {
  if (is_pair(word)) return whole_pair(word, state, va);
  if (is_structures(word)) return whole_structures(word, state, va);
  return 0;
}

// ---- Core's side

void Core::stop_points_changed() {
  fast_->drop_grants();
  update_usual_misses();
}

bool Core::stopped_before_access() const {
  return machine.stops != nullptr && machine.stops->hit.cause == StopPoints::Cause::watchpoint;
}

bool Core::stops_before_access(std::uint64_t va, unsigned bytes, bool write) {
  StopPoints& stops = *machine.stops;
  if (!stops.armed || current == nullptr) return false;
  const std::uint64_t whole = whole_access(current->word, state, va);
  const auto* point = stops.watchpoint_at(va, whole != 0 ? whole : bytes, write);
  if (point == nullptr) return false;
  stops.hit = {StopPoints::Cause::watchpoint, id, point->address, *point};
  machine.stop_requested = true;
  return true;
}

bool Core::stops_before_instruction() {
  StopPoints& stops = *machine.stops;
  if (!stops.armed || stops.breakpoint_at(state.pc, state.ps.el) == nullptr) return false;
  stops.hit = {StopPoints::Cause::breakpoint, id, state.pc, {}};
  machine.stop_requested = true;
  return true;
}

void Core::turn_made() {
  StopPoints* const stops = machine.stops;
  if (stops == nullptr || stops->is_hit() || !stops->wants_turn_of(id)) return;
  stops->hit = {StopPoints::Cause::turn, id, state.pc, {}};
  machine.stop_requested = true;
}

}  // namespace armature::cpu
