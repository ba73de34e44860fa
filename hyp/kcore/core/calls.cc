// From a number in x0 to the function that does the call.
#include "hyp/kcore/core/processor.h"
#include "hyp/kcore/core/service.h"

namespace armature::kcore {
namespace {

std::int64_t kcore_info(Core& core, std::uint64_t item) {
  switch (static_cast<abi::Info>(item)) {
    case abi::Info::version: return abi::kVersion;
    case abi::Info::list_registers: return arch::list_register_count();
    case abi::Info::stage2_levels: return core.levels == Levels::three ? 3 : 4;
    case abi::Info::ipa_bits: return geometry(core.levels).ipa_bits;
    case abi::Info::free_table_pages: {
      LockGuard guard(core.core_lock);
      return static_cast<std::int64_t>(core.table_pages_left);
    }
    case abi::Info::pa_bits: return arch::physical_address_bits();
  }
  return code(Result::bad_argument);
}

// The VM of a VMID that has been registered, or nullptr.
Vm* find_vm(Core& core, std::uint64_t vmid) {
  if (vmid == 0 || vmid > abi::kMaxVms) return nullptr;
  // VMIDs are given out in order: `next_vmid` only grows, so what was below it stays registered.
  LockGuard guard(core.core_lock);
  return vmid < core.next_vmid ? &core.vms[vmid] : nullptr;
}

}  // namespace

Vcpu* find_vcpu(Vm& vm, std::uint64_t vcpuid) {
  return vcpuid < abi::kMaxVcpus ? &vm.vcpus[vcpuid] : nullptr;
}

std::int64_t handle_call(Core& core, const std::uint64_t (&x)[5]) {
  // Most calls name a VM in x1, some a vCPU of it in x2.
  const auto with_vm = [&](auto call) {
    Vm* vm = find_vm(core, x[1]);
    return vm == nullptr ? code(Result::bad_id) : call(*vm);
  };
  const auto with_vcpu = [&](auto call) {
    return with_vm([&](Vm& vm) {
      Vcpu* vcpu = find_vcpu(vm, x[2]);
      return vcpu == nullptr ? code(Result::bad_id) : call(vm, *vcpu);
    });
  };
  switch (static_cast<abi::Call>(x[0])) {
    case abi::Call::enable_s2_trans: return abi::kVersion;
    case abi::Call::kcore_info: return kcore_info(core, x[1]);
    case abi::Call::register_kvm: return register_kvm(core, x[1]);
    case abi::Call::timer_set_cntvoff:
      return with_vm([&](Vm& vm) { return timer_set_cntvoff(vm, x[2]); });
    case abi::Call::clear_vm_s2_range:
      return with_vm([&](Vm& vm) { return clear_vm_s2_range(core, vm, {x[2]}, x[3]); });
    case abi::Call::set_boot_info:
      return with_vm([&](Vm& vm) { return set_boot_info(core, vm, x[2], x[3]); });
    case abi::Call::remap_vm_image:
      return with_vm([&](Vm& vm) { return remap_vm_image(core, vm, {x[2]}, x[3], x[4]); });
    case abi::Call::verify_vm_images:
      return with_vm([&](Vm& vm) { return verify_vm_images(core, vm, {x[2]}); });
    case abi::Call::encrypt_buf:
      return with_vm([&](Vm& vm) { return encrypt_buf(core, vm, {x[2]}, {x[3]}, {x[4]}); });
    case abi::Call::decrypt_buf:
      return with_vm([&](Vm& vm) { return decrypt_buf(core, vm, {x[2]}, {x[3]}); });
    case abi::Call::phys_addr_ioremap:
      return with_vm([&](Vm& vm) { return phys_addr_ioremap(core, vm, x[2], {x[3]}, x[4]); });
    case abi::Call::register_vcpu:
      return with_vcpu([&](Vm& vm, Vcpu& v) { return register_vcpu(core, vm, v, {x[3]}); });
    case abi::Call::vcpu_run:
      return with_vcpu([&](Vm& vm, Vcpu& v) { return vcpu_run(core, vm, v); });
    case abi::Call::save_crypt_vcpu:
      return with_vcpu([&](Vm& vm, Vcpu& v) { return save_crypt_vcpu(core, vm, v, {x[3]}); });
    case abi::Call::load_crypt_vcpu:
      return with_vcpu([&](Vm& vm, Vcpu& v) { return load_crypt_vcpu(core, vm, v, {x[3]}); });
  }
  // Also the calls of Linux' EL2 stub: set vectors, soft restart, reset and get vectors.
  return code(Result::unknown_call);
}

}  // namespace armature::kcore
