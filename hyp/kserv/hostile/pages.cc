// Calls that give away pages which are not KServ's to give, or take back what is in use.
#include "hyp/kserv/hostile/attack.h"
#include "hyp/kserv/hostile/support.h"

namespace armature::kserv::hostile {
namespace {

using abi::Call;
using machine::call;

constexpr std::uint64_t kGpa = 0x4020'0000;

// An image of `pages` pages, whose first lies at `page`.
Verdict give(std::uint64_t page, std::uint64_t pages = 1) {
  OwnVm vm;
  Refusals refusals;
  const std::int64_t index = call(Call::set_boot_info, vm.vmid(), kGpa, 64 * kPageBytes);
  if (index < 0) return {false, "no image", 0};
  refusals.expect(call(Call::remap_vm_image, vm.vmid(), page, static_cast<std::uint64_t>(index), pages), "gave");
  return refusals.verdict();
}

Verdict give_vm(Vm& v, Vcpu*) { return give(secret_page(v)); }
Verdict give_kcore(Vm&, Vcpu*) { return give(kcore_page()); }
Verdict give_kcore_tables(Vm&, Vcpu*) { return give(kcore_tables()); }
Verdict give_device(Vm&, Vcpu*) { return give(device_page()); }
Verdict give_beyond(Vm&, Vcpu*) { return give(beyond_ram()); }
Verdict give_misaligned(Vm&, Vcpu*) { return give(own_page() + 8); }
Verdict give_mailbox(Vm& v, Vcpu*) { return give(reinterpret_cast<std::uint64_t>(v.vcpus[0].mailbox)); }
// More pages than the image has left, up to a number whose bytes overflow.
Verdict give_too_many(Vm&, Vcpu*) {
  Refusals refusals;
  for (const std::uint64_t pages : {0ull, 65ull, 1ull << 40, 1ull << 52, (1ull << 52) + 1, ~0ull}) {
    const Verdict verdict = give(own_page(), pages);
    if (!verdict.refused) return verdict;
    refusals.expect(-1, "");
  }
  return refusals.verdict();
}
// A run that begins with KServ's page and ends in one that is not.
Verdict give_run_into_kcore(Vm&, Vcpu*) { return give(kcore_page() - kPageBytes, 2); }

Verdict give_twice(Vm&, Vcpu*) {
  OwnVm first, second;
  const std::uint64_t page = own_page();
  first.remember(page);
  Refusals refusals;
  const auto i = static_cast<std::uint64_t>(call(Call::set_boot_info, first.vmid(), kGpa, 4 * kPageBytes));
  const auto k = static_cast<std::uint64_t>(call(Call::set_boot_info, second.vmid(), kGpa, 4 * kPageBytes));
  if (call(Call::remap_vm_image, first.vmid(), page, i, 1) < 0) return {false, "could not give once", 0};
  refusals.expect(call(Call::remap_vm_image, first.vmid(), page, i, 1), "the same VM");
  refusals.expect(call(Call::remap_vm_image, second.vmid(), page, k, 1), "another VM");
  return refusals.verdict();
}

Verdict take_mailbox(std::uint64_t page) {
  OwnVm vm;
  Refusals refusals;
  refusals.expect(call(Call::register_vcpu, vm.vmid(), 0, page), "became a mailbox");
  return refusals.verdict();
}
Verdict mailbox_vm(Vm& v, Vcpu*) { return take_mailbox(secret_page(v)); }
Verdict mailbox_kcore(Vm&, Vcpu*) { return take_mailbox(kcore_tables()); }
Verdict mailbox_device(Vm&, Vcpu*) { return take_mailbox(device_page()); }
Verdict mailbox_misaligned(Vm&, Vcpu*) { return take_mailbox(own_page() + 64); }
Verdict mailbox_beyond(Vm&, Vcpu*) { return take_mailbox(beyond_ram()); }
Verdict mailbox_twice(Vm& v, Vcpu*) {
  return take_mailbox(reinterpret_cast<std::uint64_t>(v.vcpus[0].mailbox));
}

Verdict manifest_from(std::uint64_t page) {
  OwnVm vm;
  Refusals refusals;
  refusals.expect(call(Call::verify_vm_images, vm.vmid(), page), "read a manifest");
  return refusals.verdict();
}
Verdict manifest_vm(Vm& v, Vcpu*) { return manifest_from(secret_page(v)); }
Verdict manifest_kcore(Vm&, Vcpu*) { return manifest_from(kcore_tables()); }

Verdict clear_running(Vm& v, Vcpu*) {
  Refusals refusals;
  const std::uint64_t page = secret_page(v);
  refusals.expect(call(Call::clear_vm_s2_range, v.vmid, page, kPageBytes), "cleared a page");
  refusals.expect(call(Call::clear_vm_s2_range, v.vmid, 0, ~0ull << 12), "cleared everything");
  return refusals.verdict();
}
// Of another VM that may be cleared: what is not its own stays. Result: pages, none.
Verdict clear_others(Vm& v, Vcpu*) {
  OwnVm vm;
  vm.verify({});
  const std::int64_t pages = call(Call::clear_vm_s2_range, vm.vmid(), secret_page(v), kPageBytes);
  return {pages <= 0, "pages", static_cast<std::uint64_t>(pages)};
}

Verdict ioremap_memory(Vm& v, Vcpu*) {
  constexpr std::uint64_t kDeviceGpa = 0x0a00'0000;
  OwnVm vm;
  Refusals refusals;
  for (const std::uint64_t pa : {secret_page(v), kcore_page(), kcore_tables(), own_page()}) {
    refusals.expect(call(Call::phys_addr_ioremap, vm.vmid(), kDeviceGpa, pa, kPageBytes), "RAM as a device");
  }
  const std::uint64_t device = device_page();
  refusals.expect(call(Call::phys_addr_ioremap, vm.vmid(), abi::kVmMemoryBase, device, kPageBytes), "a device as RAM");
  refusals.expect(call(Call::phys_addr_ioremap, vm.vmid(), kDeviceGpa, device + 8, kPageBytes), "misaligned");
  refusals.expect(call(Call::phys_addr_ioremap, vm.vmid(), kDeviceGpa, device, ~0ull << 12), "all of them");
  refusals.expect(call(Call::phys_addr_ioremap, v.vmid, kDeviceGpa, device, kPageBytes), "into a running VM");
  return refusals.verdict();
}

Verdict seal_elsewhere(Vm& v, Vcpu*) {
  const std::uint64_t vm_page = secret_page(v), own = own_page(), header = own_page();
  Refusals refusals;
  refusals.expect(call(Call::encrypt_buf, v.vmid, vm_page, vm_page, header), "onto itself");
  refusals.expect(call(Call::encrypt_buf, v.vmid, vm_page, kcore_tables(), header), "onto KCore");
  refusals.expect(call(Call::encrypt_buf, v.vmid, vm_page, own, kcore_tables()), "header onto KCore");
  refusals.expect(call(Call::encrypt_buf, v.vmid, vm_page, own, vm_page), "header onto the VM");
  refusals.expect(call(Call::encrypt_buf, v.vmid, own, own_page(), header), "a page of KServ");
  refusals.expect(call(Call::encrypt_buf, v.vmid, kcore_page(), own, header), "a page of KCore");
  refusals.expect(call(Call::save_crypt_vcpu, v.vmid, 0, own), "a running vCPU");
  return refusals.verdict();
}

// Records that KCore never made, into pages that are not KServ's, and into a VM that runs.
Verdict open_forged(Vm& v, Vcpu*) {
  const std::uint64_t record = own_page();
  auto* header = reinterpret_cast<abi::SealedHeader*>(record);
  *header = {abi::SealedKind::page, v.vmid, 0, kGpa / kPageBytes, kPageBytes, {}, {}};
  OwnVm vm(1);
  Refusals refusals;
  refusals.expect(call(Call::decrypt_buf, vm.vmid(), own_page(), record), "a forged page");
  refusals.expect(call(Call::decrypt_buf, vm.vmid(), secret_page(v), record), "a VM's page");
  refusals.expect(call(Call::decrypt_buf, vm.vmid(), kcore_tables(), record), "KCore's page");
  refusals.expect(call(Call::decrypt_buf, v.vmid, own_page(), record), "into a running VM");
  header->kind = abi::SealedKind::vcpu;
  refusals.expect(call(Call::load_crypt_vcpu, vm.vmid(), 0, record), "a forged vCPU");
  refusals.expect(call(Call::load_crypt_vcpu, v.vmid, 0, record), "into a running vCPU");
  return refusals.verdict();
}

// A true record, of a second instance of the victim, opened over a page of the victim itself.
Verdict import_over_vm(Vm& v, Vcpu*) {
  OwnVm source(v.vcpu_count()), target(v.vcpu_count());
  if (!source.load(v) || source.verify(v.manifest) < 0) return {false, "no second instance", 0};
  const std::uint64_t first = own_page(), header = own_page(), other = own_page();
  std::uint64_t record = header;
  for (std::uint64_t n = 0; n < source.page_count(); ++n) {
    if (call(Call::encrypt_buf, source.vmid(), source.page(static_cast<unsigned>(n)), n == 0 ? first : other, record) < 0) {
      return {false, "could not seal page", n};
    }
    record = header + sizeof(abi::SealedHeader);  // only the first is wanted
  }
  for (unsigned n = 0; n < v.vcpu_count(); ++n) {
    if (call(Call::save_crypt_vcpu, source.vmid(), n, other) < 0) return {false, "could not seal vCPU", n};
  }
  Refusals refusals;
  for (const std::uint64_t page : {secret_page(v), source.page(0), kcore_page(), kcore_tables(), device_page()}) {
    refusals.expect(call(Call::decrypt_buf, target.vmid(), page, header), "over another's page");
  }
  return refusals.verdict();
}

constexpr Attack kAttacks[] = {
    {"give-vm-page", Moment::between, End::refused, give_vm},
    {"give-kcore-page", Moment::between, End::refused, give_kcore},
    {"give-kcore-tables", Moment::between, End::refused, give_kcore_tables},
    {"give-device", Moment::between, End::refused, give_device},
    {"give-beyond-ram", Moment::between, End::refused, give_beyond},
    {"give-misaligned", Moment::between, End::refused, give_misaligned},
    {"give-mailbox", Moment::between, End::refused, give_mailbox},
    {"give-too-many", Moment::between, End::refused, give_too_many},
    {"give-run-into-kcore", Moment::between, End::refused, give_run_into_kcore},
    {"give-twice", Moment::between, End::refused, give_twice},
    {"mailbox-in-vm-page", Moment::between, End::refused, mailbox_vm},
    {"mailbox-in-kcore", Moment::between, End::refused, mailbox_kcore},
    {"mailbox-in-device", Moment::between, End::refused, mailbox_device},
    {"mailbox-misaligned", Moment::between, End::refused, mailbox_misaligned},
    {"mailbox-beyond-ram", Moment::between, End::refused, mailbox_beyond},
    {"mailbox-twice", Moment::between, End::refused, mailbox_twice},
    {"manifest-in-vm-page", Moment::between, End::refused, manifest_vm},
    {"manifest-in-kcore", Moment::between, End::refused, manifest_kcore},
    {"clear-running-vm", Moment::between, End::refused, clear_running},
    {"clear-pages-of-another", Moment::between, End::refused, clear_others},
    {"ioremap-memory", Moment::between, End::refused, ioremap_memory},
    {"seal-onto-others", Moment::between, End::refused, seal_elsewhere},
    {"open-forged-record", Moment::between, End::refused, open_forged},
    {"import-over-pages-of-others", Moment::between, End::refused, import_over_vm},
};

}  // namespace

std::span<const Attack> page_attacks() { return kAttacks; }

}  // namespace armature::kserv::hostile
