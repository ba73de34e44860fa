// Which registers each instruction changed, for Tarmac's R lines: compares the state before an
// instruction with the state before the one ahead of it on the same core.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "cpu/state.h"
#include "sim/trace/tarmac.h"

namespace armature::platform {

class RegisterFollower {
 public:
  explicit RegisterFollower(unsigned cores) : before_(cores) {}
  // Writes an R line for every general, vector and status register that differs from the last call
  // for this core; none at the first. System registers have events of their own.
  void follow(const cpu::CoreState& state, Cycles time, CoreId core, TarmacWriter& out);

 private:
  struct Registers {
    std::array<std::uint64_t, 31> x{};
    std::array<cpu::VReg, 32> v{};
    std::uint64_t sp = 0;
    std::uint32_t cpsr = 0, fpcr = 0, fpsr = 0;
    cpu::PState ps{};
    Cycles cycles{};
  };
  std::vector<std::optional<Registers>> before_;  // by core
};

}  // namespace armature::platform
