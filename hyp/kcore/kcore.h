// All state of KCore that outlives one trap, in one place. All zero until it boots.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "hyp/kcore/core/core.h"
#include "hyp/kcore/cpu.h"
#include "hyp/kcore/ticket_lock.h"

namespace armature::kcore {

struct KCore {
  CpuTable cpus;
  Core core;
  TicketLock console_lock;
  // KCore's own memory: its image, and what it took from RAM for tables and the page array.
  std::array<PhysicalRange, 2> memory{};
  std::atomic<bool> halted{false};
};

extern KCore g_kcore;

}  // namespace armature::kcore
