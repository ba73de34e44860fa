#include "tests/hyp_core/world_fixture.h"

#include <sodium.h>

#include <algorithm>

#include "hyp/kcore/core/syndrome.h"

namespace armature::kcore::test {

World::World(Levels levels) : entries_(kRamBytes / kPageBytes), tables_(new Tables), core_(new Core) {
  boot(levels);
}

void World::restart(Levels levels) {
  // A whole Core is megabytes: only what was used is made new.
  for (std::uint32_t vmid = 1; vmid < core_->next_vmid; ++vmid) {
    std::destroy_at(&core_->vms[vmid]);
    new (&core_->vms[vmid]) Vm{};
    core_->snapshots[vmid] = {};
  }
  core_->next_vmid = 1;
  core_->pages = {};
  std::destroy_at(&core_->kserv);
  new (&core_->kserv) Stage2Table{};
  boot(levels);
}

void World::boot(Levels levels) {
  fake::reset();
  fake::processor.ram = &ram_;
  const PhysicalRange ram[] = {ram_.range()};
  const PhysicalRange kcore[] = {{{kRam}, kKCorePages * kPageBytes}};
  // Pools hold what was there before: a table must not depend on it.
  for (std::size_t n = 0; n < 8; ++n) std::ranges::fill(tables_->pages[n].entries, ~0ull);
  initialize(*core_, {.ram = ram,
                      .kcore = kcore,
                      .page_entries = entries_.data(),
                      .kserv_tables = &tables_->pages[0],
                      .vm_tables = &tables_->pages[kKServTables],
                      .kserv_table_count = kKServTables,
                      .vm_table_count = kVmTables,
                      .levels = levels});
  std::ranges::copy(abi::kTestPublicKey, core_->public_key);
  core_->sealing_key = {{1, 2, 3}};
  core_->has_sealing_key = true;
  fake::processor.vttbr = core_->kserv.vttbr();
}

void World::kserv_touch(std::uint64_t pa) {
  if (kserv_maps(pa)) return;
  handle_kserv_fault(core(), 0, {.address = {pa}, .is_translation_fault = true});
}

abi::SignedManifest World::sign(const std::vector<ImagePlan>& images, std::uint64_t contents,
                                unsigned vcpus, std::uint64_t memory_bytes) {
  abi::SignedManifest manifest{};
  abi::VmManifest& body = manifest.body;
  std::memcpy(body.domain, abi::kManifestDomain, sizeof(body.domain));
  std::strcpy(body.name, "test");
  body.memory_bytes = memory_bytes;
  body.entry = images.empty() ? kVmBase : images[0].gpa;
  body.argument = 0x1234;
  body.vcpus = vcpus;
  body.image_count = static_cast<unsigned>(images.size());
  for (std::size_t n = 0; n < images.size(); ++n) {
    const std::uint64_t padded = (images[n].bytes + kPageBytes - 1) / kPageBytes * kPageBytes;
    body.images[n] = {abi::ImageKind::kernel, 0, images[n].gpa, images[n].bytes, {}};
    crypto_generichash_blake2b(body.images[n].digest, 64, reinterpret_cast<const std::uint8_t*>(contents),
                               padded, nullptr, 0);
    contents += padded;
  }
  sign_again(manifest);
  return manifest;
}

void World::sign_again(abi::SignedManifest& manifest) {
  struct Keys {
    Keys() { crypto_sign_ed25519_seed_keypair(public_key, secret_key, abi::kTestSeed); }
    std::uint8_t public_key[32], secret_key[64];
  };
  static const Keys keys;  // a third of the time of random sequences, when made for each signature
  crypto_sign_ed25519_detached(manifest.signature, nullptr,
                               reinterpret_cast<const std::uint8_t*>(&manifest.body), sizeof(manifest.body),
                               keys.secret_key);
}

std::uint64_t World::make_vm(std::uint64_t pa, std::uint64_t pages, unsigned vcpus, std::uint64_t mailbox) {
  const auto vmid = static_cast<std::uint64_t>(call(abi::Call::register_kvm, 16));
  for (unsigned n = 0; n < vcpus; ++n) {
    std::memset(reinterpret_cast<void*>(mailbox + n * kPageBytes), 0, kPageBytes);
    call(abi::Call::register_vcpu, vmid, n, mailbox + n * kPageBytes);
  }
  const abi::SignedManifest manifest = sign({{kVmBase, pages * kPageBytes}}, pa, vcpus);
  std::memcpy(reinterpret_cast<void*>(kManifestPage), &manifest, sizeof(manifest));
  call(abi::Call::set_boot_info, vmid, kVmBase, pages * kPageBytes);
  call(abi::Call::remap_vm_image, vmid, pa, 0, pages);
  call(abi::Call::verify_vm_images, vmid, kManifestPage);
  return vmid;
}

namespace {
using namespace syndrome;
arch::GuestExit synchronous(std::uint64_t exception_class, std::uint64_t iss) {
  return {arch::GuestExit::Cause::synchronous, EC::make(exception_class) | IL::make(1) | iss, 0, 0, 0};
}
arch::GuestExit abort(std::uint64_t gpa, std::uint64_t iss) {
  auto exit = synchronous(kDataAbortLower, iss | FaultStatus::make(kTranslationFault << 2 | 3));
  exit.far = 0xffff'0000'0000'0000 | (gpa & (kPageBytes - 1));
  exit.hpfar = FIPA::make(gpa >> 12);
  return exit;
}
}  // namespace

arch::GuestExit interrupt() { return {arch::GuestExit::Cause::interrupt, 0, 0, 0, 0}; }
arch::GuestExit wait_for_interrupt() { return synchronous(kWfx, 0); }
arch::GuestExit memory_access(std::uint64_t gpa) { return abort(gpa, 0); }
arch::GuestExit device_access(std::uint64_t gpa, bool writes, unsigned bytes, unsigned reg, bool sign_extends,
                              bool is_64_bit) {
  unsigned size = 0;
  while (1u << size != bytes) ++size;
  return abort(gpa, ISV::make(1) | SAS::make(size) | SRT::make(reg) | WnR::make(writes) |
                        SSE::make(sign_extends) | SF::make(is_64_bit));
}
arch::GuestExit hvc() { return synchronous(kHvc64, 0); }
arch::GuestExit smc() { return synchronous(kSmc64, 0); }
arch::GuestExit system_instruction(unsigned op0, unsigned op1, unsigned crn, unsigned crm, unsigned op2,
                                   unsigned rt, bool reads) {
  return synchronous(kSystem64, Op0::make(op0) | Op1::make(op1) | CRn::make(crn) | CRm::make(crm) |
                                    Op2::make(op2) | Rt::make(rt) | Direction::make(reads));
}

}  // namespace armature::kcore::test
