// An independent statement of where data is: explicit bytes in every L1I, L1D, L2 line and in
// memory, moved by the rules of the README. Which line a replacement picks is taken from the
// events; what happens to its data is not. Long seeded runs compare every value read and every
// line's three values; in half of the runs the cores also write through the rights they were
// granted without asking the hierarchy, as the L0 filter does.
#include <map>
#include <optional>
#include <random>

#include "tests/cache/machine_fixture.h"

namespace armature::cache {
namespace {

struct Copy {
  Line data{};
  bool dirty = false;
};

struct ModelLine {
  Line memory{};
  std::optional<Copy> l2;
  std::array<std::optional<Copy>, 4> l1d;
  std::array<std::optional<Line>, 4> l1i;
};

class ValueModel {
 public:
  Line coherent(std::uint64_t pa) {
    ModelLine& line = lines_[pa];
    for (auto& copy : line.l1d) {
      if (copy && copy->dirty) return copy->data;
    }
    return pou(pa);
  }
  Line pou(std::uint64_t pa) { return lines_[pa].l2 ? lines_[pa].l2->data : lines_[pa].memory; }
  Line poc(std::uint64_t pa) { return lines_[pa].memory; }

  void fill_l2(ModelLine& line) {
    if (!line.l2) line.l2 = Copy{line.memory, false};
  }
  void drain_l1d(ModelLine& line) {
    for (auto& copy : line.l1d) {
      if (!copy || !copy->dirty) continue;
      line.l2 = Copy{copy->data, true};
      copy->dirty = false;
    }
  }
  Line read(unsigned core, std::uint64_t pa) {
    ModelLine& line = lines_[pa];
    if (!line.l1d[core]) {
      fill_l2(line);
      drain_l1d(line);
      line.l1d[core] = Copy{line.l2->data, false};
    }
    return line.l1d[core]->data;
  }
  void write(unsigned core, std::uint64_t pa, unsigned offset, std::uint8_t value) {
    ModelLine& line = lines_[pa];
    if (!line.l1d[core] || !line.l1d[core]->dirty) {
      read(core, pa);
      for (unsigned other = 0; other < line.l1d.size(); ++other) {
        if (other != core) line.l1d[other].reset();
      }
    }
    line.l1d[core]->dirty = true;
    line.l1d[core]->data[offset] = value;
  }
  Line walk(unsigned core, std::uint64_t pa) {
    ModelLine& line = lines_[pa];
    if (line.l1d[core]) return line.l1d[core]->data;
    fill_l2(line);
    drain_l1d(line);
    return line.l2->data;
  }
  Line fetch(unsigned core, std::uint64_t pa) {
    ModelLine& line = lines_[pa];
    if (!line.l1i[core]) {
      fill_l2(line);
      line.l1i[core] = line.l2->data;
    }
    return *line.l1i[core];
  }
  void write_uncached(std::uint64_t pa, unsigned offset, std::uint8_t value) {
    lines_[pa].memory[offset] = value;
  }
  void dma_write(std::uint64_t pa, unsigned offset, std::uint8_t value) {
    Line data = coherent(pa);
    data[offset] = value;
    ModelLine& line = lines_[pa];
    for (auto& copy : line.l1d) copy.reset();
    if (line.l2) line.l2 = Copy{data, false};
    line.memory = data;
  }
  void clean_pou(std::uint64_t pa) { drain_l1d(lines_[pa]); }
  void clean_poc(std::uint64_t pa) {
    drain_l1d(lines_[pa]);
    write_back_l2(pa);
  }
  void write_back_l2(std::uint64_t pa) {
    ModelLine& line = lines_[pa];
    if (!line.l2 || !line.l2->dirty) return;
    line.memory = line.l2->data;
    line.l2->dirty = false;
  }
  void drop_data(std::uint64_t pa) {
    for (auto& copy : lines_[pa].l1d) copy.reset();
    lines_[pa].l2.reset();
  }
  void drop_l1d(unsigned core, std::uint64_t pa, bool keep_dirty) {
    ModelLine& line = lines_[pa];
    ASSERT_TRUE(line.l1d[core]) << "the hierarchy dropped a line that was not there";
    if (keep_dirty && line.l1d[core]->dirty) line.l2 = Copy{line.l1d[core]->data, true};
    line.l1d[core].reset();
  }
  void clean_l1d(unsigned core, std::uint64_t pa) {
    if (lines_[pa].l1d[core] && lines_[pa].l1d[core]->dirty) drain_l1d(lines_[pa]);
  }
  void drop_l1i(unsigned core, std::uint64_t pa) { lines_[pa].l1i[core].reset(); }
  void drop_l1i(unsigned core) {
    for (auto& [pa, line] : lines_) line.l1i[core].reset();
  }
  // Replacement of a line, seen as an event.
  void replaced(Level level, unsigned core, std::uint64_t pa) {
    if (level == Level::l1_instruction) {
      drop_l1i(core, pa);
    } else if (level == Level::l1_data) {
      drop_l1d(core, pa, true);
    } else {
      clean_poc(pa);
      for (auto& copy : lines_[pa].l1d) ASSERT_FALSE(copy) << "L2 is not inclusive";
      lines_[pa].l2.reset();
    }
  }
  const std::map<std::uint64_t, ModelLine>& lines() const { return lines_; }

