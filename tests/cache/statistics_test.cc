// The counters under their public names.
#include "cache/statistics.h"

#include "tests/cache/machine_fixture.h"

namespace armature::cache {
namespace {

class Statistics : public Machine {
 protected:
  std::uint64_t value(const StatisticsRegistry& registry, std::string_view name) {
    for (const auto& s : registry.snapshot()) {
      if (s.name == name) return std::get<std::uint64_t>(s.value);
    }
    ADD_FAILURE() << "no statistic " << name;
    return 0;
  }
};

TEST_F(Statistics, FastHitsAreAccessesAndHits) {
  StatisticsRegistry registry;
  register_core_statistics(registry, *caches, kCore0, [](Level level) {
    return std::uint64_t{level == Level::l1_data ? 100u : 0u};
  });
  register_core_statistics(registry, *caches, kCore1);
  register_shared_statistics(registry, *caches);
  load(kCore0, x);
  load(kCore0, x);
  load(kCore1, x);
  EXPECT_EQ(value(registry, "core0.l1d.accesses"), 102u);
  EXPECT_EQ(value(registry, "core0.l1d.hits"), 101u);
  EXPECT_EQ(value(registry, "core0.l1d.misses"), 1u);
  EXPECT_EQ(value(registry, "core1.l1d.accesses"), 1u);
  EXPECT_EQ(value(registry, "core0.l1i.accesses"), 0u);
  EXPECT_EQ(value(registry, "l2.accesses"), 2u);
  EXPECT_EQ(value(registry, "l2.hits"), 1u);
  EXPECT_EQ(value(registry, "l2.resident"), 1u);
}

TEST_F(Statistics, EveryCoreHasItsOwnNames) {
  StatisticsRegistry registry;
  for (const CoreId core : {kCore0, kCore1, kCore2}) {
    register_core_statistics(registry, *caches, core);
  }
  fetch(kCore2, x);
  EXPECT_EQ(value(registry, "core2.l1i.fills"), 1u);
  EXPECT_EQ(value(registry, "core1.l1i.fills"), 0u);
}

}  // namespace
}  // namespace armature::cache
