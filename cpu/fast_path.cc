#include "cpu/fast_path.h"

#include <bit>
#include <cstring>

namespace armature::cpu {
namespace {

static_assert(kL0Entries / 64 == 8, "PageGrants::words has a bit for each");

}  // namespace

void FastPath::drop_line(unsigned slot, bool keep_read) {
  LineGrants& grants = lines[slot];
  revoke(grants.write, grants.host_line);
  grants.write = nullptr;
  if (keep_read) return;
  revoke(grants.read, grants.host_line);
  grants.read = nullptr;
}

void FastPath::drop_page(unsigned slot, std::uint64_t va, std::uint64_t bytes) {
  PageGrants& page = pages[slot];
  for (unsigned slots = page.contexts; slots != 0; slots &= slots - 1) {
    L0Filter& filter = contexts[static_cast<unsigned>(std::countr_zero(slots))].filter;
    for (unsigned words = page.words; words != 0; words &= words - 1) {
      const unsigned word = static_cast<unsigned>(std::countr_zero(words));
      for (std::uint64_t left = page.indices[word]; left != 0; left &= left - 1) {
        const unsigned index = word * 64 + static_cast<unsigned>(std::countr_zero(left));
        if (filter.read[index].tag - va < bytes) filter.read[index].tag = ~0ull;
        if (filter.write[index].tag - va < bytes) filter.write[index].tag = ~0ull;
      }
    }
  }
  for (unsigned words = page.words; words != 0; words &= words - 1) {
    page.indices[static_cast<unsigned>(std::countr_zero(words))] = 0;
  }
  page.contexts = page.words = 0;
}

void FastPath::drop_frame(std::uint64_t host_frame, bool reads_too) {
  const auto drop = [&](auto& entries) {
    for (L0Entry& entry : entries) {
      if (entry.tag != ~0ull && entry.tag + entry.addend - host_frame < kFrameBytes) {
        entry.tag = ~0ull;
      }
    }
  };
  for (auto& slot : contexts) {
    drop(slot.filter.write);
    if (reads_too) drop(slot.filter.read);
  }
}

void FastPath::drop_everything() {
  for (auto& slot : contexts) slot = {};
  context = nullptr;
  for (auto& line : lines) line = {};
  for (auto& page : pages) page = {};
  drop_jumps();
}

void FastPath::drop_grants() {
  for (auto& slot : contexts) slot.filter = {};
  for (auto& line : lines) line = {};
  for (auto& page : pages) page = {};
  drop_jumps();
}

void FastPath::set_jump(std::uint64_t pc, const LineCode& line, bool translated, unsigned itlb_slot,
                        unsigned l1i_slot) {
  if (*stops != nullptr && (*stops)->line_has_breakpoint(pc)) [[unlikely]]
    return;
  const unsigned index = jump_index(pc);
  const auto note = [index](Users& users, auto drop) {
    if (users.size() >= kUsersMax) drop();  // leaves it empty
    users.push_back(static_cast<std::uint16_t>(index));
  };
  note(l1i_users[l1i_slot], [&] { drop_l1i_slot(l1i_slot); });
  if (translated) note(itlb_users[itlb_slot], [&] { drop_itlb_slot(itlb_slot); });
  jump[index] = {.pc = pc,
                 .first = &line.insns[LineCode::index_of(pc)],
                 .serial = serial,
                 .itlb_slot = static_cast<std::uint16_t>(itlb_slot),
                 .l1i_slot = static_cast<std::uint16_t>(l1i_slot),
                 .translated = translated};
}

void FastPath::drop_l1i_slot(unsigned slot) {
  for (const std::uint16_t index : l1i_users[slot]) {
    if (jump[index].l1i_slot == slot) jump[index].pc = ~0ull;
  }
  l1i_users[slot].clear();
}

void FastPath::drop_itlb_slot(unsigned slot) {
  for (const std::uint16_t index : itlb_users[slot]) {
    if (jump[index].itlb_slot == slot) jump[index].pc = ~0ull;
  }
  itlb_users[slot].clear();
}

void FastPath::drop_jumps() {
  for (JumpEntry& entry : jump) entry = {};
  for (auto& users : l1i_users) users.clear();
  for (auto& users : itlb_users) users.clear();
  running = nullptr;
}

namespace {

bool stays_in_line(const Insn& insn) {
  const bool by_immediate = (insn.flags & kEndsGroup) != 0 && (insn.flags & kBranchesByImmediate) != 0;
  return by_immediate && insn.index * 4ull + insn.imm < kLineBytes;
}

void decode_line(LineCode& line, const DecodeContext& mode) {
  for (unsigned n = 0; n < LineCode::kInsns; ++n) {
    line.insns[n].index = static_cast<std::uint8_t>(n);
    decode(line.words[n], mode, line.insns[n]);
  }
  line.insns[LineCode::kInsns] = {.handler = end_of_line, .index = LineCode::kInsns};
  for (unsigned n = LineCode::kInsns; n-- > 0;) {
    Insn& insn = line.insns[n];
    const bool last =
        n + 1 == LineCode::kInsns || (insn.flags & (kEndsGroup | kMayFallThrough)) == kEndsGroup;
    if (last) insn.flags |= kLastOfBlock;
    if (stays_in_line(insn)) insn.flags |= kStaysInLine;
    insn.block_cost =
        static_cast<std::uint16_t>(insn.cost + (last ? 0 : line.insns[n + 1].block_cost));
  }
}


// memcmp() of one line, without the call.
bool is_same_line(const std::uint32_t* words, const std::uint8_t* bytes) {
  std::uint64_t differences = 0;
  for (unsigned n = 0; n < kLineBytes / 8; ++n) {
    std::uint64_t a, b;
    std::memcpy(&a, words + 2 * n, 8);
    std::memcpy(&b, bytes + 8 * n, 8);
    differences |= a ^ b;
  }
  return differences == 0;
}

}  // namespace

const LineCode& FastPath::line_code(PhysicalAddress pa, const std::uint8_t* bytes,
                                    const Costs& costs) {
  const std::uint64_t key = (pa.value & ~(kLineBytes - 1)) | (fp_trapped ? 1u : 0u);
  const LineCode*& hint = recent[(key / kLineBytes + key % 2 * (kRecentLines / 2)) % kRecentLines];
  if (hint != nullptr && hint->key == key && is_same_line(hint->words.data(), bytes)) return *hint;
  if (code.size() >= lines_of_code_max) drop_code();
  auto& entry = code[key];
  if (entry == nullptr) entry = std::make_unique<LineCode>();
  // Other bytes than before: the L1I line that held those is gone, and jump entries with it.
  if (entry->key != key || std::memcmp(entry->words.data(), bytes, kLineBytes) != 0) {
    entry->key = key;
    std::memcpy(entry->words.data(), bytes, kLineBytes);
    decode_line(*entry, {&costs, fp_trapped});
  }
  hint = entry.get();
  return *hint;
}

void FastPath::drop_code() {
  drop_jumps();
  for (auto& line : recent) line = nullptr;
  code.clear();
}

}  // namespace armature::cpu
