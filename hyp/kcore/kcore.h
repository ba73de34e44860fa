// All state of KCore that outlives one trap, in one place.
#pragma once

#include <atomic>
#include <cstdint>

#include "hyp/kcore/cpu.h"
#include "hyp/kcore/device_tree.h"
#include "hyp/kcore/memory_map.h"
#include "hyp/kcore/stage2.h"
#include "hyp/kcore/ticket_lock.h"
#include "hyp/kcore/trap.h"

namespace armature::kcore {

struct KCore {
  MemoryMap memory;
  CpuTable cpus;
  Stage2 kserv;
  TicketLock console_lock;
  std::atomic<bool> halted{false};
};

extern KCore g_kcore;

}  // namespace armature::kcore
