// What KServ's services need from the processor. aarch64/ implements it.
#pragma once

#include <cstdint>

#include "hyp/abi/calls.h"

namespace armature::kserv::machine {

inline constexpr unsigned kMaxCores = 16;

// A call of KCore: Result, or what the call returns (hyp/abi/calls.h).
std::int64_t call(abi::Call number, std::uint64_t x1 = 0, std::uint64_t x2 = 0, std::uint64_t x3 = 0,
                  std::uint64_t x4 = 0);

std::uint64_t now();               // CNTPCT_EL0
std::uint64_t ticks_per_second();  // CNTFRQ_EL0
unsigned this_core();
// Makes the core leave its vCPU or its sleep, soon.
void kick(unsigned core);
[[noreturn]] void power_off();

}  // namespace armature::kserv::machine
