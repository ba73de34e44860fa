// From --vm to modules below /chosen: images, manifest, signature, placement.
#include "platform/boot/vm_package.h"

#include <gtest/gtest.h>
#include <libfdt.h>

#include <cstring>
#include <filesystem>
#include <fstream>

#include "hyp/abi/boot.h"
#include "platform/boot/boot.h"
#include "platform/boot/manifest_key.h"
#include "platform/machine/memory_layout.h"
#include "sim/base/user_error.h"
#include "sim/config/run_config.h"

namespace armature::platform {
namespace {

using Bytes = std::vector<std::uint8_t>;

// A folder of files for one test.
class VmFiles : public ::testing::Test {
 protected:
  VmFiles() : folder_(std::filesystem::temp_directory_path() / "armature-vm-package-test") {
    std::filesystem::create_directories(folder_);
  }
  ~VmFiles() override { std::filesystem::remove_all(folder_); }

  std::string file(const std::string& name, const Bytes& bytes) {
    const auto path = folder_ / name;
    std::ofstream(path, std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()),
               static_cast<std::streamsize>(bytes.size()));
    return path.string();
  }
  std::string text_file(const std::string& name, const std::string& text) {
    return file(name, Bytes(text.begin(), text.end()));
  }
  VmConfig guest() {
    VmConfig vm;
    vm.guest = file("tiny.guest", Bytes(5000, 0x5a));
    vm.vcpus = 2;
    return vm;
  }
  VmConfig linux_vm() {
    Bytes image(4096);
    const std::uint64_t image_size = 3 << 20;
    std::memcpy(&image[16], &image_size, 8);
    std::memcpy(&image[56], "ARM\x64", 4);
    VmConfig vm;
    vm.kernel = file("Image", image);
    vm.initrd = file("initrd", Bytes(100, 1));
    vm.append = "console=ttyAMA0";
    vm.memory = 16 << 20;
    return vm;
  }

