#include "platform/devices/pflash.h"

#include <cstring>
#include <filesystem>
#include <fstream>

#include "tests/platform/device_bench.h"

namespace armature::platform {
namespace {

constexpr std::uint64_t kBytes = 1 << 20;

class Flash : public testing::Test {
 protected:
  std::uint64_t read(std::uint64_t offset, unsigned size = 4) {
    return read_register(flash, offset, size);
  }
  void write(std::uint64_t offset, std::uint64_t value, unsigned size = 4) {
    flash.write(offset, size, value);
  }
  void erase(std::uint64_t offset) {
    write(offset, 0x00200020);
    write(offset, 0x00d000d0);
  }
  std::uint8_t array(std::uint64_t offset) { return region.host[offset]; }

  MemoryMap map;
  MemoryRegion& region = map.add("flash0", PhysicalAddress{0}, kBytes, false);
  Pflash flash{"flash0", region};
};

TEST_F(Flash, StartsAsReadableMemory) {
  EXPECT_TRUE(region.readable);
  region.host[5] = 0x5a;
  EXPECT_EQ(read(4, 2), 0x5a00u);
}

TEST_F(Flash, QueryModeAnswersOnBothChips) {
  write(0x154, 0x00980098);
  EXPECT_FALSE(region.readable);
  EXPECT_EQ(read(0x40), 0x00510051u);
  EXPECT_EQ(read(0x44), 0x00520052u);
  EXPECT_EQ(read(0x48), 0x00590059u);
  EXPECT_EQ(read(0x40, 1), 0x51u);
  EXPECT_EQ(read(4 * 0x27, 1), 19u) << "each chip has half a mebibyte";
  EXPECT_EQ(read(4 * 0x2d, 1), 3u) << "four blocks";
  EXPECT_EQ(read(4 * 0x30, 1), 2u) << "of 128 KiB a chip";
  write(0, 0xff);
  EXPECT_TRUE(region.readable);
}

TEST_F(Flash, IdentifierModeNamesManufacturerAndDevice) {
  write(0, 0x90);
  EXPECT_EQ(read(0), 0x00890089u);
  EXPECT_EQ(read(4), 0x00180018u);
  EXPECT_EQ(read(8), 0u) << "block 0 is not locked";
}

TEST_F(Flash, ProgramClearsBitsOnly) {
  erase(0);
  write(0, 0x00400040);
  write(0x10, 0xfffff0f0);
  EXPECT_EQ(read(0), 0x00800080u) << "status of both chips";
  EXPECT_FALSE(region.readable);
  write(0, 0x40);
  write(0x10, 0xff, 1);
  write(0, 0xff);
  EXPECT_EQ(read(0x10), 0xfffff0f0u);
}

TEST_F(Flash, EraseNeedsItsConfirmationAndTakesOneBlock) {
  region.host[0] = 0;
  region.host[Pflash::kBlockBytes] = 0;
  write(0x1234, 0x20);
  EXPECT_EQ(array(0), 0u);
  write(0x1234, 0xd0);
  EXPECT_EQ(array(0), 0xffu);
  EXPECT_EQ(array(Pflash::kBlockBytes - 1), 0xffu);
  EXPECT_EQ(array(Pflash::kBlockBytes), 0u);
}

TEST_F(Flash, UnconfirmedEraseIsACommandSequenceError) {
  region.host[0] = 7;
  write(0, 0x20);
  write(0, 0x12);
  EXPECT_EQ(read(0, 2), 0xb0u);
  EXPECT_EQ(array(0), 7u);
  write(0, 0x50);
  write(0, 0x70);
  EXPECT_EQ(read(0, 2), 0x80u) << "cleared";
}

TEST_F(Flash, BufferedWriteTakesEffectAtItsConfirmation) {
  erase(0);
  write(0x100, 0x00e800e8);
  EXPECT_EQ(read(0x100), 0x00800080u);
  write(0x100, 0x00010001);  // two words
  write(0x100, 0x11111111);
  write(0x104, 0x22222222);
  EXPECT_EQ(array(0x100), 0xffu);
  write(0x100, 0x00d000d0);
  write(0, 0xff);
  EXPECT_EQ(read(0x100, 8), 0x2222222211111111ull);
}

TEST_F(Flash, BufferedWriteOutsideItsBufferFails) {
  erase(0);
  write(0x100, 0xe8);
  write(0x100, 0x0);
  write(0x100 + Pflash::kBufferBytes, 0);
  write(0x100, 0xd0);
  EXPECT_EQ(read(0, 2), 0x90u);
  EXPECT_EQ(array(0x100 + Pflash::kBufferBytes), 0xffu);
}

TEST_F(Flash, LockedBlockRefusesProgramAndErase) {
  erase(0);
  write(0, 0x60);
  write(0, 0x01);
  write(0, 0x90);
  EXPECT_EQ(read(8), 0x00010001u);
  write(0, 0x40);
  write(0, 0);
  EXPECT_EQ(read(0, 2), 0x92u);
  write(0, 0x50);
  erase(0);
  EXPECT_EQ(read(0, 2), 0xa2u);
  EXPECT_EQ(array(0), 0xffu);
  write(0, 0x60);
  write(0, 0xd0);
  write(0, 0x50);
  write(0, 0x40);
  write(0, 0);
  EXPECT_EQ(array(0), 0u) << "unlocked again";
}

TEST_F(Flash, OtherBlocksAreNotLockedWithIt) {
  write(0, 0x60);
  write(0, 0x01);
  EXPECT_TRUE(flash.is_locked(Pflash::kBlockBytes - 1));
  EXPECT_FALSE(flash.is_locked(Pflash::kBlockBytes));
}

TEST_F(Flash, SavedStateKeepsAnUnfinishedWrite) {
  erase(0);
  write(0x100, 0xe8);
  write(0x100, 0x0);
  write(0x100, 0x12345678);
  MemoryMap other_map;
  MemoryRegion& other_region = other_map.add("flash0", PhysicalAddress{0}, kBytes, false);
  Pflash other("flash0", other_region);
  std::memset(other_region.host, 0xff, Pflash::kBlockBytes);
  copy_state(flash, other);
  EXPECT_FALSE(other_region.readable);
  other.write(0x100, 4, 0xd0);
  EXPECT_EQ(other_region.host[0x101], 0x56u);
}

// The first 4 KiB of the bank come from the file; what lies beyond stays in memory.
TEST(FlashFile, FollowsWhatIsProgrammedAndErased) {
  const auto path = std::filesystem::temp_directory_path() / "armature-flash-file";
  std::ofstream(path, std::ios::binary) << std::string(4096, '\x55');
  MemoryMap map;
  MemoryRegion& region = map.add("flash0", PhysicalAddress{0}, kBytes, false);
  std::memset(region.host, 0x55, 4096);
  Pflash flash("flash0", region);
  flash.write_through(
      std::make_unique<BlockStorage>(path.string(), BlockStorage::Access::in_place));
  const auto byte = [&](std::streamoff at) {
    std::ifstream file(path, std::ios::binary);
    file.seekg(at);
    return file.get();
  };
  flash.write(8, 4, 0x00400040);
  flash.write(8, 4, 0x11111111);
  EXPECT_EQ(byte(8), 0x11);
  EXPECT_EQ(byte(12), 0x55);
  flash.write(0, 4, 0x00200020);
  flash.write(0, 4, 0x00d000d0);
  EXPECT_EQ(byte(8), 0xff);
  EXPECT_EQ(std::filesystem::file_size(path), 4096u);
  flash.write(0x10000, 4, 0x00400040);
  flash.write(0x10000, 4, 0);
  EXPECT_EQ(std::filesystem::file_size(path), 4096u);
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace armature::platform