 private:
  std::map<std::uint64_t, ModelLine> lines_;
};

// Rights handed out by read(), write() and fetch(), kept until the observer hears otherwise.
struct Grants : LineObserver {
  struct Right {
    std::uint8_t* data;
    std::uint64_t pa;
  };
  void l1d_line_lost(unsigned slot) override {
    reads.erase(slot);
    writes.erase(slot);
  }
  void l1d_write_lost(unsigned slot) override { writes.erase(slot); }
  void l1i_line_lost(unsigned slot) override { code.erase(slot); }
  void monitor_cleared() override {}
  std::map<unsigned, Right> reads, writes;
  std::map<unsigned, std::pair<const std::uint8_t*, std::uint64_t>> code;
};

struct Trial {
  Trial(const CpuPreset& preset, unsigned count, std::uint64_t seed, bool use_grants)
      : random(seed), cores(count), grants_used(use_grants) {
    memory.add("ram", kRam, kRamBytes, true);
    caches = std::make_unique<Hierarchy>(preset, count, seed, memory, events);
    for (unsigned core = 0; core < count; ++core) {
      caches->set_observer(id(core), &grants[core]);
    }
    events.add(log, ~0ull);
  }
  static CoreId id(unsigned core) { return CoreId{static_cast<std::uint8_t>(core)}; }
  // 4 sets of 12 lines each: more than any cache of the small presets holds.
  std::uint64_t pick_line() { return kRam.value + (random() % 12) * 64 * 64 + (random() % 4) * 64; }

  // Evictions of other lines than the one operated on are replacements: the model follows them.
  void follow(std::uint64_t operated) {
    for (const Event& e : log.events) {
      if (e.kind != EventKind::cache_evict || e.a == operated) continue;
      model.replaced(static_cast<Level>(e.d & 15), e.d >> 8 & 0xff, e.a);
    }
  }

  void check_grants(unsigned core) {
    for (const auto& [slot, right] : grants[core].reads) {
      ASSERT_EQ(0, std::memcmp(right.data, model.coherent(right.pa).data(), 64));
      ASSERT_TRUE(model.lines().at(right.pa).l1d[core]) << "a right outlived its line";
    }
    for (const auto& [slot, right] : grants[core].writes) {
      ASSERT_TRUE(model.lines().at(right.pa).l1d[core]->dirty) << "a write right on a clean line";
    }
    for (const auto& [slot, right] : grants[core].code) {
      ASSERT_EQ(0, std::memcmp(right.first, model.fetch(core, right.second).data(), 64));
    }
  }

  void step();
  void set_way();
  void check_all();

