// The invisible fast path of a core: the L0 filter of data accesses and the predecoded blocks.
// Nothing here is state: it is rebuilt from nothing and changes no result (design section 6).
#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

#include "cpu/block.h"
#include "cpu/core.h"
#include "cpu/decode.h"
#include "cpu/stop_points.h"

namespace armature::cpu {

// The entry may serve another line by now; then it is not ours to revoke.
inline void revoke(L0Entry* entry, std::uint64_t host_line) {
  if (entry != nullptr && entry->tag != ~0ull && entry->tag + entry->addend == host_line) {
    entry->tag = ~0ull;
  }
}

struct FastPath {
  FastPath(unsigned l1d_slots, unsigned l1i_slots, unsigned dtlb_slots, unsigned itlb_slots)
      : lines(l1d_slots), pages(dtlb_slots), l1i_users(l1i_slots), itlb_users(itlb_slots) {}

  // ---- data side
  static constexpr unsigned kContexts = 8;
  struct ContextSlot {
    mmu::TranslationContext context{};
    bool used = false;
    // Distinguish successive contexts of this slot, and whether FP instructions trap in them.
    std::array<std::uint32_t, 2> serials{};
    bool translated = false;  // fetches consult the ITLB
    std::uint8_t bit = 0;     // 1 << its number
    std::uint64_t last_use = 0;
    L0Filter filter{};
  };
  std::array<ContextSlot, kContexts> contexts{};
  L0Filter empty{};                // what is consulted when nothing may be filtered
  ContextSlot* context = nullptr;  // of the current translation context; nullptr: no filter
  std::uint32_t serials = 0;
  std::uint64_t uses = 0;

  // The one read and one write grant of an L1D line.
  struct LineGrants {
    L0Entry* read = nullptr;
    L0Entry* write = nullptr;
    std::uint64_t host_line = 0;
  };
  std::vector<LineGrants> lines;
  // Which filter entries rest on a micro-TLB entry.
  struct PageGrants {
    std::uint8_t contexts = 0;  // bit per ContextSlot
    std::uint8_t words = 0;     // bit per word of indices that is not zero
    std::array<std::uint64_t, kL0Entries / 64> indices{};
  };
  std::vector<PageGrants> pages;

  void grant(ContextSlot& slot, std::uint64_t va, const cache::DataLine& line, unsigned dtlb_slot,
             bool write);
  void drop_line(unsigned slot, bool keep_read);
  void drop_page(unsigned slot, std::uint64_t va, std::uint64_t bytes);
  // Forgets the write grants of a frame, and with `reads_too` those for reads.
  void drop_frame(std::uint64_t host_frame, bool reads_too);
  void drop_everything();
  void drop_grants();                  // and jump entries; contexts stay
  StopPoints* const* stops = nullptr;  // lines that hold one get no grants

  // ---- instruction side
  std::vector<JumpEntry> jump = std::vector<JumpEntry>(kJumpEntries);
  // Indices of jump entries that rested on a slot when they were made.
  using Users = std::vector<std::uint16_t>;
  static constexpr std::size_t kUsersMax = 4 * kJumpEntries;
  std::vector<Users> l1i_users;
  std::vector<Users> itlb_users;
  bool fp_trapped = false;
  std::uint32_t serial = 0;           // of the current context and fp_trapped
  const LineCode* running = nullptr;  // that the last fetch found; nullptr: not cacheable

  void set_jump(std::uint64_t pc, const LineCode& line, bool translated, unsigned itlb_slot,
                unsigned l1i_slot);
  void drop_l1i_slot(unsigned slot);
  void drop_itlb_slot(unsigned slot);

  // Decoded lines, and where the last few thousand of them are.
  std::unordered_map<std::uint64_t, std::unique_ptr<LineCode>> code;
  static constexpr unsigned kRecentLines = 8192;
  std::vector<const LineCode*> recent = std::vector<const LineCode*>(kRecentLines);
  std::size_t lines_of_code_max = 1 << 16;

  const LineCode& line_code(PhysicalAddress pa, const std::uint8_t* bytes, const Costs& costs);
  void drop_jumps();
  void drop_code();
};

inline void FastPath::grant(ContextSlot& slot, std::uint64_t va, const cache::DataLine& line,
                            unsigned dtlb_slot, bool write) {
  if (*stops != nullptr && (*stops)->line_may_reach_watchpoint(va)) [[unlikely]]
    return;
  const std::uint64_t va_line = va & ~(kLineBytes - 1);
  const unsigned index = (va / kLineBytes) % kL0Entries;
  const std::uint64_t host = reinterpret_cast<std::uint64_t>(line.data);
  LineGrants& grants = lines[line.slot];
  if (grants.host_line != host) grants = {nullptr, nullptr, host};
  L0Entry*& owner = write ? grants.write : grants.read;
  L0Entry& entry = write ? slot.filter.write[index] : slot.filter.read[index];
  if (owner != &entry) revoke(owner, host);
  owner = &entry;
  entry = {va_line, host - va_line};
  PageGrants& page = pages[dtlb_slot];
  page.contexts |= slot.bit;
  page.words |= static_cast<std::uint8_t>(1u << (index / 64));
  page.indices[index / 64] |= 1ull << (index % 64);
}

}  // namespace armature::cpu
