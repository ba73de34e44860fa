// Semihosting (Arm "Semihosting for AArch32 and AArch64", as QEMU answers it): the operations of
// HLT #0xF000. Time is simulated time and the RTC's configured start; the console is that of the
// first UART; SYS_SYSTEM runs nothing.
#pragma once

#include <bitset>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cpu/ports.h"
#include "platform/machine/coherent_port.h"
#include "platform/machine/console.h"
#include "platform/machine/virtual_memory.h"
#include "platform/semihosting/host_files.h"

namespace armature::platform {

class Semihosting final : public cpu::SemihostingPort {
 public:
  struct World {
    bool at_el0 = false;
    std::string command_line;
    std::uint64_t heap_base = 0, heap_limit = 0;  // the largest range of RAM nothing was loaded to
    std::uint64_t rtc = 0;                        // seconds since 1970 at cycle 0
  };
  Semihosting(World world, HostFiles files, Console& console, CoherentPort& port)
      : world_(std::move(world)), files_(std::move(files)), console_(console), port_(port) {}

  bool answers_at_el0() const override { return world_.at_el0; }
  bool call(cpu::Core& caller) override;

  // The program has ended with this status.
  std::optional<std::uint32_t> exit_status() const { return exit_status_; }
  // Some core sleeps until something is typed.
  bool waits_for_input() const { return waiting_.any(); }
  // To be called between windows: lets the cores that wait look again when something was typed.
  void wake(std::span<cpu::Core* const> cores);
  // A system reset: open files are closed, no core waits.
  void reset();

  void save(std::vector<std::uint8_t>& out) const;
  void load(std::span<const std::uint8_t>& in);

 private:
  class Call;  // one operation while it is answered

  World world_;
  HostFiles files_;
  Console& console_;
  CoherentPort& port_;
  std::optional<std::uint32_t> exit_status_;
  std::bitset<64> waiting_;  // cores
};

}  // namespace armature::platform
