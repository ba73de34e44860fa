// The L0 filter: what takes its grants away. Each is asked for with readable() and writable(), which
// answer without the model.
#include "tests/cpu/core_fixture.h"

namespace armature::cpu::testing {
namespace {

class Grants : public CoreFixture {
 protected:
  void SetUp() override {
    enter(El::el1);
    map_stage1(El::el1, kCode, kCode, 2 << 20);
    enable_stage1(El::el1);
    for (unsigned n = 0; n < kPages; ++n) map_stage1(El::el1, page(n), page(n), kFrameBytes);
  }
  static std::uint64_t page(unsigned n) { return kFar + n * kFrameBytes; }
  void load(std::uint64_t va) {
    execute([va](Core& core, const Insn&) {
      std::uint64_t value = 0;
      return core.load(va, value) ? Outcome::next : Outcome::fault;
    });
  }
  void store(std::uint64_t va) {
    execute([va](Core& core, const Insn&) {
      return core.store(va, va) ? Outcome::next : Outcome::fault;
    });
  }
  bool is_readable(std::uint64_t va) { return core().readable<std::uint64_t>(va) != nullptr; }
  bool is_writable(std::uint64_t va) { return core().writable<std::uint64_t>(va) != nullptr; }

  static constexpr std::uint64_t kFar = 0x4080'0000;
  static constexpr unsigned kPages = 80;
};

TEST_F(Grants, APageThatLeavesTheMicroTlbTakesAllOfItsGrantsAlong) {
  for (const unsigned lines : {1u, 2u, 3u, 15u, 16u, 64u}) {
    for (unsigned n = 0; n < lines; ++n) {
      load(page(0) + n * kLineBytes);
      store(page(0) + n * kLineBytes + 8);
    }
    EXPECT_TRUE(is_readable(page(0) + (lines - 1) * kLineBytes));
    EXPECT_TRUE(is_writable(page(0) + (lines - 1) * kLineBytes));
    const unsigned slots = preset.l1_dtlb.sets * preset.l1_dtlb.ways;
    for (unsigned n = 1; n <= slots; ++n) load(page(n));
    for (unsigned n = 0; n < 64; ++n) {
      EXPECT_FALSE(is_readable(page(0) + n * kLineBytes)) << n << " of " << lines;
      EXPECT_FALSE(is_writable(page(0) + n * kLineBytes)) << n << " of " << lines;
    }
  }
}

TEST_F(Grants, ALineThatIsEvictedTakesItsGrantsAlong) {
  const std::uint64_t stride = preset.l1d.bytes / preset.l1d.ways;
  ASSERT_EQ(preset.l1d.ways, 2);
  const auto line = [&](unsigned n) { return page(0) + n * stride; };
  store(line(0));
  load(line(0));
  load(line(1));
  EXPECT_TRUE(is_readable(line(0)) && is_writable(line(0)) && is_readable(line(1)));
  load(line(2));  // both were referenced: neither may be hit without the model now
  EXPECT_FALSE(is_readable(line(0)) || is_writable(line(0)));
  EXPECT_FALSE(is_readable(line(1)));
  EXPECT_TRUE(is_readable(line(2)));
  load(line(3));  // in the place of line 1, which has not been referenced since
  EXPECT_TRUE(is_readable(line(2)));
  EXPECT_TRUE(is_readable(line(3)));
}

TEST_F(Grants, ALineThatIsCleanedKeepsItsGrantToRead) {
  store(page(0));
  load(page(0));
  Cycles cost{};
  caches->data_by_address(core().id, {page(0)}, cache::DataOp::clean_poc, cost);
  EXPECT_TRUE(is_readable(page(0)));
  EXPECT_FALSE(is_writable(page(0)));
}

}  // namespace
}  // namespace armature::cpu::testing
