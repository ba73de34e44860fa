// Host files of semihosting: what is read, kept and written. The operations themselves are compared
// with QEMU's by tests/firmware.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "platform/devices/test_port.h"
#include "platform/semihosting/host_files.h"
#include "sim/base/user_error.h"

namespace armature::platform {
namespace {

using Files = SemihostingConfig::Files;
constexpr unsigned kRead = 0, kUpdate = 2, kWrite = 4, kAppend = 8;

class SemihostingFiles : public testing::Test {
 protected:
  SemihostingFiles() : folder_(testing::TempDir() + "semihosting") {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directory(folder_);
  }
  ~SemihostingFiles() override { std::filesystem::remove_all(folder_); }

  std::string path(const char* name) const { return folder_ / name; }
  void make(const char* name, const char* text) const { std::ofstream(path(name)) << text; }
  std::string on_host(const char* name) const {
    std::ifstream in(path(name));
    return {std::istreambuf_iterator<char>(in), {}};
  }
  static std::string take(HostFiles& files, std::uint64_t handle, std::size_t bytes) {
    const auto piece = files.peek(handle, bytes);
    files.advance(handle, piece.size());
    return {piece.begin(), piece.end()};
  }
  static bool write(HostFiles& files, std::uint64_t handle, const std::string& text) {
    return files.write(handle, {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
  }

  std::filesystem::path folder_;
};

TEST_F(SemihostingFiles, AFileIsReadAsItWasWhenItWasFirstOpened) {
  make("a", "before");
  HostFiles files(Files::read, true);
  const auto first = files.open(path("a"), kRead);
  make("a", "after");
  EXPECT_EQ(take(files, first, 3), "bef");
  EXPECT_EQ(take(files, first, 100), "ore");
  EXPECT_EQ(take(files, first, 100), "");
  EXPECT_TRUE(files.close(first));
  EXPECT_EQ(take(files, files.open(path("a"), kRead), 100), "before");
}

TEST_F(SemihostingFiles, NothingIsWrittenUnlessItWasAllowed) {
  make("a", "text");
  HostFiles files(Files::read, true);
  for (const unsigned mode : {kUpdate, kWrite, kAppend}) {
    EXPECT_EQ(files.open(path("a"), mode), 0);
    EXPECT_EQ(files.error(), HostError::no_access);
  }
  EXPECT_FALSE(files.remove(path("a")));
  EXPECT_FALSE(files.rename(path("a"), path("b")));
  EXPECT_EQ(on_host("a"), "text");
}

TEST_F(SemihostingFiles, NoFileIsOpenedWhenNoneIsAllowed) {
  make("a", "text");
  HostFiles files(Files::none, true);
  EXPECT_EQ(files.open(path("a"), kRead), 0);
  EXPECT_NE(files.open(":tt", kRead), 0);
}

TEST_F(SemihostingFiles, WhatIsWrittenReachesTheHostWhenTheHandleIsClosed) {
  make("a", "0123456789");
  HostFiles files(Files::write, true);
  const auto update = files.open(path("a"), kUpdate);
  EXPECT_TRUE(files.seek(update, 4));
  EXPECT_TRUE(write(files, update, "xy"));
  EXPECT_EQ(on_host("a"), "0123456789");
  files.close(update);
  EXPECT_EQ(on_host("a"), "0123xy6789");
  const auto append = files.open(path("a"), kAppend);
  EXPECT_TRUE(write(files, append, "end"));
  files.close(append);
  EXPECT_EQ(on_host("a"), "0123xy6789end");
  files.close(files.open(path("a"), kWrite));
  EXPECT_EQ(on_host("a"), "");
}

TEST_F(SemihostingFiles, WhatIsKeptBackIsSeenByTheProgramOnly) {
  make("a", "old");
  HostFiles files(Files::write, false);
  const auto out = files.open(path("a"), kWrite);
  EXPECT_TRUE(write(files, out, "new"));
  files.close(out);
  EXPECT_EQ(take(files, files.open(path("a"), kRead), 10), "new");
  EXPECT_TRUE(files.remove(path("a")));
  EXPECT_EQ(files.open(path("a"), kRead), 0);
  EXPECT_EQ(on_host("a"), "old");
}

TEST_F(SemihostingFiles, AFileThatIsRenamedKeepsItsBytes) {
  make("a", "bytes");
  HostFiles files(Files::write, true);
  EXPECT_TRUE(files.rename(path("a"), path("b")));
  EXPECT_EQ(on_host("b"), "bytes");
  EXPECT_FALSE(std::filesystem::exists(path("a")));
}

TEST_F(SemihostingFiles, WhatIsNoRegularFileIsNotThere) {
  HostFiles files(Files::read, true);
  EXPECT_EQ(files.open(folder_, kRead), 0);
  EXPECT_EQ(files.error(), HostError::no_entry);
  EXPECT_EQ(files.open("/dev/zero", kRead), 0);
}

TEST_F(SemihostingFiles, ASnapshotHoldsOpenFilesAndTheirPositions) {
  make("a", "0123456789");
  HostFiles files(Files::write, false);
  const auto handle = files.open(path("a"), kUpdate);
  take(files, handle, 4);
  std::vector<std::uint8_t> bytes;
  files.save(bytes);
  std::filesystem::remove(path("a"));
  HostFiles restored(Files::write, false);
  std::span<const std::uint8_t> in = bytes;
  restored.load(in);
  EXPECT_EQ(take(restored, handle, 100), "456789");
  std::vector<std::uint8_t> again;
  files.save(again);
  EXPECT_EQ(bytes, again);
}

TEST(SemihostingOptions, EachKeyIsReadAndPrinted) {
  const SemihostingConfig config = parse_semihosting("on,userspace=on,files=write,arg=a,arg=b,,c");
  EXPECT_TRUE(config.enabled && config.at_el0);
  EXPECT_EQ(config.arguments, "a b,c");
  EXPECT_EQ(dump_semihosting(config), "enable=on,userspace=on,files=write,arg=a b,,c");
  EXPECT_FALSE(parse_semihosting("enable=off").enabled);
  for (const char* bad : {"target=gdb", "files=all", "colour=red", "enable=maybe"}) {
    EXPECT_THROW(parse_semihosting(bad), UserError) << bad;
  }
}

TEST(TestPort, ANumberAndQAskForAnOddStatus) {
  const auto status_of = [](const char* text) {
    TestPort port;
    for (; *text != '\0'; ++text) port.put(static_cast<std::uint8_t>(*text));
    return port.exit_status();
  };
  EXPECT_EQ(status_of("0q"), 1);
  EXPECT_EQ(status_of(" 1 q"), 3);
  EXPECT_EQ(status_of("7x12q9q"), 25);
  EXPECT_EQ(status_of("12"), std::nullopt);
}

}  // namespace
}  // namespace armature::platform
