// A VM comes into being, or does not.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/hyp_core/world_fixture.h"

namespace armature::kcore::test {
namespace {

using abi::Call;
using abi::Result;

constexpr std::int64_t code(Result result) { return static_cast<std::int64_t>(result); }

class Boot : public testing::Test {
 protected:
  static constexpr std::uint64_t kContents = kRam + 0x100000, kMailbox = kRam + 0x20000;

  std::uint64_t register_vm(unsigned vcpus = 1) {
    const auto id = static_cast<std::uint64_t>(world.call(Call::register_kvm, 16));
    for (unsigned n = 0; n < vcpus; ++n) {
      EXPECT_EQ(world.call(Call::register_vcpu, id, n, kMailbox + n * kPageBytes), 0);
    }
    return id;
  }
  // Two images in three pages of contents; what the owner signs is `manifest`.
  void prepare() {
    for (std::uint64_t n = 0; n < 3 * kPageBytes; n += 8) world.ram().word(kContents + n) = n * 77;
    std::memset(reinterpret_cast<void*>(kContents + kPageBytes + 100), 0, kPageBytes - 100);  // padding
    manifest = world.sign({{kVmBase, kPageBytes + 100}, {kVmBase + 0x200000, kPageBytes}}, kContents);
    vmid = register_vm();
    EXPECT_EQ(world.call(Call::set_boot_info, vmid, kVmBase, kPageBytes + 100), 0);
    EXPECT_EQ(world.call(Call::set_boot_info, vmid, kVmBase + 0x200000, kPageBytes), 1);
  }
  void remap() {
    EXPECT_EQ(world.call(Call::remap_vm_image, vmid, kContents, 0, 2), 0);
    EXPECT_EQ(world.call(Call::remap_vm_image, vmid, kContents + 2 * kPageBytes, 1, 1), 0);
  }
  std::int64_t verify() {
    std::memcpy(reinterpret_cast<void*>(World::kManifestPage), &manifest, sizeof(manifest));
    return world.call(Call::verify_vm_images, vmid, World::kManifestPage);
  }
  void expect_refused() {
    EXPECT_EQ(verify(), code(Result::bad_image));
    EXPECT_EQ(world.vm(vmid).state, VmState::powered_off);
    EXPECT_EQ(world.call(Call::vcpu_run, vmid, 0), code(Result::wrong_state));
    EXPECT_EQ(world.page(kContents).owner, vmid) << "not KServ's before it is cleared";
    EXPECT_EQ(world.call(Call::clear_vm_s2_range, vmid, kRam, World::kRamBytes), 3);
  }
  World world;
  std::uint64_t vmid = 0;
  abi::SignedManifest manifest{};
};

TEST_F(Boot, SignedImagesRun) {
  prepare();
  remap();
  EXPECT_EQ(verify(), 0);
  EXPECT_EQ(world.vm(vmid).state, VmState::verified);
  const auto& context = world.vm(vmid).vcpus[0].saved.context;
  EXPECT_EQ(context.pc, kVmBase);
  EXPECT_EQ(context.x[0], 0x1234u);
  EXPECT_EQ(context.pstate, 0x3c5u) << "EL1h, all masked";
  EXPECT_EQ(world.call(Call::vcpu_run, vmid, 0), static_cast<std::int64_t>(abi::ExitReason::interrupt));
}

TEST_F(Boot, PagesLeaveKServBeforeTheyAreHashed) {
  prepare();
  world.kserv_touch(kContents);
  remap();
  EXPECT_FALSE(world.kserv_maps(kContents));
  EXPECT_THROW(world.kserv_touch(kContents), fake::Halted);
}

TEST_F(Boot, StaleInstructionsOfKServAreForgottenBeforeTheVmIsVerified) {
  prepare();
  remap();
  fake::processor.steps.clear();
  verify();
  const std::vector<fake::Step> expected = {{fake::Op::ic_ialluis}, {fake::Op::dsb_ish}, {fake::Op::isb}};
  EXPECT_EQ(fake::processor.steps, expected);
}

TEST_F(Boot, OneBitOfTheImageRefusesItAndNamesTheVm) {
  prepare();
  world.ram().word(kContents + 2 * kPageBytes + 8) ^= 1;
  remap();
  expect_refused();
  EXPECT_THAT(fake::processor.console, testing::HasSubstr("VM 1 'test': its images are not what its owner signed"));
}

TEST_F(Boot, BytesInThePaddingRefuseTheImage) {
  prepare();
  world.ram().word(kContents + kPageBytes + 2048) = 1;
  remap();
  expect_refused();
}

TEST_F(Boot, OneBitOfTheSignatureRefusesTheImage) {
  prepare();
  remap();
  manifest.signature[5] ^= 1;
  expect_refused();
}

TEST_F(Boot, AManifestChangedAfterSigningIsRefused) {
  prepare();
  remap();
  manifest.body.entry += 4;
  expect_refused();
}

TEST_F(Boot, AnEntryOutsideTheImagesIsRefusedEvenWhenSigned) {
  prepare();
  remap();
  manifest.body.entry = kVmBase + 2 * kPageBytes;
  World::sign_again(manifest);
  expect_refused();
}

TEST_F(Boot, AnotherNumberOfVcpusThanSignedIsRefused) {
  prepare();
  remap();
  manifest.body.vcpus = 2;
  World::sign_again(manifest);
  expect_refused();
}

TEST_F(Boot, AnotherLoadAddressThanSignedIsRefused) {
  prepare();
  remap();
  manifest.body.images[1].load_gpa += kPageBytes;
  World::sign_again(manifest);
  expect_refused();
}

TEST_F(Boot, AManifestForAnotherPurposeIsRefused) {
  prepare();
  remap();
  manifest.body.domain[0] = 'X';
  World::sign_again(manifest);
  expect_refused();
}

TEST_F(Boot, AnImageWithoutAllItsPagesIsRefused) {
  prepare();
  EXPECT_EQ(world.call(Call::remap_vm_image, vmid, kContents, 0, 2), 0);
  EXPECT_EQ(verify(), code(Result::bad_image));
}

TEST_F(Boot, ARefusedVmHarmsNoOther) {
  const auto good = world.make_vm(kRam + 0x40000, 2, 1, kRam + 0x30000);
  vmid = register_vm();
  EXPECT_EQ(verify(), code(Result::bad_image));
  EXPECT_EQ(world.call(Call::vcpu_run, good, 0), static_cast<std::int64_t>(abi::ExitReason::interrupt));
}

TEST_F(Boot, AVmIsVerifiedOnce) {
  const auto good = world.make_vm();
  EXPECT_EQ(world.call(Call::verify_vm_images, good, World::kManifestPage), code(Result::wrong_state));
}

TEST_F(Boot, NothingIsAddedToAVerifiedVm) {
  const auto good = world.make_vm();
  EXPECT_EQ(world.call(Call::set_boot_info, good, kVmBase + 0x100000, kPageBytes), code(Result::wrong_state));
  EXPECT_EQ(world.call(Call::remap_vm_image, good, kContents, 0, 1), code(Result::wrong_state));
  EXPECT_EQ(world.call(Call::register_vcpu, good, 1, kMailbox + 0x5000), code(Result::wrong_state));
  EXPECT_EQ(world.call(Call::phys_addr_ioremap, good, 0x9000000, 0x9000000, kPageBytes), code(Result::wrong_state));
}

TEST_F(Boot, ImagesDoNotOverlap) {
  vmid = register_vm();
  EXPECT_EQ(world.call(Call::set_boot_info, vmid, kVmBase, kPageBytes + 1), 0);
  EXPECT_EQ(world.call(Call::set_boot_info, vmid, kVmBase + kPageBytes, 1), code(Result::bad_argument));
  EXPECT_EQ(world.call(Call::set_boot_info, vmid, kVmBase + 2 * kPageBytes, 1), 1);
}

TEST_F(Boot, ASixthImageIsRefused) {
  vmid = register_vm();
  for (unsigned n = 0; n < abi::kMaxImages; ++n) {
    EXPECT_EQ(world.call(Call::set_boot_info, vmid, kVmBase + n * kPageBytes, 1), n);
  }
  EXPECT_EQ(world.call(Call::set_boot_info, vmid, kVmBase + 0x100000, 1), code(Result::exhausted));
}

TEST_F(Boot, ImagesLieInTheVmsMemory) {
  vmid = register_vm();
  EXPECT_EQ(world.call(Call::set_boot_info, vmid, kVmBase - kPageBytes, 1), code(Result::bad_argument));
  EXPECT_EQ(world.call(Call::set_boot_info, vmid, 1ull << 40, 1), code(Result::bad_argument));
  EXPECT_EQ(world.call(Call::set_boot_info, vmid, kVmBase, ~0ull), code(Result::bad_argument));
}

TEST_F(Boot, RemapTakesNoMorePagesThanTheImageHas) {
  prepare();
  EXPECT_EQ(world.call(Call::remap_vm_image, vmid, kContents, 0, 3), code(Result::bad_argument));
  EXPECT_EQ(world.call(Call::remap_vm_image, vmid, kContents, 0, ~0ull), code(Result::bad_argument));
  EXPECT_EQ(world.page(kContents).owner, kOwnerKServ);
}

TEST_F(Boot, RemapTakesNoPageOfKCore) {
  prepare();
  EXPECT_EQ(world.call(Call::remap_vm_image, vmid, kRam, 0, 1), code(Result::not_yours));
  EXPECT_EQ(world.call(Call::remap_vm_image, vmid, ~0xfffull, 0, 2), code(Result::not_yours));
}

TEST_F(Boot, VmidsAreNeverUsedTwiceAndEndAt255) {
  for (std::int64_t n = 1; n <= abi::kMaxVms; ++n) ASSERT_EQ(world.call(Call::register_kvm, 2), n);
  EXPECT_EQ(world.call(Call::register_kvm, 2), code(Result::exhausted));
}

TEST_F(Boot, AVmGetsNoMoreTablesThanThereAre) {
  EXPECT_EQ(world.call(Call::register_kvm, World::kVmTables + 1), code(Result::exhausted));
  EXPECT_EQ(world.call(Call::register_kvm, ~0ull), code(Result::exhausted));
  EXPECT_EQ(world.call(Call::register_kvm, World::kVmTables), 1);
  EXPECT_EQ(world.call(Call::kcore_info, static_cast<std::uint64_t>(abi::Info::free_table_pages)), 0);
}

TEST_F(Boot, AVcpuIsRegisteredOnce) {
  vmid = register_vm();
  EXPECT_EQ(world.call(Call::register_vcpu, vmid, 0, kMailbox + 0x8000), code(Result::wrong_state));
}

TEST_F(Boot, OneMailboxServesOneVcpu) {
  vmid = register_vm();
  EXPECT_EQ(world.call(Call::register_vcpu, vmid, 1, kMailbox), code(Result::not_yours));
}

TEST_F(Boot, WrongNumbersAreRefused) {
  vmid = register_vm();
  for (const std::uint64_t bad : {0ull, 2ull, 255ull, 256ull, ~0ull}) {
    EXPECT_EQ(world.call(Call::vcpu_run, bad, 0), code(Result::bad_id));
    EXPECT_EQ(world.call(Call::verify_vm_images, bad, kRam), code(Result::bad_id));
    EXPECT_EQ(world.call(Call::clear_vm_s2_range, bad, kRam, kPageBytes), code(Result::bad_id));
  }
  for (const std::uint64_t bad : {8ull, ~0ull}) {
    EXPECT_EQ(world.call(Call::vcpu_run, vmid, bad), code(Result::bad_id));
    EXPECT_EQ(world.call(Call::register_vcpu, vmid, bad, kMailbox), code(Result::bad_id));
  }
}

TEST_F(Boot, TheCallsOfLinuxEl2StubAreRefused) {
  for (const std::uint64_t number : {0, 1, 2, 3, 5, 19, 23, 1000}) {
    EXPECT_EQ(handle_call(world.core(), {number, 1, 2, 3, 4}), code(Result::unknown_call)) << number;
  }
}

TEST_F(Boot, DevicesAreMappedBelowTheVmsMemoryAndNeverRam) {
  vmid = register_vm();
  EXPECT_EQ(world.call(Call::phys_addr_ioremap, vmid, 0x8010000, 0x9040000, 2 * kPageBytes), 0);
  EXPECT_EQ(world.vm(vmid).stage2.look_up({0x8011000}).page.value, 0x9041000u);
  EXPECT_EQ(world.call(Call::phys_addr_ioremap, vmid, 0x8020000, kRam - kPageBytes, 2 * kPageBytes),
            code(Result::not_yours));
  EXPECT_EQ(world.call(Call::phys_addr_ioremap, vmid, kVmBase, 0x9040000, kPageBytes), code(Result::bad_argument));
  EXPECT_EQ(world.call(Call::phys_addr_ioremap, vmid, 0x8011000, 0x9050000, kPageBytes),
            code(Result::already_mapped));
  EXPECT_EQ(world.call(Call::phys_addr_ioremap, vmid, 0x8030000, 1ull << 44, kPageBytes),
            code(Result::bad_argument));
}

}  // namespace
}  // namespace armature::kcore::test
