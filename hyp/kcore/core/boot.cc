// A VM comes into being: its number, its vCPUs, its images and devices.
#include "hyp/kcore/core/ownership.h"
#include "hyp/kcore/core/processor.h"
#include "hyp/kcore/core/service.h"
#include "hyp/kcore/panic.h"
#include "hyp/kcore/planted.h"

namespace armature::kcore {

void initialize(Core& core, const BootMemory& memory) {
  core.levels = memory.levels;
  if (memory.levels == Levels::four && arch::physical_address_bits() < 44) {
    panic("4-level stage 2 needs 44 bits of physical address, this core has ",
          arch::physical_address_bits());
  }
  Page* entries = memory.page_entries;
  for (const auto& range : memory.ram) {
    if (!core.pages.add_range(range, entries)) panic("more ranges of RAM than KCore can note");
    entries += range.bytes / kPageBytes;
  }
  for (const auto& range : memory.kcore) {
    for (std::uint64_t at = page_of(range.base).value; at < range.base.value + range.bytes;
         at += kPageBytes) {
      if (Page* page = core.pages.find({at})) page->owner = kOwnerKCore;
    }
  }
  core.next_vmid = 1;
  core.table_pages = memory.vm_tables;
  core.table_pages_left = memory.vm_table_count;
  core.kserv.open(memory.levels, 0, memory.kserv_tables, memory.kserv_table_count);
}

void revoke_everything(Core& core) {
  core.kserv.revoke_everything();
  for (auto& vm : core.vms) vm.stage2.revoke_everything();
  arch::dsb_ishst();     // the cleared roots, before any walker refills from them
  arch::tlbi_alle1is();  // whoever's they were
  arch::dsb_ish();       // until all cores have dropped them and finished accesses through them
  arch::isb();
}

std::int64_t register_kvm(Core& core, std::uint64_t tables) {
  // Even, so that the next VM's root is aligned too.
  const std::uint64_t wanted = tables == 0 ? abi::kDefaultTablePages : tables + (tables & 1);
  std::uint32_t vmid;
  TablePage* pages;
  {
    if (!planted::is(planted::Bug::vmid_without_lock)) core.core_lock.acquire();
    const auto unlock = [&core] {
      if (!planted::is(planted::Bug::vmid_without_lock)) core.core_lock.release();
    };
    // A VMID names one VM as long as the machine runs, so that no TLB entry of a VM that is gone can
    // ever be hit by another.
    const bool has_room = core.next_vmid <= abi::kMaxVms && tables <= core.table_pages_left &&
                          wanted <= core.table_pages_left;
    if (!has_room || wanted < geometry(core.levels).root_pages) {
      unlock();
      return code(has_room ? Result::bad_argument : Result::exhausted);
    }
    vmid = core.next_vmid++;
    pages = core.table_pages;
    core.table_pages += wanted;
    core.table_pages_left -= wanted;
    if (planted::is(planted::Bug::locks_out_of_order)) LockGuard inside(core.vms[vmid].lock);
    unlock();
  }
  // Calls that name it already find it unused, and are refused.
  Vm& vm = core.vms[vmid];
  LockGuard guard(vm.lock);
  vm.vmid = vmid;
  vm.stage2.open(core.levels, static_cast<std::uint16_t>(vmid), pages, wanted);
  vm.state = VmState::ready;
  return vmid;
}

std::int64_t register_vcpu(Core& core, Vm& vm, Vcpu& vcpu, PhysicalAddress mailbox) {
  if (!is_page_aligned(mailbox.value)) return code(Result::bad_argument);
  LockGuard guard(vm.lock);
  if (vm.state != VmState::ready || vcpu.state != VcpuState::unused) {
    return code(Result::wrong_state);
  }
  {
    LockGuard s2page(core.s2page_lock);
    if (!is_kservs(core, mailbox)) return code(Result::not_yours);
    // While it is counted the page stays KServ's: KCore never writes an exit into a VM's page.
    core.pages.find(mailbox)->count = 1;
  }
  vcpu = Vcpu{};
  vcpu.state = VcpuState::ready;
  vcpu.mailbox = mailbox;
  return 0;
}

std::int64_t set_boot_info(Core& core, Vm& vm, std::uint64_t gpa, std::uint64_t bytes) {
  const std::uint64_t limit = std::uint64_t{1} << geometry(core.levels).ipa_bits;
  if (!is_page_aligned(gpa) || gpa < abi::kVmMemoryBase || gpa >= limit || bytes == 0 ||
      bytes > limit - gpa) {
    return code(Result::bad_argument);
  }
  LockGuard guard(vm.lock);
  if (vm.state != VmState::ready || vm.import_from != 0) return code(Result::wrong_state);
  if (vm.image_count == abi::kMaxImages) return code(Result::exhausted);
  const Image image{gpa, bytes, 0};
  for (std::uint32_t n = 0; n < vm.image_count; ++n) {
    const Image& other = vm.images[n];
    if (gpa < other.gpa + other.pages() * kPageBytes &&
        other.gpa < gpa + image.pages() * kPageBytes) {
      return code(Result::bad_argument);
    }
  }
  vm.images[vm.image_count] = image;
  return vm.image_count++;
}

std::int64_t remap_vm_image(Core& core, Vm& vm, PhysicalAddress pa, std::uint64_t index,
                            std::uint64_t pages) {
  if (!is_page_aligned(pa.value) || pages == 0) return code(Result::bad_argument);
  LockGuard guard(vm.lock);
  if (vm.state != VmState::ready) return code(Result::wrong_state);
  if (index >= vm.image_count) return code(Result::bad_id);
  Image& image = vm.images[index];
  if (pages > image.pages() - image.pages_mapped) return code(Result::bad_argument);
  const std::uint64_t gpa = image.gpa + image.pages_mapped * kPageBytes;
  LockGuard s2page(core.s2page_lock);
  if (!is_kservs(core, pa, pages)) return code(Result::not_yours);
  const Result check = vm.stage2.check_range({gpa}, pa, pages, descriptor::Memory::normal);
  if (check != Result::ok) return code(check);
  assign_to_vm(core, vm, gpa / kPageBytes, pa, pages);
  vm.stage2.map_range({gpa}, pa, pages, descriptor::Memory::normal);
  image.pages_mapped += pages;
  return 0;
}

std::int64_t phys_addr_ioremap(Core& core, Vm& vm, std::uint64_t gpa, PhysicalAddress pa,
                               std::uint64_t bytes) {
  const std::uint64_t pa_limit = std::uint64_t{1} << arch::physical_address_bits();
  if (!is_page_aligned(gpa | pa.value | bytes) || bytes == 0 || gpa >= abi::kVmMemoryBase ||
      bytes > abi::kVmMemoryBase - gpa || pa.value >= pa_limit || bytes > pa_limit - pa.value) {
    return code(Result::bad_argument);
  }
  const std::uint64_t pages = bytes / kPageBytes;
  LockGuard guard(vm.lock);
  if (vm.state != VmState::ready) return code(Result::wrong_state);
  LockGuard s2page(core.s2page_lock);
  if (core.pages.touches_ram(pa, pages)) return code(Result::not_yours);
  const Result check = vm.stage2.check_range({gpa}, pa, pages, descriptor::Memory::device);
  if (check != Result::ok) return code(check);
  vm.stage2.map_range({gpa}, pa, pages, descriptor::Memory::device);
  return 0;
}

}  // namespace armature::kcore