  std::mt19937_64 random;
  unsigned cores;
  bool grants_used;
  MemoryMap memory;
  EventBus events;
  Log log;
  std::array<Grants, 4> grants;
  std::unique_ptr<Hierarchy> caches;
  ValueModel model;
  Cycles cost;
};

void Trial::step() {
  const unsigned core = static_cast<unsigned>(random() % cores);
  const std::uint64_t pa = pick_line();
  const unsigned offset = static_cast<unsigned>(random() % 64);
  const auto value = static_cast<std::uint8_t>(random());
  const PhysicalAddress address{pa + offset};
  log.events.clear();
  switch (random() % 16) {
    case 0:
    case 1:
    case 2:
    case 3: {
      if (grants_used && !grants[core].reads.empty() && random() % 2 == 0) return;  // a fast hit
      const DataLine line = caches->read(id(core), address, cost);
      follow(pa);
      grants[core].reads[line.slot] = {line.data, pa};
      ASSERT_EQ(0, std::memcmp(line.data, model.read(core, pa).data(), 64));
      return;
    }
    case 4:
    case 5:
    case 6: {
      if (grants_used && !grants[core].writes.empty() && random() % 2 == 0) {
        auto it = grants[core].writes.begin();
        std::advance(it, static_cast<long>(random() % grants[core].writes.size()));
        it->second.data[offset] = value;
        model.write(core, it->second.pa, offset, value);
        return;
      }
      const DataLine line = caches->write(id(core), address, cost);
      line.data[offset] = value;
      follow(pa);
      grants[core].reads[line.slot] = grants[core].writes[line.slot] = {line.data, pa};
      model.write(core, pa, offset, value);
      return;
    }
    case 7: {
      const FetchLine line = caches->fetch(id(core), address, cost);
      follow(pa);
      grants[core].code[line.slot] = {line.data, pa};
      ASSERT_EQ(0, std::memcmp(line.data, model.fetch(core, pa).data(), 64));
      return;
    }
    case 8: {
      const std::uint64_t got = caches->walk_read(id(core), address, cost);
      follow(pa);
      std::uint64_t expected = 0;
      std::memcpy(&expected, model.walk(core, pa).data() + (offset & 56), 8);
      ASSERT_EQ(got, expected);
      return;
    }
    case 9: {
      std::uint8_t got = 0;
      caches->read_uncached(id(core), address, {&got, 1}, cost);
      ASSERT_EQ(got, model.poc(pa)[offset]);
      return;
    }
    case 10:
      caches->write_uncached(id(core), address, {&value, 1}, cost);
      model.write_uncached(pa, offset, value);
      return;
    case 11:
      if (random() % 2 == 0) {
        std::uint8_t got = 0;
        caches->dma_read(address, {&got, 1});
        ASSERT_EQ(got, model.coherent(pa)[offset]);
      } else {
        caches->dma_write(address, {&value, 1});
        model.dma_write(pa, offset, value);
      }
      return;
    case 12: {
      const auto op = static_cast<DataOp>(random() % 4);
      caches->data_by_address(id(core), address, op, cost);
      if (op == DataOp::clean_pou) model.clean_pou(pa);
      if (op == DataOp::clean_poc || op == DataOp::clean_invalidate_poc) model.clean_poc(pa);
      if (op == DataOp::invalidate_poc || op == DataOp::clean_invalidate_poc) model.drop_data(pa);
      return;
    }
    case 13:
      set_way();
      return;
    case 14:
      caches->instruction_by_address(address);
      for (unsigned c = 0; c < cores; ++c) model.drop_l1i(c, pa);
      return;
    default:
      if (random() % 8 != 0) return;
      if (random() % 2 == 0) {
        caches->instruction_all(id(core));
        model.drop_l1i(core);
      } else {
        caches->instruction_all_inner_shareable();
        for (unsigned c = 0; c < cores; ++c) model.drop_l1i(c);
      }
  }
}

// Which line sits in a way is the hierarchy's business: the events say what was hit.
void Trial::set_way() {
  const unsigned core = static_cast<unsigned>(random() % cores);
  const std::array<DataOp, 3> ops{DataOp::clean_poc, DataOp::invalidate_poc,
                                  DataOp::clean_invalidate_poc};
  const DataOp op = ops[random() % 3];
  const std::uint64_t level = random() % 2;
  const std::uint64_t set = random() % 4;
  const std::uint64_t way = random() % 4;
  caches->data_by_set_way(id(core), way << 30 | set << 6 | level << 1, op, cost);
  const bool keep = op != DataOp::invalidate_poc;
  for (const Event& e : log.events) {
    const auto cache = static_cast<Level>(e.d & 15);
    const unsigned target = e.d >> 8 & 0xff;
    if (e.kind == EventKind::cache_writeback && cache == Level::l1_data) {
      ASSERT_TRUE(keep);
      model.clean_l1d(target, e.a);
    } else if (e.kind == EventKind::cache_writeback) {
      ASSERT_TRUE(keep);
      ASSERT_EQ(level, 1u);
      model.write_back_l2(e.a);
    } else if (e.kind == EventKind::cache_evict && cache == Level::l1_data) {
      model.drop_l1d(target, e.a, keep);
    } else if (e.kind == EventKind::cache_evict) {
      model.drop_data(e.a);
    }
  }
}

void Trial::check_all() {
  Line got;
  for (const auto& [pa, line] : model.lines()) {
    caches->coherent_value({pa}, got);
    ASSERT_EQ(got, model.coherent(pa)) << "coherent value of line " << std::hex << pa;
    caches->pou_value({pa}, got);
    ASSERT_EQ(got, model.pou(pa)) << "PoU value of line " << std::hex << pa;
    caches->poc_value({pa}, got);
    ASSERT_EQ(got, model.poc(pa)) << "PoC value of line " << std::hex << pa;
  }
  for (unsigned core = 0; core < cores; ++core) {
    check_grants(core);
    std::uint64_t l1d = 0;
    std::uint64_t l1i = 0;
    for (const auto& [pa, line] : model.lines()) {
      l1d += line.l1d[core] ? 1 : 0;
      l1i += line.l1i[core] ? 1 : 0;
    }
    ASSERT_EQ(caches->resident_lines(Level::l1_data, id(core)), l1d);
    ASSERT_EQ(caches->resident_lines(Level::l1_instruction, id(core)), l1i);
    const auto& s = caches->statistics(id(core));
    ASSERT_EQ(l1d, s.l1d_fills - s.l1d_evictions - s.l1d_invalidations);
    ASSERT_EQ(l1i, s.l1i_fills - s.l1i_evictions - s.l1i_invalidations);
    ASSERT_EQ(s.l1d_fills, s.l1d_misses);
    ASSERT_EQ(s.l1i_fills, s.l1i_misses);
  }
  const auto& s = caches->shared_statistics();
  ASSERT_EQ(caches->resident_lines(Level::l2, CoreId{0}),
            s.l2_fills - s.l2_evictions - s.l2_invalidations);
  ASSERT_EQ(s.l2_fills, s.l2_misses);
}

void run(const CpuPreset& preset, unsigned cores, std::uint64_t seed, bool use_grants) {
  Trial trial(preset, cores, seed, use_grants);
  for (unsigned n = 0; n < 30'000; ++n) {
    trial.step();
    if (n % 16 == 0 || n < 200) trial.check_all();
    if (testing::Test::HasFatalFailure()) FAIL() << "seed " << seed << ", step " << n;
  }
  EXPECT_GT(trial.caches->shared_statistics().l2_evictions, 100u);
}

TEST(ValueModel, EveryValueAgreesWithExplicitCopiesUnderNru) {
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    run(small_preset(Replacement::nru), 2 + seed % 3, seed, seed % 2 == 0);
  }
}
TEST(ValueModel, EveryValueAgreesWithExplicitCopiesUnderRandomReplacement) {
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    run(small_preset(Replacement::random), 2 + seed % 3, seed, seed % 2 == 0);
  }
}
TEST(ValueModel, EveryValueAgreesWithExplicitCopiesUnderRoundRobin) {
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    run(small_preset(Replacement::round_robin), 2 + seed % 3, seed, seed % 2 == 0);
  }
}
TEST(ValueModel, TheSixteenWayLookUpAgreesToo) {
  CpuPreset preset = small_preset();
  preset.l2 = {64 * 16 * 64, 16, Replacement::random};
  preset.l1d = {64 * 16 * 64, 16, Replacement::nru};
  Trial sixteen(preset, 3, 5, true);
  for (unsigned n = 0; n < 20'000; ++n) {
    sixteen.step();
    if (n % 16 == 0) sixteen.check_all();
    if (testing::Test::HasFatalFailure()) FAIL() << "step " << n;
  }
}

