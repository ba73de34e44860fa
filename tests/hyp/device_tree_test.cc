#include "hyp/kcore/device_tree.h"

#include <gtest/gtest.h>
#include <libfdt.h>

#include <random>
#include <string>
#include <vector>

#include "hyp/abi/boot.h"
#include "hyp/kcore/boot_information.h"
#include "hyp/kcore/fake/fake.h"

namespace armature::kcore {
namespace {

constexpr std::size_t kCapacity = 8192;
constexpr PhysicalRange kImage{{0x40100000}, 0x1800000};

// A tree of libfdt, the oracle: /memory, /cpus, /psci, a UART, /reserved-memory with places for KCore.
std::vector<std::uint8_t> make_tree(unsigned places = abi::kReservedRanges) {
  std::vector<std::uint8_t> blob(kCapacity);
  const auto check = [](int error) { ASSERT_EQ(error, 0); };
  const auto cells = [&](const char* name, std::initializer_list<std::uint32_t> values) {
    std::vector<fdt32_t> big;
    for (const auto value : values) big.push_back(cpu_to_fdt32(value));
    check(fdt_property(blob.data(), name, big.data(), static_cast<int>(big.size() * 4)));
  };
  const auto text = [&](const char* name, const std::string& value) {
    check(fdt_property(blob.data(), name, value.c_str(), static_cast<int>(value.size() + 1)));
  };
  const auto begin = [&](const char* name) { check(fdt_begin_node(blob.data(), name)); };
  const auto end = [&] { check(fdt_end_node(blob.data())); };
  check(fdt_create(blob.data(), kCapacity));
  check(fdt_add_reservemap_entry(blob.data(), 0x1000, 0x2000));
  check(fdt_finish_reservemap(blob.data()));
  begin("");
  cells("#address-cells", {2});
  cells("#size-cells", {2});
  begin("psci");
  text("method", "hvc");
  end();
  begin("memory@40000000");
  text("device_type", "memory");
  cells("reg", {0, 0x40000000, 0, 0x20000000, 1, 0, 0, 0x10000000});
  end();
  begin("cpus");
  cells("#address-cells", {1});
  cells("#size-cells", {0});
  for (std::uint32_t n : {0u, 1u, 0x100u}) {
    begin(("cpu@" + std::to_string(n)).c_str());
    text("device_type", "cpu");
    cells("reg", {n});
    end();
  }
  end();
  begin("aliases");
  text("console", "/soc/pl011@9000000");
  end();
  begin("soc");
  begin("pl011@9000000");
  text("compatible", std::string("arm,pl011\0arm,primecell", 23));
  cells("reg", {0, 0x09000000, 0, 0x1000});
  end();
  end();
  begin("reserved-memory");
  cells("#address-cells", {2});
  cells("#size-cells", {2});
  check(fdt_property(blob.data(), "ranges", nullptr, 0));
  begin("other@18000000");
  cells("reg", {0, 0x18000000, 0, 0x1000});
  end();
  for (unsigned n = 0; n < places; ++n) {
    begin(("firmware-memory-" + std::to_string(n)).c_str());
    text("compatible", ARMATURE_RESERVED_COMPATIBLE);
    cells("reg", {0, 0, 0, 0});
    check(fdt_property(blob.data(), "no-map", nullptr, 0));
    end();
  }
  end();
  begin("chosen");
  text("stdout-path", "console:115200");
  begin("module@42000000");
  text("compatible", "armature,module");
  text("armature,kind", "kernel");
  cells("reg", {0, 0x42000000, 0, 0x2000000});
  end();
  end();
  end();
  check(fdt_finish(blob.data()));
  return blob;
}

PhysicalRange fdt_reg(const void* fdt, const char* path) {
  const int node = fdt_path_offset(fdt, path);
  int length = 0;
  const auto* cells = static_cast<const fdt64_t*>(fdt_getprop(fdt, node, "reg", &length));
  if (cells == nullptr || length < 16) return {};
  return {{fdt64_ld(cells)}, fdt64_ld(cells + 1)};
}

class Tree : public testing::Test {
 protected:
  void SetUp() override { fake::reset(); }
  std::vector<std::uint8_t> blob_ = make_tree();
  DeviceTree tree_{blob_.data(), kCapacity};
};

TEST_F(Tree, FindsNodesWithAndWithoutUnitAddress) {
  ASSERT_TRUE(tree_.valid());
  EXPECT_TRUE(tree_.find("/soc/pl011@9000000"));
  EXPECT_TRUE(tree_.find("/soc/pl011"));
  EXPECT_FALSE(tree_.find("/soc/pl01"));
  EXPECT_FALSE(tree_.find("/pl011"));
}

TEST_F(Tree, FollowsTheAliasOfStdoutPathAndDropsItsOptions) {
  const auto node = tree_.stdout_node();
  ASSERT_TRUE(node);
  EXPECT_TRUE(tree_.is_compatible(*node, "arm,pl011"));
  EXPECT_TRUE(tree_.is_compatible(*node, "arm,primecell"));
  EXPECT_FALSE(tree_.is_compatible(*node, "arm,pl01"));
  EXPECT_EQ(tree_.reg(*node, 0)->base.value, 0x09000000u);
  EXPECT_FALSE(tree_.reg(*node, 1));
}

TEST_F(Tree, IsTheMachineThatKCoreBootsOn) {
  const BootInformation boot = read_boot_information(tree_, kImage);
  EXPECT_EQ(boot.kernel.base.value, 0x42000000u);
  ASSERT_EQ(boot.cpu_count, 3u);
  EXPECT_EQ(boot.cpu_affinities[2], 0x100u);
  EXPECT_EQ(boot.ram_bytes(), 0x30000000u);
  EXPECT_TRUE(boot.is_ram({{0x100000000}, 1}));
  EXPECT_FALSE(boot.is_ram({{0x60000000}, 1}));
}

TEST_F(Tree, GivesKCoreTheHighestRoomInWhichNothingLies) {
  const BootInformation boot = read_boot_information(tree_, kImage);
  EXPECT_EQ(find_room(tree_, boot, kImage, 0x300000), (PhysicalRange{{0x10fc00000}, 0x300000}));
  // More than the upper range: below the kernel's module there is KCore, above it there is room.
  EXPECT_EQ(find_room(tree_, boot, kImage, 0x11000000), (PhysicalRange{{0x4f000000}, 0x11000000}));
}

TEST_F(Tree, WithoutRoomForKCoreIsAPanic) {
  const BootInformation boot = read_boot_information(tree_, kImage);
  EXPECT_THROW(find_room(tree_, boot, kImage, 0x1f000000), fake::Halted);
}

TEST_F(Tree, WithoutAKernelIsAPanic) {
  const int node = fdt_path_offset(blob_.data(), "/chosen/module@42000000");
  ASSERT_EQ(fdt_nop_node(blob_.data(), node), 0);
  EXPECT_THROW(read_boot_information(tree_, kImage), fake::Halted);
}

TEST_F(Tree, HandedOnKeepsEverythingAndReservesKCoreByLibfdtsReading) {
  const PhysicalRange memory[] = {kImage, {{0x10fc00000}, 0x300000}};
  hand_over_tree(tree_, memory);
  const void* fdt = blob_.data();
  ASSERT_EQ(fdt_check_full(fdt, kCapacity), 0);
  EXPECT_EQ(fdt_reg(fdt, "/reserved-memory/firmware-memory-0"), kImage);
  EXPECT_EQ(fdt_reg(fdt, "/reserved-memory/firmware-memory-1"), memory[1]);
  EXPECT_EQ(fdt_reg(fdt, "/reserved-memory/other@18000000").bytes, 0x1000u);
  EXPECT_NE(fdt_getprop(fdt, fdt_path_offset(fdt, "/reserved-memory/firmware-memory-0"), "no-map", nullptr), nullptr);
  EXPECT_NE(fdt_getprop(fdt, fdt_path_offset(fdt, "/reserved-memory"), "ranges", nullptr), nullptr);
  EXPECT_STREQ(
      static_cast<const char*>(fdt_getprop(fdt, fdt_path_offset(fdt, "/psci"), "method", nullptr)),
      "smc");
  EXPECT_EQ(fdt_reg(fdt, "/chosen/module@42000000").base.value, 0x42000000u);
  EXPECT_EQ(fdt_reg(fdt, "/soc/pl011@9000000").base.value, 0x09000000u);
  EXPECT_EQ(fdt_num_mem_rsv(fdt), 1);
  EXPECT_GT(fdt_path_offset(fdt, "/cpus/cpu@256"), 0);
}

TEST_F(Tree, WithTooFewPlacesForKCoresMemoryIsAPanic) {
  blob_ = make_tree(1);
  tree_ = DeviceTree(blob_.data(), kCapacity);
  const PhysicalRange memory[] = {kImage, {{0x10fc00000}, 0x300000}};
  EXPECT_THROW(hand_over_tree(tree_, memory), fake::Halted);
}

TEST_F(Tree, WithAWrongHeaderIsInvalid) {
  EXPECT_FALSE(DeviceTree(blob_.data(), 16).valid());
  EXPECT_FALSE(DeviceTree(blob_.data(), tree_.bytes() - 1).valid());
  blob_[0] = 0;
  EXPECT_FALSE(tree_.valid());
}

// Whatever lies at the place of the tree, reading it ends and stays inside the blob (ASan watches).
TEST_F(Tree, WithRandomDamageNeverLeadsOutOfTheBlob) {
  std::mt19937 random(7);
  for (unsigned round = 0; round < 3000; ++round) {
    auto damaged = make_tree();
    const std::size_t bytes = DeviceTree(damaged.data(), kCapacity).bytes();
    damaged.resize(bytes);
    for (unsigned n = 0; n < 4; ++n)
      damaged[random() % bytes] = static_cast<std::uint8_t>(random());
    DeviceTree tree(damaged.data(), damaged.size());
    if (!tree.valid()) continue;
    const PhysicalRange image{{0x40100000}, 0x1000};
    (void)tree.stdout_node();
    try {
      const BootInformation boot = read_boot_information(tree, image);
      (void)find_room(tree, boot, image, 0x200000);
      (void)find_seed(tree);
      const PhysicalRange memory[] = {image, {{0x48000000}, 0x200000}};
      hand_over_tree(tree, memory);
    } catch (const fake::Halted&) {
    }
    g_kcore.halted = false;
  }
}

}  // namespace
}  // namespace armature::kcore
