// Windows that are joined (cpu/window.h) leave the machine as it is after one window after the other.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "platform/machine/machine.h"

namespace armature::platform {
namespace {

// Core 0 turns on core 1, then 20 times: works, drops its TLB entries, prints a byte, wakes core 1 and
// sleeps until that has answered.
const std::vector<std::uint32_t> kProgram{
    0xd2a80414,  // mov x20, #0x40200000
    0xd2a12015,  // mov x21, #0x9000000
    0x18000420,  // ldr w0, 8c <cpu_on>
    0xd2800021,  // mov x1, #0x1
    0x10000302,  // adr x2, 70 <second>
    0xd2800003,  // mov x3, #0x0
    0xd4000002,  // hvc #0x0
    0xd2800004,  // mov x4, #0x0
    0xd280fa05,  // mov x5, #0x7d0
    0x8b0420a5,  // add x5, x5, x4, lsl #8
    0xf8657a86,  // ldr x6, [x20, x5, lsl #3]
    0xf10004a5,  // subs x5, x5, #0x1
    0x54ffffc1,  // b.ne 28 <inner>
    0x91000484,  // add x4, x4, #0x1
    0xf9000284,  // str x4, [x20]
    0xd508871f,  // tlbi vmalle1
    0xd5033f9f,  // dsb sy
    0xd5033fdf,  // isb
    0xd503209f,  // sev
    0xb90002a4,  // str w4, [x21]
    0xd503205f,  // wfe
    0xf9402286,  // ldr x6, [x20, #64]
    0xeb0400df,  // cmp x6, x4
    0x54ffffa1,  // b.ne 50 <answer>
    0xf100509f,  // cmp x4, #0x14
    0x54fffde1,  // b.ne 20 <outer>
    0x18000140,  // ldr w0, 90 <off>
    0xd4000002,  // hvc #0x0
    0xd2a80414,  // mov x20, #0x40200000
    0xd503205f,  // wfe
    0xf9400289,  // ldr x9, [x20]
    0xf9002289,  // str x9, [x20, #64]
    0xd503209f,  // sev
    0xd503205f,  // wfe
    0x17fffffb,  // b 74 <again>
    0xc4000003,  // .word 0xc4000003
    0x84000008,  // .word 0x84000008
};

class JoinedWindows : public testing::TestWithParam<unsigned> {
 protected:
  JoinedWindows() {
    program_ = (std::filesystem::temp_directory_path() / "armature-joined-windows.bin").string();
    std::ofstream(program_, std::ios::binary)
        .write(reinterpret_cast<const char*>(kProgram.data()),
               static_cast<std::streamsize>(kProgram.size() * 4));
  }
  ~JoinedWindows() override { std::filesystem::remove(program_); }

  std::unique_ptr<Machine> machine() const {
    RunConfig config;
    config.kernel = program_;
    config.memory = 64ull << 20;
    config.smp = GetParam();
    return std::make_unique<Machine>(config);
  }

  std::string program_;
};

struct Outcome {
  StopReason reason = StopReason::running;
  unsigned calls = 0;
};

Outcome run(Machine& machine, std::uint64_t windows_max, std::uint64_t instructions = ~0ull,
        Cycles until = Cycles{~0ull}) {
  Outcome outcome;
  while (outcome.reason == StopReason::running && machine.now() < until) {
    outcome.reason = machine.run_window(instructions, windows_max, until);
    ++outcome.calls;
  }
  return outcome;
}

// The sections of a snapshot in which they differ.
std::vector<std::string> differences(Machine& a, Machine& b) {
  const auto first = a.save(), second = b.save();
  std::vector<std::string> names;
  for (std::size_t n = 0; n < first.size(); ++n) {
    if (first[n] != second.at(n)) names.push_back(first[n].first);
  }
  return names;
}

// Asks the machine to stop at the first event with a given number or a later one.
class StopAt final : public EventListener {
 public:
  StopAt(Machine& machine, std::uint64_t sequence) : machine_(machine), sequence_(sequence) {
    machine.events.add(*this, ~0ull);
  }
  ~StopAt() override { machine_.events.remove(*this); }
  void on_event(const Event& event) override {
    if (event.sequence >= sequence_) machine_.request_stop();
  }

 private:
  Machine& machine_;
  std::uint64_t sequence_;
};

TEST_P(JoinedWindows, EndInTheSameStateAsOneAfterTheOther) {
  const auto joined = machine(), single = machine();
  const Outcome few = run(*joined, 64), many = run(*single, 1);
  EXPECT_EQ(few.reason, StopReason::powered_off);
  EXPECT_EQ(many.reason, StopReason::powered_off);
  EXPECT_EQ(joined->windows(), single->windows());
  EXPECT_LT(few.calls, many.calls / 2);
  EXPECT_THAT(differences(*joined, *single), testing::IsEmpty());
}

TEST_P(JoinedWindows, StopAtTheSameWindowWhereverTheyAreToEnd) {
  const auto joined = machine(), single = machine();
  for (std::uint64_t cycles = 1; cycles < 400'000; cycles += 12'345) {
    const Cycles until = Cycles::whole(cycles);
    run(*joined, 64, ~0ull, until);
    run(*single, 1, ~0ull, until);
    ASSERT_THAT(differences(*joined, *single), testing::IsEmpty()) << "until cycle " << cycles;
  }
}

TEST_P(JoinedWindows, StopBehindTheSameInstruction) {
  const auto joined = machine(), single = machine();
  for (unsigned slice = 0; slice < 50; ++slice) {
    run(*joined, 64, 10'007);
    run(*single, 1, 10'007);
    ASSERT_EQ(joined->instructions(), single->instructions());
    ASSERT_THAT(differences(*joined, *single), testing::IsEmpty());
  }
}

TEST_P(JoinedWindows, StopBehindTheInstructionInWhichAListenerAsksForIt) {
  for (std::uint64_t sequence = 5; sequence < 100; sequence += 7) {
    const auto joined = machine(), single = machine();
    const StopAt first(*joined, sequence), second(*single, sequence);
    EXPECT_EQ(run(*joined, 64).reason, StopReason::paused);
    EXPECT_EQ(run(*single, 1).reason, StopReason::paused);
    ASSERT_THAT(differences(*joined, *single), testing::IsEmpty()) << "event " << sequence;
  }
}

INSTANTIATE_TEST_SUITE_P(Cores, JoinedWindows, testing::Values(2u, 4u));

}  // namespace
}  // namespace armature::platform
