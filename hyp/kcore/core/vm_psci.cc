// PSCI as a VM sees it. KCore keeps which vCPU is on and where it starts; KServ only schedules.
#include "hyp/kcore/core/exit.h"
#include "hyp/kcore/core/service.h"
#include "hyp/kcore/psci.h"

namespace armature::kcore {
namespace {

using namespace psci;

constexpr std::int64_t kVersion11 = 0x1'0001;
constexpr std::int64_t kNoMigration = 2;  // MIGRATE_INFO_TYPE: no Trusted OS to migrate
constexpr std::int64_t kIsOn = 0, kIsOff = 1;

// With the VM's lock held. MPIDR of vCPU n is n in Aff0.
Vcpu* by_affinity(Vm& vm, std::uint64_t affinity) {
  Vcpu* vcpu = find_vcpu(vm, affinity);
  return vcpu != nullptr && vcpu->state != VcpuState::unused ? vcpu : nullptr;
}

std::int64_t cpu_on(Vm& vm, std::uint64_t affinity, std::uint64_t entry, std::uint64_t context) {
  LockGuard guard(vm.lock);
  Vcpu* target = by_affinity(vm, affinity);
  if (target == nullptr) return kInvalidParameters;
  if (entry % 4 != 0 || entry < abi::kVmMemoryBase ||
      entry - abi::kVmMemoryBase >= vm.description.memory_bytes) {
    return kInvalidAddress;
  }
  // A vCPU that has just called CPU_OFF may still be on its way out of another core.
  if (target->saved.is_on != 0 || target->state == VcpuState::active) return kAlreadyOn;
  start_vcpu(target->saved, static_cast<unsigned>(affinity), entry, context);
  return kSuccess;
}

std::int64_t affinity_info(Vm& vm, std::uint64_t affinity, std::uint64_t level) {
  LockGuard guard(vm.lock);
  const Vcpu* target = by_affinity(vm, affinity);
  if (target == nullptr || level != 0) return kInvalidParameters;
  return target->saved.is_on != 0 ? kIsOn : kIsOff;
}

}  // namespace

// The range of standard secure service calls that PSCI has for itself, 32 and 64 bit.
bool is_psci(std::uint64_t function) { return (function & ~0x4000'001full) == 0x8400'0000; }

Next handle_psci(Core& core, Vm& vm, Vcpu& vcpu, abi::MailboxOut& out) {
  ShadowContext& context = vcpu.saved.context;
  const psci::Call call(context.x[0], context.x[1], context.x[2], context.x[3]);
  const auto answer = [&](std::int64_t value) {
    context.x[0] = static_cast<std::uint64_t>(value);
    return Next::enter_again;
  };
  const auto tell_kserv = [&] {
    out.reason = abi::ExitReason::psci;
    out.psci_function = call.function;
    return Next::exit_to_kserv;
  };
  switch (call.function) {
    case psci::kVersion: return answer(kVersion11);
    case kMigrateInfoType: return answer(kNoMigration);
    case kFeatures: return answer(is_known(call.arguments[0]) ? 0 : kNotSupported);
    case kAffinityInfo32: case kAffinityInfo64:
      return answer(affinity_info(vm, call.arguments[0], call.arguments[1]));
    case kCpuOn32: case kCpuOn64: {
      const std::int64_t result =
          cpu_on(vm, call.arguments[0], call.arguments[1], call.arguments[2]);
      answer(result);
      if (result != kSuccess) return Next::enter_again;
      out.psci_target = static_cast<unsigned>(call.arguments[0]);
      return tell_kserv();
    }
    case kCpuSuspend32: case kCpuSuspend64:
      answer(kSuccess);  // as a standby state: it goes on behind the call
      return tell_kserv();
    case kCpuOff: {
      LockGuard guard(vm.lock);
      vcpu.saved.is_on = 0;
      return tell_kserv();
    }
    case kSystemOff: case kSystemReset: {
      LockGuard guard(vm.lock);
      if (vm.state == VmState::verified) stop_for_ever(core, vm, VmState::powered_off);
      return tell_kserv();
    }
    default: return answer(kNotSupported);
  }
}

}  // namespace armature::kcore
