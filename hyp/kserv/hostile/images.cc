// Images and manifests that their owner never signed. The victim's own are the raw material.
#include <cstring>

#include "hyp/kserv/hostile/attack.h"
#include "hyp/kserv/hostile/support.h"

namespace armature::kserv::hostile {
namespace {

// Loads the victim's image again, `spoils` the manifest, and expects a refusal after which the VM never
// runs.
template <typename Spoil>
Verdict forge(const Vm& victim, Spoil spoil, unsigned left_out = 0, unsigned changed = 0,
              unsigned vcpus_less = 0) {
  OwnVm vm(victim.vcpu_count() - vcpus_less);
  if (!vm.load(victim, left_out, changed)) return {false, "could not load", 0};
  abi::SignedManifest manifest = victim.manifest;
  spoil(manifest);
  Refusals refusals;
  refusals.expect(vm.verify(manifest), "verified");
  refusals.expect(machine::call(abi::Call::vcpu_run, vm.vmid(), 0), "runs");
  return refusals.verdict();
}

constexpr auto kAsItIs = [](abi::SignedManifest&) {};

Verdict changed_image(Vm& v, Vcpu*) { return forge(v, kAsItIs, 0, 1); }
Verdict missing_page(Vm& v, Vcpu*) { return forge(v, kAsItIs, 1); }
Verdict missing_vcpu(Vm& v, Vcpu*) { return forge(v, kAsItIs, 0, 0, 1); }
Verdict no_signature(Vm& v, Vcpu*) {
  return forge(v, [](abi::SignedManifest& m) { std::memset(m.signature, 0, sizeof(m.signature)); });
}
Verdict changed_signature(Vm& v, Vcpu*) {
  return forge(v, [](abi::SignedManifest& m) { m.signature[40] ^= 1; });
}
// The PC of the first vCPU outside all images.
Verdict changed_entry(Vm& v, Vcpu*) {
  return forge(v, [](abi::SignedManifest& m) { m.body.entry += 1 << 20; });
}
Verdict changed_argument(Vm& v, Vcpu*) {
  return forge(v, [](abi::SignedManifest& m) { m.body.argument ^= 1; });
}
Verdict changed_memory(Vm& v, Vcpu*) {
  return forge(v, [](abi::SignedManifest& m) { m.body.memory_bytes += kBlockBytes; });
}
Verdict changed_place(Vm& v, Vcpu*) {
  return forge(v, [](abi::SignedManifest& m) { m.body.images[0].load_gpa += kPageBytes; });
}
Verdict changed_size(Vm& v, Vcpu*) {
  return forge(v, [](abi::SignedManifest& m) { m.body.images[0].bytes -= 1; });
}
Verdict changed_domain(Vm& v, Vcpu*) {
  return forge(v, [](abi::SignedManifest& m) { m.body.domain[0] ^= 1; });
}
Verdict absurd_manifest(Vm& v, Vcpu*) {
  return forge(v, [](abi::SignedManifest& m) { std::memset(&m, 0xff, sizeof(m)); });
}

constexpr Attack kAttacks[] = {
    {"changed-image", Moment::between, End::refused, changed_image},
    {"missing-page", Moment::between, End::refused, missing_page},
    {"missing-vcpu", Moment::between, End::refused, missing_vcpu},
    {"no-signature", Moment::between, End::refused, no_signature},
    {"changed-signature", Moment::between, End::refused, changed_signature},
    {"changed-entry", Moment::between, End::refused, changed_entry},
    {"changed-argument", Moment::between, End::refused, changed_argument},
    {"changed-memory", Moment::between, End::refused, changed_memory},
    {"changed-place", Moment::between, End::refused, changed_place},
    {"changed-size", Moment::between, End::refused, changed_size},
    {"changed-domain", Moment::between, End::refused, changed_domain},
    {"absurd-manifest", Moment::between, End::refused, absurd_manifest},
};

}  // namespace

std::span<const Attack> image_attacks() { return kAttacks; }

}  // namespace armature::kserv::hostile
