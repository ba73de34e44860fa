// A core's MMU over RAM and ROM, and a builder of translation tables.
#pragma once

#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <vector>

#include "cache/hierarchy.h"
#include "mmu/mmu.h"
#include "mmu/shootdown.h"
#include "mmu/table_frames.h"
#include "sim/config/preset.h"
#include "sim/event/bus.h"
#include "sim/memory/memory_map.h"

namespace armature::mmu::test {

inline constexpr std::uint64_t kRam = 0x4000'0000, kRamBytes = 64ull << 20;
inline constexpr std::uint64_t kRom = 0x0000'0000, kRomBytes = 1ull << 20;
inline constexpr std::uint64_t kNowhere = 0x9000'0000;

// Descriptor bits, spelled out apart from the sources under test.
inline constexpr std::uint64_t kInvalid = 0, kBlock = 1, kTable = 3, kPage = 3;
inline constexpr std::uint64_t kAf = 1ull << 10, kInner = 3ull << 8, kNonGlobal = 1ull << 11;
inline constexpr std::uint64_t kEl0 = 1ull << 6, kReadOnly = 1ull << 7;
inline constexpr std::uint64_t kPxn = 1ull << 53, kUxn = 1ull << 54;
inline constexpr std::uint64_t kNormal = 0 << 2, kDevice = 1 << 2,
                               kNonCacheable = 2 << 2;  // AttrIndx
inline constexpr std::uint64_t kS2Rw = 3ull << 6, kS2Ro = 1ull << 6, kS2Wo = 2ull << 6;
inline constexpr std::uint64_t kS2Wb = 0xfull << 2, kS2Nc = 0x5ull << 2, kS2Device = 0x1ull << 2;
inline constexpr std::uint64_t kS2Xn = 1ull << 54;
inline constexpr std::uint64_t kLeaf = kAf | kInner | kNormal;
inline constexpr std::uint64_t kS2Leaf = kAf | kInner | kS2Wb;

// MAIR: 0 Normal Write-Back, 1 Device-nGnRE, 2 Normal Non-cacheable, 3 Write-Through.
inline constexpr std::uint64_t kMair = 0xbb'44'04'ff;

inline constexpr std::uint64_t kSctlrM = 1 << 0, kSctlrC = 1 << 2, kSctlrI = 1 << 12,
                               kSctlrWxn = 1 << 19, kSctlrEe = 1 << 25;
inline constexpr std::uint64_t kHcrVm = 1, kHcrPtw = 1 << 2, kHcrDc = 1 << 12, kHcrTge = 1 << 27,
                               kHcrCd = 1ull << 32, kHcrId = 1ull << 33;

class Recorder final : public EventListener {
 public:
  std::vector<Event> events{};
  void on_event(const Event& event) override { events.push_back(event); }
  unsigned count(EventKind kind) const {
    unsigned n = 0;
    for (const Event& event : events) n += event.kind == kind;
    return n;
  }
  std::vector<EventKind> kinds() const {
    std::vector<EventKind> all;
    for (const Event& event : events) all.push_back(event.kind);
    return all;
  }
  const Event* last(EventKind kind) const {
    const Event* found = nullptr;
    for (const Event& event : events) found = event.kind == kind ? &event : found;
    return found;
  }
};

class MmuTest : public ::testing::Test {
 protected:
  explicit MmuTest(const char* preset_name = "cortex-a57", unsigned core_count = 2)
      : preset(cpu_preset(preset_name)) {
    memory.add("ram", {kRam}, kRamBytes, true);
    memory.add("rom", {kRom}, kRomBytes, false);
    caches = std::make_unique<cache::Hierarchy>(preset, core_count, 1, memory, events);
    tables = std::make_unique<TableFrames>(memory, events);
    std::vector<Mmu*> all;
    for (unsigned n = 0; n < core_count; ++n) {
      cores.push_back(std::make_unique<Mmu>(CoreId{static_cast<std::uint8_t>(n)}, preset, 1, memory,
                                            *caches, events));
      cores.back()->set_table_frames(tables.get());
      all.push_back(cores.back().get());
    }
    queue = std::make_unique<ShootdownQueue>(all, events);
    queue->set_table_frames(tables.get());
    events.add(recorder, ~0ull);
  }

  Mmu& mmu() { return *cores[0]; }

