#include "hyp/kcore/psci.h"

#include <gtest/gtest.h>

#include "hyp/kcore/fake/fake.h"

namespace armature::kcore {
namespace {

using namespace psci;

constexpr std::uint64_t kEntry = 0x42000000, kContext = 0xc0ffee;

class FirmwareCallOfTheKernel : public testing::Test {
 protected:
  void SetUp() override {
    fake::reset();
    core_.pages.add_range({{0x40000000}, kRamPages * kPageBytes}, entries_.data());
    for (std::uint64_t page = 0x40100000; page != 0x41900000; page += kPageBytes) {
      core_.pages.find({page})->owner = kOwnerKCore;
    }
    cpus().count = 4;
    for (unsigned n = 0; n < 4; ++n) {
      cpus().cpus[n].number = n;
      cpus().cpus[n].affinity = n;
    }
    cpus().cpus[0].power = Power::on;
  }
  CpuTable& cpus() { return g_kcore.cpus; }
  std::int64_t call(std::uint64_t function, std::uint64_t x1 = 0, std::uint64_t x2 = 0,
                    std::uint64_t x3 = 0) {
    return handle_firmware_call(cpus(), core_, cpus().cpus[0], {function, x1, x2, x3});
  }
  const std::vector<fake::FirmwareRequest>& requests() { return fake::processor.requests; }

