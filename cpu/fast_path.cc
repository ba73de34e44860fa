#include "cpu/fast_path.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

namespace armature::cpu {

void FastPath::empty_slot(ContextSlot& slot) {
  const auto number = static_cast<unsigned>(&slot - contexts.data());
  slot = {.bit = static_cast<std::uint8_t>(1u << number), .grants = &grants[number * kFilter]};
  std::fill_n(slot.grants, kFilter, L0Entry{});
}

void FastPath::drop_write(unsigned slot) {
  LineGrants& line = lines[slot];
  revoke(std::exchange(line.write, LineGrants::kNone), line.host_line);
}

void FastPath::drop_line(unsigned slot) {
  drop_write(slot);
  LineGrants& line = lines[slot];
  revoke(std::exchange(line.read, LineGrants::kNone), line.host_line);
}

void FastPath::drop_victim(unsigned slot, unsigned other, bool other_too) {
  LineGrants& line = lines[slot];
  LineGrants& second = lines[other];
  if ((line.write & second.write) != LineGrants::kNone) {
    drop_write(slot);
    if (other_too) drop_write(other);
  }
  revoke(std::exchange(line.read, LineGrants::kNone), line.host_line);
  revoke(second.read, second.host_line, other_too);
  // second.read = other_too ? kNone : second.read, which the compiler would make a branch.
  const auto mask = static_cast<std::uint16_t>(0 - unsigned{other_too});
  second.read = static_cast<std::uint16_t>((second.read & ~mask) | (LineGrants::kNone & mask));
}

void FastPath::drop_page(unsigned slot, std::uint64_t va, std::uint64_t bytes) {
  const auto drop = [va, bytes](L0Entry& entry) {  // which of them are of the page is hard to predict
    entry.tag |= 0 - std::uint64_t{entry.tag - va < bytes};
  };
  PageGrants& page = pages[slot];
  const unsigned count = std::exchange(page.count, std::uint8_t{0});
  drop(grants[page.numbers[0]]);  // the first two even where there are none: how many is hard to predict
  drop(grants[page.numbers[1]]);
  for (unsigned n = 2; n < count; ++n) drop(grants[page.numbers[n]]);
  for (unsigned left = std::exchange(page.contexts, std::uint8_t{0}); left != 0; left &= left - 1) {
    L0Entry* const filter = contexts[static_cast<unsigned>(std::countr_zero(left))].grants;
    const unsigned first = l0_index(va);
    const std::uint64_t count_of_page = std::min<std::uint64_t>(bytes / kLineBytes, kL0Entries);
    for (unsigned n = 0; n < count_of_page; ++n) {
      drop(filter[(first + n) % kL0Entries]);
      drop(filter[kL0Writes + (first + n) % kL0Entries]);
    }
  }
}

void FastPath::drop_frame(std::uint64_t host_frame, bool reads_too) {
  for (ContextSlot& slot : contexts) {
    for (unsigned n = reads_too ? 0 : kL0Writes; n < kL0Writes + kL0Entries; ++n) {
      L0Entry& entry = slot.grants[n];
      if (entry.tag != ~0ull && entry.tag + entry.addend - host_frame < kFrameBytes) entry = {};
    }
  }
}

void FastPath::drop_everything() {
  for (ContextSlot& slot : contexts) empty_slot(slot);
  context = nullptr;
  drop_grants();
}

void FastPath::drop_grants() {
  std::fill(grants.begin(), grants.end(), L0Entry{});
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

// ---- What the caches and the MMU tell the core

void Core::l1d_line_lost(unsigned slot) { fast_->drop_line(slot); }
void Core::l1d_victim_lost(unsigned slot, unsigned other, bool other_too) {
  fast_->drop_victim(slot, other, other_too);
}
void Core::l1d_write_lost(unsigned slot) { fast_->drop_write(slot); }
// The block being executed may have been found through it: what comes next has to be fetched.
void Core::l1i_line_lost(unsigned slot) {
  fast_->drop_l1i_slot(slot);
  if (current != nullptr) end_group();
}
void Core::l1i_entry_lost(unsigned slot) {
  fast_->drop_itlb_slot(slot);
  if (current != nullptr) end_group();
}
void Core::monitor_cleared() {
  machine.part_windows();
  state.event_register = true;
}

void Core::l1d_entry_lost(unsigned slot, VirtualAddress va, std::uint64_t bytes) {
  fast_->drop_page(slot, va.value, bytes);
}

void Core::frame_write_protected(PhysicalAddress frame) {
  if (auto* host = machine.memory.host(frame.aligned_down(kFrameBytes)); host != nullptr) {
    fast_->drop_frame(reinterpret_cast<std::uint64_t>(host), false);
  }
}

void Core::frame_watched(PhysicalAddress frame) {
  if (auto* host = machine.memory.host(frame.aligned_down(kFrameBytes)); host != nullptr) {
    fast_->drop_frame(reinterpret_cast<std::uint64_t>(host), true);
  }
}

}  // namespace armature::cpu
