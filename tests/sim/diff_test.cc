// Where two runs part.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "sim/base/user_error.h"
#include "sim/diff/diff.h"
#include "sim/trace/log.h"

namespace armature {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class Folder {
 public:
  explicit Folder(const char* name) : path_(testing::TempDir() + "armature_diff_" + name) {
    std::filesystem::create_directories(path_);
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  std::string file(const std::string& name, const std::string& text) const {
    std::ofstream(path_ + "/" + name, std::ios::binary) << text;
    return path_ + "/" + name;
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

RunOutput configured(const std::string& text) {
  RunOutput output;
  output.name = "run";
  output.configuration = text;
  output.has_configuration = true;
  return output;
}

TEST(DiffConfigurations, NamesEachKeyWithBothValues) {
  const auto a = configured("smp = 2\ncpu = 'cortex-a57'\n[[vm]]\nvcpus = 1\n");
  const auto b = configured("smp = 4\ncpu = 'cortex-a57'\n[[vm]]\nvcpus = 2\n[[vm]]\nvcpus = 1\n");
  EXPECT_THAT(diff_configurations(a, b),
              ElementsAre("smp: 2 | 4", "vm.1.vcpus: 1 | 2", "vm.2.vcpus: (absent) | 1"));
  EXPECT_THAT(diff_configurations(a, a), testing::IsEmpty());
}

TEST(DiffConfigurations, WhereResultsGoIsNoDifference) {
  EXPECT_THAT(diff_configurations(configured("stats = 'a'\nsave = 'x'\nseed = 1\n"),
                                  configured("stats = 'b'\nsave = 'y'\nseed = 1\n")),
              testing::IsEmpty());
}

TEST(DiffStatistics, NamesWhatChangedWhatIsMissingAndByHowMuch) {
  const Folder folder("statistics");
  const auto a = folder.file("a.json", R"({"statistics": {"x": {"value": 100}, "y": {"value": 1},
                                           "gone": {"value": 3}}})");
  const auto b = folder.file("b.json", R"({"statistics": {"x": {"value": 110}, "y": {"value": 1},
                                           "new": {"value": 4}}})");
  EXPECT_THAT(diff_statistics(a, b), ElementsAre("x: 100 | 110  (+10, +10.00 %)",
                                                 "gone: 3 | (absent)", "new: (absent) | 4"));
  EXPECT_THAT(diff_statistics(a, a), testing::IsEmpty());
}

TEST(DiffStatistics, RefusesAnotherFile) {
  const Folder folder("refuse");
  const auto junk = folder.file("junk.json", "[1, 2");
  EXPECT_THROW(diff_statistics(junk, junk), UserError);
}

std::string log_of(const Folder& folder, const char* name, const std::vector<Event>& events) {
  const std::string path = folder.path() + "/" + name;
  LogWriter writer(path, {});
  for (const Event& event : events) writer.on_event(event);
  writer.close();
  return path;
}

std::vector<Event> numbered(std::uint64_t count) {
  std::vector<Event> events(count);
  for (std::uint64_t n = 0; n < count; ++n) {
    events[n].sequence = n + 1;
    events[n].kind = n % 2 == 0 ? EventKind::wait : EventKind::hypercall;
  }
  return events;
}

TEST(DiffLogs, EqualLogsAreTheSame) {
  const Folder folder("same");
  const auto a = log_of(folder, "a", numbered(100));
  const auto result = diff_logs(a, a, ~0ull, 2, {});
  EXPECT_TRUE(result.same);
  EXPECT_EQ(result.compared, 100u);
}

TEST(DiffLogs, ShowTheFirstEventThatDiffersAndWhichFields) {
  const Folder folder("first");
  auto events = numbered(100);
  const auto a = log_of(folder, "a", events);
  events[51].a = 7;
  events[51].pc = 0x40;
  events[60].a = 9;
  const auto b = log_of(folder, "b", events);
  const auto result = diff_logs(a, b, ~0ull, 1, {});
  EXPECT_FALSE(result.same);
  EXPECT_EQ(result.compared, 51u);
  EXPECT_THAT(result.text, HasSubstr("different: pc, x0\n"));
  // One event before, two of each: the one that differs and the next.
  EXPECT_EQ(std::count(result.text.begin(), result.text.end(), '\n'), 1 + 2 + 2 + 1);
}

TEST(DiffLogs, AKindThatIsNotComparedDoesNotCount) {
  const Folder folder("kinds");
  auto events = numbered(10);
  const auto a = log_of(folder, "a", events);
  events[1].a = 7;
  const auto b = log_of(folder, "b", events);
  EXPECT_TRUE(diff_logs(a, b, event_bit(EventKind::wait), 1, {}).same);
  EXPECT_FALSE(diff_logs(a, b, event_bit(EventKind::hypercall), 1, {}).same);
}

TEST(DiffLogs, ALogThatEndsEarlierDiffersThere) {
  const Folder folder("shorter");
  const auto a = log_of(folder, "a", numbered(10));
  const auto b = log_of(folder, "b", numbered(8));
  const auto result = diff_logs(a, b, ~0ull, 1, {});
  EXPECT_FALSE(result.same);
  EXPECT_EQ(result.compared, 8u);
  EXPECT_THAT(result.text, HasSubstr("> (the log ends)"));
}

TEST(RunOutput, IsAFolderALogStatisticsOrAConfiguration) {
  const Folder folder("output");
  folder.file("config.toml", "seed = 3\n");
  folder.file("stats.json", R"({"statistics": {}})");
  const RunOutput whole = open_run_output(folder.path());
  EXPECT_TRUE(whole.has_configuration);
  EXPECT_EQ(whole.statistics, folder.path() + "/stats.json");
  EXPECT_TRUE(whole.log.empty());
  EXPECT_FALSE(open_run_output(log_of(folder, "some.log", numbered(1))).log.empty());
  EXPECT_THROW(open_run_output(folder.path() + "/absent"), UserError);
  EXPECT_THROW(open_run_output(folder.file("text.txt", "hello")), UserError);
  const Folder nothing("nothing");
  EXPECT_THROW(open_run_output(nothing.path()), UserError);
}

}  // namespace
}  // namespace armature