// Rights used or not, the hierarchy must take the same decisions (design invariant 4).
TEST(FastPath, HitsThatSkipTheHierarchyChangeNoEventAndNoCost) {
  for (const auto policy : {Replacement::nru, Replacement::random, Replacement::round_robin}) {
    Trial slow(small_preset(policy), 3, 9, false);
    Trial fast(small_preset(policy), 3, 9, false);
    std::mt19937_64 random(11);
    for (unsigned n = 0; n < 50'000; ++n) {
      const unsigned core = static_cast<unsigned>(random() % 3);
      const PhysicalAddress pa{slow.pick_line()};
      const bool write = random() % 3 == 0;
      const auto access = [&](Trial& r, bool filter) {
        auto& rights = write ? r.grants[core].writes : r.grants[core].reads;
        for (const auto& [slot, right] : rights) {
          if (filter && right.pa == pa.value) return;
        }
        const DataLine line = write ? r.caches->write(Trial::id(core), pa, r.cost)
                                    : r.caches->read(Trial::id(core), pa, r.cost);
        r.grants[core].reads[line.slot] = {line.data, pa.value};
        if (write) r.grants[core].writes[line.slot] = {line.data, pa.value};
      };
      access(slow, false);
      access(fast, true);
    }
    ASSERT_EQ(slow.log.events.size(), fast.log.events.size());
    for (std::size_t n = 0; n < slow.log.events.size(); ++n) {
      ASSERT_EQ(0, std::memcmp(&slow.log.events[n], &fast.log.events[n], sizeof(Event)));
    }
    EXPECT_EQ(slow.cost, fast.cost);
    EXPECT_GT(slow.caches->statistics(CoreId{0}).l1d_accesses,
              fast.caches->statistics(CoreId{0}).l1d_accesses);
    EXPECT_EQ(slow.caches->statistics(CoreId{0}).l1d_misses,
              fast.caches->statistics(CoreId{0}).l1d_misses);
  }
}

TEST(Snapshot, ARestoredHierarchyContinuesAsTheSavedOne) {
  Trial original(small_preset(), 3, 21, false);
  for (unsigned n = 0; n < 5'000; ++n) original.step();
  std::vector<std::uint8_t> saved;
  original.caches->save(saved);

  Trial restored(small_preset(), 3, 77, false);
  std::memcpy(restored.memory.host(kRam), original.memory.host(kRam), kRamBytes);
  std::span<const std::uint8_t> in(saved);
  restored.caches->load(in);
  EXPECT_TRUE(in.empty());
  std::vector<std::uint8_t> again;
  restored.caches->save(again);
  EXPECT_EQ(saved, again);

  restored.model = original.model;
  restored.random = original.random;
  original.log.events.clear();
  for (unsigned n = 0; n < 5'000; ++n) {
    original.step();
    restored.step();
    restored.check_all();
    ASSERT_FALSE(testing::Test::HasFatalFailure()) << n;
    ASSERT_EQ(original.log.events.size(), restored.log.events.size());
  }
  std::vector<std::uint8_t> one, two;
  original.caches->save(one);
  restored.caches->save(two);
  EXPECT_EQ(one, two);
}

}  // namespace
}  // namespace armature::cache
