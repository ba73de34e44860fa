#include "hyp/kserv/vgic.h"

#include <gtest/gtest.h>

#include "hyp/abi/calls.h"

namespace armature::kserv {
namespace {

constexpr std::uint64_t kPendingState = 1ull << 62, kActiveState = 1ull << 63, kHw = 1ull << 61;
constexpr std::uint64_t kCtlr = 0, kIsenabler1 = 0x104, kIgroupr1 = 0x84, kIcfgr2 = 0xc08,
                        kIpriorityr = 0x400, kIrouter = 0x6000;
constexpr std::uint64_t kSgiFrame = 0x10000, kFrame = 0x20000;
constexpr unsigned kUart = 33;

class VgicTest : public testing::Test {
 protected:
  void SetUp() override {
    gic_.reset(2, 2);
    gic_.write_distributor(kCtlr, 4, 0b10);
    for (unsigned v = 0; v < 2; ++v) {
      gic_.write_redistributor(v * kFrame + kSgiFrame + 0x80, 4, ~0u);
      gic_.write_redistributor(v * kFrame + kSgiFrame + 0x100, 4, ~0u);
    }
    gic_.write_distributor(kIgroupr1, 4, ~0u);
    gic_.write_distributor(kIsenabler1, 4, ~0u);
  }
  abi::MailboxIn prepare(unsigned vcpu) {
    abi::MailboxIn in{};
    timer_active_ = gic_.prepare(vcpu, in);
    return in;
  }
  void leave(unsigned vcpu, std::uint64_t lr0, std::uint64_t lr1 = 0) {
    abi::MailboxOut out{};
    out.list_registers[0] = lr0;
    out.list_registers[1] = lr1;
    gic_.collect(vcpu, out);
  }
  Vgic gic_;
  bool timer_active_ = false;
};

TEST_F(VgicTest, AnSgiReachesItsTargetsOnly) {
  EXPECT_EQ(gic_.send_sgi(0, abi::SgiRegister::icc_sgi1r, 3u << 24 | 0b10), 0b10u);
  EXPECT_EQ(prepare(0).list_register_count, 0u);
  const abi::MailboxIn in = prepare(1);
  ASSERT_EQ(in.list_register_count, 1u);
  EXPECT_EQ(in.list_registers[0] & 0x3ff, 3u);
  EXPECT_NE(in.list_registers[0] & kPendingState, 0u);
}

TEST_F(VgicTest, AnSgiToAllButSelfLeavesTheSenderAlone) {
  EXPECT_EQ(gic_.send_sgi(1, abi::SgiRegister::icc_sgi1r, 1ull << 40), 0b01u);
}

TEST_F(VgicTest, AGroup0RegisterMakesNoGroup1Sgi) {
  EXPECT_EQ(gic_.send_sgi(0, abi::SgiRegister::icc_sgi0r, 0b10), 0u);
  EXPECT_FALSE(gic_.has_pending(1));
}

TEST_F(VgicTest, ALevelIsPendingUntilTheWireFalls) {
  EXPECT_EQ(gic_.set_line(0, kUart, true), 0b01u);
  const std::uint64_t lr = prepare(0).list_registers[0];
  leave(0, (lr & ~kPendingState) | kActiveState);  // taken
  EXPECT_EQ(prepare(0).list_registers[0] >> 62, 0b11u);
  leave(0, 0);  // ended, the wire is still up
  EXPECT_TRUE(gic_.has_pending(0));
  gic_.set_line(0, kUart, false);
  EXPECT_FALSE(gic_.has_pending(0));
  EXPECT_EQ(prepare(0).list_register_count, 0u);
}

TEST_F(VgicTest, AnEdgeIsTakenOnce) {
  gic_.write_distributor(kIcfgr2, 4, 0b10 << 2);
  gic_.set_line(0, kUart, true);
  prepare(0);
  leave(0, 0);
  EXPECT_FALSE(gic_.has_pending(0));
}

TEST_F(VgicTest, AnEdgeThatWasNotTakenComesBack) {
  gic_.write_distributor(kIcfgr2, 4, 0b10 << 2);
  gic_.set_line(0, kUart, true);
  leave(0, prepare(0).list_registers[0]);
  EXPECT_TRUE(gic_.has_pending(0));
}

TEST_F(VgicTest, WhatOneVcpuHoldsNoOtherGets) {
  gic_.set_line(0, kUart, true);
  prepare(0);
  gic_.write_distributor(kIrouter + 8 * kUart, 8, 1);  // routed to vCPU 1 meanwhile
  EXPECT_EQ(prepare(1).list_register_count, 0u);
  leave(0, 0);
  EXPECT_EQ(prepare(1).list_register_count, 1u);
}

TEST_F(VgicTest, TheHighestPrioritiesComeFirstAndTheRestAsksForMaintenance) {
  for (unsigned n = 0; n < 3; ++n) {
    gic_.write_distributor(kIpriorityr + 40 + n, 1, 0x80 - 8 * n);
    gic_.set_line(0, 40 + n, true);
  }
  const abi::MailboxIn in = prepare(0);
  ASSERT_EQ(in.list_register_count, 2u);
  EXPECT_EQ(in.list_registers[0] & 0x3ff, 42u);
  EXPECT_EQ(in.list_registers[1] & 0x3ff, 41u);
  EXPECT_EQ(in.gic_flags, abi::kGicUnderflow);
}

TEST_F(VgicTest, TheTimerIsAHardwareInterruptAndNeverBothPendingAndActive) {
  gic_.set_line(1, abi::kVirtualTimerIntid, true);
  const std::uint64_t lr = prepare(1).list_registers[0];
  EXPECT_TRUE(timer_active_);
  EXPECT_NE(lr & kHw, 0u);
  EXPECT_EQ(lr >> 32 & 0x1fff, abi::kVirtualTimerIntid);
  leave(1, (lr & ~kPendingState) | kActiveState);
  EXPECT_EQ(prepare(1).list_registers[0] >> 62, 0b10u);
}

TEST_F(VgicTest, ATimerThatTheVmHasNotEnabledIsMaskedAllTheSame) {
  gic_.write_redistributor(kSgiFrame + 0x180, 4, 1u << abi::kVirtualTimerIntid);
  gic_.set_line(0, abi::kVirtualTimerIntid, true);
  EXPECT_EQ(prepare(0).list_register_count, 0u);
  EXPECT_TRUE(timer_active_);
}

TEST_F(VgicTest, ADisabledDistributorDeliversNothing) {
  gic_.write_distributor(kCtlr, 4, 0);
  EXPECT_EQ(gic_.set_line(0, kUart, true), 0u);
  EXPECT_EQ(prepare(0).list_register_count, 0u);
}

TEST_F(VgicTest, TheRedistributorsNameTheirVcpuAndTheLastSaysSo) {
  EXPECT_EQ(gic_.read_redistributor(8, 8), 0u);
  EXPECT_EQ(gic_.read_redistributor(kFrame + 8, 8), 1ull << 32 | 1u << 8 | 1u << 4);
  EXPECT_EQ(gic_.read_redistributor(kFrame + 12, 4), 1u);
}

TEST_F(VgicTest, OneFrameDoesNotReachTheOthersInterrupts) {
  gic_.write_redistributor(kSgiFrame + 0x180, 4, ~0u);
  EXPECT_EQ(gic_.read_redistributor(kSgiFrame + 0x100, 4), 0u);
  EXPECT_EQ(gic_.read_redistributor(kFrame + kSgiFrame + 0x100, 4), ~0u);
  EXPECT_EQ(gic_.read_distributor(0x100, 4), 0u);  // banked: not in the distributor
}

}  // namespace
}  // namespace armature::kserv
