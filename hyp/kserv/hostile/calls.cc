// Wrong numbers, and right ones at the wrong time.
#include "hyp/kserv/hostile/attack.h"
#include "hyp/kserv/hostile/support.h"

namespace armature::kserv::hostile {
namespace {

using abi::Call;
using machine::call;

std::int64_t call_number(std::uint64_t number, std::uint64_t x1 = 0, std::uint64_t x2 = 0) {
  return call(static_cast<Call>(number), x1, x2);
}

constexpr Call kAllWithVm[] = {Call::timer_set_cntvoff, Call::vcpu_run,       Call::clear_vm_s2_range,
                               Call::set_boot_info,     Call::remap_vm_image, Call::verify_vm_images,
                               Call::register_vcpu,     Call::encrypt_buf,    Call::decrypt_buf,
                               Call::save_crypt_vcpu,   Call::load_crypt_vcpu, Call::phys_addr_ioremap};

Verdict wrong_vmid(Vm& v, Vcpu*) {
  Refusals refusals;
  for (const Call number : kAllWithVm) {
    for (const std::uint64_t vmid : {std::uint64_t{0}, std::uint64_t{200}, std::uint64_t{255}, std::uint64_t{256},
                                     std::uint64_t{v.vmid} | std::uint64_t{1} << 32, std::uint64_t{v.vmid} | std::uint64_t{1} << 8,
                                     ~std::uint64_t{0}}) {
      refusals.expect(call(number, vmid, 0, own_page(), kPageBytes), "a VMID that is none");
    }
  }
  return refusals.verdict();
}

Verdict wrong_vcpuid(Vm& v, Vcpu*) {
  Refusals refusals;
  OwnVm vm;
  for (const std::uint64_t vcpu : {std::uint64_t{8}, std::uint64_t{255}, std::uint64_t{1} << 32, ~std::uint64_t{0}}) {
    refusals.expect(call(Call::vcpu_run, v.vmid, vcpu), "vcpu_run");
    refusals.expect(call(Call::register_vcpu, vm.vmid(), vcpu, own_page()), "register_vcpu");
    refusals.expect(call(Call::load_crypt_vcpu, vm.vmid(), vcpu, own_page()), "load_crypt_vcpu");
    refusals.expect(call(Call::save_crypt_vcpu, v.vmid, vcpu, own_page()), "save_crypt_vcpu");
  }
  return refusals.verdict();
}

Verdict wrong_image(Vm&, Vcpu*) {
  Refusals refusals;
  OwnVm vm;
  for (const std::uint64_t image : {std::uint64_t{0}, std::uint64_t{5}, std::uint64_t{1} << 32, ~std::uint64_t{0}}) {
    refusals.expect(call(Call::remap_vm_image, vm.vmid(), own_page(), image, 1), "an image that is none");
  }
  return refusals.verdict();
}

Verdict wrong_boot_info(Vm&, Vcpu*) {
  Refusals refusals;
  OwnVm vm;
  const std::uint64_t base = abi::kVmMemoryBase;
  refusals.expect(call(Call::set_boot_info, vm.vmid(), base, 0), "no bytes");
  refusals.expect(call(Call::set_boot_info, vm.vmid(), base + 8, kPageBytes), "misaligned");
  refusals.expect(call(Call::set_boot_info, vm.vmid(), base - kPageBytes, kPageBytes), "below the memory");
  refusals.expect(call(Call::set_boot_info, vm.vmid(), base, ~0ull), "bytes that overflow");
  refusals.expect(call(Call::set_boot_info, vm.vmid(), ~0ull << 12, kPageBytes), "an address that overflows");
  if (call(Call::set_boot_info, vm.vmid(), base, 8 * kPageBytes) < 0) return {false, "a good one is refused", 0};
  refusals.expect(call(Call::set_boot_info, vm.vmid(), base + 7 * kPageBytes, kPageBytes), "an overlap");
  return refusals.verdict();
}

Verdict hyp_stub(Vm&, Vcpu*) {
  Refusals refusals;
  // Linux: set vectors, soft restart, reset vectors, finalise, get vectors.
  for (const std::uint64_t number : {0, 1, 2, 3, 4, 5}) {
    refusals.expect(call_number(number, reinterpret_cast<std::uint64_t>(&hyp_stub), 0), "a call of the EL2 stub");
  }
  return refusals.verdict();
}

Verdict unknown_calls(Vm& v, Vcpu*) {
  Refusals refusals;
  for (const std::uint64_t number : {15ull, 16ull, 17ull, 18ull, 19ull, 23ull, 24ull, 25ull, 26ull, 27ull, 30ull,
                                     31ull, 33ull, 64ull, 255ull, 0x81000ull, 0x82000ull, 1ull << 32 | 8,
                                     1ull << 63 | 8, ~0ull}) {
    refusals.expect(call_number(number, v.vmid, 0), "a number that is no call");
  }
  return refusals.verdict();
}

Verdict unknown_firmware(Vm&, Vcpu*) {
  Refusals refusals;
  // MIGRATE, MEM_PROTECT, SYSTEM_RESET2, CPU_FREEZE, CPU_DEFAULT_SUSPEND, NODE_HW_STATE, SYSTEM_SUSPEND;
  // SiP, OEM, trusted OS.
  for (const std::uint64_t function : {0xc4000005ull, 0x84000013ull, 0xc4000012ull, 0x8400000bull, 0xc400000cull,
                                       0xc400000dull, 0xc400000eull, 0xc2000000ull, 0x83000000ull, 0xbf00ff01ull}) {
    refusals.expect(firmware(function), "a function of the firmware");
  }
  return refusals.verdict();
}

Verdict run_unverified(Vm& v, Vcpu*) {
  Refusals refusals;
  OwnVm vm(1);
  refusals.expect(call(Call::vcpu_run, vm.vmid(), 0), "before its images");
  if (!vm.load(v)) return {false, "could not load", 0};
  refusals.expect(call(Call::vcpu_run, vm.vmid(), 0), "before verification");
  vm.verify({});
  refusals.expect(call(Call::vcpu_run, vm.vmid(), 0), "after it failed");
  refusals.expect(call(Call::timer_set_cntvoff, vm.vmid(), 0), "its time");
  refusals.expect(call(Call::register_vcpu, vm.vmid(), 1, own_page()), "one more vCPU");
  return refusals.verdict();
}

Verdict change_verified(Vm& v, Vcpu*) {
  Refusals refusals;
  refusals.expect(call(Call::set_boot_info, v.vmid, 0x4100'0000, kPageBytes), "one more image");
  refusals.expect(call(Call::remap_vm_image, v.vmid, own_page(), 0, 1), "one more page");
  refusals.expect(call(Call::register_vcpu, v.vmid, 7, own_page()), "one more vCPU");
  refusals.expect(call(Call::register_vcpu, v.vmid, 0, own_page()), "another mailbox");
  refusals.expect(call(Call::verify_vm_images, v.vmid, own_page()), "once more verified");
  return refusals.verdict();
}

Verdict too_many_images(Vm&, Vcpu*) {
  OwnVm vm;
  for (std::uint64_t n = 0; n < abi::kMaxImages; ++n) {
    if (call(Call::set_boot_info, vm.vmid(), abi::kVmMemoryBase + n * kPageBytes, kPageBytes) < 0) {
      return {false, "could not announce", n};
    }
  }
  Refusals refusals;
  refusals.expect(call(Call::set_boot_info, vm.vmid(), 0x4100'0000, kPageBytes), "a sixth image");
  return refusals.verdict();
}

// Last of all: no VM can be made afterwards.
Verdict too_many_vms(Vm&, Vcpu*) {
  std::uint64_t made = 0;
  Refusals refusals;
  refusals.expect(call(Call::register_kvm, ~0ull), "all tables there could be");
  while (made <= abi::kMaxVms && call(Call::register_kvm, 8) >= 0) ++made;
  if (made >= abi::kMaxVms) return {false, "VMs", made};
  refusals.expect(call(Call::register_kvm, 8), "one more VM");
  return refusals.verdict();
}

constexpr Attack kAttacks[] = {
    {"wrong-vmid", Moment::between, End::refused, wrong_vmid},
    {"wrong-vcpuid", Moment::between, End::refused, wrong_vcpuid},
    {"wrong-image", Moment::between, End::refused, wrong_image},
    {"wrong-boot-info", Moment::between, End::refused, wrong_boot_info},
    {"hyp-stub-calls", Moment::between, End::refused, hyp_stub},
    {"unknown-calls", Moment::between, End::refused, unknown_calls},
    {"unknown-firmware-functions", Moment::between, End::refused, unknown_firmware},
    {"run-unverified-vm", Moment::between, End::refused, run_unverified},
    {"change-verified-vm", Moment::between, End::refused, change_verified},
    {"too-many-images", Moment::between, End::refused, too_many_images},
    {"too-many-vms", Moment::gone, End::refused, too_many_vms},
};

}  // namespace

std::span<const Attack> call_attacks() { return kAttacks; }

}  // namespace armature::kserv::hostile
