// What a core needs from the machine around it; platform/ implements these, tests fake them.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "cpu/gic_port.h"
#include "cpu/unimplemented.h"
#include "cpu/window.h"
#include "mmu/shootdown.h"
#include "mmu/table_frames.h"
#include "sim/config/preset.h"
#include "sim/event/bus.h"
#include "sim/memory/bus.h"
#include "sim/memory/memory_map.h"

namespace armature::cpu {

class Core;
struct StopPoints;

// Firmware below the highest implemented Exception level: PSCI.
class FirmwarePort {
 public:
  virtual ~FirmwarePort() = default;
  enum class Conduit : std::uint8_t { hvc, smc };
  virtual Conduit conduit() const = 0;
  // x0..x3 in, x0 (and for SMCCC x1..x3) out; may put `caller` or other cores to sleep or wake them.
  virtual void call(Core& caller) = 0;
};

// The host that a program calls with HLT #0xF000 (Arm Semihosting for AArch32 and AArch64).
class SemihostingPort {
 public:
  virtual ~SemihostingPort() = default;
  virtual bool answers_at_el0() const = 0;
  // w0 the operation and x1 its argument in, x0 out. False: it cannot be answered yet, and the
  // instruction executes again once the core, which sleeps now, has been woken.
  [[nodiscard]] virtual bool call(Core& caller) = 0;
};

// The system counter: one machine-wide value that never goes backwards on any core.
struct SystemCounter {
  std::uint64_t highest = 0;  // ticks, the largest value any core has read
  std::uint64_t read(Cycles now) {
    highest = std::max(highest, now.sixteenths / kSixteenthsPerTick);
    return highest;
  }
};

// The parts the cores of a machine share.
struct Machine {
  const CpuPreset& preset;
  bool has_el2 = true;
  MemoryMap& memory;
  EventBus& events;
  cache::Hierarchy& caches;
  mmu::ShootdownQueue& shootdown;
  mmu::TableFrames& tables;
  Bus& bus;
  GicPort& gic;
  FirmwarePort& firmware;
  SystemCounter counter{};
  std::vector<Core*> cores{};
  // The host wants control back before the next instruction: Core::request_stop(). Not state, and
  // the run goes on as if it had not been stopped.
  bool stop_requested = false;
  UnimplementedLog* unimplemented = nullptr;  // told of UNDEFINED unallocated registers, if set
  SemihostingPort* semihosting = nullptr;       // absent: HLT is UNDEFINED
  StopPoints* stops = nullptr;  // of a debugger on the host, if there is one

  // ---- windows (window.h)
  Window window{};
  // Before anything that another core or a device could notice, or that ends this core's turn.
  void part_windows() {
    if (window.alone != nullptr) [[unlikely]] part_joined_windows();
  }
  // The present window is one window from now on; where it is has been decided.
  void settle_windows();

 private:
  void part_joined_windows();
};

}  // namespace armature::cpu
