#include "hyp/kcore/psci.h"

#include "hyp/kcore/arch.h"

namespace armature::kcore {
namespace {

using namespace psci;

// KServ may start a core in RAM that it can reach.
bool may_enter(Core& core, std::uint64_t entry) {
  if (entry % 4 != 0) return false;
  LockGuard guard(core.s2page_lock);
  const Page* page = core.pages.find({entry});
  return page != nullptr && is_reachable_by_kserv(*page);
}

// Leaves the entry where the core finds it, and the stack pointer where it finds that with its MMU
// and caches still off.
void prepare_arrival(Cpu& cpu, std::uint64_t entry, std::uint64_t context) {
  cpu.entry = {entry};
  cpu.context = context;
  arch::clean_to_poc(&cpu, sizeof(cpu));
}

std::int64_t cpu_on(CpuTable& cpus, Core& core, const psci::Call& call) {
  Cpu* target = cpus.find(call.arguments[0]);
  if (target == nullptr || (call.arguments[0] & ~kAffinityMask) != 0) return kInvalidParameters;
  if (!may_enter(core, call.arguments[1])) return kInvalidAddress;
  // The lock is held across the call, so that two cores cannot start one core at two places; the
  // new core waits for it in arrive().
  LockGuard guard(cpus.lock);
  if (target->power == Power::on) return kAlreadyOn;
  if (target->power == Power::starting) return kOnPending;
  prepare_arrival(*target, call.arguments[1], call.arguments[2]);
  const std::int64_t result =
      arch::call_firmware(kCpuOn64, target->affinity, arch::secondary_entry().value,
                          physical(target).value);
  if (result == kSuccess) target->power = Power::starting;
  return result;
}

std::int64_t cpu_off(CpuTable& cpus, Cpu& caller) {
  {
    LockGuard guard(cpus.lock);
    caller.power = Power::off;
  }
  // Between the two a CPU_ON of this core reaches the machine, which answers ALREADY_ON.
  const std::int64_t result = arch::call_firmware(kCpuOff, 0, 0, 0);
  // Only a refusal comes back.
  LockGuard guard(cpus.lock);
  caller.power = Power::on;
  return result;
}

std::int64_t cpu_suspend(CpuTable& cpus, Core& core, Cpu& caller,
                         const psci::Call& call) {
  // A power-down state ends in a fresh start at the entry point, through KCore; a standby state
  // returns here and never looks at it.
  constexpr std::uint64_t kPowerDown = 1 << 16, kExtendedPowerDown = 1 << 30;
  const bool powers_down = (call.arguments[0] & (kPowerDown | kExtendedPowerDown)) != 0;
  if (powers_down) {
    if (!may_enter(core, call.arguments[1])) return kInvalidAddress;
    LockGuard guard(cpus.lock);
    prepare_arrival(caller, call.arguments[1], call.arguments[2]);
  }
  return arch::call_firmware(kCpuSuspend64, call.arguments[0], arch::secondary_entry().value,
                             physical(&caller).value);
}

}  // namespace

bool psci::is_known(std::uint64_t function) {
  switch (function) {
    case kVersion: case kCpuSuspend32: case kCpuSuspend64: case kCpuOff: case kCpuOn32:
    case kCpuOn64: case kAffinityInfo32: case kAffinityInfo64: case kMigrateInfoType:
    case kSystemOff: case kSystemReset: case kFeatures:
      return true;
    default:
      return false;
  }
}

psci::Call::Call(std::uint64_t x0, std::uint64_t x1, std::uint64_t x2, std::uint64_t x3)
    : function(static_cast<std::uint32_t>(x0)), arguments{x1, x2, x3} {
  if ((function & 0x4000'0000) != 0) return;
  for (auto& argument : arguments) argument = static_cast<std::uint32_t>(argument);
}

std::int64_t handle_firmware_call(CpuTable& cpus, Core& core, Cpu& caller, const psci::Call& call) {
  if (!is_known(call.function)) return kNotSupported;
  switch (call.function) {
    case kCpuOn32: case kCpuOn64:
      return cpu_on(cpus, core, call);
    case kCpuOff:
      return cpu_off(cpus, caller);
    case kCpuSuspend32: case kCpuSuspend64:
      return cpu_suspend(cpus, core, caller, call);
    case kFeatures:
      if (!is_known(static_cast<std::uint32_t>(call.arguments[0]))) return kNotSupported;
      return arch::call_firmware(kFeatures, call.arguments[0], 0, 0);
    default:
      return arch::call_firmware(call.function, call.arguments[0], call.arguments[1],
                                 call.arguments[2]);
  }
}

KernelEntry arrive(CpuTable& cpus, Cpu& self) {
  LockGuard guard(cpus.lock);
  self.power = Power::on;
  return {self.entry, self.context};
}

}  // namespace armature::kcore
