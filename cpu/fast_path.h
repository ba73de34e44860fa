// The invisible fast path of a core: the L0 filter of data accesses and the predecoded blocks.
// Nothing here is state: it is rebuilt from nothing and changes no result (design section 6).
#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

#include "cpu/core.h"
#include "cpu/decode.h"

namespace armature::cpu {

struct LineCode;

// A predecoded fetch group: from its first instruction to the line's end or the first one that
// ends a group.
struct Block {
  std::vector<Insn> insns;
  const LineCode* line = nullptr;
  std::uint32_t cost = 0;  // sum of base costs, 1/16 cycles
};

// All blocks of one 64-byte line as some L1I holds it. Keyed by physical address and decode mode;
// valid for exactly these bytes, so old code runs while its L1I line lives and no longer.
struct LineCode {
  std::array<std::uint32_t, 16> words{};
  std::array<std::unique_ptr<Block>, 16> blocks{};
};

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
    bool translated = false;      // fetches consult the ITLB
    std::uint64_t last_use = 0;
    L0Filter filter{};
  };
  std::array<ContextSlot, kContexts> contexts{};
  L0Filter empty{};               // what is consulted when nothing may be filtered
  ContextSlot* context = nullptr; // of the current translation context; nullptr: no filter
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
    std::uint8_t contexts = 0;            // bit per ContextSlot
    std::array<std::uint64_t, kL0Entries / 64> indices{};
  };
  std::vector<PageGrants> pages;

  void grant(ContextSlot& slot, std::uint64_t va, const cache::DataLine& line,
             unsigned dtlb_slot, bool write);
  void drop_line(unsigned slot, bool keep_read);
  void drop_page(unsigned slot, std::uint64_t va, std::uint64_t bytes);
  void drop_frame_writes(std::uint64_t host_frame);
  void drop_everything();

  // ---- instruction side
  // Where a fetch from `pc` leads while its L1I line and its ITLB entry live: an entry is dropped
  // with either of them, so that a hit is one comparison.
  struct JumpEntry {
    std::uint64_t pc = ~0ull;
    const Block* block = nullptr;
    std::uint32_t serial = 0;       // of the context
    std::uint16_t itlb_slot = 0, l1i_slot = 0;
    bool translated = false;        // the ITLB was consulted: the entry rests on itlb_slot
  };
  static constexpr unsigned kJumpEntries = 16384;
  static constexpr unsigned jump_index(std::uint64_t pc) {
    return static_cast<unsigned>(pc >> 2 ^ pc >> 16) % kJumpEntries;
  }
  std::vector<JumpEntry> jump = std::vector<JumpEntry>(kJumpEntries);
  // Indices of jump entries that rested on a slot when they were made.
  using Users = std::vector<std::uint16_t>;
  static constexpr std::size_t kUsersMax = 4 * kJumpEntries;
  std::vector<Users> l1i_users;
  std::vector<Users> itlb_users;
  bool fp_trapped = false;
  std::uint32_t serial = 0;           // of the current context and fp_trapped
  const Block* fetched = nullptr;     // of the last fetch_line()
  const LineCode* running = nullptr;  // whose block runs: to materialise the fetch buffer

  void set_jump(std::uint64_t pc, const Block& block, bool translated, unsigned itlb_slot,
                unsigned l1i_slot);
  void drop_l1i_slot(unsigned slot);
  void drop_itlb_slot(unsigned slot);

  struct CodeKey {
    std::uint64_t pa_and_mode;
    bool operator==(const CodeKey&) const = default;
  };
  struct CodeHash {
    std::size_t operator()(CodeKey key) const { return key.pa_and_mode * 0x9e3779b97f4a7c15ull >> 17; }
  };
  std::unordered_map<CodeKey, std::unique_ptr<LineCode>, CodeHash> code;

  const LineCode& line_code(PhysicalAddress pa, const std::uint8_t* bytes);
  const Block& block_of(const LineCode& code, unsigned index, const DecodeContext& mode);
  void drop_jumps();
  void drop_code();
};

}  // namespace armature::cpu
