// VCPU_RUN: what KServ sees of a vCPU and what it can do to it.
#include <gtest/gtest.h>

#include <deque>

#include "hyp/kcore/core/list_register.h"
#include "tests/hyp_core/world_fixture.h"

namespace armature::kcore::test {
namespace {

using abi::Action;
using abi::Call;
using abi::ExitReason;
using abi::Result;

constexpr std::uint64_t kUart = 0x0900'0000;

class Run : public testing::Test {
 protected:
  void SetUp() override { vmid = world.make_vm(kRam + 0x40000, 2, 2); }
  using Guest = std::function<arch::GuestExit(ShadowContext&)>;
  // Runs a vCPU that does one thing after the other, and then is interrupted.
  ExitReason run(std::deque<Guest> guest, unsigned vcpu = 0) {
    fake::processor.guest = [&](ShadowContext& context, const arch::GuestRun& run) {
      last_run = run;
      if (guest.empty()) return interrupt();
      auto next = guest.front();
      guest.pop_front();
      return next(context);
    };
    result = world.call(Call::vcpu_run, vmid, vcpu);
    fake::processor.guest = nullptr;
    return result > 0 ? static_cast<ExitReason>(result) : ExitReason::none;
  }
  abi::MailboxIn& in(unsigned vcpu = 0) { return world.mailbox(vmid, vcpu).in; }
  abi::MailboxOut& out(unsigned vcpu = 0) { return world.mailbox(vmid, vcpu).out; }
  ShadowContext& context(unsigned vcpu = 0) { return world.vm(vmid).vcpus[vcpu].saved.context; }
  static Guest does(arch::GuestExit exit) {
    return [exit](ShadowContext&) { return exit; };
  }
  static Guest calls(std::uint64_t function, std::uint64_t x1 = 0, std::uint64_t x2 = 0, std::uint64_t x3 = 0) {
    return [=](ShadowContext& context) {
      context.x[0] = function;
      context.x[1] = x1;
      context.x[2] = x2;
      context.x[3] = x3;
      return hvc();
    };
  }
  World world;
  std::uint64_t vmid = 0;
  std::int64_t result = 0;
  arch::GuestRun last_run{};
};

TEST_F(Run, ExitsOnAnInterruptAndShowsNothingElse) {
  context().x[5] = 0x5ec7e7;
  EXPECT_EQ(run({}), ExitReason::interrupt);
  EXPECT_EQ(out().reason, ExitReason::interrupt);
  EXPECT_EQ(out().value, 0u);
  EXPECT_EQ(out().ipa, 0u);
}

TEST_F(Run, ReadsTheRegisterOfAStoreAndShowsOnlyThatOne) {
  context().x[7] = 0x1122'3344'5566'7788;
  EXPECT_EQ(run({does(device_access(kUart + 4, true, 2, 7))}), ExitReason::mmio_write);
  EXPECT_EQ(out().value, 0x7788u);
  EXPECT_EQ(out().ipa, kUart + 4);
  EXPECT_EQ(out().bytes, 2u);
  EXPECT_EQ(out().syndrome >> 16 & 31, 0u) << "not which register it was";
}

TEST_F(Run, AStoreOfRegister31IsZeroAndNotTheStackPointer) {
  context().system.sp_el0 = 0x5ec7e7;
  EXPECT_EQ(run({does(device_access(kUart, true, 8, 31))}), ExitReason::mmio_write);
  EXPECT_EQ(out().value, 0u);
}

TEST_F(Run, CompletesALoadInTheRegisterThatKCoreNoted) {
  const std::uint64_t pc = context().pc;
  run({does(device_access(kUart, false, 1, 3))});
  // What KServ writes into the shown syndrome decides nothing.
  out().syndrome = 0x9300'0000 | 9 << 16;
  in() = {.action = Action::complete, .value = 0xabcd};
  run({});
  EXPECT_EQ(context().x[3], 0xcdu);
  EXPECT_EQ(context().x[9], 0u);
  EXPECT_EQ(context().pc, pc + 4);
}

TEST_F(Run, SignExtendsALoadToTheWidthOfItsRegister) {
  run({does(device_access(kUart, false, 1, 3, true, true))});
  in() = {.action = Action::complete, .value = 0x80};
  run({does(device_access(kUart, false, 2, 4, true, false))});
  EXPECT_EQ(context().x[3], ~0ull - 0x7f);
  in().value = 0x8000;
  run({});
  EXPECT_EQ(context().x[4], 0xffff'8000u);
}

TEST_F(Run, ALoadToRegister31GoesNowhere) {
  run({does(device_access(kUart, false, 8, 31))});
  in() = {.action = Action::complete, .value = ~0ull};
  const auto before = context().system.sp_el0;
  run({});
  EXPECT_EQ(context().system.sp_el0, before);
}

TEST_F(Run, CompletesOnceAndOnlyWhatWaits) {
  run({does(device_access(kUart, false, 8, 3))});
  in() = {.action = Action::complete, .value = 1};
  EXPECT_EQ(run({}), ExitReason::interrupt);
  run({});
  EXPECT_EQ(result, static_cast<std::int64_t>(Result::bad_argument)) << "replay of the mailbox";
  EXPECT_EQ(context().x[3], 1u);
}

TEST_F(Run, WithoutAnAnswerTheAccessIsTriedAgain) {
  const std::uint64_t pc = context().pc;
  run({does(device_access(kUart, false, 8, 3))});
  in() = {};
  run({});
  EXPECT_EQ(context().pc, pc);
}

TEST_F(Run, KServCanMakeAnAccessUndefined) {
  context().system.vbar_el1 = kVmBase;
  context().pc = kVmBase + 0x100;
  context().pstate = 0x3c5;
  run({does(device_access(kUart, true, 8, 3))});
  in() = {.action = Action::inject_undefined};
  run({});
  EXPECT_EQ(context().pc, kVmBase + 0x200);
  EXPECT_EQ(context().system.elr_el1, kVmBase + 0x100);
  EXPECT_EQ(context().system.spsr_el1, 0x3c5u);
  EXPECT_EQ(context().system.esr_el1, 1u << 25);
}

TEST_F(Run, KServCannotMakeAnyInstructionUndefined) {
  run({});
  in() = {.action = Action::inject_undefined};
  run({});
  EXPECT_EQ(result, static_cast<std::int64_t>(Result::bad_argument));
}

TEST_F(Run, APageWithoutAFaultIsRefused) {
  run({});
  in() = {.action = Action::give_page, .page = kRam + 0x100000};
  run({});
  EXPECT_EQ(result, static_cast<std::int64_t>(Result::bad_argument));
  EXPECT_EQ(world.page(kRam + 0x100000).owner, kOwnerKServ);
}

TEST_F(Run, ARefusedRunDoesNothingAndTheVcpuStaysReady) {
  run({does(device_access(kUart, false, 8, 3))});
  in() = {.action = Action::complete, .list_register_count = 1, .value = 5};
  in().list_registers[0] = 8192;  // an LPI
  run({});
  EXPECT_EQ(result, static_cast<std::int64_t>(Result::bad_argument));
  EXPECT_EQ(context().x[3], 0u);
  in().list_register_count = 0;
  EXPECT_EQ(run({}), ExitReason::interrupt);
  EXPECT_EQ(context().x[3], 5u);
}

TEST_F(Run, ASecondCoreIsRefusedWhileAVcpuRuns) {
  std::int64_t second = 0;
  run({[&](ShadowContext&) {
    second = world.call(Call::vcpu_run, vmid, 0);
    return interrupt();
  }});
  EXPECT_EQ(second, static_cast<std::int64_t>(Result::wrong_state));
  EXPECT_EQ(result, static_cast<std::int64_t>(ExitReason::interrupt));
}

TEST_F(Run, ALaterWriteToTheMailboxChangesNothing) {
  run({does(device_access(kUart, false, 8, 3))});
  in() = {.action = Action::complete, .value = 1};
  run({[&](ShadowContext&) {
    in().value = 2;  // another core of KServ
    return interrupt();
  }});
  EXPECT_EQ(context().x[3], 1u);
}

TEST_F(Run, AVcpuThatIsOffDoesNotRun) {
  run({}, 1);
  EXPECT_EQ(result, static_cast<std::int64_t>(Result::wrong_state));
}

TEST_F(Run, CpuOnStartsTheTargetWhereTheVmSays) {
  EXPECT_EQ(run({calls(0xc4000003, 1, kVmBase + 0x800, 77)}), ExitReason::psci);
  EXPECT_EQ(out().psci_target, 1u);
  EXPECT_EQ(context().x[0], 0u);
  run({[](ShadowContext& started) {
        EXPECT_EQ(started.pc, kVmBase + 0x800);
        EXPECT_EQ(started.x[0], 77u);
        EXPECT_EQ(started.pstate, 0x3c5u);
        EXPECT_EQ(started.system.vmpidr_el2, 0x8000'0001u);
        return interrupt();
      }}, 1);
  EXPECT_EQ(result, static_cast<std::int64_t>(ExitReason::interrupt));
}

TEST_F(Run, CpuOnIsAnsweredByKCoreWhenItIsWrong) {
  std::vector<std::uint64_t> answers;
  const auto note = [&](ShadowContext& vcpu) {
    answers.push_back(vcpu.x[0]);
    return interrupt();
  };
  for (const auto& guest : {calls(0xc4000003, 0, kVmBase, 0), calls(0xc4000003, 5, kVmBase, 0),
                            calls(0xc4000003, 1, 0x1000, 0), calls(0xc4000003, 1, kVmBase + 2, 0)}) {
    EXPECT_EQ(run({guest, note}), ExitReason::interrupt);
  }
  EXPECT_EQ(answers, (std::vector<std::uint64_t>{~0ull - 3, ~0ull - 1, ~0ull - 8, ~0ull - 8}));
  run({}, 1);
  EXPECT_EQ(result, static_cast<std::int64_t>(Result::wrong_state));
}

TEST_F(Run, CpuOffTakesTheVcpuAwayUntilCpuOn) {
  EXPECT_EQ(run({calls(0x84000002)}), ExitReason::psci);
  run({});
  EXPECT_EQ(result, static_cast<std::int64_t>(Result::wrong_state));
}

TEST_F(Run, VersionFeaturesAndAffinityAreAnsweredWithoutAnExit) {
  std::vector<std::uint64_t> answers;
  const auto then = [&](Guest guest) {
    return [&answers, guest](ShadowContext& vcpu) {
      answers.push_back(vcpu.x[0]);
      return guest(vcpu);
    };
  };
  run({calls(0x84000000), then(calls(0x8400000a, 0xc4000003)), then(calls(0x8400000a, 0x80000000)),
       then(calls(0xc4000004, 0, 0)), then(calls(0xc4000004, 1, 0)), then(calls(0x84000012)),
       then(does(interrupt()))});
  EXPECT_EQ(answers, (std::vector<std::uint64_t>{0x10001, 0, ~0ull, 0, 1, ~0ull}));
  EXPECT_EQ(result, static_cast<std::int64_t>(ExitReason::interrupt));
}

TEST_F(Run, SystemOffEndsTheVmForEver) {
  EXPECT_EQ(run({calls(0x84000008)}), ExitReason::psci);
  EXPECT_EQ(out().psci_function, 0x84000008u);
  EXPECT_EQ(world.vm(vmid).state, VmState::powered_off);
  run({});
  EXPECT_EQ(result, static_cast<std::int64_t>(Result::wrong_state));
}

TEST_F(Run, AnotherVcpuThatRunsWhenTheVmEndsComesBackAsOff) {
  run({calls(0xc4000003, 1, kVmBase, 0)});
  EXPECT_EQ(run({[&](ShadowContext&) {
              fake::processor.guest = [](ShadowContext& other, const arch::GuestRun&) {
                other.x[0] = 0x84000008;
                return hvc();
              };
              world.call(Call::vcpu_run, vmid, 1);
              return memory_access(kVmBase);
            }}),
            ExitReason::off);
}

TEST_F(Run, AHypercallShowsX0AndTakesTheAnswer) {
  EXPECT_EQ(run({calls(0x8600'0000, 1, 2, 3)}), ExitReason::hypercall);
  EXPECT_EQ(out().value, 0x8600'0000u);
  in() = {.action = Action::complete, .value = 9};
  run({});
  EXPECT_EQ(context().x[0], 9u);
  EXPECT_EQ(context().x[1], 1u);
}

TEST_F(Run, AnSmcIsSteppedOver) {
  const std::uint64_t pc = context().pc;
  run({[](ShadowContext& vcpu) {
    vcpu.x[0] = 0x84000000;
    return smc();
  }});
  EXPECT_EQ(context().pc, pc + 4);
  EXPECT_EQ(context().x[0], 0x10001u);
}

TEST_F(Run, AnSgiShowsTheWrittenValueAndNothingElse) {
  context().x[2] = 0x0f00'0001;
  const std::uint64_t pc = context().pc;
  EXPECT_EQ(run({does(system_instruction(3, 0, 12, 11, 5, 2, false))}), ExitReason::sgi);
  EXPECT_EQ(out().value, 0x0f00'0001u);
  EXPECT_EQ(out().sgi_register, abi::SgiRegister::icc_sgi1r);
  EXPECT_EQ(out().syndrome, 0u);
  EXPECT_EQ(context().pc, pc + 4);
}

TEST_F(Run, OtherTrappedSystemInstructionsAreUndefinedUnlessTheProcessorEmulatesThem) {
  context().system.vbar_el1 = kVmBase;
  run({does(system_instruction(3, 0, 0, 4, 0, 2, true))});
  EXPECT_EQ(context().pc, kVmBase + 0x200);
  context().pc = kVmBase;
  fake::processor.emulated_register = [](ShadowContext& vcpu, std::uint64_t) {
    vcpu.x[2] = 0x11;
    return true;
  };
  run({does(system_instruction(3, 0, 0, 4, 0, 2, true))});
  EXPECT_EQ(context().pc, kVmBase + 4);
}

TEST_F(Run, WaitingIsSteppedOver) {
  const std::uint64_t pc = context().pc;
  EXPECT_EQ(run({does(wait_for_interrupt())}), ExitReason::wait);
  EXPECT_EQ(context().pc, pc + 4);
}

TEST_F(Run, AnAccessToNothingIsAnExternalAbortInTheVm) {
  context().system.vbar_el1 = kVmBase;
  EXPECT_EQ(run({does(memory_access(kVmBase + (4 << 20)))}), ExitReason::interrupt) << "beyond its memory";
  EXPECT_EQ(context().pc, kVmBase + 0x200);
  EXPECT_EQ(context().system.esr_el1, 0x25ull << 26 | 1 << 25 | 0x10);
  EXPECT_EQ(run({does(memory_access(kUart))}), ExitReason::interrupt) << "a device without a syndrome";
}

TEST_F(Run, AnSErrorEndsOnlyThatVm) {
  EXPECT_EQ(run({does({arch::GuestExit::Cause::system_error, 0xbe000011, 0, 0, 0})}), ExitReason::off);
  EXPECT_EQ(world.vm(vmid).state, VmState::powered_off);
}

TEST_F(Run, ForgetsTranslationsWhenAVcpuMovesOrAnotherRanHere) {
  run({calls(0xc4000003, 1, kVmBase, 0)});
  EXPECT_TRUE(last_run.forget_translations) << "first entry";
  run({});
  EXPECT_FALSE(last_run.forget_translations);
  run({}, 1);
  EXPECT_TRUE(last_run.forget_translations);
  run({});
  EXPECT_TRUE(last_run.forget_translations) << "the other vCPU ran here in between";
  fake::processor.core_number = 1;
  run({});
  EXPECT_TRUE(last_run.forget_translations);
  fake::processor.core_number = 0;
  run({});
  EXPECT_TRUE(last_run.forget_translations) << "back again: it ran elsewhere";
}

TEST_F(Run, RunsUnderItsOwnVmidAndOffset) {
  world.call(Call::timer_set_cntvoff, vmid, 1000);
  run({});
  EXPECT_EQ(last_run.vttbr, world.vm(vmid).stage2.vttbr());
  EXPECT_EQ(last_run.vttbr >> 48, vmid);
  EXPECT_EQ(last_run.cntvoff, 1000u);
}

TEST_F(Run, LoadsTheListRegistersAndClearsTheOthers) {
  context().gic.list_registers[3] = 99;
  in().list_register_count = 2;
  in().list_registers[0] = 1ull << 62 | 1ull << 60 | 33;
  run({[](ShadowContext& vcpu) {
    EXPECT_EQ(vcpu.gic.list_registers[0], 1ull << 62 | 1ull << 60 | 33);
    EXPECT_EQ(vcpu.gic.list_registers[3], 0u);
    vcpu.gic.list_registers[0] = 0;  // the VM has handled it
    return interrupt();
  }});
  EXPECT_EQ(out().list_registers[0], 0u);
  EXPECT_EQ(last_run.list_registers, 2u);
}

TEST_F(Run, RefusesMoreListRegistersThanThereAre) {
  in().list_register_count = 5;
  run({});
  EXPECT_EQ(result, static_cast<std::int64_t>(Result::bad_argument));
}

TEST_F(Run, RefusesOtherGicFlagsThanTheTwo) {
  in().gic_flags = 1;  // En is KCore's
  run({});
  EXPECT_EQ(result, static_cast<std::int64_t>(Result::bad_argument));
  in().gic_flags = abi::kGicUnderflow | abi::kGicNoPending;
  EXPECT_EQ(run({}), ExitReason::interrupt);
}

constexpr std::uint64_t kPending = 1ull << 62, kActive = 1ull << 63, kHw = 1ull << 61;
bool good(std::vector<std::uint64_t> registers) { return list_registers_are_good(registers); }

TEST(ListRegisters, TakeSoftwareInterruptsUpToIntid1019) {
  EXPECT_TRUE(good({0, kPending | 0, kPending | 1ull << 60 | 0xa0ull << 48 | 1019, kActive | kPending | 5}));
  EXPECT_FALSE(good({kPending | 1020}));
  EXPECT_FALSE(good({kPending | 8192}));
  EXPECT_FALSE(good({kPending | 1ull << 31}));
}
TEST(ListRegisters, LetOnlyTheVirtualTimerBeAHardwareInterrupt) {
  EXPECT_TRUE(good({kPending | kHw | 27ull << 32 | 27}));
  EXPECT_FALSE(good({kPending | kHw | 30ull << 32 | 27}));
  EXPECT_FALSE(good({kPending | kHw | 27ull << 32 | 28}));
  EXPECT_FALSE(good({kPending | kActive | kHw | 27ull << 32 | 27}));
}
TEST(ListRegisters, TakeTheEoiBitAndNoOtherPhysicalIntidOfASoftwareInterrupt) {
  EXPECT_TRUE(good({kPending | 1ull << 41 | 40}));
  EXPECT_FALSE(good({kPending | 1ull << 40 | 40}));
}
TEST(ListRegisters, RefuseReservedBits) {
  EXPECT_FALSE(good({kPending | 1ull << 56 | 40}));
  EXPECT_FALSE(good({kPending | 1ull << 45 | 40}));
}
TEST(ListRegisters, RefuseOneIntidTwice) {
  EXPECT_FALSE(good({kPending | 40, kActive | 40}));
  EXPECT_TRUE(good({kPending | 40, 40})) << "an inactive one does not count";
}

}  // namespace
}  // namespace armature::kcore::test
