// Random registers and random tables: the MMU against the reference walker. A failure prints its
// seed and step; both replay it.
#include <map>
#include <random>

#include "mmu/explanation.h"
#include "tests/mmu/mmu_fixture.h"
#include "tests/mmu/reference_walker.h"

namespace armature::mmu::test {
namespace {

class RandomWalk : public MmuTest {
 protected:
  explicit RandomWalk(const char* preset_name = "cortex-a57") : MmuTest(preset_name, 1) {}
  // All tables lie in 1 MB of random descriptors.
  static constexpr std::uint64_t kBase = 0x4040'0000, kBytes = 1 << 20;

  std::uint64_t random_descriptor(bool big_endian) {
    const std::uint64_t dice = random();
    std::uint64_t d = kBase + (random() % kBytes & ~0xfffull);
    if (dice % 64 == 0) d |= 1ull << (32 + random() % 16);  // address size, or nowhere
    d |= dice % 100 < 5 ? random() % 2 * 2 : dice % 100 < 30 ? 1 : 3;
    d |= random() % 40 != 0 ? kAf : 0;
    d |= random() & (0x3full << 2 | 3ull << 8 | 1ull << 11);
    if (random() % 4 != 0) d |= 3ull << 6;     // both stages: EL0, or readable and writable
    if (random() % 4 != 0) d &= ~(1ull << 7);  // stage 1 writable (stage 2 read only)
    if (random() % 8 == 0) d |= random() & (3ull << 53);
    if (random() % 8 == 0) d |= random() & (0xfull << 59);
    return big_endian ? __builtin_bswap64(d) : d;
  }
  void randomise_memory(bool big_endian) {
    for (std::uint64_t at = 0; at < kBytes; at += 8)
      poke(kBase + at, random_descriptor(big_endian));
  }
  std::uint64_t root() { return kBase + random() % kBytes; }

  TranslationContext random_context(bool big_endian) {
    TranslationContext c;
    c.regime = random() % 4 == 0 ? Regime::el2 : Regime::el10;
    c.el = c.regime == Regime::el2 ? El::el2 : random() % 2 == 0 ? El::el1 : El::el0;
    c.sctlr = random() & (kSctlrC | kSctlrI | kSctlrWxn);
    if (random() % 8 != 0) c.sctlr |= kSctlrM;
    if (big_endian) c.sctlr |= kSctlrEe, c.sctlr_el2 |= kSctlrEe;
    const auto txsz = [&] { return random() % 16 == 0 ? random() % 64 : 16 + random() % 24; };
    c.tcr = random() & (3ull << 37 | 1ull << 36 | 1ull << 22 | 0xfull << 8 | 0xfull << 24);
    c.tcr |= txsz() | txsz() << 16;
    if (random() % 8 == 0) c.tcr |= random() & (1ull << 7 | 1ull << 23);
    c.tcr |= (random() % 2) << 14 | (random() % 2 == 0 ? 2ull : 3ull) << 30;
    const std::uint64_t ps = random() % 4 == 0 ? random() % 8 : 5;
    if (c.regime == Regime::el2) {
      c.tcr = (c.tcr & 0xffff) | ps << 16 | random() % 2 << 20;
    } else {
      c.tcr |= ps << 32;
    }
    c.ttbr0 = root() | random() % 4 << 48;
    c.ttbr1 = root() | random() % 4 << 48;
    if (random() % 32 == 0) c.ttbr0 |= 1ull << 47;
    c.mair = random() % 2 == 0 ? random() : 0xff'44'04'bb'ff'ff'ff'00;
    c.has_el2 = random() % 16 != 0;
    c.hcr = c.has_el2 && random() % 2 == 0 ? kHcrVm : 0;
    if (c.has_el2 && random() % 4 == 0) {
      c.hcr |= random() & (kHcrPtw | kHcrCd | kHcrId);
      if (random() % 4 == 0) c.hcr |= random() & (kHcrDc | kHcrTge);
    }
    // Mostly sizes that fit.
    constexpr std::uint64_t kFits[] = {
        24 | 1 << 6,           32 | 1 << 6,           34 | 0 << 6,           20 | 2 << 6,
        22 | 1 << 6 | 1 << 14, 32 | 1 << 6 | 1 << 14, 20 | 2 << 6 | 1 << 14, 36 | 1 << 14};
    c.vtcr = random() % 8 == 0 ? random() & 0x40ff : kFits[random() % std::size(kFits)];
    c.vtcr |= random() & 0xf00;
    c.vtcr |= (random() % 4 == 0 ? random() % 8 : 5) << 16;
    c.vttbr = root() | random() % 4 << 48;
    if (random() % 2 == 0) {  // a stage 2 that lets most walks through
      c.vttbr = root2 | random() % 4 << 48;
      c.vtcr = kFits[0] | (c.vtcr & 0xf00) | 5ull << 16;
      c.sctlr_el2 = 0;
    }
    return c;
  }
  std::uint64_t random_va(const TranslationContext& c) {
    std::uint64_t va = random();
    const std::uint64_t dice = random() % 16;
    if (dice < 2) return va;
    const bool high = c.regime == Regime::el10 && random() % 2 == 0;
    const unsigned size = 64 - static_cast<unsigned>(high ? c.tcr >> 16 & 63 : c.tcr & 63);
    va = size >= 64 ? va : va & ((1ull << size) - 1);
    if (dice < 5) va = kBase + va % kBytes;
    if (high) va |= size >= 64 ? 0 : ~((1ull << size) - 1);
    return va;
  }
  AccessDescriptor random_access(const TranslationContext& c) {
    AccessDescriptor access;
    access.privileged = c.el != El::el0 && (c.el == El::el2 || random() % 4 != 0);
    switch (random() % 6) {
      case 0:
        access.kind = AccessKind::cache_maintenance;
        break;
      case 1:
        access.kind = AccessKind::cache_maintenance;
        access.write = true;
        break;
      case 2:
        access = store(access.privileged);
        access.zeroing = true;
        break;
      case 3:
      case 4:
        access = store(access.privileged);
        break;
      default:
        break;
    }
    return access;
  }

