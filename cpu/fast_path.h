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

// A predecoded fetch group: from its first instruction to the line's end or the first one that
// ends a group.
struct Block {
  std::vector<Insn> insns;
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
      : lines(l1d_slots), pages(dtlb_slots), l1i_generation(l1i_slots), itlb_generation(itlb_slots) {}

  // ---- data side
  static constexpr unsigned kContexts = 8;
  struct ContextSlot {
    mmu::TranslationContext context{};
    bool used = false;
    std::uint32_t serial = 0;     // distinguishes successive contexts of this slot
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
  struct JumpEntry {
    std::uint64_t pc = ~0ull;
    std::uint32_t serial = 0;       // of the context
    std::uint32_t itlb_generation = 0, l1i_generation = 0;
    std::uint16_t itlb_slot = 0, l1i_slot = 0;
    bool translated = false;        // the ITLB was consulted
    bool fp_trapped = false;
    const Block* block = nullptr;
    const LineCode* code = nullptr;
  };
  static constexpr unsigned kJumpEntries = 4096;
  std::vector<JumpEntry> jump = std::vector<JumpEntry>(kJumpEntries);
  std::vector<std::uint32_t> l1i_generation;
  std::vector<std::uint32_t> itlb_generation;
  bool fp_trapped = false;
  const LineCode* running = nullptr;  // whose block runs: to materialise the fetch buffer

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
  void drop_code();
};

}  // namespace armature::cpu
