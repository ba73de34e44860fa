// Saving and loading: the arrays as they are, side copies only where they differ.
#include <array>

#include "cache/hierarchy.h"
#include "cache/state.h"
#include "sim/base/user_error.h"
#include "sim/snapshot/bytes.h"

namespace armature::cache {
namespace {

struct Saver {
  std::vector<std::uint8_t>& out;
  template <typename T>
  void operator()(const T& value) const {
    put(out, value);
  }
};

struct Loader {
  std::span<const std::uint8_t>& in;
  template <typename T>
  void operator()(T& value) const {
    value = take<T>(in);
  }
  template <typename T, typename Allocator>
  void operator()(std::vector<T, Allocator>& values) const {
    take_into(in, values, "a cache");
  }
};

// What L1dLine and L2Line save: without padding.
struct SavedL1d {
  std::uint32_t l2_slot, state;
};
struct SavedL2 {
  std::uint16_t sharers;
  std::uint8_t owner, flags;
};
constexpr std::uint8_t kDirty = 1, kPouDiffers = 2, kPocDiffers = 4;

void save_l1d(const std::vector<L1dLine>& lines, std::vector<std::uint8_t>& out) {
  for (const auto& line : lines) {
    put(out, SavedL1d{line.l2_slot, static_cast<std::uint32_t>(line.state)});
  }
}

void save_l2(const L2& l2, std::vector<std::uint8_t>& out) {
  for (unsigned slot = 0; slot < l2.lines.size(); ++slot) {
    const L2Line& line = l2.lines[slot];
    const unsigned flags = (line.dirty ? kDirty : 0u) | (line.pou_differs ? kPouDiffers : 0u) |
                           (line.poc_differs ? kPocDiffers : 0u);
    put(out, SavedL2{line.sharers, line.owner, static_cast<std::uint8_t>(flags)});
    if (line.pou_differs) put(out, l2.side[slot].pou);
    if (line.poc_differs) put(out, l2.side[slot].poc);
  }
}

void take_line(std::span<const std::uint8_t>& in, std::uint8_t* to) {
  const auto line = take<std::array<std::uint8_t, kLineBytes>>(in);
  copy_line(to, line.data());
}

[[noreturn]] void refuse(const char* what) {
  throw UserError(std::string("snapshot: the caches cannot be restored: ") + what);
}

void check_address(MemoryMap& memory, const TagArray& tags, unsigned slot) {
  if (tags.valid(slot) && memory.host(tags.line_address(slot)) == nullptr) {
    refuse("a cached line lies outside this machine's memory");
  }
}

void load_l1d(L1d& l1d, std::size_t l2_slots, MemoryMap& memory,
              std::span<const std::uint8_t>& in) {
  for (unsigned slot = 0; slot < l1d.lines.size(); ++slot) {
    const auto saved = take<SavedL1d>(in);
    if (saved.l2_slot >= l2_slots || saved.state > 3) refuse("a line of L1D is damaged");
    check_address(memory, l1d.tags, slot);
    l1d.lines[slot] = {saved.l2_slot, static_cast<Mesi>(saved.state)};
  }
}

void load_l2(L2& l2, std::size_t cores, MemoryMap& memory, std::span<const std::uint8_t>& in) {
  for (unsigned slot = 0; slot < l2.lines.size(); ++slot) {
    const auto saved = take<SavedL2>(in);
    if (saved.sharers >> cores != 0 || (saved.owner >= cores && saved.owner != kNoOwner)) {
      refuse("a line of L2 is damaged");
    }
    L2Line& line = l2.lines[slot];
    check_address(memory, l2.tags, slot);
    line.sharers = saved.sharers;
    line.owner = saved.owner;
    line.dirty = (saved.flags & kDirty) != 0;
    line.pou_differs = (saved.flags & kPouDiffers) != 0;
    line.poc_differs = (saved.flags & kPocDiffers) != 0;
    if (line.pou_differs) take_line(in, l2.pou_bytes(slot));
    if (line.poc_differs) take_line(in, l2.poc_bytes(slot));
  }
}

}  // namespace

void Hierarchy::save(std::vector<std::uint8_t>& out) const {
  State& s = *state_;
  const Saver saver{out};
  put(out, s.geometry);
  for (auto& c : s.cores) {
    put(out, c.monitor);
    put(out, c.statistics);
    put(out, c.l1i.tags.words());
    put(out, c.l1i.data);
    c.l1i.replacement.exchange(saver);
    put(out, c.l1d.tags.words());
    save_l1d(c.l1d.lines, out);
    c.l1d.replacement.exchange(saver);
  }
  put(out, s.shared);
  put(out, s.l2.tags.words());
  save_l2(s.l2, out);
  s.l2.replacement.exchange(saver);
}

void Hierarchy::load(std::span<const std::uint8_t>& in) {
  State& s = *state_;
  const Loader loader{in};
  if (take<decltype(s.geometry)>(in) != s.geometry) {
    refuse("core count, cache geometry or replacement differ from this machine's");
  }
  for (unsigned n = 0; n < s.cores.size(); ++n) {
    CoreCaches& c = s.cores[n];
    s.set_monitor(n, take<std::uint64_t>(in));
    c.statistics = take<CoreStatistics>(in);
    c.l1i.tags.replace_all(loader);
    loader(c.l1i.data);
    c.l1i.replacement.exchange(loader);
    c.l1d.tags.replace_all(loader);
    load_l1d(c.l1d, s.l2.lines.size(), s.memory, in);
    c.l1d.replacement.exchange(loader);
  }
  s.shared = take<SharedStatistics>(in);
  s.l2.tags.replace_all(loader);
  load_l2(s.l2, s.cores.size(), s.memory, in);
  s.l2.replacement.exchange(loader);
  for (auto& c : s.cores) {
    if (c.observer == nullptr) continue;
    for (unsigned slot = 0; slot < c.l1d.tags.slots(); ++slot) c.observer->l1d_line_lost(slot);
    for (unsigned slot = 0; slot < c.l1i.tags.slots(); ++slot) c.observer->l1i_line_lost(slot);
  }
}

}  // namespace armature::cache
