// The calls of KServ, one function each; hyp/abi/calls.h is their contract. Arguments are KServ's and
// mean nothing before they are checked, but VM and vCPU: handle_call() has found them.
#pragma once

#include "hyp/kcore/core/core.h"

namespace armature::kcore {

constexpr std::int64_t code(Result result) { return static_cast<std::int64_t>(result); }

// The vCPU of a registered VM, if the number is in range.
Vcpu* find_vcpu(Vm& vm, std::uint64_t vcpuid);
constexpr bool is_page_aligned(std::uint64_t address) { return address % kPageBytes == 0; }

// boot.cc
std::int64_t register_kvm(Core& core, std::uint64_t tables);
std::int64_t register_vcpu(Core& core, Vm& vm, Vcpu& vcpu, PhysicalAddress mailbox);
std::int64_t set_boot_info(Core& core, Vm& vm, std::uint64_t gpa, std::uint64_t bytes);
std::int64_t remap_vm_image(Core& core, Vm& vm, PhysicalAddress pa, std::uint64_t image,
                            std::uint64_t pages);
std::int64_t phys_addr_ioremap(Core& core, Vm& vm, std::uint64_t gpa, PhysicalAddress pa,
                               std::uint64_t bytes);
// verify.cc
std::int64_t verify_vm_images(Core& core, Vm& vm, PhysicalAddress manifest);
// power.cc
// A vCPU that is off begins at `pc` with `argument` in x0, as from reset.
void start_vcpu(SavedVcpu& saved, unsigned vcpuid, std::uint64_t pc, std::uint64_t argument);
// With the VM's lock held: it never runs again. Its stage 2 is closed on return.
void stop_for_ever(Core& core, Vm& vm, VmState state);
std::int64_t clear_vm_s2_range(Core& core, Vm& vm, PhysicalAddress pa, std::uint64_t bytes);
std::int64_t timer_set_cntvoff(Vm& vm, std::uint64_t offset);
// seal.cc
std::int64_t encrypt_buf(Core& core, Vm& vm, PhysicalAddress in, PhysicalAddress out,
                         PhysicalAddress header);
std::int64_t decrypt_buf(Core& core, Vm& vm, PhysicalAddress page, PhysicalAddress header);
std::int64_t save_crypt_vcpu(Core& core, Vm& vm, Vcpu& vcpu, PhysicalAddress out);
std::int64_t load_crypt_vcpu(Core& core, Vm& vm, Vcpu& vcpu, PhysicalAddress in);
// run.cc
std::int64_t vcpu_run(Core& core, Vm& vm, Vcpu& vcpu);

}  // namespace armature::kcore
