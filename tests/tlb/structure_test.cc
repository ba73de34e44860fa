// The containers: lookup, fill, replacement, counts, snapshots. Both kinds are compared with a list
// that is searched from end to end.
#include <gtest/gtest.h>

#include <optional>
#include <random>
#include <vector>

#include "sim/base/user_error.h"
#include "tlb/micro.h"
#include "tlb/set_associative.h"

namespace armature::tlb {
namespace {

Entry page(std::uint64_t input, std::uint64_t sequence, Asid asid = {1}, bool global = false,
           unsigned size_log2 = 12) {
  Entry entry;
  entry.size_log2 = entry.stage1_size_log2 = static_cast<std::uint8_t>(size_log2);
  entry.input = input >> size_log2 << size_log2;
  entry.output = input ^ 0xabc000;
  entry.asid = asid;
  entry.global = global;
  entry.sequence = sequence;
  return entry;
}

ContextWord context(Asid asid, Vmid vmid = {}, EntryKind kind = EntryKind::stage1_only) {
  return ContextWord::query(Regime::el10, kind, vmid, asid);
}

void put_in(SetAssociativeTlb& tlb, const Entry& entry) {
  const Entry* victim = nullptr;
  tlb.fill(tlb.choose(entry, victim), entry);
}
void put_in(MicroTlb& tlb, const Entry& entry) {
  const Entry* victim = nullptr;
  tlb.fill(tlb.choose(victim), entry);
}

TEST(Lookup, NeedsTheAsidUnlessTheEntryIsGlobal) {
  SetAssociativeTlb tlb({16, 4});
  put_in(tlb, page(0x1000, 1, {1}));
  put_in(tlb, page(0x2000, 2, {1}, true));
  EXPECT_NE(tlb.find(0x1234, context({1})), nullptr);
  EXPECT_EQ(tlb.find(0x1234, context({2})), nullptr);
  EXPECT_NE(tlb.find(0x2234, context({2})), nullptr);
}

TEST(Lookup, NeedsTheVmidAlsoForGlobalEntries) {
  SetAssociativeTlb tlb({16, 4});
  put_in(tlb, page(0x2000, 1, {1}, true));
  EXPECT_EQ(tlb.find(0x2000, context({1}, {7})), nullptr);
}

TEST(Lookup, NeedsTheKindAndTheRegime) {
  MicroTlb tlb(8);
  put_in(tlb, page(0x1000, 1));
  EXPECT_EQ(tlb.find(0x1000, context({1}, {}, EntryKind::combined)), MicroTlb::kNone);
  EXPECT_EQ(tlb.find(0x1000, ContextWord::query(Regime::el2, EntryKind::stage1_only, {}, {1})),
            MicroTlb::kNone);
  EXPECT_NE(tlb.find(0x1000, context({1})), MicroTlb::kNone);
}

TEST(Lookup, FindsABlockAtAnyAddressAndNotBeyond) {
  MicroTlb tlb(8);
  put_in(tlb, page(0x4020'0000, 1, {1}, false, 21));
  EXPECT_NE(tlb.find(0x403f'ffff, context({1})), MicroTlb::kNone);
  EXPECT_EQ(tlb.find(0x4040'0000, context({1})), MicroTlb::kNone);
  EXPECT_EQ(tlb.find(0x401f'ffff, context({1})), MicroTlb::kNone);
}

TEST(Lookup, PrefersTheEntryThatWasFilledFirst) {
  SetAssociativeTlb shared({16, 4});
  MicroTlb micro(8);
  put_in(shared, page(0x4020'0000, 5, {1}, true, 21));
  put_in(shared, page(0x4020'3000, 9, {1}));
  put_in(micro, page(0x4020'0000, 5, {1}, true, 21));
  put_in(micro, page(0x4020'3000, 9, {1}));
  EXPECT_EQ(shared.find(0x4020'3000, context({1}))->sequence, 5u);
  EXPECT_EQ(micro.entry(micro.find(0x4020'3000, context({1}))).sequence, 5u);
}

TEST(MicroTlb, ReplacesRoundRobinOnceFull) {
  MicroTlb tlb(4);
  for (std::uint64_t n = 0; n < 4; ++n) put_in(tlb, page(n << 12, n));
  for (std::uint64_t n = 4; n < 10; ++n) {
    (void)tlb.find((n - 4) << 12, context({1}));  // a hit must not save an entry
    const Entry* victim = nullptr;
    const unsigned slot = tlb.choose(victim);
    ASSERT_NE(victim, nullptr);
    EXPECT_EQ(victim->input, (n - 4) << 12);
    tlb.fill(slot, page(n << 12, n));
  }
  EXPECT_EQ(tlb.resident(), 4u);
}

TEST(MicroTlb, ForgetsARememberedLookupWhenItsEntryIsReplaced) {
  MicroTlb tlb(1);
  put_in(tlb, page(0x1000, 1));
  ASSERT_EQ(tlb.find(0x1000, context({1})), 0u);
  put_in(tlb, page(0x5000, 2));
  EXPECT_EQ(tlb.find(0x1000, context({1})), MicroTlb::kNone);
  EXPECT_EQ(tlb.find(0x5000, context({1})), 0u);
}

TEST(MicroTlb, ForgetsARememberedLookupWhenItsEntryIsInvalidated) {
  MicroTlb tlb(4);
  put_in(tlb, page(0x1000, 1));
  ASSERT_EQ(tlb.find(0x1000, context({1})), 0u);
  EXPECT_EQ(tlb.invalidate({.op = TlbiOp::vmalle1}, [](unsigned, const Entry&) {}), 1u);
  EXPECT_EQ(tlb.find(0x1000, context({1})), MicroTlb::kNone);
}

TEST(SetAssociativeTlb, EvictsOnlyWithinTheSetOfTheNewEntry) {
  SetAssociativeTlb tlb({4, 2});
  put_in(tlb, page(0x1000, 1));
  put_in(tlb, page(0x5000, 2));  // same set: page numbers 1 and 5, four sets
  put_in(tlb, page(0x2000, 3));
  const Entry* victim = nullptr;
  (void)tlb.choose(page(0x9000, 4), victim);
  ASSERT_NE(victim, nullptr);
  EXPECT_EQ(victim->input, 0x1000u);
}

TEST(SetAssociativeTlb, ReplacesRoundRobinWithinTheSet) {
  SetAssociativeTlb tlb({4, 2});
  std::vector<std::uint64_t> victims;
  for (std::uint64_t n = 0; n < 6; ++n) {
    const Entry entry = page(n * 0x4000, n);  // one set
    const Entry* victim = nullptr;
    const unsigned slot = tlb.choose(entry, victim);
    if (victim != nullptr) victims.push_back(victim->sequence);
    tlb.fill(slot, entry);
  }
  EXPECT_EQ(victims, (std::vector<std::uint64_t>{0, 1, 2, 3}));
}

TEST(SetAssociativeTlb, FindsSplinteredPiecesOutsideTheSetOfTheOperand) {
  SetAssociativeTlb tlb({64, 4});
  for (std::uint64_t n = 0; n < 32; ++n) {
    Entry piece = page(0x4000'0000 + (n << 12), n);
    piece.kind = EntryKind::combined;
    piece.stage1_size_log2 = 21;
    put_in(tlb, piece);
  }
  const auto dropped = tlb.invalidate(
      {.op = TlbiOp::vae1, .operand = 0x4000'0000 >> 12 | 1ull << 48}, [](const Entry&) {});
  EXPECT_EQ(dropped, 32u);
  EXPECT_EQ(tlb.resident(), 0u);
}

// ---- against a list

bool matches(const Entry& entry, std::uint64_t address, std::uint16_t asid, std::uint16_t vmid,
             EntryKind kind) {
  return address >> entry.size_log2 == entry.input >> entry.size_log2 && entry.vmid.value == vmid &&
         entry.kind == kind && (entry.global || entry.asid.value == asid);
}

template <typename Tlb>
void compare_with_a_list(Tlb tlb, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<Entry> list;
  const unsigned sizes[] = {12, 12, 16, 21};
  const EntryKind kinds[] = {EntryKind::stage1_only, EntryKind::stage2_only, EntryKind::combined};
  for (std::uint64_t step = 1; step < 20000; ++step) {
    const std::uint64_t address = (random() % 1024) << 12;
    const auto asid = static_cast<std::uint16_t>(random() % 3);
    const auto vmid = static_cast<std::uint16_t>(random() % 2);
    const EntryKind kind = kinds[random() % 3];
    std::optional<Entry> expected;
    for (const Entry& entry : list) {
      if (matches(entry, address, asid, vmid, kind) &&
          (!expected || entry.sequence < expected->sequence)) {
        expected = entry;
      }
    }
    const Entry* found = nullptr;
    if constexpr (std::is_same_v<Tlb, MicroTlb>) {
      const unsigned slot = tlb.find(address, context({asid}, {vmid}, kind));
      if (slot != MicroTlb::kNone) found = &tlb.entry(slot);
    } else {
      found = tlb.find(address, context({asid}, {vmid}, kind));
    }
    ASSERT_EQ(found != nullptr, expected.has_value()) << "seed " << seed << " step " << step;
    if (found != nullptr) {
      ASSERT_EQ(*found, *expected);
    } else {
      Entry entry = page(address, step, {asid}, random() % 4 == 0, sizes[random() % 4]);
      entry.kind = kind;
      entry.vmid = {vmid};
      if (kind == EntryKind::combined && random() % 2 == 0) entry.stage1_size_log2 = 21;
      const Entry* victim = nullptr;
      unsigned slot = 0;
      if constexpr (std::is_same_v<Tlb, MicroTlb>) {
        slot = tlb.choose(victim);
      } else {
        slot = tlb.choose(entry, victim);
      }
      if (victim != nullptr) std::erase(list, *victim);
      tlb.fill(slot, entry);
      list.push_back(entry);
    }
    if (random() % 16 == 0) {
      const Invalidation invalidation{
          .op = static_cast<TlbiOp>(random() % static_cast<unsigned>(TlbiOp::count)),
          .operand = address >> 12 | std::uint64_t{asid} << 48,
          .vmid = {vmid}};
      if (invalidation.op == TlbiOp::alle1 && random() % 8 != 0) continue;
      const auto gone = std::erase_if(
          list, [&](const Entry& entry) { return is_removed_by(entry, invalidation); });
      unsigned dropped = 0;
      if constexpr (std::is_same_v<Tlb, MicroTlb>) {
        dropped = tlb.invalidate(invalidation, [](unsigned, const Entry&) {});
      } else {
        dropped = tlb.invalidate(invalidation, [](const Entry&) {});
      }
      ASSERT_EQ(dropped, gone) << tlbi_op_name(invalidation.op) << " seed " << seed;
    }
    ASSERT_EQ(tlb.resident(), list.size());
  }
}

TEST(MicroTlb, AnswersLikeAListForManySeeds) {
  for (std::uint64_t seed = 1; seed <= 4; ++seed) compare_with_a_list(MicroTlb(32), seed);
  compare_with_a_list(MicroTlb(64), 5);
}
TEST(SetAssociativeTlb, AnswersLikeAListForManySeeds) {
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    compare_with_a_list(SetAssociativeTlb({32, 4}), seed);
  }
}

// ---- snapshots

TEST(Snapshot, RestoresEntriesAndReplacement) {
  MicroTlb a(4);
  SetAssociativeTlb b({2, 2});
  for (std::uint64_t n = 0; n < 7; ++n) {
    put_in(a, page(n << 12, n));
    put_in(b, page(n << 12, n));
  }
  a.invalidate({.op = TlbiOp::vaae1, .operand = 5}, [](unsigned, const Entry&) {});
  std::vector<std::uint8_t> bytes;
  a.save(bytes);
  b.save(bytes);
  MicroTlb a2(4);
  SetAssociativeTlb b2({2, 2});
  put_in(a2, page(0x77000, 1));
  put_in(b2, page(0x77000, 1));
  std::span<const std::uint8_t> in(bytes);
  a2.load(in);
  b2.load(in);
  EXPECT_TRUE(in.empty());
  std::vector<std::uint8_t> again;
  a2.save(again);
  b2.save(again);
  EXPECT_EQ(bytes, again);
  EXPECT_EQ(a2.find(0x77000, context({1})), MicroTlb::kNone);
  for (std::uint64_t n = 20; n < 30; ++n) {
    const Entry* victims[2] = {};
    EXPECT_EQ(a.choose(victims[0]), a2.choose(victims[1]));
  }
}

TEST(Snapshot, OfAnotherGeometryOrCutShortIsRefused) {
  std::vector<std::uint8_t> bytes;
  MicroTlb(4).save(bytes);
  std::span<const std::uint8_t> in(bytes);
  MicroTlb other(5);
  EXPECT_THROW(other.load(in), UserError);
  MicroTlb same(4);
  std::span<const std::uint8_t> cut(bytes.data(), bytes.size() - 1);
  EXPECT_THROW(same.load(cut), UserError);
}

}  // namespace
}  // namespace armature::tlb
