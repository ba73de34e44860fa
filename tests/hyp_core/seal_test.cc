// Export and import.
#include <gtest/gtest.h>

#include "tests/hyp_core/world_fixture.h"

namespace armature::kcore::test {
namespace {

using abi::Call;
using abi::Result;
using abi::SealedHeader;

constexpr std::int64_t code(Result result) { return static_cast<std::int64_t>(result); }
constexpr std::uint64_t kContents = kRam + 0x100000, kSealed = kRam + 0x200000, kHeaders = kRam + 0x300000,
                        kNewMailbox = kRam + 0x30000;

class Export : public testing::Test {
 protected:
  void SetUp() override {
    source = world.make_vm(kContents, 2);
    world.ram().word(kContents + 8) = 0x5ec7e7;
    world.ram().word(kContents + kPageBytes + 8) = 0x5ec7e8;
    world.vm(source).vcpus[0].saved.context.x[9] = 0xabc;
  }
  std::int64_t export_page(unsigned n) {
    return world.call(Call::encrypt_buf, source, kContents + n * kPageBytes, kSealed + n * kPageBytes,
                      kHeaders + n * sizeof(SealedHeader));
  }
  std::int64_t export_vcpu() { return world.call(Call::save_crypt_vcpu, source, 0, kSealed + 2 * kPageBytes); }
  void export_all() {
    EXPECT_EQ(export_page(0), 0);
    EXPECT_EQ(export_page(1), 0);
    EXPECT_EQ(export_vcpu(), 0);
  }
  std::uint64_t register_target() {
    target = static_cast<std::uint64_t>(world.call(Call::register_kvm, 16));
    EXPECT_EQ(world.call(Call::register_vcpu, target, 0, kNewMailbox), 0);
    return target;
  }
  std::int64_t import_page(unsigned n) {
    return world.call(Call::decrypt_buf, target, kSealed + n * kPageBytes, kHeaders + n * sizeof(SealedHeader));
  }
  std::int64_t import_vcpu() { return world.call(Call::load_crypt_vcpu, target, 0, kSealed + 2 * kPageBytes); }
  SealedHeader& header(unsigned n) {
    return *reinterpret_cast<SealedHeader*>(kHeaders + n * sizeof(SealedHeader));
  }
  World world;
  std::uint64_t source = 0, target = 0;
};

TEST_F(Export, AndImportBringTheVmBackUnderAnotherVmid) {
  export_all();
  register_target();
  EXPECT_EQ(import_page(0), 0);
  EXPECT_EQ(import_page(1), 0);
  EXPECT_EQ(world.vm(target).state, VmState::ready);
  EXPECT_EQ(import_vcpu(), 0);
  EXPECT_EQ(world.vm(target).state, VmState::verified);
  const auto leaf = world.vm(target).stage2.look_up({kVmBase + kPageBytes});
  EXPECT_EQ(leaf.page.value, kSealed + kPageBytes);
  EXPECT_EQ(world.ram().word(leaf.page.value + 8), 0x5ec7e8u);
  EXPECT_EQ(world.ram().word_in_memory(leaf.page.value + 8), 0x5ec7e8u) << "past the caches too";
  EXPECT_EQ(world.vm(target).vcpus[0].saved.context.x[9], 0xabcu);
  EXPECT_EQ(world.call(Call::vcpu_run, target, 0), static_cast<std::int64_t>(abi::ExitReason::interrupt));
}

TEST_F(Export, ShowsNoPlaintext) {
  export_all();
  for (std::uint64_t at = kSealed; at < kSealed + 3 * kPageBytes; at += 8) {
    EXPECT_NE(world.ram().word(at), 0x5ec7e7u);
    EXPECT_NE(world.ram().word(at), 0xabcu);
  }
}

TEST_F(Export, FreezesTheVmForEver) {
  export_page(0);
  EXPECT_EQ(world.call(Call::vcpu_run, source, 0), code(Result::wrong_state));
  EXPECT_FALSE(world.vm_maps(source, kVmBase));
}

TEST_F(Export, OfARunningVmIsRefused) {
  std::int64_t result = 0;
  fake::processor.guest = [&](ShadowContext&, const arch::GuestRun&) {
    result = export_page(0);
    return interrupt();
  };
  world.call(Call::vcpu_run, source, 0);
  EXPECT_EQ(result, code(Result::wrong_state));
  EXPECT_EQ(world.vm(source).state, VmState::verified);
}

TEST_F(Export, ThatIsRefusedFreezesNothing) {
  EXPECT_EQ(world.call(Call::encrypt_buf, source, kRam + 0x80000, kSealed, kHeaders), code(Result::not_yours));
  EXPECT_EQ(world.call(Call::encrypt_buf, source, kContents, kContents + kPageBytes, kHeaders),
            code(Result::not_yours));
  EXPECT_EQ(world.call(Call::encrypt_buf, source, kContents, kSealed, kContents), code(Result::not_yours));
  EXPECT_EQ(world.call(Call::encrypt_buf, source, kContents, kSealed, kSealed), code(Result::bad_argument));
  EXPECT_EQ(world.vm(source).state, VmState::verified);
}

TEST_F(Export, TakesEachPageAndVcpuOnce) {
  export_all();
  EXPECT_EQ(export_page(0), code(Result::not_yours));
  EXPECT_EQ(export_vcpu(), code(Result::wrong_state));
}

TEST_F(Export, OfARunningVcpuNeedsAFrozenVm) { EXPECT_EQ(export_vcpu(), code(Result::wrong_state)); }

TEST_F(Export, ThatIsNotCompleteIsNotImported) {
  export_page(0);
  export_page(1);
  register_target();
  EXPECT_EQ(import_page(0), code(Result::wrong_state));
}

TEST_F(Export, IsImportedOnce) {
  export_all();
  register_target();
  EXPECT_EQ(import_page(0), 0);
  const auto first = target;
  target = static_cast<std::uint64_t>(world.call(Call::register_kvm, 16));
  world.call(Call::register_vcpu, target, 0, kNewMailbox + kPageBytes);
  EXPECT_EQ(world.call(Call::decrypt_buf, target, kRam + 0x400000, kHeaders), code(Result::wrong_state));
  target = first;
  EXPECT_EQ(import_page(1), 0);
}

TEST_F(Export, RecordsComeBackInTheirOrderAndNotTwice) {
  export_all();
  register_target();
  const auto* ciphertext = reinterpret_cast<const std::uint8_t*>(kSealed);
  const std::vector<std::uint8_t> record(ciphertext, ciphertext + kPageBytes);
  EXPECT_EQ(import_page(1), code(Result::bad_seal));
  EXPECT_EQ(import_page(0), 0);
  // The first record again, at another page.
  std::memcpy(reinterpret_cast<void*>(kRam + 0x400000), record.data(), kPageBytes);
  EXPECT_EQ(world.call(Call::decrypt_buf, target, kRam + 0x400000, kHeaders), code(Result::bad_seal));
}

TEST_F(Export, AnAlteredRecordIsRefusedAndItsPageComesBackZeroed) {
  export_all();
  register_target();
  world.ram().word(kSealed + 16) ^= 1;
  EXPECT_EQ(import_page(0), code(Result::bad_seal));
  EXPECT_EQ(world.page(kSealed).owner, kOwnerKServ);
  EXPECT_EQ(world.ram().word(kSealed + 8), 0u);
  EXPECT_FALSE(world.vm_maps(target, kVmBase));
}

TEST_F(Export, ARecordMovedToAnotherFrameIsRefused) {
  export_all();
  register_target();
  header(0).index += 1;
  EXPECT_EQ(import_page(0), code(Result::bad_seal));
}

TEST_F(Export, SwappedCiphertextsAreRefused) {
  export_all();
  register_target();
  for (std::uint64_t n = 0; n < kPageBytes; n += 8) {
    std::swap(world.ram().word(kSealed + n), world.ram().word(kSealed + kPageBytes + n));
  }
  EXPECT_EQ(import_page(0), code(Result::bad_seal));
}

TEST_F(Export, AnAlteredVcpuIsRefused) {
  export_all();
  register_target();
  import_page(0);
  import_page(1);
  world.ram().word(kSealed + 2 * kPageBytes + 128) ^= 1;
  EXPECT_EQ(import_vcpu(), code(Result::bad_seal));
  EXPECT_EQ(world.vm(target).state, VmState::ready);
  EXPECT_EQ(world.vm(target).vcpus[0].saved.context.x[9], 0u);
}

TEST_F(Export, ImportTakesNoPageOfAVm) {
  export_all();
  const auto other = world.make_vm(kRam + 0x60000, 2, 1, kRam + 0x28000);
  register_target();
  std::memcpy(reinterpret_cast<void*>(kRam + 0x60000), reinterpret_cast<void*>(kSealed), kPageBytes);
  EXPECT_EQ(world.call(Call::decrypt_buf, target, kRam + 0x60000, kHeaders), code(Result::not_yours));
  EXPECT_EQ(world.page(kRam + 0x60000).owner, other);
}

TEST_F(Export, ImportIntoAVmWithImagesIsRefused) {
  export_all();
  register_target();
  world.call(Call::set_boot_info, target, kVmBase, kPageBytes);
  EXPECT_EQ(import_page(0), code(Result::wrong_state));
}

TEST_F(Export, TheSourcesPagesCanBeCleared) {
  export_all();
  EXPECT_EQ(world.call(Call::clear_vm_s2_range, source, kRam, World::kRamBytes), 2);
  EXPECT_EQ(world.ram().word(kContents + 8), 0u);
}

TEST_F(Export, EndsTheGrantsOfAPage) {
  world.page(kContents).count = 1;
  world.kserv_touch(kContents);
  export_page(0);
  EXPECT_FALSE(world.kserv_maps(kContents));
  EXPECT_THROW(world.kserv_touch(kContents), fake::Halted);
}

}  // namespace
}  // namespace armature::kcore::test
