#include <cstdio>
#include <fstream>

#include "platform/devices/virtio_blk.h"
#include "sim/base/user_error.h"
#include "tests/platform/virtio_bench.h"

namespace armature::platform {
namespace {

class VirtioBlkTest : public VirtioBench {
 protected:
  static constexpr std::uint64_t kHeader = kData, kBuffer = kData + 0x1000, kStatus = kData + 0x800;
  static constexpr std::uint64_t kSectors = 64;

  VirtioBlkTest() : path(testing::TempDir() + "armature_drive_" +
                         testing::UnitTest::GetInstance()->current_test_info()->name()) {
    std::ofstream file(path, std::ios::binary);
    for (std::uint64_t n = 0; n < kSectors * kSectorBytes; ++n) {
      file.put(static_cast<char>(n / kSectorBytes));
    }
  }
  ~VirtioBlkTest() override { std::remove(path.c_str()); }

  void plug_drive(BlockStorage::Access access) {
    plug(std::make_unique<VirtioBlk>("blk0", std::make_unique<BlockStorage>(path, access), "serial"));
  }
  void open_drive(BlockStorage::Access access) {
    plug_drive(access);
    start();
  }
  // Runs a request and returns its status byte.
  unsigned run(std::uint32_t type, std::uint64_t sector, std::uint32_t bytes, bool to_memory) {
    memory.set(kHeader, type);
    memory.set(kHeader + 8, sector);
    memory.set(kStatus, std::uint8_t{0xee});
    std::vector<Piece> pieces{{kHeader, 16, false}};
    if (bytes != 0) pieces.push_back({kBuffer, bytes, to_memory});
    pieces.push_back({kStatus, 1, true});
    request(0, pieces);
    return memory.get<std::uint8_t>(kStatus);
  }
  std::uint8_t file_byte(std::uint64_t offset) {
    std::ifstream file(path, std::ios::binary);
    file.seekg(static_cast<std::streamoff>(offset));
    return static_cast<std::uint8_t>(file.get());
  }

