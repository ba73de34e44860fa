// Image loaders, placement, the device tree and the queue of host input.
#include <gtest/gtest.h>
#include <libfdt.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "platform/boot/boot.h"
#include "platform/boot/device_tree.h"
#include "platform/boot/image.h"
#include "platform/machine/host_input.h"
#include "platform/machine/memory_layout.h"
#include "sim/base/user_error.h"

namespace armature::platform {
namespace {

class TemporaryFile {
 public:
  TemporaryFile(const std::string& name, const std::vector<std::uint8_t>& bytes)
      : path_((std::filesystem::temp_directory_path() / ("armature-boot-" + name)).string()) {
    std::ofstream(path_, std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()),
               static_cast<std::streamsize>(bytes.size()));
  }
  ~TemporaryFile() { std::filesystem::remove(path_); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

std::vector<std::uint8_t> linux_image(std::uint64_t text_offset, std::uint64_t image_size) {
  std::vector<std::uint8_t> bytes(4096);
  std::memcpy(&bytes[8], &text_offset, 8);
  std::memcpy(&bytes[16], &image_size, 8);
  std::memcpy(&bytes[56], "ARM\x64", 4);
  return bytes;
}

constexpr std::uint64_t kRamBytes = 256ull << 20;

struct Board {
  MemoryMap memory;
  RunConfig config;
  Board() {
    config.memory = kRamBytes;
    memory.add("ram", layout::kRam, kRamBytes, true);
    memory.add("flash0", layout::kFlash, layout::kFlashBytes, false);
  }
};

const LoadedPiece* piece(const BootPlan& plan, const std::string& what) {
  for (const auto& candidate : plan.pieces) {
    if (candidate.what == what) return &candidate;
  }
  return nullptr;
}

TEST(Boot, AnImageWithTextOffsetZeroMovesTwoMebibytesUpAndTheTreeFollows) {
  Board board;
  const TemporaryFile kernel("image", linux_image(0, 0x1000000));
  board.config.kernel = kernel.path();
  const BootPlan plan = load_images(board.config, board.memory);
  EXPECT_EQ(piece(plan, kernel.path())->address.value, 0x4020'0000u);
  EXPECT_EQ(plan.device_tree_address.value, 0x4800'0000u);  // half of RAM
  EXPECT_EQ(plan.entry.value, 0x4000'0000u);
  // The stub loads x0 and x4 from its literals.
  std::uint64_t literals[2];
  std::memcpy(literals, board.memory.host({0x4000'0018}), sizeof(literals));
  EXPECT_EQ(literals[0], 0x4800'0000u);
  EXPECT_EQ(literals[1], 0x4020'0000u);
}

TEST(Boot, TheTreeFollowsTheInitrdAtTheNextTwoMebibytes) {
  Board board;
  const TemporaryFile kernel("image", linux_image(0, 0x1000000));
  const TemporaryFile initrd("initrd", std::vector<std::uint8_t>(0x1234, 7));
  board.config.kernel = kernel.path();
  board.config.initrd = initrd.path();
  const BootPlan plan = load_images(board.config, board.memory);
  EXPECT_EQ(piece(plan, initrd.path())->address.value, 0x4800'0000u);
  EXPECT_EQ(plan.device_tree_address.value, 0x4820'0000u);
}

TEST(Boot, AnImageLargerThanMemoryIsRefusedByName) {
  Board board;
  const TemporaryFile kernel("image", linux_image(0, 1ull << 32));
  board.config.kernel = kernel.path();
  EXPECT_THROW(load_images(board.config, board.memory), UserError);
}

TEST(Boot, FirmwareMustBeAnElf) {
  Board board;
  const TemporaryFile firmware("firmware", std::vector<std::uint8_t>(100, 1));
  board.config.firmware = firmware.path();
  board.config.el = 2;
  EXPECT_THROW(load_images(board.config, board.memory), UserError);
}

TEST(Elf, ATruncatedOrForeignFileIsRefusedWithoutReadingBeyondIt) {
  std::vector<std::uint8_t> elf(64 + 56);
  std::memcpy(elf.data(),
              "\x7f"
              "ELF\x02\x01\x01",
              7);
  const auto put16 = [&](std::size_t at, std::uint16_t value) { std::memcpy(&elf[at], &value, 2); };
  const auto put64 = [&](std::size_t at, std::uint64_t value) { std::memcpy(&elf[at], &value, 8); };
  put16(16, 2);    // ET_EXEC
  put16(18, 183);  // EM_AARCH64
  elf[20] = 1;
  put64(32, 64);  // program headers
  put16(52, 64);
  put16(54, 56);
  put16(56, 1);
  elf[64] = 1;  // PT_LOAD
  put64(64 + 8, 0);
  put64(64 + 24, 0x4010'0000);
  put64(64 + 32, 16);
  put64(64 + 40, 32);
  EXPECT_EQ(parse_elf(elf, "x").segments.at(0).memory_bytes, 32u);
  auto beyond = elf;
  const std::uint64_t large = 1 << 20;
  std::memcpy(&beyond[64 + 32], &large, 8);
  EXPECT_THROW(parse_elf(beyond, "x"), UserError);
  auto foreign = elf;
  foreign[18] = 62;  // x86-64
  EXPECT_THROW(parse_elf(foreign, "x"), UserError);
  for (std::size_t size = 4; size < elf.size(); size += 7) {
    EXPECT_THROW(parse_elf(std::span(elf).first(size), "x"), UserError) << size;
  }
}

// An ELF file with one segment of 16 bytes in the file and 64 in memory.
std::vector<std::uint8_t> elf_file(std::uint64_t physical, std::uint64_t virtual_address,
                                   std::uint64_t entry, std::uint16_t type = 2) {
  std::vector<std::uint8_t> elf(64 + 56 + 16, 0x5a);
  std::fill(elf.begin(), elf.begin() + 64 + 56, 0);
  std::memcpy(elf.data(),
              "\x7f"
              "ELF\x02\x01\x01",
              7);
  const auto put = [&](std::size_t at, std::uint64_t value, unsigned bytes) {
    std::memcpy(&elf[at], &value, bytes);
  };
  put(16, type, 2);
  put(18, 183, 2);  // EM_AARCH64
  put(20, 1, 4);
  put(24, entry, 8);
  put(32, 64, 8);  // program headers
  put(52, 64, 2);
  put(54, 56, 2);
  put(56, 1, 2);
  put(64, 1, 4);      // PT_LOAD
  put(64 + 4, 5, 4);  // readable, executable
  put(64 + 8, 64 + 56, 8);
  put(64 + 16, virtual_address, 8);
  put(64 + 24, physical, 8);
  put(64 + 32, 16, 8);
  put(64 + 40, 64, 8);
  return elf;
}

TEST(Boot, AnElfAtTheRamBaseRunsWithoutADeviceTree) {
  Board board;
  const TemporaryFile kernel("elf", elf_file(0x4000'0000, 0x4000'0000, 0x4000'0004));
  board.config.kernel = kernel.path();
  const BootPlan plan = load_images(board.config, board.memory);
  EXPECT_EQ(plan.entry.value, 0x4000'0004u);
  EXPECT_EQ(piece(plan, "device tree"), nullptr);
  EXPECT_EQ(*board.memory.host({0x4000'0000}), 0x5a);
}

TEST(Boot, ADeviceTreeLiesBelowAnElfThatLeavesRoomForIt) {
  Board board;
  const TemporaryFile kernel("elf", elf_file(0x4008'0000, 0x4008'0000, 0x4008'0000));
  board.config.kernel = kernel.path();
  const BootPlan plan = load_images(board.config, board.memory);
  EXPECT_EQ(plan.device_tree_address.value, 0x4000'0000u);
  EXPECT_EQ(fdt_check_header(board.memory.host({0x4000'0000})), 0);
  EXPECT_EQ(piece(plan, "device tree")->bytes, 0x8'0000u);
}

TEST(Boot, AnElfLinkedForVirtualAddressesStartsAtThePhysicalOne) {
  Board board;
  const TemporaryFile kernel("elf",
                             elf_file(0x4020'0000, 0xffff'8000'0800'0000, 0xffff'8000'0800'0008));
  board.config.kernel = kernel.path();
  EXPECT_EQ(load_images(board.config, board.memory).entry.value, 0x4020'0008u);
}

TEST(Boot, APositionIndependentElfIsLoadedWhereItSays) {
  Board board;
  const TemporaryFile kernel("elf", elf_file(0x4030'0000, 0x4030'0000, 0x4030'0000, 3));
  board.config.kernel = kernel.path();
  EXPECT_EQ(load_images(board.config, board.memory).entry.value, 0x4030'0000u);
}

TEST(Boot, AGzippedKernelIsUnpacked) {
  Board board;
  const TemporaryFile plain("image-to-pack", linux_image(0, 0x1000000));
  const std::string packed = plain.path() + ".gz";
  ASSERT_EQ(std::system(("gzip -kf " + plain.path()).c_str()), 0);
  board.config.kernel = packed;
  const BootPlan plan = load_images(board.config, board.memory);
  EXPECT_EQ(piece(plan, packed)->address.value, 0x4020'0000u);
  EXPECT_EQ(std::memcmp(board.memory.host({0x4020'0038}), "ARM\x64", 4), 0);
  std::filesystem::resize_file(packed, std::filesystem::file_size(packed) / 2);
  EXPECT_THROW(read_unpacked(packed), UserError);
  std::filesystem::remove(packed);
}

TEST(Boot, TheLoaderDevicePlacesFilesAndDataAndStartsCore0) {
  Board board;
  const TemporaryFile raw("raw", std::vector<std::uint8_t>(32, 9));
  board.config.loaders.push_back(
      parse_loader("loader,file=" + raw.path() + ",addr=0x41000000,cpu-num=0"));
  board.config.loaders.push_back(parse_loader("loader,addr=0x42000000,data=0x11223344,data-len=4"));
  board.config.loaders.push_back(
      parse_loader("loader,addr=0x42000008,data=0x11223344,data-len=4,data-be=on"));
  const BootPlan plan = load_images(board.config, board.memory);
  EXPECT_EQ(plan.entry.value, 0x4100'0000u);
  EXPECT_EQ(plan.device_tree_address.value, 0x4000'0000u);
  EXPECT_EQ(*board.memory.host({0x4100'001f}), 9);
  EXPECT_EQ(*board.memory.host({0x4200'0000}), 0x44);
  EXPECT_EQ(*board.memory.host({0x4200'0008}), 0x11);
}

TEST(Boot, TheLoaderDeviceRefusesWhatCannotBe) {
  Board board;
  const TemporaryFile raw("raw", std::vector<std::uint8_t>(32, 9));
  board.config.loaders.push_back(parse_loader("loader,file=" + raw.path()));
  EXPECT_THROW(load_images(board.config, board.memory), UserError);  // where to?
  board.config.loaders = {parse_loader("loader,file=" + raw.path() + ",addr=0x41000000")};
  EXPECT_THROW(load_images(board.config, board.memory), UserError);  // nothing starts
  board.config.loaders = {parse_loader("loader,addr=0x41000000,cpu-num=1")};
  EXPECT_THROW(load_images(board.config, board.memory), UserError);  // one core only
  for (const char* text :
       {"loader", "loader,addr=0x41000000", "loader,addr=1,data=2", "loader,fiel=x",
        "loader,file=x,addr=1,data=2,data-len=4", "guest-loader,addr=1", "guest-loader,kernel=x",
        "guest-loader,addr=1,kernel=x,initrd=y", "unloader,addr=1"}) {
    EXPECT_THROW(parse_loader(text), UserError) << text;
  }
}

TEST(Boot, ThePayloadsOfAHypervisorAreNamedBelowChosen) {
  Board board;
  const TemporaryFile xen("xen", linux_image(0, 0x200000));
  const TemporaryFile dom0("dom0", std::vector<std::uint8_t>(0x123, 1));
  board.config.kernel = xen.path();
  board.config.loaders.push_back(parse_loader("guest-loader,addr=0x49000000,kernel=" + dom0.path() +
                                              ",bootargs=console=hvc0,,115200"));
  board.config.loaders.push_back(
      parse_loader("guest-loader,addr=0x4a000000,initrd=" + dom0.path()));
  const BootPlan plan = load_images(board.config, board.memory);
  const void* fdt = plan.device_tree.data();
  const int node = fdt_path_offset(fdt, "/chosen/module@49000000");
  ASSERT_GE(node, 0);
  EXPECT_EQ(fdt_stringlist_search(fdt, node, "compatible", "multiboot,kernel"), 1);
  EXPECT_STREQ(static_cast<const char*>(fdt_getprop(fdt, node, "bootargs", nullptr)),
               "console=hvc0,115200");
  int bytes = 0;
  const auto* reg = static_cast<const fdt64_t*>(fdt_getprop(fdt, node, "reg", &bytes));
  ASSERT_EQ(bytes, 16);
  EXPECT_EQ(fdt64_to_cpu(reg[0]), 0x4900'0000u);
  EXPECT_EQ(fdt64_to_cpu(reg[1]), 0x123u);
  EXPECT_GE(fdt_path_offset(fdt, "/chosen/module@4a000000"), 0);
  EXPECT_EQ(
      dump_loader(board.config.loaders[0]),
      "guest-loader,addr=0x49000000,kernel=" + dom0.path() + ",bootargs=console=hvc0,,115200");
}

TEST(Boot, FirmwareInFlashLeavesTheKernelToFwCfg) {
  Board board;
  const TemporaryFile code("code", std::vector<std::uint8_t>(1024, 3));
  const TemporaryFile kernel("kernel", std::vector<std::uint8_t>(100, 7));
  board.config.drives.push_back(parse_drive("if=pflash,unit=0,format=raw,file=" + code.path()));
  board.config.kernel = kernel.path();
  const BootPlan plan = load_images(board.config, board.memory);
  EXPECT_EQ(plan.entry.value, 0u);
  EXPECT_EQ(*board.memory.host({0}), 3);
  EXPECT_EQ(plan.kernel.size(), 100u);
  EXPECT_EQ(piece(plan, kernel.path()), nullptr);
  EXPECT_EQ(dump_drive(board.config.drives[0]),
            "file=" + code.path() + ",readonly=off,snapshot=off,if=pflash,unit=0");
}

TEST(DeviceTree, DescribesCoresMemoryAndTheConduit) {
  DeviceTreeConfig config;
  config.cores = 3;
  config.memory = kRamBytes;
  config.cpu = "cortex-a72";
  config.has_el2 = true;
  config.psci_by_smc = true;
  config.bootargs = "console=ttyAMA0";
  const auto blob = make_device_tree(config);
  ASSERT_EQ(fdt_check_header(blob.data()), 0);
  const void* fdt = blob.data();
  EXPECT_GE(fdt_path_offset(fdt, "/cpus/cpu@2"), 0);
  EXPECT_LT(fdt_path_offset(fdt, "/cpus/cpu@3"), 0);
  const auto text = [&](const char* path, const char* name) {
    int length = 0;
    const auto* value = fdt_getprop(fdt, fdt_path_offset(fdt, path), name, &length);
    return value == nullptr ? std::string() : std::string(static_cast<const char*>(value));
  };
  EXPECT_EQ(text("/psci", "method"), "smc");
  EXPECT_EQ(text("/chosen", "bootargs"), "console=ttyAMA0");
  EXPECT_NE(fdt_getprop(fdt, fdt_path_offset(fdt, "/intc@8000000"), "interrupts", nullptr),
            nullptr);
  EXPECT_EQ(make_device_tree(config), blob);
}

TEST(DeviceTree, AUsersTreeThatIsNoneIsRefused) {
  EXPECT_THROW(edit_device_tree(std::vector<std::uint8_t>(200, 3), "x.dtb", {}), UserError);
}

TEST(HostInput, IsStampedWhenAppliedAndReplaysAtTheSameTime) {
  const std::string path =
      (std::filesystem::temp_directory_path() / "armature-host-input").string();
  {
    HostInputQueue live;
    live.record_to(path);
    live.push(HostInput::Channel::uart0, {'a', 'b'});
    EXPECT_EQ(live.take({1600}).size(), 1u);
    live.push(HostInput::Channel::network, {0, 255});
    EXPECT_EQ(live.take({3200}).size(), 1u);
  }
  HostInputQueue replay;
  replay.replay_from(path);
  replay.push(HostInput::Channel::uart0, {'x'});  // ignored: a replay takes nothing from the host
  EXPECT_TRUE(replay.take({1599}).empty());
  const auto first = replay.take({1600});
  ASSERT_EQ(first.size(), 1u);
  EXPECT_EQ(first[0].bytes, (std::vector<std::uint8_t>{'a', 'b'}));
  const auto second = replay.take({1'000'000});
  ASSERT_EQ(second.size(), 1u);
  EXPECT_EQ(second[0].channel, HostInput::Channel::network);
  EXPECT_TRUE(replay.empty());
  std::filesystem::remove(path);
}

TEST(HostInput, ADamagedRecordingIsRefusedWithItsLine) {
  const TemporaryFile file("record", {'j', 'u', 'n', 'k', '\n'});
  HostInputQueue queue;
  EXPECT_THROW(queue.replay_from(file.path()), UserError);
  EXPECT_THROW(queue.replay_from("/nonexistent/armature"), UserError);
}

}  // namespace
}  // namespace armature::platform
