// The cores as KCore knows them, and their power states.
#pragma once

#include <array>
#include <cstdint>

#include "hyp/kcore/ticket_lock.h"
#include "hyp/kcore/types.h"

namespace armature::kcore {

inline constexpr unsigned kMaxCpus = 16;

// The affinity fields of MPIDR_EL1: Aff3 in bits 39:32, Aff2..Aff0 in 23:0.
inline constexpr std::uint64_t kAffinityMask = 0xff'00ff'ffff;

enum class Power : std::uint32_t { off, starting, on };

// The first field is read by a starting core before its MMU is on: entry.S knows its offset.
struct alignas(64) Cpu {
  std::uint64_t stack_top = 0;
  std::uint64_t affinity = 0;     // MPIDR_EL1 without its other fields
  std::uint32_t number = 0;       // index in the device tree's order
  Power power = Power::off;       // guarded by CpuTable::lock
  // Where the kernel wants the core to start, between CPU_ON and its first instruction.
  IntermediateAddress entry{};
  std::uint64_t context = 0;
};

struct CpuTable {
  TicketLock lock;
  std::array<Cpu, kMaxCpus> cpus{};
  std::uint32_t count = 0;

  Cpu* find(std::uint64_t affinity) {
    for (std::uint32_t n = 0; n < count; ++n) {
      if (cpus[n].affinity == (affinity & kAffinityMask)) return &cpus[n];
    }
    return nullptr;
  }
};

}  // namespace armature::kcore