  std::string path;
};

TEST_F(VirtioBlkTest, CapacityIsInSectors) {
  open_drive(BlockStorage::Access::read_only);
  EXPECT_EQ(reg(0x8), 2u);
  EXPECT_EQ(reg(0x100, 8), kSectors);
  EXPECT_EQ(reg(0x114), 512u);
}

TEST_F(VirtioBlkTest, ReadsSectors) {
  open_drive(BlockStorage::Access::read_only);
  EXPECT_EQ(run(0, 3, 1024, true), 0u);
  EXPECT_EQ(memory.get<std::uint8_t>(kBuffer), 3u);
  EXPECT_EQ(memory.get<std::uint8_t>(kBuffer + 1023), 4u);
  EXPECT_EQ(used_bytes(0, 0), 1025u);
}

TEST_F(VirtioBlkTest, FramingDoesNotMatter) {
  open_drive(BlockStorage::Access::read_only);
  memory.set(kHeader, 0u);
  memory.set(kHeader + 8, std::uint64_t{5});
  request(0, {{kHeader, 4, false}, {kHeader + 4, 12, false}, {kBuffer, 512 + 1, true}});
  EXPECT_EQ(memory.get<std::uint8_t>(kBuffer + 511), 5u);
  EXPECT_EQ(memory.get<std::uint8_t>(kBuffer + 512), 0u) << "status";
  EXPECT_EQ(used_index(0), 1u);
}

TEST_F(VirtioBlkTest, WritesInPlace) {
  open_drive(BlockStorage::Access::in_place);
  memory.set(kBuffer, std::uint8_t{0xaa});
  EXPECT_EQ(run(1, 2, 512, false), 0u);
  EXPECT_EQ(run(4, 0, 0, false), 0u);
  EXPECT_EQ(file_byte(1024), 0xaau);
}

TEST_F(VirtioBlkTest, OverlayKeepsTheFileAsItWas) {
  open_drive(BlockStorage::Access::overlay);
  memory.set(kBuffer, std::uint8_t{0xaa});
  EXPECT_EQ(run(1, 2, 512, false), 0u);
  EXPECT_EQ(file_byte(1024), 2u);
  EXPECT_EQ(run(0, 1, 1536, true), 0u);
  EXPECT_EQ(memory.get<std::uint8_t>(kBuffer), 1u);
  EXPECT_EQ(memory.get<std::uint8_t>(kBuffer + 512), 0xaau);
  EXPECT_EQ(memory.get<std::uint8_t>(kBuffer + 1024), 3u);
}

TEST_F(VirtioBlkTest, OverlayIsPartOfTheSavedState) {
  open_drive(BlockStorage::Access::overlay);
  memory.set(kBuffer, std::uint8_t{0xaa});
  EXPECT_EQ(run(1, 2, 512, false), 0u);
  auto old = std::move(slot);
  plug_drive(BlockStorage::Access::overlay);
  copy_state(*old, *slot);
  EXPECT_EQ(run(0, 2, 512, true), 0u);
  EXPECT_EQ(memory.get<std::uint8_t>(kBuffer), 0xaau);
}

TEST_F(VirtioBlkTest, DriveWrittenInPlaceRefusesToBeSavedByName) {
  open_drive(BlockStorage::Access::in_place);
  std::vector<std::uint8_t> bytes;
  try {
    slot->save(bytes);
    FAIL();
  } catch (const UserError& error) {
    EXPECT_NE(std::string(error.what()).find(path), std::string::npos);
  }
}

TEST_F(VirtioBlkTest, ReadOnlyDriveSaysSoAndRefusesWrites) {
  open_drive(BlockStorage::Access::read_only);
  set(0x14, 0);
  EXPECT_NE(reg(0x10) & (1u << 5), 0u);
  EXPECT_EQ(run(1, 2, 512, false), 1u);
  EXPECT_EQ(file_byte(1024), 2u);
}

TEST_F(VirtioBlkTest, AccessBeyondTheEndIsAnIoError) {
  open_drive(BlockStorage::Access::overlay);
  EXPECT_EQ(run(0, kSectors - 1, 1024, true), 1u);
  EXPECT_EQ(run(0, ~0ull, 512, true), 1u);
  EXPECT_EQ(run(1, kSectors, 512, false), 1u);
  EXPECT_EQ(run(0, kSectors - 1, 512, true), 0u);
}

TEST_F(VirtioBlkTest, PartialSectorsAreAnIoError) {
  open_drive(BlockStorage::Access::overlay);
  EXPECT_EQ(run(0, 0, 100, true), 1u);
}

TEST_F(VirtioBlkTest, GetIdReturnsTheSerial) {
  open_drive(BlockStorage::Access::read_only);
  EXPECT_EQ(run(8, 0, 20, true), 0u);
  EXPECT_EQ(memory.text(kBuffer, 6), "serial");
}

TEST_F(VirtioBlkTest, UnknownRequestsAreUnsupported) {
  open_drive(BlockStorage::Access::read_only);
  EXPECT_EQ(run(77, 0, 512, true), 2u);
  EXPECT_FALSE(is_broken());
}

TEST_F(VirtioBlkTest, RequestWithoutStatusOrHeaderBreaksTheDevice) {
  open_drive(BlockStorage::Access::read_only);
  request(0, {{kHeader, 16, false}});
  EXPECT_TRUE(is_broken());
  memory.content.assign(GuestMemory::kBytes, 0);
  start();
  request(0, {{kHeader, 8, false}, {kStatus, 1, true}});
  EXPECT_TRUE(is_broken());
}

TEST_F(VirtioBlkTest, HugeLengthsAreRefusedWithoutTouchingMemory) {
  open_drive(BlockStorage::Access::read_only);
  memory.set(kHeader, 0u);
  memory.set(kHeader + 8, std::uint64_t{0});
  request(0, {{kHeader, 16, false}, {0, 0xfffffe00, true}, {kStatus, 1, true}});
  EXPECT_EQ(memory.get<std::uint8_t>(kStatus), 1u);
}

TEST_F(VirtioBlkTest, MissingFileIsTheUsersError) {
  EXPECT_THROW(BlockStorage("/nonexistent/drive", BlockStorage::Access::read_only), UserError);
  EXPECT_THROW(BlockStorage(testing::TempDir(), BlockStorage::Access::read_only), UserError);
}

}  // namespace
}  // namespace armature::platform
