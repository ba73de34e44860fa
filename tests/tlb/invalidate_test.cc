// One rule of "TLB maintenance instructions" a test: what an operation removes and what it leaves.
#include "tlb/invalidate.h"

#include <gtest/gtest.h>

namespace armature::tlb {
namespace {

constexpr std::uint64_t kVa = 0x0000'1234'5678'9000;
constexpr std::uint64_t kHighVa = 0xffff'8000'1000'2000;
constexpr std::uint64_t kIpa = 0x4567'8000;
constexpr Vmid kVmid{3}, kOtherVmid{4};
constexpr Asid kAsid{0x12}, kOtherAsid{0x13};

std::uint64_t by_va(std::uint64_t va, Asid asid = kAsid) {
  return bits(va, 55, 12) | std::uint64_t{asid.value} << 48;
}
std::uint64_t by_ipa(std::uint64_t ipa) { return ipa >> 12; }
std::uint64_t by_asid(Asid asid) { return std::uint64_t{asid.value} << 48; }

Entry leaf(EntryKind kind = EntryKind::stage1_only) {
  Entry entry;
  entry.kind = kind;
  entry.input = kind == EntryKind::stage2_only ? kIpa : kVa;
  entry.vmid = kVmid;
  entry.asid = kind == EntryKind::stage2_only ? Asid{} : kAsid;
  return entry;
}
Entry global_leaf() {
  Entry entry = leaf();
  entry.global = true;
  entry.asid = kOtherAsid;
  return entry;
}
// A level 2 table descriptor of 4 KB tables: 2 MB of input.
Entry table_pointer() {
  Entry entry = leaf();
  entry.size_log2 = entry.stage1_size_log2 = 21;
  entry.input = kVa >> 21 << 21;
  entry.table_pointer = true;
  return entry;
}
Entry el2_leaf() {
  Entry entry = leaf();
  entry.regime = Regime::el2;
  entry.vmid = {};
  entry.asid = {};
  entry.global = true;
  return entry;
}
Entry with_vmid(Entry entry, Vmid vmid) {
  entry.vmid = vmid;
  return entry;
}
Entry with_asid(Entry entry, Asid asid) {
  entry.asid = asid;
  return entry;
}
Entry at(Entry entry, std::uint64_t input) {
  entry.input = bits(input, 55, 0);
  return entry;
}
Entry sized(Entry entry, unsigned size_log2) {
  entry.size_log2 = entry.stage1_size_log2 = static_cast<std::uint8_t>(size_log2);
  entry.input = entry.input >> size_log2 << size_log2;
  return entry;
}

bool removes(TlbiOp op, std::uint64_t operand, const Entry& entry) {
  return is_removed_by(entry, {.op = op, .operand = operand, .vmid = kVmid});
}

constexpr TlbiOp kEl1VaOps[] = {TlbiOp::vae1, TlbiOp::vaae1, TlbiOp::vale1, TlbiOp::vaale1};
constexpr TlbiOp kVaOps[] = {TlbiOp::vae1,   TlbiOp::vaae1, TlbiOp::vale1,
                             TlbiOp::vaale1, TlbiOp::vae2,  TlbiOp::vale2};

// ---- VAE1

TEST(Vae1, RemovesTheEntryOfItsVaAndAsid) {
  EXPECT_TRUE(removes(TlbiOp::vae1, by_va(kVa), leaf()));
}
TEST(Vae1, RemovesCombinedEntries) {
  EXPECT_TRUE(removes(TlbiOp::vae1, by_va(kVa), leaf(EntryKind::combined)));
}
TEST(Vae1, RemovesGlobalEntriesWhateverTheirAsid) {
  EXPECT_TRUE(removes(TlbiOp::vae1, by_va(kVa), global_leaf()));
}
TEST(Vae1, LeavesOtherAsidsAlone) {
  EXPECT_FALSE(removes(TlbiOp::vae1, by_va(kVa, kOtherAsid), leaf()));
}
TEST(Vae1, LeavesOtherVmidsAlone) {
  EXPECT_FALSE(removes(TlbiOp::vae1, by_va(kVa), with_vmid(leaf(), kOtherVmid)));
  EXPECT_FALSE(removes(TlbiOp::vae1, by_va(kVa), with_vmid(global_leaf(), kOtherVmid)));
}
TEST(Vae1, LeavesTheNeighbouringPagesAlone) {
  EXPECT_FALSE(removes(TlbiOp::vae1, by_va(kVa + 0x1000), leaf()));
  EXPECT_FALSE(removes(TlbiOp::vae1, by_va(kVa - 0x1000), leaf()));
}
TEST(Vae1, RemovesTablePointersThatCoverTheVa) {
  EXPECT_TRUE(removes(TlbiOp::vae1, by_va(kVa), table_pointer()));
  EXPECT_TRUE(removes(TlbiOp::vae1, by_va((kVa >> 21 << 21) + 0x1ff000), table_pointer()));
}
TEST(Vae1, LeavesTablePointersOfOtherRangesAlone) {
  EXPECT_FALSE(removes(TlbiOp::vae1, by_va((kVa >> 21 << 21) + 0x200000), table_pointer()));
}
TEST(Vae1, NeedsTheAsidForTablePointers) {
  Entry pointer = table_pointer();
  pointer.global = true;  // no such entry is made; the rule must not lean on that
  EXPECT_FALSE(removes(TlbiOp::vae1, by_va(kVa, kOtherAsid), pointer));
}
TEST(Vae1, LeavesTheEl2RegimeAlone) {
  EXPECT_FALSE(removes(TlbiOp::vae1, by_va(kVa), with_vmid(el2_leaf(), kVmid)));
}
TEST(Vae1, FindsAddressesOfTheUpperHalf) {
  EXPECT_TRUE(removes(TlbiOp::vae1, by_va(kHighVa), at(leaf(), kHighVa)));
  EXPECT_FALSE(removes(TlbiOp::vae1, by_va(bits(kHighVa, 47, 0)), at(leaf(), kHighVa)));
}

// ---- VAAE1

TEST(Vaae1, RemovesEveryAsidOfItsVa) {
  EXPECT_TRUE(removes(TlbiOp::vaae1, by_va(kVa), leaf()));
  EXPECT_TRUE(removes(TlbiOp::vaae1, by_va(kVa), with_asid(leaf(), kOtherAsid)));
  EXPECT_TRUE(removes(TlbiOp::vaae1, by_va(kVa), global_leaf()));
}
TEST(Vaae1, RemovesTablePointersOfEveryAsid) {
  EXPECT_TRUE(removes(TlbiOp::vaae1, by_va(kVa), with_asid(table_pointer(), kOtherAsid)));
}
TEST(Vaae1, LeavesOtherVasAndVmidsAlone) {
  EXPECT_FALSE(removes(TlbiOp::vaae1, by_va(kVa + 0x1000), leaf()));
  EXPECT_FALSE(removes(TlbiOp::vaae1, by_va(kVa), with_vmid(leaf(), kOtherVmid)));
}

// ---- VALE1, VAALE1

TEST(Vale1, RemovesTheLastLevelOfItsVaAndAsidAndGlobals) {
  EXPECT_TRUE(removes(TlbiOp::vale1, by_va(kVa), leaf()));
  EXPECT_TRUE(removes(TlbiOp::vale1, by_va(kVa), leaf(EntryKind::combined)));
  EXPECT_TRUE(removes(TlbiOp::vale1, by_va(kVa), global_leaf()));
}
TEST(Vale1, LeavesTablePointersAlone) {
  EXPECT_FALSE(removes(TlbiOp::vale1, by_va(kVa), table_pointer()));
}
TEST(Vale1, LeavesOtherAsidsAlone) {
  EXPECT_FALSE(removes(TlbiOp::vale1, by_va(kVa, kOtherAsid), leaf()));
}
TEST(Vale1, RemovesBlocksWhichAreTheLastLevelOfTheirWalk) {
  EXPECT_TRUE(removes(TlbiOp::vale1, by_va(kVa), sized(leaf(), 21)));
}
TEST(Vaale1, RemovesTheLastLevelOfEveryAsid) {
  EXPECT_TRUE(removes(TlbiOp::vaale1, by_va(kVa), with_asid(leaf(), kOtherAsid)));
}
TEST(Vaale1, LeavesTablePointersAlone) {
  EXPECT_FALSE(removes(TlbiOp::vaale1, by_va(kVa), table_pointer()));
}

// ---- any operation by VA

TEST(InvalidateByVa, LeavesStage2OnlyEntriesAloneEvenAtTheSameNumber) {
  for (const TlbiOp op : kVaOps) {
    EXPECT_FALSE(removes(op, by_va(kVa), at(leaf(EntryKind::stage2_only), kVa)))
        << tlbi_op_name(op);
  }
}
TEST(InvalidateByVa, HitsABlockAtAnyOfItsAddresses) {
  for (const TlbiOp op : kEl1VaOps) {
    for (const unsigned size_log2 : {16u, 21u, 29u, 30u}) {
      const Entry block = sized(leaf(), size_log2);
      const std::uint64_t last = block.input + (1ull << size_log2) - 0x1000;
      EXPECT_TRUE(removes(op, by_va(block.input), block)) << tlbi_op_name(op);
      EXPECT_TRUE(removes(op, by_va(last), block)) << tlbi_op_name(op);
      EXPECT_FALSE(removes(op, by_va(last + 0x1000), block)) << tlbi_op_name(op);
      EXPECT_FALSE(removes(op, by_va(block.input - 0x1000), block)) << tlbi_op_name(op);
    }
  }
}
TEST(InvalidateByVa, IgnoresOperandBits15To12WithThe64KGranule) {
  const Entry page = sized(leaf(), 16);
  for (std::uint64_t low = 0; low < 0x10000; low += 0x1000) {
    EXPECT_TRUE(removes(TlbiOp::vae1, by_va((kVa >> 16 << 16) + low), page));
  }
}
TEST(InvalidateByVa, HitsEveryPieceOfAStage1BlockThatStage2Splintered) {
  Entry piece = leaf(EntryKind::combined);
  piece.stage1_size_log2 = 21;
  EXPECT_TRUE(removes(TlbiOp::vae1, by_va((kVa >> 21 << 21) + 0x3000), piece));
  EXPECT_FALSE(removes(TlbiOp::vae1, by_va((kVa >> 21 << 21) + 0x200000), piece));
}

// ---- ASIDE1

TEST(Aside1, RemovesAllNonGlobalEntriesOfTheAsid) {
  EXPECT_TRUE(removes(TlbiOp::aside1, by_asid(kAsid), leaf()));
  EXPECT_TRUE(removes(TlbiOp::aside1, by_asid(kAsid), at(leaf(), kHighVa)));
  EXPECT_TRUE(removes(TlbiOp::aside1, by_asid(kAsid), leaf(EntryKind::combined)));
}
TEST(Aside1, RemovesTablePointersOfTheAsid) {
  EXPECT_TRUE(removes(TlbiOp::aside1, by_asid(kAsid), table_pointer()));
}
TEST(Aside1, LeavesGlobalEntriesAlone) {
  EXPECT_FALSE(removes(TlbiOp::aside1, by_asid(kOtherAsid), global_leaf()));
}
TEST(Aside1, LeavesOtherAsidsVmidsAndStage2Alone) {
  EXPECT_FALSE(removes(TlbiOp::aside1, by_asid(kOtherAsid), leaf()));
  EXPECT_FALSE(removes(TlbiOp::aside1, by_asid(kAsid), with_vmid(leaf(), kOtherVmid)));
  EXPECT_FALSE(removes(TlbiOp::aside1, by_asid({}), leaf(EntryKind::stage2_only)));
}
TEST(Aside1, ComparesEightBitsForEntriesFilledWithTcrAsZero) {
  Entry narrow = leaf();
  narrow.asid_is_8_bits = true;
  const Asid with_upper_byte{static_cast<std::uint16_t>(0xab00 | kAsid.value)};
  EXPECT_TRUE(removes(TlbiOp::aside1, by_asid(with_upper_byte), narrow));
  EXPECT_FALSE(removes(TlbiOp::aside1, by_asid(with_upper_byte), leaf()));
}

// ---- VMALLE1, VMALLS12E1, ALLE1

TEST(Vmalle1, RemovesStage1AndCombinedEntriesOfTheVmid) {
  for (const Entry& entry : {leaf(), leaf(EntryKind::combined), global_leaf(), table_pointer(),
                             with_asid(leaf(), kOtherAsid)}) {
    EXPECT_TRUE(removes(TlbiOp::vmalle1, 0, entry));
  }
}
TEST(Vmalle1, LeavesStage2OnlyEntriesAlone) {
  EXPECT_FALSE(removes(TlbiOp::vmalle1, 0, leaf(EntryKind::stage2_only)));
}
TEST(Vmalle1, LeavesOtherVmidsAlone) {
  EXPECT_FALSE(removes(TlbiOp::vmalle1, 0, with_vmid(leaf(), kOtherVmid)));
}
TEST(Vmalle1, LeavesTheEl2RegimeAlone) {
  EXPECT_FALSE(removes(TlbiOp::vmalle1, 0, with_vmid(el2_leaf(), kVmid)));
}
TEST(Vmalls12e1, RemovesBothStagesOfTheVmid) {
  for (const Entry& entry : {leaf(), leaf(EntryKind::combined), leaf(EntryKind::stage2_only),
                             global_leaf(), table_pointer()}) {
    EXPECT_TRUE(removes(TlbiOp::vmalls12e1, 0, entry));
  }
}
TEST(Vmalls12e1, LeavesOtherVmidsAlone) {
  for (const Entry& entry : {leaf(), leaf(EntryKind::combined), leaf(EntryKind::stage2_only),
                             global_leaf(), table_pointer()}) {
    EXPECT_FALSE(removes(TlbiOp::vmalls12e1, 0, with_vmid(entry, kOtherVmid)));
  }
}
TEST(Vmalls12e1, LeavesTheEl2RegimeAlone) {
  EXPECT_FALSE(removes(TlbiOp::vmalls12e1, 0, with_vmid(el2_leaf(), kVmid)));
}
TEST(Alle1, RemovesEverythingOfEveryVmid) {
  for (const Entry& entry : {leaf(), leaf(EntryKind::combined), leaf(EntryKind::stage2_only),
                             global_leaf(), table_pointer()}) {
    EXPECT_TRUE(removes(TlbiOp::alle1, 0, entry));
    EXPECT_TRUE(removes(TlbiOp::alle1, 0, with_vmid(entry, kOtherVmid)));
  }
}
TEST(Alle1, LeavesTheEl2RegimeAlone) { EXPECT_FALSE(removes(TlbiOp::alle1, 0, el2_leaf())); }

// ---- IPAS2E1, IPAS2LE1

TEST(Ipas2e1, RemovesTheStage2OnlyEntryOfTheIpa) {
  for (const TlbiOp op : {TlbiOp::ipas2e1, TlbiOp::ipas2le1}) {
    EXPECT_TRUE(removes(op, by_ipa(kIpa), leaf(EntryKind::stage2_only)));
  }
}
TEST(Ipas2e1, NeverRemovesCombinedOrStage1Entries) {
  for (const TlbiOp op : {TlbiOp::ipas2e1, TlbiOp::ipas2le1}) {
    Entry through_it = at(leaf(EntryKind::combined), kIpa);
    through_it.ipa = kIpa;
    EXPECT_FALSE(removes(op, by_ipa(kIpa), through_it));
    EXPECT_FALSE(removes(op, by_ipa(kIpa), at(leaf(), kIpa)));
    EXPECT_FALSE(removes(op, by_ipa(kIpa), at(table_pointer(), kIpa)));
  }
}
TEST(Ipas2e1, LeavesOtherIpasAndVmidsAlone) {
  for (const TlbiOp op : {TlbiOp::ipas2e1, TlbiOp::ipas2le1}) {
    EXPECT_FALSE(removes(op, by_ipa(kIpa + 0x1000), leaf(EntryKind::stage2_only)));
    EXPECT_FALSE(removes(op, by_ipa(kIpa), with_vmid(leaf(EntryKind::stage2_only), kOtherVmid)));
  }
}
TEST(Ipas2e1, HitsAStage2BlockAtAnyOfItsAddresses) {
  for (const TlbiOp op : {TlbiOp::ipas2e1, TlbiOp::ipas2le1}) {
    const Entry block = sized(leaf(EntryKind::stage2_only), 30);
    EXPECT_TRUE(removes(op, by_ipa(block.input + 0x3fff'f000), block));
    EXPECT_FALSE(removes(op, by_ipa(block.input + 0x4000'0000), block));
  }
}

// ---- EL2

TEST(Alle2, RemovesTheWholeEl2RegimeAndNothingElse) {
  EXPECT_TRUE(removes(TlbiOp::alle2, 0, el2_leaf()));
  EXPECT_FALSE(removes(TlbiOp::alle2, 0, leaf()));
  EXPECT_FALSE(removes(TlbiOp::alle2, 0, leaf(EntryKind::stage2_only)));
}
TEST(Vae2, RemovesItsVaWhateverAsidAndVmidAreCurrent) {
  EXPECT_TRUE(removes(TlbiOp::vae2, by_va(kVa, kOtherAsid), el2_leaf()));
}
TEST(Vae2, RemovesTablePointers) {
  Entry pointer = table_pointer();
  pointer.regime = Regime::el2;
  EXPECT_TRUE(removes(TlbiOp::vae2, by_va(kVa), pointer));
}
TEST(Vae2, LeavesOtherVasAndTheEl10RegimeAlone) {
  EXPECT_FALSE(removes(TlbiOp::vae2, by_va(kVa + 0x1000), el2_leaf()));
  EXPECT_FALSE(removes(TlbiOp::vae2, by_va(kVa), leaf()));
}
TEST(Vale2, RemovesOnlyTheLastLevel) {
  Entry pointer = table_pointer();
  pointer.regime = Regime::el2;
  EXPECT_TRUE(removes(TlbiOp::vale2, by_va(kVa), el2_leaf()));
  EXPECT_FALSE(removes(TlbiOp::vale2, by_va(kVa), pointer));
  EXPECT_FALSE(removes(TlbiOp::vale2, by_va(kVa), leaf()));
}

TEST(TlbiNames, AreTheManualsWithoutIs) {
  EXPECT_EQ(tlbi_op_name(TlbiOp::vmalls12e1), "VMALLS12E1");
  EXPECT_EQ(tlbi_op_name(TlbiOp::vale2), "VALE2");
}

}  // namespace
}  // namespace armature::tlb
