#include "cpu/fast_path.h"

#include <bit>
#include <cstring>

namespace armature::cpu {
namespace {

void revoke(L0Entry* entry, std::uint64_t host_line) {
  // The entry may serve another line by now; then it is not ours to revoke.
  if (entry != nullptr && entry->tag != ~0ull && entry->tag + entry->addend == host_line) {
    entry->tag = ~0ull;
  }
}

constexpr std::size_t kLinesOfCodeMax = 1 << 18;

}  // namespace

void FastPath::grant(ContextSlot& slot, std::uint64_t va, const cache::DataLine& line,
                     unsigned dtlb_slot, bool write) {
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
  page.contexts |= static_cast<std::uint8_t>(1u << (&slot - contexts.data()));
  page.indices[index / 64] |= 1ull << (index % 64);
}

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
  for (unsigned c = 0; c < kContexts; ++c) {
    if ((page.contexts >> c & 1) == 0) continue;
    L0Filter& filter = contexts[c].filter;
    for (unsigned word = 0; word < page.indices.size(); ++word) {
      for (std::uint64_t left = page.indices[word]; left != 0; left &= left - 1) {
        const unsigned index = word * 64 + static_cast<unsigned>(std::countr_zero(left));
        if (filter.read[index].tag - va < bytes) filter.read[index].tag = ~0ull;
        if (filter.write[index].tag - va < bytes) filter.write[index].tag = ~0ull;
      }
    }
  }
  page = {};
}

void FastPath::drop_frame_writes(std::uint64_t host_frame) {
  for (auto& slot : contexts) {
    for (auto& entry : slot.filter.write) {
      if (entry.tag != ~0ull && entry.tag + entry.addend - host_frame < kFrameBytes) {
        entry.tag = ~0ull;
      }
    }
  }
}

void FastPath::drop_everything() {
  for (auto& slot : contexts) slot = {};
  context = nullptr;
  for (auto& line : lines) line = {};
  for (auto& page : pages) page = {};
  drop_jumps();
}

void FastPath::set_jump(std::uint64_t pc, const Block& block, bool translated, unsigned itlb_slot,
                        unsigned l1i_slot) {
  const unsigned index = jump_index(pc);
  const auto note = [index](Users& users, auto drop) {
    if (users.size() >= kUsersMax) drop();  // leaves it empty
    users.push_back(static_cast<std::uint16_t>(index));
  };
  note(l1i_users[l1i_slot], [&] { drop_l1i_slot(l1i_slot); });
  if (translated) note(itlb_users[itlb_slot], [&] { drop_itlb_slot(itlb_slot); });
  jump[index] = {pc, &block, serial, static_cast<std::uint16_t>(itlb_slot),
                 static_cast<std::uint16_t>(l1i_slot), translated};
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
  for (auto& entry : jump) entry = {};
  for (auto& users : l1i_users) users.clear();
  for (auto& users : itlb_users) users.clear();
  running = nullptr;
}

const LineCode& FastPath::line_code(PhysicalAddress pa, const std::uint8_t* bytes) {
  if (code.size() > kLinesOfCodeMax) drop_code();
  auto& entry = code[{(pa.value & ~(kLineBytes - 1)) | (fp_trapped ? 1u : 0u)}];
  if (entry == nullptr || std::memcmp(entry->words.data(), bytes, kLineBytes) != 0) {
    // Other bytes than before: the L1I line that held those is gone, and jump entries with it.
    if (running == entry.get()) running = nullptr;
    entry = std::make_unique<LineCode>();
    std::memcpy(entry->words.data(), bytes, kLineBytes);
  }
  return *entry;
}

const Block& FastPath::block_of(const LineCode& line, unsigned index, const DecodeContext& mode) {
  auto& slot = const_cast<LineCode&>(line).blocks[index];
  if (slot != nullptr) return *slot;
  slot = std::make_unique<Block>();
  slot->line = &line;
  for (unsigned i = index; i < 16; ++i) {
    Insn insn;
    decode(line.words[i], mode, insn);
    insn.index = static_cast<std::uint8_t>(i - index);
    insn.cost_before = static_cast<std::uint16_t>(slot->cost);
    slot->cost += insn.cost;
    slot->insns.push_back(insn);
    if ((insn.flags & kEndsGroup) != 0) break;
  }
  return *slot;
}

void FastPath::drop_code() {
  drop_jumps();
  code.clear();
}

}  // namespace armature::cpu
