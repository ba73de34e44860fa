// A machine for cache tests: some RAM, some ROM, small caches that conflict quickly.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <vector>

#include "cache/hierarchy.h"

namespace armature::cache {

inline constexpr PhysicalAddress kRam{0x4000'0000};
inline constexpr std::uint64_t kRamBytes = 0x40'0000;
inline constexpr PhysicalAddress kRom{0x0};
inline constexpr CoreId kCore0{0}, kCore1{1}, kCore2{2};

using Line = std::array<std::uint8_t, 64>;
inline Line filled(std::uint8_t byte) {
  Line line;
  line.fill(byte);
  return line;
}

inline CpuPreset small_preset(Replacement replacement = Replacement::nru) {
  CpuPreset preset = cpu_preset("cortex-a57");
  preset.l1i = {64 * 3 * 64, 3, replacement};
  preset.l1d = {64 * 2 * 64, 2, replacement};
  preset.l2 = {64 * 4 * 64, 4, replacement};
  return preset;
}

// Remembers what a core was told.
struct Observer : LineObserver {
  void l1d_line_lost(unsigned slot) override { lines.push_back(slot); }
  void l1d_write_lost(unsigned slot) override { writes.push_back(slot); }
  void l1i_line_lost(unsigned slot) override { code.push_back(slot); }
  void monitor_cleared() override { ++monitors; }
  static bool has(const std::vector<unsigned>& told, unsigned slot) {
    return std::find(told.begin(), told.end(), slot) != told.end();
  }
  std::vector<unsigned> lines, writes, code;
  unsigned monitors = 0;
};

struct Log : EventListener {
  void on_event(const Event& event) override { events.push_back(event); }
  unsigned count(EventKind kind, Level level) const {
    return static_cast<unsigned>(std::count_if(events.begin(), events.end(), [&](const Event& e) {
      return e.kind == kind && (e.d & 15) == static_cast<unsigned>(level);
    }));
  }
  std::vector<Event> events;
};

class Machine : public testing::Test {
 protected:
  explicit Machine(const CpuPreset& preset = small_preset(), unsigned cores = 3) {
    memory.add("ram", kRam, kRamBytes, true);
    memory.add("rom", kRom, 0x1'0000, false);
    caches = std::make_unique<Hierarchy>(preset, cores, 1, memory, events);
    for (unsigned core = 0; core < cores; ++core) {
      caches->set_observer(CoreId{static_cast<std::uint8_t>(core)}, &observers[core]);
    }
    events.add(log, ~0ull);
  }

  std::uint8_t load(CoreId core, PhysicalAddress pa) {
    return caches->read(core, pa, cost).data[pa.offset_in(64)];
  }
  unsigned store(CoreId core, PhysicalAddress pa, std::uint8_t value) {
    const DataLine line = caches->write(core, pa, cost);
    line.data[pa.offset_in(64)] = value;
    return line.slot;
  }
  std::uint8_t load_uncached(CoreId core, PhysicalAddress pa) {
    std::uint8_t value = 0;
    caches->read_uncached(core, pa, {&value, 1}, cost);
    return value;
  }
  void store_uncached(CoreId core, PhysicalAddress pa, std::uint8_t value) {
    caches->write_uncached(core, pa, {&value, 1}, cost);
  }
  std::uint8_t fetch(CoreId core, PhysicalAddress pa) {
    return caches->fetch(core, pa, cost).data[pa.offset_in(64)];
  }
  void dc(DataOp op, PhysicalAddress pa, CoreId core = kCore0) {
    caches->data_by_address(core, pa, op, cost);
  }
  std::uint8_t coherent(PhysicalAddress pa) { return value(&Hierarchy::coherent_value, pa); }
  std::uint8_t pou(PhysicalAddress pa) { return value(&Hierarchy::pou_value, pa); }
  std::uint8_t poc(PhysicalAddress pa) { return value(&Hierarchy::poc_value, pa); }
  // The n-th address that falls into the same set of every cache as pa.
  static PhysicalAddress alias(PhysicalAddress pa, unsigned n) { return pa + n * 64ull * 64; }

  MemoryMap memory;
  EventBus events;
  Log log;
  std::array<Observer, 4> observers;
  std::unique_ptr<Hierarchy> caches;
  Cycles cost;
  const PhysicalAddress x = kRam + 0x1048;  // not at the start of its line, on purpose

 private:
  std::uint8_t value(void (Hierarchy::*get)(PhysicalAddress, std::span<std::uint8_t, 64>) const,
                     PhysicalAddress pa) {
    Line line;
    (caches.get()->*get)(pa, line);
    return line[pa.offset_in(64)];
  }
};

}  // namespace armature::cache
