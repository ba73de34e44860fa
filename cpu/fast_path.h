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

struct FastPath {
  FastPath(unsigned l1d_slots, unsigned l1i_slots, unsigned dtlb_slots, unsigned itlb_slots)
      : lines(l1d_slots), pages(dtlb_slots), l1i_users(l1i_slots), itlb_users(itlb_slots) {
    for (ContextSlot& slot : contexts) empty_slot(slot);
  }

  // ---- data side
  static constexpr unsigned kContexts = 8;
  struct ContextSlot {
    mmu::TranslationContext context{};
    bool used = false;
    // Distinguish successive contexts of this slot, and whether FP instructions trap in them.
    std::array<std::uint32_t, 2> serials{};
    bool translated = false;  // fetches consult the ITLB
    std::uint8_t bit = 0;       // 1 << its number
    L0Entry* grants = nullptr;  // its filter
    std::uint64_t last_use = 0;
  };
  static constexpr unsigned kFilter = 2 * kL0Entries;
  std::array<ContextSlot, kContexts> contexts{};
  ContextSlot* context = nullptr;  // of the current translation context; nullptr: no filter
  // The filters of all contexts, and one that is consulted when nothing may be filtered.
  std::vector<L0Entry> grants = std::vector<L0Entry>((kContexts + 1) * kFilter);
  L0Entry* no_grants() { return &grants[kContexts * kFilter]; }
  void empty_slot(ContextSlot& slot);
  std::uint32_t serials = 0;
  std::uint64_t uses = 0;

  // The one read and one write grant of an L1D line, by number in `grants`: kNone is one of no_grants().
  struct LineGrants {
    static constexpr std::uint16_t kNone = kContexts * kFilter;
    std::uint16_t read = kNone, write = kNone;
    std::uint32_t host_line = 0;  // bits 37..6 of the address of its bytes
  };
  std::vector<LineGrants> lines;
  // An entry may serve another line by now; then it is not this one's to revoke. (That the bits are the
  // same and the line another is no harm: a grant too few shows nowhere.) Without branches, since
  // whether there is a grant, whether it is still this line's and `really` are hard to predict.
  void revoke(std::uint16_t number, std::uint32_t host_line, bool really = true) {
    L0Entry& entry = grants[number];
    const bool is_same = host_line_of(entry.tag + entry.addend) == host_line;
    entry.tag |= 0 - std::uint64_t{is_same && really};
  }
  static std::uint32_t host_line_of(std::uint64_t host) {
    return static_cast<std::uint32_t>(host / kLineBytes);
  }
  // Which filter entries rest on a micro-TLB entry, or did: those of `numbers`, and any of the page's in
  // these contexts once there were more.
  struct PageGrants {
    static constexpr unsigned kNumbers = 15;
    std::uint8_t count = 0;
    std::uint8_t contexts = 0;  // bit per ContextSlot
    std::array<std::uint16_t, kNumbers> numbers{};
  };
  static_assert(sizeof(PageGrants) == 32);
  std::vector<PageGrants> pages;

  // The caller has looked at the stop points.
  void grant(ContextSlot& slot, std::uint64_t va, const cache::DataLine& line, unsigned dtlb_slot,
             bool write);
  void drop_line(unsigned slot);
  void drop_write(unsigned slot);
  void drop_victim(unsigned slot, unsigned other, bool other_too);
  void drop_page(unsigned slot, std::uint64_t va, std::uint64_t bytes);
  // Forgets the write grants of a frame, and with `reads_too` those for reads.
  void drop_frame(std::uint64_t host_frame, bool reads_too);
  void drop_everything();
  void drop_grants();                  // and jump entries; contexts stay
  StopPoints* const* stops = nullptr;  // lines that hold one get no jump entries

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
  const std::uint64_t va_line = va & ~(kLineBytes - 1);
  const unsigned index = l0_index(va);
  const std::uint64_t host = reinterpret_cast<std::uint64_t>(line.data);
  L0Entry* const entry = slot.grants + (write ? kL0Writes : 0) + index;
  const auto number = static_cast<std::uint16_t>(entry - grants.data());
  LineGrants& of_line = lines[line.slot];
  std::uint16_t& owner = write ? of_line.write : of_line.read;
  of_line.host_line = host_line_of(host);
  if (owner != number && owner != LineGrants::kNone) revoke(owner, of_line.host_line);
  owner = number;
  *entry = {va_line, host - va_line};
  PageGrants& page = pages[dtlb_slot];
  if (page.count < PageGrants::kNumbers) {
    page.numbers[page.count++] = number;
  } else {
    page.contexts |= slot.bit;
  }
}

}  // namespace armature::cpu
