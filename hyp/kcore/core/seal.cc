// Export and import of a VM. What leaves is sealed with a key of this boot and bound to its VM, its
// place and its number in the export; what comes back is taken in the same order, all of it, once.
// So KServ can neither read nor change nor swap nor drop nor repeat a record, nor run two copies.
#include <cstring>

#include "hyp/kcore/core/oracle.h"
#include "hyp/kcore/core/ownership.h"
#include "hyp/kcore/core/processor.h"
#include "hyp/kcore/core/service.h"
#include "hyp/kcore/planted.h"

namespace armature::kcore {
namespace {

using abi::SealedHeader;
using abi::SealedKind;

constexpr std::size_t kBoundBytes = __builtin_offsetof(SealedHeader, tag);
static_assert(sizeof(SealedHeader) + sizeof(SavedVcpu) <= kPageBytes);

std::span<const std::uint8_t> bound(const SealedHeader& header) {
  return {reinterpret_cast<const std::uint8_t*>(&header), kBoundBytes};
}

// Used once with a key: a VM gives each of its sequence numbers to one record, and no VMID comes twice.
crypto::Nonce nonce_of(const SealedHeader& header) {
  crypto::Nonce nonce{};
  const std::uint64_t source = header.source_vmid, sequence = header.sequence;
  std::memcpy(nonce.bytes, &source, sizeof(source));
  std::memcpy(nonce.bytes + sizeof(source), &sequence, sizeof(sequence));
  return nonce;
}

bool is_header_place(PhysicalAddress header) { return header.value % sizeof(SealedHeader) == 0; }

std::uint32_t vcpu_mask(const Vm& vm) {
  std::uint32_t mask = 0;
  for (unsigned n = 0; n < abi::kMaxVcpus; ++n) {
    if (vm.vcpus[n].state != VcpuState::unused) mask |= 1u << n;
  }
  return mask;
}

// With the VM's lock and s2page held. It never runs again here, so what is exported is all there is.
void freeze(Core& core, Vm& vm) {
  vm.state = VmState::exporting;
  vm.stage2.close();
  Snapshot& snapshot = core.snapshots[vm.vmid];
  snapshot.exists = true;
  snapshot.pages_left = vm.owned_pages;
  snapshot.vcpu_mask = vcpu_mask(vm);
  snapshot.vcpus_left = vm.registered_vcpus();
  snapshot.description = vm.description;
}

// In the scratch page: KServ must not change ciphertext before the tag over it is made.
SealedHeader seal_scratch(Core& core, const Vm& vm, SealedKind kind, std::uint64_t index,
                          std::size_t bytes) {
  SealedHeader header{};
  header.kind = kind;
  header.source_vmid = vm.vmid;
  header.sequence = core.snapshots[vm.vmid].next_sequence++;
  header.index = index;
  header.bytes = bytes;
  crypto::seal(core.sealing_key, nonce_of(header), bound(header), core.scratch, core.scratch, bytes,
               header.tag);
  return header;
}

// With the importing VM's lock and s2page held: the record that it has to bring next.
Result check_record(Core& core, const Vm& vm, const SealedHeader& header, SealedKind kind,
                    std::uint64_t bytes) {
  if (header.kind != kind || header.bytes != bytes || header.source_vmid == 0 ||
      header.source_vmid > abi::kMaxVms) {
    return Result::bad_seal;
  }
  const Snapshot& snapshot = core.snapshots[header.source_vmid];
  if (!snapshot.is_complete()) return Result::wrong_state;
  if (snapshot.importer != 0 && snapshot.importer != vm.vmid) return Result::wrong_state;
  if (vm.import_from != 0 && vm.import_from != header.source_vmid) return Result::bad_seal;
  if (vm.image_count != 0 || snapshot.vcpu_mask != vcpu_mask(vm)) return Result::wrong_state;
  return header.sequence == vm.import_sequence ? Result::ok : Result::bad_seal;
}

void accept_record(Core& core, Vm& vm, const SealedHeader& header) {
  Snapshot& snapshot = core.snapshots[header.source_vmid];
  snapshot.importer = vm.vmid;
  vm.import_from = header.source_vmid;
  if (++vm.import_sequence != snapshot.next_sequence) return;
  vm.description = snapshot.description;
  forget_instructions();
  vm.state = VmState::verified;
}

}  // namespace

std::int64_t encrypt_buf(Core& core, Vm& vm, PhysicalAddress in, PhysicalAddress out,
                         PhysicalAddress header_at) {
  if (!is_page_aligned(in.value | out.value) || !is_header_place(header_at) ||
      page_of(header_at) == out) {
    return code(Result::bad_argument);
  }
  LockGuard guard(vm.lock);
  const bool runs = vm.state == VmState::verified;
  if (!runs && vm.state != VmState::exporting) return code(Result::wrong_state);
  if (runs && (vm.any_vcpu_active() || !core.has_sealing_key)) return code(Result::wrong_state);
  LockGuard s2page(core.s2page_lock);
  Page* page = core.pages.find(in);
  if (page == nullptr || page->owner != vm.vmid || page->count == kExported) {
    return code(Result::not_yours);
  }
  if (!is_kservs(core, out) || !is_kservs(core, page_of(header_at))) return code(Result::not_yours);
  if (runs) freeze(core, vm);
  end_grants(core, in);
  // What the VM wrote past the caches is in memory; a line of KCore's own, read ahead, would hide it.
  arch::clean_invalidate_page(in);
  arch::dsb_sy();  // complete before the page is read
  oracle::copy_in(abi::Datum::vm_page, core.scratch, in, kPageBytes);
  const SealedHeader header = seal_scratch(core, vm, SealedKind::page, page->gfn, kPageBytes);
  page->count = kExported;
  --core.snapshots[vm.vmid].pages_left;
  oracle::copy_out(out, core.scratch, kPageBytes);
  oracle::write(header_at, header);
  return 0;
}

std::int64_t save_crypt_vcpu(Core& core, Vm& vm, Vcpu& vcpu, PhysicalAddress out) {
  if (!is_page_aligned(out.value)) return code(Result::bad_argument);
  LockGuard guard(vm.lock);
  if (vm.state != VmState::exporting || vcpu.state != VcpuState::ready || vcpu.is_sealed != 0) {
    return code(Result::wrong_state);
  }
  LockGuard s2page(core.s2page_lock);
  if (!is_kservs(core, out)) return code(Result::not_yours);
  std::memcpy(core.scratch, &vcpu.saved, sizeof(vcpu.saved));
  const SealedHeader header =
      seal_scratch(core, vm, SealedKind::vcpu, vm.number_of(vcpu), sizeof(vcpu.saved));
  vcpu.is_sealed = 1;
  --core.snapshots[vm.vmid].vcpus_left;
  oracle::write(out, header);
  oracle::copy_out({out.value + sizeof(header)}, core.scratch, sizeof(vcpu.saved));
  return 0;
}

std::int64_t decrypt_buf(Core& core, Vm& vm, PhysicalAddress page, PhysicalAddress header_at) {
  if (!is_page_aligned(page.value) || !is_header_place(header_at) || page_of(header_at) == page) {
    return code(Result::bad_argument);
  }
  LockGuard guard(vm.lock);
  if (vm.state != VmState::ready) return code(Result::wrong_state);
  LockGuard s2page(core.s2page_lock);
  const bool is_free = is_kservs(core, page) || planted::is(planted::Bug::import_over_others);
  if (!is_free || !is_kservs(core, page_of(header_at))) return code(Result::not_yours);
  const auto header = oracle::read<SealedHeader>(abi::Datum::sealed, header_at);
  Result result = check_record(core, vm, header, SealedKind::page, kPageBytes);
  if (result != Result::ok) return code(result);
  if (header.index >> (geometry(core.levels).ipa_bits - 12) != 0) return code(Result::bad_seal);
  const IntermediateAddress gpa{header.index * kPageBytes};
  const Result check = vm.stage2.check_range(gpa, page, 1, descriptor::Memory::normal);
  if (check != Result::ok) return code(check);
  // It leaves KServ before it is opened: what the tag is checked over is what is decrypted.
  assign_to_vm(core, vm, header.index, page, 1);
  oracle::copy_in(abi::Datum::sealed, core.scratch, page, kPageBytes);
  if (!crypto::open(core.sealing_key, nonce_of(header), bound(header), core.scratch, core.scratch,
                    kPageBytes, header.tag)) {
    reclaim_from_vm(core, vm, page);
    return code(Result::bad_seal);
  }
  oracle::copy_out(page, core.scratch, kPageBytes);
  // The VM may read past the caches.
  arch::clean_invalidate_page(page);
  arch::dsb_sy();  // the plaintext is in memory before a leaf of the VM leads there
  vm.stage2.map_range(gpa, page, 1, descriptor::Memory::normal);
  accept_record(core, vm, header);
  return 0;
}

std::int64_t load_crypt_vcpu(Core& core, Vm& vm, Vcpu& vcpu, PhysicalAddress in) {
  if (!is_page_aligned(in.value)) return code(Result::bad_argument);
  LockGuard guard(vm.lock);
  if (vm.state != VmState::ready || vcpu.state != VcpuState::ready || vcpu.has_run != 0) {
    return code(Result::wrong_state);
  }
  LockGuard s2page(core.s2page_lock);
  if (!is_kservs(core, in)) return code(Result::not_yours);
  const auto header = oracle::read<SealedHeader>(abi::Datum::sealed, in);
  const Result result = check_record(core, vm, header, SealedKind::vcpu, sizeof(vcpu.saved));
  if (result != Result::ok) return code(result);
  if (header.index != vm.number_of(vcpu)) return code(Result::bad_seal);
  oracle::copy_in(abi::Datum::sealed, core.scratch, {in.value + sizeof(header)},
                  sizeof(vcpu.saved));
  if (!crypto::open(core.sealing_key, nonce_of(header), bound(header), core.scratch, core.scratch,
                    sizeof(vcpu.saved), header.tag)) {
    return code(Result::bad_seal);
  }
  std::memcpy(&vcpu.saved, core.scratch, sizeof(vcpu.saved));
  accept_record(core, vm, header);
  return 0;
}

}  // namespace armature::kcore
