#include "platform/machine/psci.h"

#include "sim/base/bits.h"
#include "sim/snapshot/bytes.h"

namespace armature::platform {
namespace {

// Function identifiers (Arm DEN 0022, Power State Coordination Interface).
constexpr std::uint32_t kVersion = 0x8400'0000;
constexpr std::uint32_t kCpuSuspend32 = 0x8400'0001, kCpuSuspend64 = 0xc400'0001;
constexpr std::uint32_t kCpuOff = 0x8400'0002;
constexpr std::uint32_t kCpuOn32 = 0x8400'0003, kCpuOn64 = 0xc400'0003;
constexpr std::uint32_t kAffinityInfo32 = 0x8400'0004, kAffinityInfo64 = 0xc400'0004;
constexpr std::uint32_t kMigrateInfoType = 0x8400'0006;
constexpr std::uint32_t kSystemOff = 0x8400'0008, kSystemReset = 0x8400'0009;
constexpr std::uint32_t kFeatures = 0x8400'000a;

constexpr std::int64_t kSuccess = 0, kNotSupported = -1, kInvalidParameters = -2, kAlreadyOn = -4,
                       kInvalidAddress = -9;
constexpr std::uint64_t kAffinityMask = 0xff'00ff'ffff;

cpu::Core* core_of(const cpu::Machine& machine, std::uint64_t mpidr) {
  for (cpu::Core* core : machine.cores) {
    // Core n has affinity 0.0.0.n.
    if ((mpidr & kAffinityMask) == core->id.value) return core;
  }
  return nullptr;
}

}  // namespace

std::int64_t Psci::cpu_on(cpu::Core& caller, std::uint64_t mpidr, std::uint64_t entry,
                          std::uint64_t context_id) {
  cpu::Core* target = core_of(caller.machine, mpidr);
  if (target == nullptr) return kInvalidParameters;
  if (target->state.sleep != cpu::Sleep::off) return kAlreadyOn;
  if ((entry & 3) != 0) return kInvalidAddress;
  // The woken core starts no earlier than the call that woke it.
  if (target->state.cycles < caller.now()) target->state.cycles = caller.now();
  // The new core starts at the Exception level of the caller's firmware client: the highest one.
  target->reset({entry}, context_id);
  return kSuccess;
}

// CHOICE: every power state is a standby state: the call returns at the next wake-up event. As on
// QEMU, a power level above the core and the reserved bits (original format) are refused.
std::int64_t Psci::cpu_suspend(cpu::Core& caller, std::uint64_t power_state) {
  if ((power_state & 0xfffe'0000) != 0) return kInvalidParameters;
  caller.state.sleep = cpu::Sleep::wfi;
  return kSuccess;
}

std::int64_t Psci::affinity_info(cpu::Core& caller, std::uint64_t mpidr,
                                 std::uint64_t level) const {
  if (level != 0) return kInvalidParameters;
  const cpu::Core* target = core_of(caller.machine, mpidr);
  if (target == nullptr) return kInvalidParameters;
  return target->state.sleep == cpu::Sleep::off ? 1 : 0;
}

std::int64_t Psci::features(std::uint32_t function) {
  switch (function) {
    case kVersion:
    case kCpuSuspend32:
    case kCpuSuspend64:
    case kCpuOff:
    case kCpuOn32:
    case kCpuOn64:
    case kAffinityInfo32:
    case kAffinityInfo64:
    case kMigrateInfoType:
    case kSystemOff:
    case kSystemReset:
    case kFeatures:
      return kSuccess;
    default:
      return kNotSupported;
  }
}

void Psci::call(cpu::Core& caller) {
  auto& x = caller.state.x;
  const auto function = static_cast<std::uint32_t>(x[0]);
  const bool wide = (function & 0x4000'0000) != 0;
  const auto argument = [&](unsigned n) { return wide ? x[n] : x[n] & 0xffff'ffff; };
  std::int64_t result = kNotSupported;
  switch (function) {
    case kVersion:
      result = 0x1'0001;
      break;
    case kCpuSuspend32:
    case kCpuSuspend64:
      result = cpu_suspend(caller, argument(1));
      break;
    case kCpuOff:
      caller.state.sleep = cpu::Sleep::off;
      result = kSuccess;
      break;
    case kCpuOn32:
    case kCpuOn64:
      result = cpu_on(caller, argument(1), argument(2), argument(3));
      break;
    case kAffinityInfo32:
    case kAffinityInfo64:
      result = affinity_info(caller, argument(1), argument(2));
      break;
    case kMigrateInfoType:
      result = 2;  // no Trusted OS that would need migration
      break;
    case kSystemOff:
      power_request_ = PowerRequest::off;
      caller.state.sleep = cpu::Sleep::off;
      break;
    case kSystemReset:
      power_request_ = PowerRequest::reset;
      caller.state.sleep = cpu::Sleep::off;
      break;
    case kFeatures:
      result = features(static_cast<std::uint32_t>(argument(1)));
      break;
    default:
      break;
  }
  x[0] = static_cast<std::uint64_t>(result);
}

void Psci::save(std::vector<std::uint8_t>& out) const { put(out, power_request_); }
void Psci::load(std::span<const std::uint8_t>& in) { power_request_ = take<PowerRequest>(in); }

}  // namespace armature::platform