  // Only what the caches already hold may differ from a fresh walk: memory stays as it is within a
  // round, so nothing may.
  void run(std::uint64_t seed, unsigned rounds) {
    random.seed(seed);
    identity_stage2();
    for (std::uint64_t page = 0; page < kBytes; page += 0x1'0000) {
      map2(kRam + page, kBase + page, kAf | (random() & 0x3fc) | kS2Ro);
    }
    std::map<FaultType, unsigned> seen;
    unsigned through_stage2 = 0, faults_of_stage2 = 0, faults_on_stage1_walks = 0;
    for (unsigned round = 0; round < rounds; ++round) {
      const bool big_endian = round % 8 == 7;
      if (round % 8 == 0 || round % 8 == 7) randomise_memory(big_endian);
      queue->issue({.op = tlb::TlbiOp::alle1});
      queue->issue({.op = tlb::TlbiOp::alle2});
      queue->window_end();
      const TranslationContext c = random_context(big_endian);
      std::vector<std::uint64_t> vas;
      for (unsigned step = 0; step < 60; ++step) {
        // Old addresses come back, to be hit; EPD and VTCR faults apply to misses only, and do.
        std::uint64_t va = !vas.empty() && random() % 3 == 0
                               ? vas[random() % vas.size()] + random() % 64
                               : random_va(c);
        vas.push_back(va);
        AccessDescriptor access = random_access(c);
        const bool is_fetch = random() % 4 == 0;
        if (is_fetch) {
          access = {.kind = AccessKind::fetch, .privileged = c.el != El::el0};
          va &= ~3ull;
        }
        const unsigned bytes = 1u << random() % 4;
        Reference reference{
            c,
            {[&](std::uint64_t address) -> const std::uint8_t* { return memory.host({address}); }},
            preset.physical_address_bits,
            access,
            va % bytes == 0};
        const Reference::Answer expected = reference.translate(va);
        const auto result = is_fetch ? fetch(c, va) : data(c, va, access, bytes);
        const std::string where = "seed " + std::to_string(seed) + " round " +
                                  std::to_string(round) + " step " + std::to_string(step);
        ASSERT_EQ(result ? FaultRecord{} : result.error(), expected.fault) << where;
        if (va % bytes == 0) {
          const WalkExplanation told = explain_walk(c, {va}, access, preset, memory, *caches);
          ASSERT_EQ(told.fault.value_or(FaultRecord{}), expected.fault) << where;
          if (!expected.faulted()) {
            ASSERT_EQ(told.pa.value, expected.address) << where;
            ASSERT_EQ(told.attributes, expected.attributes) << where;
          }
        }
        ++seen[expected.fault.type];
        faults_of_stage2 += expected.fault.stage == Stage::stage2;
        faults_on_stage1_walks += expected.fault.s2fs1walk;
        through_stage2 += result && reference.s1_enabled() && reference.s2_enabled();
        if (!result) continue;
        ASSERT_EQ(result->pa.value, expected.address) << where;
        ASSERT_EQ(result->attributes, expected.attributes) << where;
      }
    }
    // A run that never got through, or never failed in some way, would prove nothing.
    for (const FaultType type :
         {FaultType::none, FaultType::translation, FaultType::address_size, FaultType::access_flag,
          FaultType::permission, FaultType::alignment, FaultType::synchronous_external_on_walk}) {
      EXPECT_GT(seen[type], rounds / 8) << static_cast<int>(type);
    }
    EXPECT_GT(through_stage2, rounds);
    EXPECT_GT(faults_of_stage2, rounds);
    EXPECT_GT(faults_on_stage1_walks, rounds / 4);
    EXPECT_GT(mmu().statistics(TlbStructure::l1_data).hits, rounds);
  }

  std::mt19937_64 random;
};

class RandomWalkOnA53 : public RandomWalk {
 protected:
  RandomWalkOnA53() : RandomWalk("cortex-a53") {}
};

TEST_F(RandomWalk, AgreesWithTheReferenceWalker) {
  for (std::uint64_t seed = 1; seed <= 3; ++seed) run(seed, 400);
}
TEST_F(RandomWalkOnA53, AgreesWithTheReferenceWalker) { run(11, 400); }

}  // namespace
}  // namespace armature::mmu::test