  // ---- memory and tables. A table is `frames` zeroed 4 KB frames, aligned to their size.
  std::uint64_t new_table(unsigned frames = 1) {
    const std::uint64_t bytes = std::uint64_t{frames} * 0x1000;
    next_free = (next_free + bytes - 1) / bytes * bytes;
    const std::uint64_t table = next_free;
    next_free += bytes;
    return table;
  }
  void poke(std::uint64_t pa, std::uint64_t value) { std::memcpy(memory.host({pa}), &value, 8); }
  std::uint64_t peek(std::uint64_t pa) {
    std::uint64_t value = 0;
    std::memcpy(&value, memory.host({pa}), 8);
    return value;
  }
  void set(std::uint64_t table, std::uint64_t index, std::uint64_t descriptor) {
    poke(table + index * 8, descriptor);
  }
  // The table under `index` of `table`, created when there is none (4 KB granule).
  std::uint64_t child(std::uint64_t table, std::uint64_t index) {
    const std::uint64_t old = peek(table + index * 8);
    if ((old & 3) == kTable) return old & 0xffff'ffff'f000;
    const std::uint64_t made = new_table();
    set(table, index, made | kTable);
    return made;
  }
  // Address of the descriptor of `input` at `level`, tables above it made as needed.
  std::uint64_t slot(std::uint64_t root, unsigned start, std::uint64_t input, unsigned level,
                     unsigned input_size = 48) {
    std::uint64_t table = root;
    for (unsigned at = start;; ++at) {
      const unsigned low = 12 + 9 * (3 - at);
      const std::uint64_t index =
          at == start ? (input & ((1ull << input_size) - 1)) >> low : input >> low & 511;
      if (at == level) return table + index * 8;
      table = child(table, index);
    }
  }
  void map(std::uint64_t va, std::uint64_t pa, std::uint64_t attributes = kLeaf,
           unsigned level = 3) {
    poke(slot(root1, 1, va, level, 39), pa | attributes | (level == 3 ? kPage : kBlock));
  }
  void map2(std::uint64_t ipa, std::uint64_t pa, std::uint64_t attributes = kS2Leaf | kS2Rw,
            unsigned level = 3) {
    poke(slot(root2, 1, ipa, level, 40), pa | attributes | (level == 3 ? kPage : kBlock));
  }
  // RAM identity mapped at stage 2 in 2 MB blocks.
  void identity_stage2() {
    for (std::uint64_t pa = kRam; pa < kRam + kRamBytes; pa += 2 << 20) {
      map2(pa, pa, kS2Leaf | kS2Rw, 2);
    }
  }

  // EL1&0, 39-bit VAs in both halves, 4 KB granule, 44-bit physical addresses, ASID 5 of 16 bits.
  TranslationContext el1(El el = El::el1) {
    TranslationContext c;
    c.el = el;
    c.sctlr = kSctlrM | kSctlrC | kSctlrI;
    c.tcr = 25 | 0x5ull << 8 | 25ull << 16 | 0x5ull << 24 | 2ull << 30 | 4ull << 32 | 1ull << 36;
    c.ttbr0 = root1 | 5ull << 48;
    c.ttbr1 = root1;
    c.mair = kMair;
    return c;
  }
  // The same under stage 2: 40-bit IPAs, two concatenated level 1 tables, VMID 9.
  TranslationContext guest(El el = El::el1) {
    TranslationContext c = el1(el);
    c.hcr = kHcrVm;
    c.vtcr = 24 | 1ull << 6 | 0x5ull << 8 | 4ull << 16;
    c.vttbr = root2 | 9ull << 48;
    return c;
  }
  TranslationContext el2() {
    TranslationContext c;
    c.regime = Regime::el2;
    c.el = El::el2;
    c.sctlr = kSctlrM | kSctlrC | kSctlrI;
    c.tcr = 25 | 0x5ull << 8 | 4ull << 16;
    c.ttbr0 = root1;
    c.mair = kMair;
    return c;
  }

  static AccessDescriptor load(bool privileged = true) {
    AccessDescriptor access;
    access.privileged = privileged;
    return access;
  }
  static AccessDescriptor store(bool privileged = true) {
    AccessDescriptor access = load(privileged);
    access.kind = AccessKind::write;
    access.write = true;
    return access;
  }
  Result<Translation, FaultRecord> data(const TranslationContext& context, std::uint64_t va,
                                        AccessDescriptor access = load(), unsigned bytes = 8) {
    return mmu().translate_data(context, {va}, access, bytes, cost);
  }
  Result<Translation, FaultRecord> fetch(const TranslationContext& context, std::uint64_t va) {
    return mmu().translate_fetch(context, {va}, cost);
  }
  static FaultRecord fault(const Result<Translation, FaultRecord>& result) {
    return result ? FaultRecord{} : result.error();
  }
  std::uint64_t pa(const Result<Translation, FaultRecord>& result) {
    EXPECT_TRUE(result.ok());
    return result ? result->pa.value : ~0ull;
  }
  static FaultRecord stage1(FaultType type, int level) {
    return {.type = type, .level = static_cast<std::int8_t>(level)};
  }
  static FaultRecord stage2(FaultType type, int level, std::uint64_t ipa, bool s1ptw = false) {
    return {.type = type,
            .stage = Stage::stage2,
            .level = static_cast<std::int8_t>(level),
            .s2fs1walk = s1ptw,
            .ipa = {ipa}};
  }

  const CpuPreset& preset;
  MemoryMap memory;
  EventBus events;
  Recorder recorder;
  std::unique_ptr<cache::Hierarchy> caches;
  std::unique_ptr<TableFrames> tables;
  std::vector<std::unique_ptr<Mmu>> cores;
  std::unique_ptr<ShootdownQueue> queue;
  Cycles cost{};
  std::uint64_t next_free = kRam + (32ull << 20);
  std::uint64_t root1 = new_table();
  std::uint64_t root2 = new_table(2);
};

}  // namespace armature::mmu::test

namespace armature {
inline std::ostream& operator<<(std::ostream& out, const FaultRecord& fault) {
  return out << "{type " << static_cast<int>(fault.type) << " stage "
             << static_cast<int>(fault.stage) << " level " << static_cast<int>(fault.level)
             << (fault.s2fs1walk ? " s1ptw" : "") << " ipa 0x" << std::hex << fault.ipa.value
             << std::dec << "}";
}
}  // namespace armature
