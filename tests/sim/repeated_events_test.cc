// Going back in time: listeners hear each event once.
#include <gtest/gtest.h>

#include <vector>

#include "sim/event/bus.h"

namespace armature {
namespace {

struct Heard : EventListener {
  void on_event(const Event& event) override { places.emplace_back(event.sequence, event.sub); }
  std::vector<std::pair<std::uint64_t, std::uint32_t>> places;
};

TEST(RepeatedEvents, AreNumberedButNotTold) {
  EventBus bus;
  Heard heard;
  bus.add(heard, event_bit(EventKind::barrier) | event_bit(EventKind::write));
  const auto run = [&](unsigned events) {
    for (unsigned n = 0; n < events; ++n) {
      bus.publish(EventKind::barrier);
      bus.publish(EventKind::write);
    }
  };
  const EventBus::Place start = bus.place();
  run(3);
  const EventBus::Place end = bus.place();
  bus.restore_place(start);
  bus.mute_until(end);
  run(4);
  EXPECT_EQ(bus.sequence(), 4u);
  const decltype(heard.places) expected{{1, 0}, {1, 1}, {2, 0}, {2, 1},
                                        {3, 0}, {3, 1}, {4, 0}, {4, 1}};
  EXPECT_EQ(heard.places, expected);
}

}  // namespace
}  // namespace armature
