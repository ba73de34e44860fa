// A debugger's stop points: what touches them, and how far an instruction reaches.
#include "cpu/stop_points.h"

#include <gtest/gtest.h>

#include "cpu/state.h"

namespace armature::cpu {
namespace {

TEST(StopPoints, AWatchpointIsTouchedByAnyOverlapAndByNothingBesideIt) {
  StopPoints stops;
  stops.watchpoints.push_back({0x1008, 8, false, true});
  EXPECT_NE(stops.watchpoint_at(0x1008, 1, true), nullptr);
  EXPECT_NE(stops.watchpoint_at(0x100f, 1, true), nullptr);
  EXPECT_NE(stops.watchpoint_at(0x1000, 16, true), nullptr);
  EXPECT_EQ(stops.watchpoint_at(0x1000, 8, true), nullptr);
  EXPECT_EQ(stops.watchpoint_at(0x1010, 8, true), nullptr);
  EXPECT_EQ(stops.watchpoint_at(0x1008, 8, false), nullptr);
}

TEST(StopPoints, TheTagByteOfAnAddressDoesNotCount) {
  StopPoints stops;
  stops.watchpoints.push_back({0x1008, 8, true, true});
  EXPECT_NE(stops.watchpoint_at(0xab00'0000'0000'1008, 4, false), nullptr);
}

TEST(StopPoints, OnlyLinesThatMayReachAWatchpointLoseTheirFastPath) {
  StopPoints stops;
  stops.watchpoints.push_back({0x1008, 8, true, true});
  EXPECT_TRUE(stops.line_may_reach_watchpoint(0x1030));
  EXPECT_TRUE(stops.line_may_reach_watchpoint(0xfc0));  // a long access may begin there
  EXPECT_FALSE(stops.line_may_reach_watchpoint(0x1040));
  EXPECT_FALSE(stops.line_may_reach_watchpoint(0xf80));
}

TEST(StopPoints, ABreakpointCountsAtItsExceptionLevels) {
  StopPoints stops;
  stops.breakpoints.push_back({0x2000, 1 << 2});
  EXPECT_NE(stops.breakpoint_at(0x2000, El::el2), nullptr);
  EXPECT_EQ(stops.breakpoint_at(0x2000, El::el1), nullptr);
  EXPECT_TRUE(stops.line_has_breakpoint(0x203c));
  EXPECT_FALSE(stops.line_has_breakpoint(0x2040));
}

TEST(StopPoints, TheFirstAccessOfAPairStandsForBoth) {
  CoreState state;
  state.x[0] = 0x1000;
  constexpr std::uint32_t kStp = 0xa9010801;      // stp x1, x2, [x0, #16]
  constexpr std::uint32_t kLdpPost = 0xa8c10801;  // ldp x1, x2, [x0], #16
  constexpr std::uint32_t kLdpQ = 0xad400801;     // ldp q1, q2, [x0]
  EXPECT_EQ(whole_access(kStp, state, 0x1010), 16u);
  EXPECT_EQ(whole_access(kStp, state, 0x1018), 0u);
  EXPECT_EQ(whole_access(kLdpPost, state, 0x1000), 16u);
  EXPECT_EQ(whole_access(kLdpQ, state, 0x1000), 32u);
}

TEST(StopPoints, TheFirstAccessOfStructuresStandsForAll) {
  CoreState state;
  state.x[3] = 0x2000;
  constexpr std::uint32_t kLd4 = 0x4c400860;  // ld4 {v0.4s - v3.4s}, [x3]
  constexpr std::uint32_t kLd1 = 0x0c407860;  // ld1 {v0.2s}, [x3]
  EXPECT_EQ(whole_access(kLd4, state, 0x2000), 64u);
  EXPECT_EQ(whole_access(kLd4, state, 0x2004), 0u);
  EXPECT_EQ(whole_access(kLd1, state, 0x2000), 8u);
  constexpr std::uint32_t kLdr = 0xf9400060;  // ldr x0, [x3]
  EXPECT_EQ(whole_access(kLdr, state, 0x2000), 0u);
}

}  // namespace
}  // namespace armature::cpu
