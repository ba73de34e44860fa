// VERIFY_VM_IMAGES: the pages have left KServ, so what is hashed is what will run.
#include <algorithm>
#include <cstring>

#include "hyp/kcore/core/oracle.h"
#include "hyp/kcore/core/ownership.h"
#include "hyp/kcore/core/service.h"
#include "hyp/kcore/panic.h"

namespace armature::kcore {
namespace {

bool is_zero(const void* data, std::size_t bytes) {
  const auto* byte = static_cast<const std::uint8_t*>(data);
  return std::all_of(byte, byte + bytes, [](std::uint8_t value) { return value == 0; });
}

bool fits(const abi::ImageRecord& record, const Image& image, std::uint64_t memory_bytes) {
  return record.reserved == 0 && record.load_gpa == image.gpa && record.bytes == image.bytes &&
         image.pages_mapped == image.pages() && image.gpa - abi::kVmMemoryBase <= memory_bytes &&
         image.pages() * kPageBytes <= memory_bytes - (image.gpa - abi::kVmMemoryBase);
}

// What is signed is about this VM as KServ has announced it, and makes sense.
bool is_coherent(const Core& core, const Vm& vm, const abi::VmManifest& manifest) {
  const std::uint64_t most =
      (std::uint64_t{1} << geometry(core.levels).ipa_bits) - abi::kVmMemoryBase;
  if (std::memcmp(manifest.domain, abi::kManifestDomain, sizeof(manifest.domain)) != 0 ||
      manifest.name[sizeof(manifest.name) - 1] != 0 || manifest.memory_bytes == 0 ||
      manifest.memory_bytes % kBlockBytes != 0 || manifest.memory_bytes > most ||
      manifest.vcpus == 0 || manifest.vcpus != vm.registered_vcpus() ||
      manifest.image_count != vm.image_count || manifest.image_count == 0) {
    return false;
  }
  bool entry_is_inside = false;
  for (unsigned n = 0; n < abi::kMaxImages; ++n) {
    const abi::ImageRecord& record = manifest.images[n];
    if (n >= vm.image_count) {
      if (!is_zero(&record, sizeof(record))) return false;
      continue;
    }
    if (!fits(record, vm.images[n], manifest.memory_bytes)) return false;
    entry_is_inside |= manifest.entry - record.load_gpa < record.bytes;
  }
  return entry_is_inside && manifest.entry % 4 == 0;
}

bool digest_is_good(Vm& vm, const Image& image, const abi::ImageRecord& record) {
  std::uint64_t piece[64];
  crypto::DigestState state;
  crypto::digest_begin(state);
  for (std::uint64_t n = 0; n < image.pages(); ++n) {
    const auto leaf = vm.stage2.look_up({image.gpa + n * kPageBytes});
    if (!leaf.is_mapped) return false;
    for (std::uint64_t done = 0; done < kPageBytes; done += sizeof(piece)) {
      oracle::copy_in(abi::Datum::vm_page, piece, {leaf.page.value + done}, sizeof(piece));
      crypto::digest_add(state, piece, sizeof(piece));
    }
  }
  std::uint8_t digest[64];
  crypto::digest_end(state, digest);
  return crypto::equal(digest, record.digest);
}

bool is_good(const Core& core, Vm& vm, const abi::SignedManifest& manifest) {
  const abi::VmManifest& body = manifest.body;
  if (!crypto::signature_is_good(manifest.signature, &body, sizeof(body), core.public_key))
    return false;
  if (!is_coherent(core, vm, body)) return false;
  for (unsigned n = 0; n < vm.image_count; ++n) {
    if (!digest_is_good(vm, vm.images[n], body.images[n])) return false;
  }
  return true;
}

}  // namespace

std::int64_t verify_vm_images(Core& core, Vm& vm, PhysicalAddress page) {
  if (!is_page_aligned(page.value)) return code(Result::bad_argument);
  // Held for as long as the hash takes; only calls about this VM wait.
  LockGuard guard(vm.lock);
  if (vm.state != VmState::ready) return code(Result::wrong_state);
  abi::SignedManifest manifest;
  {
    LockGuard s2page(core.s2page_lock);
    if (!is_kservs(core, page)) return code(Result::not_yours);
    manifest = oracle::read<abi::SignedManifest>(abi::Datum::manifest, page);
  }
  const abi::VmManifest& body = manifest.body;
  const auto name_length = [&] {
    std::size_t n = 0;
    while (n < sizeof(body.name) && body.name[n] >= ' ' && body.name[n] <= '~') ++n;
    return n;
  }();
  if (!is_good(core, vm, manifest)) {
    print("VM ", std::uint64_t{vm.vmid}, " '", std::string_view(body.name, name_length),
          "': its images are not what its owner signed; refused");
    stop_for_ever(core, vm, VmState::powered_off);
    return code(Result::bad_image);
  }
  std::memcpy(vm.description.name, body.name, name_length);
  vm.description.memory_bytes = body.memory_bytes;
  vm.description.vcpus = body.vcpus;
  // vCPU 0 starts where the owner has signed; the others where the VM itself says in CPU_ON.
  start_vcpu(vm.vcpus[0].saved, 0, body.entry, body.argument);
  forget_instructions();
  vm.state = VmState::verified;
  return 0;
}

}  // namespace armature::kcore
