#include "hyp/model/model.h"

#include <algorithm>

namespace armature::model {
namespace {

using abi::Result;
constexpr std::int64_t code(Result result) { return static_cast<std::int64_t>(result); }
constexpr std::int64_t code(abi::ExitReason reason) { return static_cast<std::int64_t>(reason); }

constexpr std::uint64_t kIpaLimit = 1ull << 40, kPaLimit = 1ull << 44;
constexpr std::uint64_t kRootTables = 2;
constexpr std::uint64_t kGigabyte = 1 << 30;

bool aligned(std::uint64_t address) { return address % kPage == 0; }
bool fits_block(std::uint64_t gpa, std::uint64_t pa, std::uint64_t pages) {
  return gpa % kBlock == 0 && pa % kBlock == 0 && pages * kPage >= kBlock;
}
std::uint64_t mask_of(const Vm& vm) {
  std::uint64_t mask = 0;
  for (std::size_t n = 0; n < vm.vcpus.size(); ++n) {
    if (vm.vcpus[n].state != VcpuState::unused) mask |= 1ull << n;
  }
  return mask;
}

}  // namespace

Model::Model(std::uint64_t base, std::uint64_t bytes, std::uint64_t kcore_pages, std::uint64_t tables)
    : ram(base, bytes), tables_left(tables) {
  for (std::uint64_t n = 0; n < kcore_pages; ++n) ram[base + n * kPage].owner = kKCore;
}

Vm* Model::find(std::uint64_t vmid) {
  const auto at = vms.find(vmid);
  return at == vms.end() ? nullptr : &at->second;
}

bool Model::is_kservs(std::uint64_t pa) const {
  const PageState* page = ram.find(pa);
  return page != nullptr && page->owner == kKServ && page->count == 0;
}

// What the tables of a VM can take: nothing twice, no page under a block, no block where pages were.
std::int64_t Model::check_map(const Vm& vm, std::uint64_t gpa, std::uint64_t pa, std::uint64_t pages,
                              bool blocks) const {
  if (gpa >= kIpaLimit || pages > (kIpaLimit - gpa) / kPage) return code(Result::bad_argument);
  std::set<std::uint64_t> level2, level3;
  for (std::uint64_t n = 0; n < pages;) {
    const std::uint64_t at = gpa + n * kPage;
    const bool as_block = blocks && fits_block(at, pa + n * kPage, pages - n);
    if (vm.blocks.contains(at / kBlock * kBlock)) return code(Result::already_mapped);
    if (!vm.level2.contains(at / kGigabyte)) level2.insert(at / kGigabyte);
    if (as_block) {
      if (vm.level3.contains(at / kBlock)) return code(Result::already_mapped);
      n += kBlock / kPage;
    } else {
      if (vm.pages.contains(at)) return code(Result::already_mapped);
      if (!vm.level3.contains(at / kBlock)) level3.insert(at / kBlock);
      ++n;
    }
  }
  const std::uint64_t used = kRootTables + vm.level2.size() + vm.level3.size();
  return used + level2.size() + level3.size() <= vm.tables ? 0 : code(Result::exhausted);
}

void Model::map(Vm& vm, std::uint64_t gpa, std::uint64_t pa, std::uint64_t pages, bool blocks) {
  for (std::uint64_t n = 0; n < pages; ++n) {
    const std::uint64_t at = gpa + n * kPage;
    vm.pages[at] = pa + n * kPage;
    vm.level2.insert(at / kGigabyte);
    if (blocks && fits_block(at, pa + n * kPage, pages - n)) vm.blocks.insert(at);
    if (!vm.blocks.contains(at / kBlock * kBlock)) vm.level3.insert(at / kBlock);
  }
}

void Model::assign(std::uint64_t vmid, Vm&, std::uint64_t gpa, std::uint64_t pa, std::uint64_t pages) {
  for (std::uint64_t n = 0; n < pages; ++n) {
    PageState& page = ram[pa + n * kPage];
    page.owner = vmid;
    page.count = 0;
    page.exported = false;
    page.gfn = gpa / kPage + n;
    kserv_maps.erase(pa + n * kPage);
  }
}

void Model::give_back(std::uint64_t pa) {
  ram[pa] = {};
  kserv_maps.erase(pa);
}

void Model::stop(Vm& vm, VmState state) {
  vm.state = state;
  vm.pages.clear();
  vm.blocks.clear();
}

std::int64_t Model::register_kvm(std::uint64_t tables) {
  if (vms.size() == abi::kMaxVms) return code(Result::exhausted);
  const std::uint64_t wanted = tables == 0 ? abi::kDefaultTablePages : (tables + 1) / 2 * 2;
  if (tables > tables_left || wanted > tables_left) return code(Result::exhausted);
  tables_left -= wanted;
  const std::uint64_t vmid = vms.size() + 1;
  vms[vmid].tables = wanted;
  return static_cast<std::int64_t>(vmid);
}

std::int64_t Model::register_vcpu(std::uint64_t vmid, std::uint64_t vcpuid, std::uint64_t mailbox) {
  Vm* vm = find(vmid);
  if (vm == nullptr || vcpuid >= abi::kMaxVcpus) return code(Result::bad_id);
  if (!aligned(mailbox)) return code(Result::bad_argument);
  Vcpu& vcpu = vm->vcpus[vcpuid];
  if (vm->state != VmState::ready || vcpu.state != VcpuState::unused) return code(Result::wrong_state);
  if (!is_kservs(mailbox)) return code(Result::not_yours);
  ram[mailbox].count = 1;
  vcpu = {};
  vcpu.state = VcpuState::ready;
  vcpu.mailbox = mailbox;
  return 0;
}

std::int64_t Model::set_boot_info(std::uint64_t vmid, std::uint64_t gpa, std::uint64_t bytes) {
  Vm* vm = find(vmid);
  if (vm == nullptr) return code(Result::bad_id);
  if (!aligned(gpa) || gpa < abi::kVmMemoryBase || gpa >= kIpaLimit || bytes == 0 || bytes > kIpaLimit - gpa) {
    return code(Result::bad_argument);
  }
  if (vm->state != VmState::ready || vm->import_from != 0) return code(Result::wrong_state);
  if (vm->images.size() == abi::kMaxImages) return code(Result::exhausted);
  const Image image{gpa, bytes, 0};
  for (const Image& other : vm->images) {
    const bool before = image.gpa + image.pages() * kPage <= other.gpa;
    const bool behind = other.gpa + other.pages() * kPage <= image.gpa;
    if (!before && !behind) return code(Result::bad_argument);
  }
  vm->images.push_back(image);
  return static_cast<std::int64_t>(vm->images.size() - 1);
}

std::int64_t Model::remap_vm_image(std::uint64_t vmid, std::uint64_t pa, std::uint64_t index,
                                   std::uint64_t pages) {
  Vm* vm = find(vmid);
  if (vm == nullptr) return code(Result::bad_id);
  if (!aligned(pa) || pages == 0) return code(Result::bad_argument);
  if (vm->state != VmState::ready) return code(Result::wrong_state);
  if (index >= vm->images.size()) return code(Result::bad_id);
  Image& image = vm->images[index];
  if (pages > image.pages() - image.mapped) return code(Result::bad_argument);
  for (std::uint64_t n = 0; n < pages; ++n) {
    if (!is_kservs(pa + n * kPage)) return code(Result::not_yours);
  }
  const std::uint64_t gpa = image.gpa + image.mapped * kPage;
  if (const auto check = check_map(*vm, gpa, pa, pages, true); check != 0) return check;
  assign(vmid, *vm, gpa, pa, pages);
  map(*vm, gpa, pa, pages, true);
  image.mapped += pages;
  return 0;
}

std::int64_t Model::verify_vm_images(std::uint64_t vmid, std::uint64_t manifest, bool owner_agrees,
                                     std::uint64_t memory_bytes) {
  Vm* vm = find(vmid);
  if (vm == nullptr) return code(Result::bad_id);
  if (!aligned(manifest)) return code(Result::bad_argument);
  if (vm->state != VmState::ready) return code(Result::wrong_state);
  if (!is_kservs(manifest)) return code(Result::not_yours);
  bool good = owner_agrees && !vm->images.empty() && vm->import_from == 0;
  for (const Image& image : vm->images) good = good && image.mapped == image.pages();
  if (!good) {
    stop(*vm, VmState::powered_off);
    return code(Result::bad_image);
  }
  vm->state = VmState::verified;
  vm->memory_bytes = memory_bytes;
  vm->vcpus[0].is_on = true;
  return 0;
}

std::int64_t Model::phys_addr_ioremap(std::uint64_t vmid, std::uint64_t gpa, std::uint64_t pa,
                                      std::uint64_t bytes) {
  Vm* vm = find(vmid);
  if (vm == nullptr) return code(Result::bad_id);
  if (!aligned(gpa) || !aligned(pa) || !aligned(bytes) || bytes == 0 || gpa >= abi::kVmMemoryBase ||
      bytes > abi::kVmMemoryBase - gpa || pa >= kPaLimit || bytes > kPaLimit - pa) {
    return code(Result::bad_argument);
  }
  if (vm->state != VmState::ready) return code(Result::wrong_state);
  if (pa < ram.end() && pa + bytes > ram.begin()) return code(Result::not_yours);
  if (const auto check = check_map(*vm, gpa, pa, bytes / kPage, false); check != 0) return check;
  map(*vm, gpa, pa, bytes / kPage, false);
  return 0;
}

std::int64_t Model::clear_vm_s2_range(std::uint64_t vmid, std::uint64_t pa, std::uint64_t bytes) {
  Vm* vm = find(vmid);
  if (vm == nullptr) return code(Result::bad_id);
  if (!aligned(pa) || !aligned(bytes) || pa + bytes < pa) return code(Result::bad_argument);
  if (vm->state != VmState::powered_off && vm->state != VmState::exporting) return code(Result::wrong_state);
  for (Vcpu& vcpu : vm->vcpus) {
    if (vcpu.state == VcpuState::unused || vcpu.mailbox < pa || vcpu.mailbox >= pa + bytes) continue;
    vcpu.state = VcpuState::unused;
    ram[vcpu.mailbox].count = 0;
  }
  std::int64_t pages = 0;
  for (std::uint64_t at = std::max(pa, ram.begin()); at < std::min(pa + bytes, ram.end()); at += kPage) {
    if (ram[at].owner != vmid) continue;
    give_back(at);
    ++pages;
  }
  return pages;
}

std::int64_t Model::timer_set_cntvoff(std::uint64_t vmid) {
  const Vm* vm = find(vmid);
  if (vm == nullptr) return code(Result::bad_id);
  return vm->state == VmState::ready || vm->state == VmState::verified ? 0 : code(Result::wrong_state);
}

// What KServ answers to the last exit.
std::int64_t Model::answer(std::uint64_t vmid, Vm& vm, Vcpu& vcpu, const abi::MailboxIn& in, RunResult& result) {
  switch (in.action) {
    case abi::Action::nothing:
      return 0;
    case abi::Action::complete:
    case abi::Action::inject_undefined:
      return vcpu.waits == Waits::mmio || vcpu.waits == Waits::hypercall ? 0 : code(Result::bad_argument);
    case abi::Action::give_page:
    case abi::Action::give_block: {
      const std::uint64_t size = in.action == abi::Action::give_page ? kPage : kBlock;
      if (vcpu.waits != Waits::memory || in.page % size != 0) return code(Result::bad_argument);
      for (std::uint64_t n = 0; n < size; n += kPage) {
        if (!is_kservs(in.page + n)) return code(Result::not_yours);
      }
      const std::uint64_t gpa = vcpu.gpa / size * size;
      const auto check = check_map(vm, gpa, in.page, size / kPage, true);
      if (check == code(Result::already_mapped)) {
        result.page = abi::PageOutcome::already_mapped;
        return 0;
      }
      if (check != 0) return check;
      assign(vmid, vm, gpa, in.page, size / kPage);
      map(vm, gpa, in.page, size / kPage, true);
      result.page = abi::PageOutcome::taken;
      return 0;
    }
  }
  return code(Result::bad_argument);
}

std::int64_t Model::grant(std::uint64_t vmid, Vm& vm, const GuestEvent& event) {
  if (!aligned(event.address) || !aligned(event.bytes) || event.bytes == 0 ||
      event.bytes > abi::kMaxGrantPages * kPage || event.address + event.bytes < event.address) {
    return -1;
  }
  const bool grants = event.kind == GuestEvent::Kind::grant;
  std::vector<std::uint64_t> pages;
  for (std::uint64_t gpa = event.address; gpa < event.address + event.bytes; gpa += kPage) {
    const auto at = vm.pages.find(gpa);
    if (at == vm.pages.end()) return -1;
    const PageState* page = ram.find(at->second);
    if (page == nullptr || page->owner != vmid) return -1;
    if (grants ? page->count == abi::kMaxGrants : page->count == 0) return -1;
    pages.push_back(at->second);
  }
  for (const std::uint64_t pa : pages) {
    ram[pa].count += grants ? 1 : -1;
    if (ram[pa].count == 0) kserv_maps.erase(pa);
  }
  return 0;
}

RunResult Model::vcpu_run(std::uint64_t vmid, std::uint64_t vcpuid, const abi::MailboxIn& in,
                          bool in_is_well_formed, const std::vector<GuestEvent>& guest) {
  RunResult result{};
  Vm* vm = find(vmid);
  if (vm == nullptr || vcpuid >= abi::kMaxVcpus) return {code(Result::bad_id)};
  Vcpu& vcpu = vm->vcpus[vcpuid];
  if (vm->state != VmState::verified || vcpu.state != VcpuState::ready || !vcpu.is_on) {
    return {code(Result::wrong_state)};
  }
  result.result = in_is_well_formed ? answer(vmid, *vm, vcpu, in, result) : code(Result::bad_argument);
  if (result.result != 0) return result;
  vcpu.ran = true;
  vcpu.waits = Waits::nothing;
  for (const GuestEvent& event : guest) {
    switch (event.kind) {
      case GuestEvent::Kind::interrupt:
        result.result = code(abi::ExitReason::interrupt);
        return result;
      case GuestEvent::Kind::wait:
        result.result = code(abi::ExitReason::wait);
        return result;
      case GuestEvent::Kind::sgi:
        result.result = code(abi::ExitReason::sgi);
        return result;
      case GuestEvent::Kind::memory:
        // Outside its memory the VM gets an abort and goes on.
        if (event.address < abi::kVmMemoryBase || event.address - abi::kVmMemoryBase >= vm->memory_bytes) break;
        vcpu.waits = Waits::memory;
        vcpu.gpa = event.address / kPage * kPage;
        result.result = code(abi::ExitReason::memory);
        return result;
      case GuestEvent::Kind::mmio:
        vcpu.waits = Waits::mmio;
        result.result = code(abi::ExitReason::mmio_read);
        return result;
      case GuestEvent::Kind::hypercall:
        vcpu.waits = Waits::hypercall;
        result.result = code(abi::ExitReason::hypercall);
        return result;
      case GuestEvent::Kind::grant:
      case GuestEvent::Kind::revoke:
        result.answers.push_back(grant(vmid, *vm, event));
        break;
      case GuestEvent::Kind::cpu_on: {
        const bool exists = event.target < abi::kMaxVcpus && vm->vcpus[event.target].state != VcpuState::unused;
        if (!exists) {
          result.answers.push_back(-2);
        } else if (event.address % 4 != 0 || event.address < abi::kVmMemoryBase ||
                   event.address - abi::kVmMemoryBase >= vm->memory_bytes) {
          result.answers.push_back(-9);
        } else if (vm->vcpus[event.target].is_on) {
          result.answers.push_back(-4);
        } else {
          vm->vcpus[event.target].is_on = true;
          vm->vcpus[event.target].waits = Waits::nothing;
          result.result = code(abi::ExitReason::psci);
          return result;
        }
        break;
      }
      case GuestEvent::Kind::cpu_off:
        vcpu.is_on = false;
        result.result = code(abi::ExitReason::psci);
        return result;
      case GuestEvent::Kind::system_off:
        stop(*vm, VmState::powered_off);
        result.result = code(abi::ExitReason::psci);
        return result;
    }
  }
  result.result = code(abi::ExitReason::interrupt);
  return result;
}

std::int64_t Model::encrypt_buf(std::uint64_t vmid, std::uint64_t in, std::uint64_t out, std::uint64_t header,
                                std::optional<Record>& record) {
  Vm* vm = find(vmid);
  if (vm == nullptr) return code(Result::bad_id);
  if (!aligned(in) || !aligned(out) || header % sizeof(abi::SealedHeader) != 0 || header / kPage == out / kPage) {
    return code(Result::bad_argument);
  }
  if (vm->state != VmState::verified && vm->state != VmState::exporting) return code(Result::wrong_state);
  PageState* page = ram.find(in);
  if (page == nullptr || page->owner != vmid || page->exported) return code(Result::not_yours);
  if (!is_kservs(out) || !is_kservs(header / kPage * kPage)) return code(Result::not_yours);
  Export& whole = exports[vmid];
  if (vm->state == VmState::verified) {
    for (std::uint64_t at = ram.begin(); at < ram.end(); at += kPage) whole.pages_left += ram[at].owner == vmid;
    whole.vcpu_mask = mask_of(*vm);
    whole.vcpus_left = static_cast<std::uint64_t>(std::ranges::count_if(
        vm->vcpus, [](const Vcpu& vcpu) { return vcpu.state != VcpuState::unused; }));
    whole.memory_bytes = vm->memory_bytes;
    stop(*vm, VmState::exporting);
  }
  page->exported = true;
  page->count = 0;
  kserv_maps.erase(in);
  --whole.pages_left;
  record = Record{abi::SealedKind::page, vmid, whole.next++, page->gfn, page->contents, {}};
  return 0;
}

std::int64_t Model::save_crypt_vcpu(std::uint64_t vmid, std::uint64_t vcpuid, std::uint64_t out,
                                    std::optional<Record>& record) {
  Vm* vm = find(vmid);
  if (vm == nullptr || vcpuid >= abi::kMaxVcpus) return code(Result::bad_id);
  if (!aligned(out)) return code(Result::bad_argument);
  Vcpu& vcpu = vm->vcpus[vcpuid];
  if (vm->state != VmState::exporting || vcpu.state != VcpuState::ready || vcpu.sealed) {
    return code(Result::wrong_state);
  }
  if (!is_kservs(out)) return code(Result::not_yours);
  vcpu.sealed = true;
  --exports[vmid].vcpus_left;
  record = Record{abi::SealedKind::vcpu, vmid, exports[vmid].next++, vcpuid, 0, vcpu};
  return 0;
}

std::int64_t Model::check_record(std::uint64_t vmid, const Vm& vm, const std::optional<Record>& record,
                                 abi::SealedKind kind) const {
  if (!record || record->kind != kind) return code(Result::bad_seal);
  const auto whole = exports.find(record->source);
  if (whole == exports.end() || whole->second.pages_left != 0 || whole->second.vcpus_left != 0) {
    return code(Result::wrong_state);
  }
  if (whole->second.importer != 0 && whole->second.importer != vmid) return code(Result::wrong_state);
  if (vm.import_from != 0 && vm.import_from != record->source) return code(Result::bad_seal);
  if (!vm.images.empty() || whole->second.vcpu_mask != mask_of(vm)) return code(Result::wrong_state);
  return record->sequence == vm.import_next ? 0 : code(Result::bad_seal);
}

void Model::accept(std::uint64_t vmid, Vm& vm, const Record& record) {
  Export& whole = exports[record.source];
  whole.importer = vmid;
  vm.import_from = record.source;
  if (++vm.import_next == whole.next) {
    vm.state = VmState::verified;
    vm.memory_bytes = whole.memory_bytes;
  }
}

std::int64_t Model::decrypt_buf(std::uint64_t vmid, std::uint64_t page, std::uint64_t header,
                                const std::optional<Record>& at_header, bool ciphertext_fits) {
  Vm* vm = find(vmid);
  if (vm == nullptr) return code(Result::bad_id);
  if (!aligned(page) || header % sizeof(abi::SealedHeader) != 0 || header / kPage == page / kPage) {
    return code(Result::bad_argument);
  }
  if (vm->state != VmState::ready) return code(Result::wrong_state);
  if (!is_kservs(page) || !is_kservs(header / kPage * kPage)) return code(Result::not_yours);
  if (const auto check = check_record(vmid, *vm, at_header, abi::SealedKind::page); check != 0) return check;
  const std::uint64_t gpa = at_header->index * kPage;
  if (const auto check = check_map(*vm, gpa, page, 1, true); check != 0) return check;
  if (!ciphertext_fits) {
    give_back(page);
    return code(Result::bad_seal);
  }
  assign(vmid, *vm, gpa, page, 1);
  map(*vm, gpa, page, 1, true);
  ram[page].contents = at_header->contents;
  accept(vmid, *vm, *at_header);
  return 0;
}

std::int64_t Model::load_crypt_vcpu(std::uint64_t vmid, std::uint64_t vcpuid, std::uint64_t in,
                                    const std::optional<Record>& record, bool ciphertext_fits) {
  Vm* vm = find(vmid);
  if (vm == nullptr || vcpuid >= abi::kMaxVcpus) return code(Result::bad_id);
  if (!aligned(in)) return code(Result::bad_argument);
  Vcpu& vcpu = vm->vcpus[vcpuid];
  if (vm->state != VmState::ready || vcpu.state != VcpuState::ready || vcpu.ran) return code(Result::wrong_state);
  if (!is_kservs(in)) return code(Result::not_yours);
  if (const auto check = check_record(vmid, *vm, record, abi::SealedKind::vcpu); check != 0) return check;
  if (record->index != vcpuid || !ciphertext_fits) return code(Result::bad_seal);
  vcpu.is_on = record->vcpu.is_on;
  vcpu.waits = record->vcpu.waits;
  vcpu.gpa = record->vcpu.gpa;
  accept(vmid, *vm, *record);
  return 0;
}

Model::Touch Model::kserv_touch(std::uint64_t pa) {
  const PageState* page = ram.find(pa / kPage * kPage);
  const bool may = page == nullptr || page->owner == kKServ || (page->owner != kKCore && page->count != 0);
  if (!may) return Touch::halted;
  kserv_maps.insert(pa / kPage * kPage);
  return Touch::reached;
}

const char* Model::broken_invariant() const {
  for (const std::uint64_t pa : kserv_maps) {
    const PageState* page = ram.find(pa);
    if (page == nullptr) continue;
    if (page->owner == kKCore) return "KServ maps a page of KCore";
    if (page->owner != kKServ && page->count == 0) return "KServ maps a page that a VM has not granted";
  }
  std::set<std::uint64_t> seen;
  for (const auto& [vmid, vm] : vms) {
    for (const auto& [gpa, pa] : vm.pages) {
      const PageState* page = ram.find(pa);
      if (page == nullptr) continue;
      if (page->owner != vmid) return "a VM maps a page that is not its own";
      if (page->gfn != gpa / kPage) return "a VM maps a page at another frame than the one noted";
      if (!seen.insert(pa).second) return "a page is mapped twice";
    }
  }
  return nullptr;
}

}  // namespace armature::model
