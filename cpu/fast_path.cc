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
  for (auto& entry : jump) entry = {};
}

const LineCode& FastPath::line_code(PhysicalAddress pa, const std::uint8_t* bytes) {
  if (code.size() > kLinesOfCodeMax) drop_code();
  auto& entry = code[{(pa.value & ~(kLineBytes - 1)) | (fp_trapped ? 1u : 0u)}];
  if (entry == nullptr || std::memcmp(entry->words.data(), bytes, kLineBytes) != 0) {
    if (entry != nullptr) {
      // The bytes changed since: jump entries may still point to the old blocks.
      for (auto& jump_entry : jump) {
        if (jump_entry.code == entry.get()) jump_entry = {};
      }
      if (running == entry.get()) running = nullptr;
    }
    entry = std::make_unique<LineCode>();
    std::memcpy(entry->words.data(), bytes, kLineBytes);
  }
  return *entry;
}

const Block& FastPath::block_of(const LineCode& line, unsigned index, const DecodeContext& mode) {
  auto& slot = const_cast<LineCode&>(line).blocks[index];
  if (slot != nullptr) return *slot;
  slot = std::make_unique<Block>();
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
  for (auto& entry : jump) entry = {};
  running = nullptr;
  code.clear();
}

}  // namespace armature::cpu