  std::filesystem::path folder_;
};

// An AArch64 ELF of one empty page at the place of KCore.
Bytes smallest_firmware() {
  Bytes elf(64 + 56);
  const auto put = [&](std::size_t at, std::uint64_t value, std::size_t bytes) {
    std::memcpy(&elf[at], &value, bytes);
  };
  std::memcpy(elf.data(),
              "\x7f"
              "ELF\x02\x01\x01",
              7);
  put(16, 2, 2);                   // ET_EXEC
  put(18, 183, 2);                 // EM_AARCH64
  put(20, 1, 4);                   // version
  put(24, abi::kFirmwareBase, 8);  // entry
  put(32, 64, 8);                  // program headers
  put(52, 64, 2);                  // header sizes
  put(54, 56, 2);
  put(56, 1, 2);                        // program headers: one
  put(64, 1, 4);                        // PT_LOAD
  put(64 + 24, abi::kFirmwareBase, 8);  // p_paddr
  put(64 + 40, 4096, 8);                // p_memsz
  return elf;
}

std::string message_of(const auto& action) {
  try {
    action();
  } catch (const UserError& error) {
    return error.what();
  }
  return "";
}

TEST_F(VmFiles, AGuestIsOneImageEnteredAtItsFirstByte) {
  const VmPackage package = make_vm_package(guest());
  const abi::VmManifest& body = package.manifest.body;
  ASSERT_EQ(package.images.size(), 1u);
  EXPECT_STREQ(body.name, "tiny");
  EXPECT_EQ(body.entry, 0x4020'0000u);
  EXPECT_EQ(body.argument, 2u);
  EXPECT_EQ(body.image_count, 1u);
  EXPECT_EQ(body.images[0].load_gpa, 0x4020'0000u);
  EXPECT_EQ(body.images[0].bytes, 5000u);
  EXPECT_TRUE(is_signed_by(package.manifest, test_key().public_key));
}

TEST_F(VmFiles, ALinuxVmHasKernelInitrdAndATreeThatNamesThem) {
  const VmPackage package = make_vm_package(linux_vm());
  ASSERT_EQ(package.images.size(), 3u);
  EXPECT_EQ(package.manifest.body.entry, 0x4020'0000u);
  EXPECT_EQ(package.manifest.body.argument, 0x4000'0000u);
  // Behind the kernel's image_size, which is more than its file.
  EXPECT_EQ(package.images[1].load_gpa, 0x4060'0000u);
  const void* tree = package.images[2].bytes.data();
  ASSERT_EQ(fdt_check_header(tree), 0);
  const int chosen = fdt_path_offset(tree, "/chosen");
  EXPECT_STREQ(static_cast<const char*>(fdt_getprop(tree, chosen, "bootargs", nullptr)),
               "console=ttyAMA0");
  const auto* start =
      static_cast<const fdt64_t*>(fdt_getprop(tree, chosen, "linux,initrd-start", nullptr));
  ASSERT_NE(start, nullptr);
  EXPECT_EQ(fdt64_ld(start), 0x4060'0000u);
}

TEST_F(VmFiles, ImagesThatDoNotFitAreRefusedWithWhatWouldDo) {
  VmConfig vm = linux_vm();
  vm.memory = 6 << 20;
  EXPECT_NE(message_of([&] { make_vm_package(vm); }).find("memory=8M"), std::string::npos);
}

// b2sum of 4096 bytes, "abc" and zeroes: made with coreutils.
TEST_F(VmFiles, TheDigestIsThatOfB2sumOverTheFilledPage) {
  const Digest digest = image_digest(Bytes{'a', 'b', 'c'});
  Bytes page(4096);
  std::memcpy(page.data(), "abc", 3);
  EXPECT_EQ(digest, image_digest(page));
  EXPECT_EQ(digest[0], 0xb5);
  EXPECT_EQ(digest[1], 0x71);
  EXPECT_EQ(digest[63], 0x67);
}

TEST_F(VmFiles, TheTestKeyIsTheOneThatKCoreTrusts) {
  EXPECT_TRUE(std::equal(std::begin(abi::kTestPublicKey), std::end(abi::kTestPublicKey),
                         test_key().public_key.begin()));
}

// Made with `openssl genpkey -algorithm ed25519` and `openssl pkey -pubout`.
TEST_F(VmFiles, KeysOfOpensslSignAndVerify) {
  VmConfig vm = guest();
  vm.key = text_file("key.pem",
                     "-----BEGIN PRIVATE KEY-----\n"
                     "MC4CAQAwBQYDK2VwBCIEIO4K9zpux8pr4X+M0ZqJpaI1zbH3VaqiLMXNilh4YtoM\n"
                     "-----END PRIVATE KEY-----\n");
  const std::string public_key =
      text_file("public.pem",
                "-----BEGIN PUBLIC KEY-----\n"
                "MCowBQYDK2VwAyEAXr8HCf51Iz/B4cIh2WoZQCmuCyoBJrLYtdXZpilGWFA=\n"
                "-----END PUBLIC KEY-----\n");
  const VmPackage package = make_vm_package(vm);
  EXPECT_TRUE(is_signed_by(package.manifest, read_public_key(public_key)));
  EXPECT_FALSE(is_signed_by(package.manifest, test_key().public_key));
  EXPECT_NE(message_of([&] { read_key(public_key); }).find("not an Ed25519 private key"),
            std::string::npos);
}

TEST_F(VmFiles, OneChangedBitOfAManifestEndsItsSignature) {
  abi::SignedManifest manifest = make_vm_package(guest()).manifest;
  manifest.body.vcpus ^= 1;
  EXPECT_FALSE(is_signed_by(manifest, test_key().public_key));
}

TEST_F(VmFiles, AnUnsignedVmHasNoSignature) {
  VmConfig vm = guest();
  vm.is_unsigned = true;
  EXPECT_FALSE(is_signed_by(make_vm_package(vm).manifest, test_key().public_key));
}

TEST_F(VmFiles, AManifestOfAnotherVmIsRefusedAndOneOfOtherBytesIsKept) {
  VmConfig vm = guest();
  const VmPackage package = make_vm_package(vm);
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(&package.manifest);
  vm.manifest = file("manifest", {bytes, bytes + sizeof(package.manifest)});
  vm.guest = file("tiny.guest", Bytes(5000, 0x5b));
  const VmPackage kept = make_vm_package(vm);
  EXPECT_EQ(std::memcmp(&kept.manifest, bytes, sizeof(package.manifest)), 0);
  vm.vcpus = 3;
  EXPECT_NE(message_of([&] { make_vm_package(vm); }).find("signed for 2 vCPUs"), std::string::npos);
  vm.manifest = text_file("junk", "junk");
  EXPECT_NE(message_of([&] { make_vm_package(vm); }).find("not a signed manifest"),
            std::string::npos);
}

class VmBoard : public VmFiles {
 protected:
  VmBoard() {
    config_.memory = 256ull << 20;
    config_.el = 2;
    memory_.add("ram", layout::kRam, config_.memory, true);
    config_.kernel = linux_vm().kernel;
    config_.firmware = file("firmware.elf", smallest_firmware());
  }
  RunConfig config_;
  MemoryMap memory_;
};

TEST_F(VmBoard, ModulesLieBehindKServAndTheTreeNamesThem) {
  config_.vms = {guest(), linux_vm()};
  config_.vms[0].runs = 3;
  const BootPlan plan = load_images(config_, memory_);
  ASSERT_EQ(plan.vm_modules.size(), 2u + 4u);
  const void* tree = plan.device_tree.data();
  const auto cell = [&](int node, const char* name) {
    const auto* value = static_cast<const fdt32_t*>(fdt_getprop(tree, node, name, nullptr));
    return value == nullptr ? -1 : static_cast<int>(fdt32_ld(value));
  };
  for (const VmModule& module : plan.vm_modules) {
    const std::string path = "/chosen/module@" + [&] {
      char text[32];
      std::snprintf(text, sizeof text, "%llx",
                    static_cast<unsigned long long>(module.address.value));
      return std::string(text);
    }();
    const int node = fdt_path_offset(tree, path.c_str());
    ASSERT_GE(node, 0) << path;
    EXPECT_EQ(cell(node, ARMATURE_MODULE_VM), module.name[2] - '0');
    EXPECT_EQ(cell(node, ARMATURE_MODULE_RUNS), module.name == "vm0.manifest"   ? 3
                                                : module.name == "vm1.manifest" ? 1
                                                                                : -1);
  }
  abi::SignedManifest manifest;
  std::memcpy(
      &manifest,
      memory_.find(plan.vm_modules[0].address)->host + (plan.vm_modules[0].address - layout::kRam),
      sizeof(manifest));
  EXPECT_TRUE(is_signed_by(manifest, test_key().public_key));
}

TEST_F(VmBoard, MoreMemoryThanThereIsIsRefusedWithTheNumbers) {
  config_.vms = {guest(), guest()};
  config_.vms[0].memory = 128ull << 20;
  config_.vms[1].memory = 96ull << 20;
  const std::string message = message_of([&] { load_images(config_, memory_); });
  EXPECT_NE(message.find("224 MiB (vm0 128, vm1 96)"), std::string::npos) << message;
  EXPECT_NE(message.find("of 256 MiB"), std::string::npos) << message;
}

}  // namespace
}  // namespace armature::platform