  static constexpr std::uint64_t kRamPages = 0x4000;
  std::vector<Page> entries_ = std::vector<Page>(kRamPages);
  Core core_;
};

TEST_F(FirmwareCallOfTheKernel, CpuOnStartsTheCoreInKCore) {
  EXPECT_EQ(call(kCpuOn64, 2, kEntry, kContext), kSuccess);
  ASSERT_EQ(requests().size(), 1u);
  EXPECT_EQ(requests()[0].function, kCpuOn64);
  EXPECT_EQ(requests()[0].x1, 2u);
  EXPECT_EQ(requests()[0].x2, arch::secondary_entry().value);
  EXPECT_EQ(requests()[0].x3, physical(&cpus().cpus[2]).value);
  EXPECT_EQ(cpus().cpus[2].power, Power::starting);
}

TEST_F(FirmwareCallOfTheKernel, CpuOnCleansWhatTheNewCoreReadsWithoutCachesBeforeItStarts) {
  call(kCpuOn64, 2, kEntry, kContext);
  ASSERT_EQ(fake::processor.steps.size(), 2u);
  EXPECT_EQ(fake::processor.steps[0].op, fake::Op::clean);
  EXPECT_EQ(fake::processor.steps[0].value, physical(&cpus().cpus[2]).value);
  EXPECT_EQ(fake::processor.steps[1].op, fake::Op::firmware);
}

TEST_F(FirmwareCallOfTheKernel, AnArrivingCoreFindsWhatItWasStartedWith) {
  call(kCpuOn64, 2, kEntry, kContext);
  const KernelEntry start = arrive(cpus(), cpus().cpus[2]);
  EXPECT_EQ(start.entry.value, kEntry);
  EXPECT_EQ(start.context, kContext);
  EXPECT_EQ(cpus().cpus[2].power, Power::on);
}

TEST_F(FirmwareCallOfTheKernel, CpuOnIntoKCoreIsAnInvalidAddress) {
  EXPECT_EQ(call(kCpuOn64, 1, 0x40100000), kInvalidAddress);
  EXPECT_EQ(call(kCpuOn64, 1, 0x418ffffc), kInvalidAddress);
  EXPECT_TRUE(requests().empty());
  EXPECT_EQ(cpus().cpus[1].power, Power::off);
}

TEST_F(FirmwareCallOfTheKernel, CpuOnIntoAPageOfAVmIsAnInvalidAddressUnlessItIsGranted) {
  core_.pages.find({kEntry})->owner = 3;
  EXPECT_EQ(call(kCpuOn64, 1, kEntry), kInvalidAddress);
  core_.pages.find({kEntry})->count = kExported;
  EXPECT_EQ(call(kCpuOn64, 1, kEntry), kInvalidAddress);
  EXPECT_TRUE(requests().empty());
  core_.pages.find({kEntry})->count = 1;
  EXPECT_EQ(call(kCpuOn64, 1, kEntry), kSuccess);
}

TEST_F(FirmwareCallOfTheKernel, CpuOnOutsideRamOrMisalignedIsAnInvalidAddress) {
  EXPECT_EQ(call(kCpuOn64, 1, 0x09000000), kInvalidAddress);
  EXPECT_EQ(call(kCpuOn64, 1, kEntry + 2), kInvalidAddress);
  EXPECT_TRUE(requests().empty());
}

TEST_F(FirmwareCallOfTheKernel, CpuOnOfAnUnknownCoreIsInvalid) {
  EXPECT_EQ(call(kCpuOn64, 4, kEntry), kInvalidParameters);
  EXPECT_EQ(call(kCpuOn64, 1ull << 31 | 1, kEntry),
            kInvalidParameters);  // a bit that is no affinity
  EXPECT_TRUE(requests().empty());
}

TEST_F(FirmwareCallOfTheKernel, CpuOnOfARunningOrStartingCoreDoesNotTouchIt) {
  EXPECT_EQ(call(kCpuOn64, 0, kEntry), kAlreadyOn);
  call(kCpuOn64, 1, kEntry, 1);
  EXPECT_EQ(call(kCpuOn64, 1, kEntry + 0x1000, 2), kOnPending);
  EXPECT_EQ(requests().size(), 1u);
  EXPECT_EQ(arrive(cpus(), cpus().cpus[1]).entry.value, kEntry);
}

TEST_F(FirmwareCallOfTheKernel, CpuOnThatTheMachineRefusesLeavesTheCoreOff) {
  fake::processor.firmware = [](const auto&) { return std::int64_t{-6}; };
  EXPECT_EQ(call(kCpuOn64, 1, kEntry), -6);
  EXPECT_EQ(cpus().cpus[1].power, Power::off);
}

TEST_F(FirmwareCallOfTheKernel, CpuOn32UsesTheLowHalvesOfItsArguments) {
  EXPECT_EQ(call(kCpuOn32, 0xffff'ffff'0000'0001, 0xdead'0000'0000'0000 | kEntry, 0x1'0000'0005),
            kSuccess);
  const KernelEntry start = arrive(cpus(), cpus().cpus[1]);
  EXPECT_EQ(start.entry.value, kEntry);
  EXPECT_EQ(start.context, 5u);
}

TEST_F(FirmwareCallOfTheKernel, CpuOffIsOffBeforeTheMachineHearsOfIt) {
  fake::processor.firmware = [&](const auto&) {
    EXPECT_EQ(cpus().cpus[0].power, Power::off);
    return std::int64_t{-3};
  };
  EXPECT_EQ(call(kCpuOff), -3);  // refused: still here
  EXPECT_EQ(cpus().cpus[0].power, Power::on);
}

TEST_F(FirmwareCallOfTheKernel, SuspendToPowerDownComesBackThroughKCore) {
  EXPECT_EQ(call(kCpuSuspend64, 1 << 16, kEntry, kContext), kSuccess);
  EXPECT_EQ(requests()[0].x2, arch::secondary_entry().value);
  EXPECT_EQ(requests()[0].x3, physical(&cpus().cpus[0]).value);
  EXPECT_EQ(arrive(cpus(), cpus().cpus[0]).entry.value, kEntry);
}

TEST_F(FirmwareCallOfTheKernel, SuspendToPowerDownIntoKCoreIsRefused) {
  EXPECT_EQ(call(kCpuSuspend64, 1 << 16, 0x40100000), kInvalidAddress);
  EXPECT_TRUE(requests().empty());
}

TEST_F(FirmwareCallOfTheKernel, StandbyNeverUsesTheKernelsEntryPoint) {
  EXPECT_EQ(call(kCpuSuspend64, 0, 0x40100000), kSuccess);
  EXPECT_EQ(requests()[0].x2, arch::secondary_entry().value);
}

TEST_F(FirmwareCallOfTheKernel, HarmlessFunctionsAreRelayed) {
  fake::processor.firmware = [](const auto&) { return std::int64_t{0x10001}; };
  for (const auto function :
       {kVersion, kAffinityInfo64, kMigrateInfoType, kSystemOff, kSystemReset}) {
    EXPECT_EQ(call(function, 1, 0), 0x10001);
    EXPECT_EQ(requests().back().function, function);
  }
}

TEST_F(FirmwareCallOfTheKernel, FeaturesTellsOfRelayedFunctionsOnly) {
  EXPECT_EQ(call(kFeatures, kCpuOn64), kSuccess);
  EXPECT_EQ(requests().size(), 1u);
  EXPECT_EQ(call(kFeatures, 0xc400'0012), kNotSupported);  // SYSTEM_RESET2
  EXPECT_EQ(call(kFeatures, 0x8000'0000), kNotSupported);  // SMCCC_VERSION
  EXPECT_EQ(requests().size(), 1u);
}

TEST_F(FirmwareCallOfTheKernel, EverythingElseNeverReachesTheMachine) {
  for (const std::uint64_t function : {0x8400'0005ull, 0xc400'0005ull, 0x8000'0000ull,
                                       0x8600'ff01ull, 0x0ull, 0xc400'0011ull, 0xffff'ffffull}) {
    EXPECT_EQ(call(function, 1, 2, 3), kNotSupported) << std::hex << function;
  }
  EXPECT_TRUE(requests().empty());
}

}  // namespace
}  // namespace armature::kcore
