#include "hyp/kcore/trap.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "hyp/kcore/panic.h"
#include "tests/hyp/fake_processor_fixture.h"

namespace armature::kcore {
namespace {

using testing::HasSubstr;

class Stage2FaultOfTheKernel : public testing::Test {
 protected:
  void SetUp() override {
    fake::reset();
    g_kcore.memory.set_kcore({{0x40100000}, 0x1800000});
    g_kcore.memory.add_ram({{0x40000000}, 0x40000000});
    cpu_.number = 1;
  }
  static Stage2Fault fault(std::uint64_t address, Access access = Access::read) {
    return {.address = {address}, .access = access, .is_translation_fault = true, .pc = 0x42001000};
  }
  void handle(const Stage2Fault& what) { handle_stage2_fault(g_kcore, cpu_, what); }
  // The message of the panic that `what` leads to.
  std::string panic_of(const Stage2Fault& what) {
    EXPECT_THROW(handle(what), fake::Halted);
    return fake::processor.console;
  }
  std::uint64_t last_leaf() const { return fake::processor.steps[fake::processor.steps.size() - 2].value; }

  Cpu cpu_;
};

TEST_F(Stage2FaultOfTheKernel, MapsThePageOfRamAroundTheAddress) {
  handle(fault(0x42345678));
  EXPECT_EQ(last_leaf() & 0xfffffffff000, 0x42345000u);
  EXPECT_EQ(last_leaf() >> 2 & 15, 15u);
}

TEST_F(Stage2FaultOfTheKernel, MapsWhatIsNotRamAsDevice) {
  handle(fault(0x09000018, Access::write));
  EXPECT_EQ(last_leaf() & 0xfffffffff000, 0x09000000u);
  EXPECT_EQ(last_leaf() >> 2 & 15, 1u);
}

TEST_F(Stage2FaultOfTheKernel, IsNoErrorWhenAnotherCoreWasFaster) {
  handle(fault(0x42345678));
  handle(fault(0x42345000));
  EXPECT_TRUE(fake::processor.console.empty());
}

TEST_F(Stage2FaultOfTheKernel, OnKCoresFirstByteHaltsTheMachineAndNamesTheCulprit) {
  const auto message = panic_of(fault(0x40100000, Access::write));
  EXPECT_THAT(message, HasSubstr("panic: KServ (the kernel) on core 1 reached for KCore's memory: a write to "
                                 "0x40100000, pc 0x42001000"));
  EXPECT_TRUE(machine_is_halted());
}

TEST_F(Stage2FaultOfTheKernel, OnKCoresLastByteHaltsTheMachine) {
  EXPECT_THAT(panic_of(fault(0x418fffff)), HasSubstr("a read of 0x418fffff"));
}

TEST_F(Stage2FaultOfTheKernel, JustOutsideKCoreIsRam) {
  handle(fault(0x400fffff));
  EXPECT_EQ(last_leaf() & 0xfffffffff000, 0x400ff000u);
  handle(fault(0x41900000));
  EXPECT_EQ(last_leaf() & 0xfffffffff000, 0x41900000u);
}

TEST_F(Stage2FaultOfTheKernel, OfATableWalkIntoKCoreSaysSo) {
  auto walk = fault(0x40200000);
  walk.on_table_walk = true;
  EXPECT_THAT(panic_of(walk), HasSubstr("a table walk at 0x40200000"));
}

TEST_F(Stage2FaultOfTheKernel, OfPermissionIsAPanicBecauseNoPageIsHalfAllowed) {
  auto permission = fault(0x09000000, Access::execute);
  permission.is_translation_fault = false;
  EXPECT_THAT(panic_of(permission), HasSubstr("broke a permission: execution at device 0x9000000"));
}

TEST_F(Stage2FaultOfTheKernel, PanicTakesTheKernelsMemoryAwayOnce) {
  handle(fault(0x42345678));
  EXPECT_THROW(handle(fault(0x40100000)), fake::Halted);
  EXPECT_EQ(fake::processor.steps.back().kind, fake::Step::Kind::invalidate);
  // A second panic says nothing and only halts.
  const auto console = fake::processor.console;
  EXPECT_THROW(panic("again"), fake::Halted);
  EXPECT_EQ(fake::processor.console, console);
}

}  // namespace
}  // namespace armature::kcore
