// PSCI 1.1 as the machine's firmware provides it below the highest implemented Exception level.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "cpu/core.h"
#include "cpu/ports.h"

namespace armature::platform {

class Psci final : public cpu::FirmwarePort {
 public:
  // QEMU's rule: SMC when EL2 is implemented, HVC otherwise.
  explicit Psci(Conduit conduit) : conduit_(conduit) {}

  Conduit conduit() const override { return conduit_; }
  void call(cpu::Core& caller) override;

  enum class PowerRequest : std::uint8_t { none, off, reset };
  PowerRequest power_request() const { return power_request_; }
  void reset() { power_request_ = PowerRequest::none; }

  void save(std::vector<std::uint8_t>& out) const;
  void load(std::span<const std::uint8_t>& in);

 private:
  std::int64_t cpu_on(cpu::Core& caller, std::uint64_t mpidr, std::uint64_t entry,
                      std::uint64_t context_id);
  static std::int64_t cpu_suspend(cpu::Core& caller, std::uint64_t power_state);
  std::int64_t affinity_info(cpu::Core& caller, std::uint64_t mpidr, std::uint64_t level) const;
  static std::int64_t features(std::uint32_t function);

  Conduit conduit_;
  PowerRequest power_request_ = PowerRequest::none;
};

}  // namespace armature::platform
