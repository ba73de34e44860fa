// The archive file and memory as bytes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <fstream>

#include "sim/base/user_error.h"
#include "sim/snapshot/archive.h"
#include "sim/snapshot/memory.h"

namespace armature {
namespace {

using testing::AllOf;
using testing::HasSubstr;

std::vector<std::uint8_t> pattern(std::size_t size) {
  std::vector<std::uint8_t> bytes(size);
  for (std::size_t n = 0; n < size; ++n) bytes[n] = static_cast<std::uint8_t>(n * n >> 3);
  return bytes;
}

class ArchiveFile : public testing::Test {
 protected:
  ArchiveFile() {
    std::filesystem::create_directories(folder);
    writer.add("cpu0", pattern(1000));
    writer.add("empty", {});
    writer.add("ram", std::vector<std::uint8_t>(1 << 20));
  }
  ~ArchiveFile() override { std::filesystem::remove_all(folder); }
  // What reading everything in these bytes complains about; "" when nothing.
  static std::string complaint(std::vector<std::uint8_t> bytes) {
    try {
      const Archive archive = Archive::parse(std::move(bytes), "x.snap");
      for (const auto& name : archive.names()) archive.section(name);
    } catch (const UserError& error) {
      return error.what();
    }
    return "";
  }
  const std::string folder = testing::TempDir() + "armature_archive";
  const std::string path = folder + "/x.snap";
  ArchiveWriter writer;
};

TEST_F(ArchiveFile, GivesBackEverySection) {
  writer.write(path);
  const Archive archive = Archive::read(path);
  EXPECT_EQ(archive.names(), (std::vector<std::string>{"cpu0", "empty", "ram"}));
  EXPECT_EQ(archive.section("cpu0"), pattern(1000));
  EXPECT_TRUE(archive.section("empty").empty());
  EXPECT_EQ(archive.section("ram").size(), 1u << 20);
  EXPECT_FALSE(archive.has("gic"));
}

TEST_F(ArchiveFile, EqualStateMakesEqualBytes) {
  ArchiveWriter again;
  again.add("cpu0", pattern(1000));
  again.add("empty", {});
  again.add("ram", std::vector<std::uint8_t>(1 << 20));
  EXPECT_EQ(writer.serialise(), again.serialise());
}

TEST_F(ArchiveFile, LeavesNoTemporaryFile) {
  writer.write(path);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder), {}), 1);
}

TEST_F(ArchiveFile, AFailedWriteKeepsTheOlderFile) {
  writer.write(path);
  std::filesystem::create_directory(path + ".partial");  // in the way of the temporary file
  ArchiveWriter newer;
  newer.add("other", pattern(10));
  EXPECT_THROW(newer.write(path), UserError);
  EXPECT_TRUE(Archive::read(path).has("cpu0"));
}

TEST_F(ArchiveFile, AMissingFileIsNamed) {
  try {
    Archive::read(folder + "/none.snap");
    FAIL();
  } catch (const UserError& error) {
    EXPECT_THAT(error.what(), AllOf(HasSubstr("none.snap"), HasSubstr("cannot read")));
  }
}

TEST_F(ArchiveFile, EveryTruncationIsRefusedByName) {
  const auto bytes = writer.serialise();
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const auto text = complaint({bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size)});
    ASSERT_THAT(text, AllOf(HasSubstr("x.snap"), HasSubstr("truncated"))) << size;
  }
}

TEST_F(ArchiveFile, EveryFlippedBitIsRefused) {
  const auto bytes = writer.serialise();
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    auto damaged = bytes;
    damaged[at] ^= static_cast<std::uint8_t>(1u << at % 8);
    ASSERT_THAT(complaint(damaged), HasSubstr("x.snap")) << at;
  }
}

TEST_F(ArchiveFile, SaysWhatIsWrong) {
  auto bytes = writer.serialise();
  bytes[0] ^= 1;
  EXPECT_THAT(complaint(bytes), HasSubstr("no snapshot"));
  bytes = writer.serialise();
  bytes[8] = 77;
  EXPECT_THAT(complaint(bytes), AllOf(HasSubstr("version 77"), HasSubstr("reads version 1")));
  bytes = writer.serialise();
  bytes.push_back(0);
  EXPECT_THAT(complaint(bytes), HasSubstr("trailing"));
  const Archive archive = Archive::parse(writer.serialise(), "x.snap");
  EXPECT_THROW(archive.section("gic"), UserError);
}

TEST(Memory, IsRestoredExactlyAndFramesWrittenSinceBecomeZero) {
  MemoryMap from, to;
  for (MemoryMap* map : {&from, &to}) {
    map->add("ram", {0x4000'0000}, 1 << 20, true);
    map->add("flash", {0}, 1 << 16, false);
  }
  std::memset(from.host({0x4000'5000}), 0xa5, 100);
  from.host({0x400f'ffff})[0] = 1;
  from.host({0x123})[0] = 9;
  from.frame_flags({0x4000'9000}) = kFrameTable;
  std::memset(to.host({0x4000'7000}), 0xff, 4096);
  to.frame_flags({0x4000'7000}) = kFrameTable;

  std::vector<std::uint8_t> saved;
  save_memory(from, saved);
  EXPECT_LT(saved.size(), 6 * kFrameBytes);
  std::span<const std::uint8_t> in(saved);
  load_memory(to, in);
  EXPECT_TRUE(in.empty());
  for (std::size_t n = 0; n < from.regions().size(); ++n) {
    const auto& a = *from.regions()[n];
    const auto& b = *to.regions()[n];
    EXPECT_EQ(0, std::memcmp(a.host, b.host, a.size));
    EXPECT_EQ(0, std::memcmp(a.frame_flags, b.frame_flags, a.size / kFrameBytes));
  }
}

TEST(Memory, WhoWatchesIsNoPartOfASnapshot) {
  MemoryMap from, to;
  for (MemoryMap* map : {&from, &to}) map->add("ram", {0x4000'0000}, 1 << 20, true);
  std::vector<std::uint8_t> unwatched, watched;
  save_memory(from, unwatched);
  from.frame_flags({0x4000'3000}) = kFrameWatched;
  save_memory(from, watched);
  EXPECT_EQ(watched, unwatched);

  from.frame_flags({0x4000'3000}) = kFrameWatched | kFrameTable;
  to.frame_flags({0x4000'5000}) = kFrameWatched;
  watched.clear();
  save_memory(from, watched);
  std::span<const std::uint8_t> in(watched);
  load_memory(to, in);
  EXPECT_EQ(to.frame_flags({0x4000'3000}), kFrameTable);
  EXPECT_EQ(to.frame_flags({0x4000'5000}), kFrameWatched);
}

TEST(Memory, OfAnotherSizeIsRefused) {
  MemoryMap from, to;
  from.add("ram", {0x4000'0000}, 1 << 20, true);
  to.add("ram", {0x4000'0000}, 2 << 20, true);
  std::vector<std::uint8_t> saved;
  save_memory(from, saved);
  std::span<const std::uint8_t> in(saved);
  EXPECT_THROW(load_memory(to, in), UserError);
  MemoryMap same;
  same.add("ram", {0x4000'0000}, 1 << 20, true);
  in = std::span<const std::uint8_t>(saved).first(saved.size() - 1);
  EXPECT_THROW(load_memory(same, in), UserError);
}

}  // namespace
}  // namespace armature
