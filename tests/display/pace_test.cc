#include "platform/display/pace.h"

#include <gtest/gtest.h>

namespace armature::platform::display {
namespace {

Pace at_one_microsecond_a_second() {
  Pace pace;
  for (int n = 0; n < 5; ++n) pace.slower();
  return pace;
}

TEST(Pace, FullSpeedNeverWaits) {
  Pace pace;
  EXPECT_TRUE(pace.may_go_on(0, 0));
  EXPECT_TRUE(pace.may_go_on(~0ull, 0));
}

TEST(Pace, AMicrosecondASecondIsAThousandCyclesASecond) {
  Pace pace = at_one_microsecond_a_second();
  EXPECT_EQ(pace.name(), "1 us a second");
  EXPECT_TRUE(pace.may_go_on(5000, 10));  // counting starts
  EXPECT_FALSE(pace.may_go_on(6000, 10.5));
  EXPECT_TRUE(pace.may_go_on(6000, 11));
  EXPECT_FALSE(pace.may_go_on(6001, 11));
}

TEST(Pace, TheEndsOfTheScaleStayWhereTheyAre) {
  Pace pace = at_one_microsecond_a_second();
  pace.slower();
  EXPECT_EQ(pace.name(), "1 us a second");
  for (int n = 0; n < 9; ++n) pace.faster();
  EXPECT_EQ(pace.name(), "full speed");
}

TEST(Pace, APauseEarnsNoTime) {
  Pace pace = at_one_microsecond_a_second();
  EXPECT_TRUE(pace.may_go_on(0, 0));
  pace.begin_anew();
  EXPECT_TRUE(pace.may_go_on(1000, 100));
  EXPECT_FALSE(pace.may_go_on(2000, 100.5));
}

TEST(Pace, AnotherSpeedCountsFromItsBeginning) {
  Pace pace = at_one_microsecond_a_second();
  EXPECT_TRUE(pace.may_go_on(0, 0));
  pace.faster();
  EXPECT_TRUE(pace.may_go_on(50'000, 1));
  EXPECT_FALSE(pace.may_go_on(60'001, 2));
  EXPECT_TRUE(pace.may_go_on(60'000, 2));
}

}  // namespace
}  // namespace armature::platform::display
