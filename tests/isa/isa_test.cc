// The decode table against QEMU: a short run of what armature_isa_fuzz does at length.
#include <gtest/gtest.h>

#include "qemu.h"
#include "session.h"

namespace armature::isa {
namespace {

SessionOptions options(std::uint64_t seed, std::uint64_t instructions) {
  SessionOptions result;
  result.seed = seed;
  result.instructions = instructions;
  result.runner = ARMATURE_ISA_RUNNER;
  result.replay_prefix = "armature_isa_fuzz";
  return result;
}

class Isa : public testing::Test {
 protected:
  void SetUp() override {
    if (!qemu_available()) GTEST_SKIP() << "qemu-aarch64 is not installed";
  }
};

TEST_F(Isa, RandomSequencesLeaveTheStateQemuLeaves) {
  const SessionResult result = run_sequences(options(1, 40'000));
  EXPECT_GT(result.cases, 1000u);
  EXPECT_LT(result.faulted, result.cases / 100);  // the sequences do run
  EXPECT_EQ(result.different, 0u) << result.report;
}

TEST_F(Isa, TheInstructionByInstructionEngineAgreesToo) {
  SessionOptions slow = options(2, 20'000);
  slow.fast = false;
  const SessionResult result = run_sequences(slow);
  EXPECT_EQ(result.different, 0u) << result.report;
}

TEST_F(Isa, WordsNearTheAllocatedSpaceAreUndefinedWhereQemuSaysSo) {
  SessionOptions words = options(3, 40'000);
  words.reports_max = 5;
  const SessionResult result = run_words(words);
  EXPECT_GT(result.faulted, 1000u);
  EXPECT_LT(result.faulted, result.cases);
  EXPECT_EQ(result.different, 0u) << result.report;
}

TEST_F(Isa, ADifferenceIsFoundAndNarrowedToItsInstruction) {
  // Our side adds 1 to X3 behind the back of the third instruction: the comparison must see it.
  IsaCase failing{};
  failing.word_count = 4;
  failing.words[0] = 0x91000400;  // add x0, x0, #1
  failing.words[1] = 0x91000421;  // add x1, x1, #1
  failing.words[2] = 0x91000463;  // add x3, x3, #1
  failing.words[3] = 0x91000484;  // add x4, x4, #1
  const Side theirs = [](std::span<const IsaCase> cases) {
    return run_qemu(ARMATURE_ISA_RUNNER, cases);
  };
  const Side ours = [&](std::span<const IsaCase> cases) {
    std::vector<IsaResult> results = theirs(cases);
    for (std::size_t n = 0; n < cases.size(); ++n) {
      if (cases[n].words[2] == failing.words[2]) ++results[n].out.x[3];
    }
    return results;
  };
  const Culprit culprit = find_culprit(failing, ours, theirs);
  EXPECT_EQ(culprit.index, 2u);
  ASSERT_EQ(culprit.differences.size(), 1u);
  EXPECT_EQ(culprit.differences[0].substr(0, 3), "x3:");
}

}  // namespace
}  // namespace armature::isa
