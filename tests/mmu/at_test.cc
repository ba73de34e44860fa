// AT instructions and PAR_EL1.
#include "tests/mmu/mmu_fixture.h"

namespace armature::mmu::test {
namespace {

class At : public MmuTest {
 protected:
  static constexpr std::uint64_t kVa = 0x5000;
  Mmu::AtResult at(const TranslationContext& context, std::uint64_t va, bool stages12 = false,
                   AccessDescriptor access = load()) {
    return mmu().address_translate(context, {va}, stages12, access, cost);
  }
  // PAR_EL1 of a fault: F, FST, PTW, S and the RES1 bit 11.
  static std::uint64_t par_fault(unsigned fst, bool ptw = false, bool s2 = false) {
    return 1 | fst << 1 | std::uint64_t{ptw} << 8 | std::uint64_t{s2} << 9 | 1 << 11;
  }
};

TEST_F(At, SuccessShowsPageAttributesAndShareability) {
  map(kVa, kRam + 0x3000);
  const auto result = at(el1(), kVa + 0x123);
  EXPECT_EQ(result.par, 0xffull << 56 | (kRam + 0x3000) | 1 << 11 | 1 << 9 | 3 << 7);
  EXPECT_FALSE(result.trap);
}
TEST_F(At, SuccessOnDeviceMemoryShowsItsTypeAndOuterShareable) {
  map(kVa, kRam, kAf | kDevice);
  EXPECT_EQ(at(el1(), kVa).par, 0x04ull << 56 | kRam | 1 << 11 | 1 << 9 | 2 << 7);
}
TEST_F(At, TranslationFaultShowsItsStatusCode) {
  EXPECT_EQ(at(el1(), kVa).par, par_fault(0b000101));
  EXPECT_EQ(at(el1(), 1ull << 50).par, par_fault(0b000100));
}
TEST_F(At, ChecksThePermissionItIsAskedFor) {
  map(kVa, kRam, kLeaf | kReadOnly);
  EXPECT_EQ(at(el1(), kVa, false, store()).par, par_fault(0b001111));
  EXPECT_EQ(at(el1(), kVa, false, load(false)).par, par_fault(0b001111));
  EXPECT_EQ(at(el1(), kVa).par & 1, 0u);
}
TEST_F(At, Stage1AloneGivesTheIpa) {
  identity_stage2();
  map(kVa, 0x8000'0000);
  EXPECT_EQ(at(guest(), kVa).par & 0xffff'ffff'f001, 0x8000'0000u);
}
TEST_F(At, BothStagesGiveThePa) {
  identity_stage2();
  map(kVa, 0x8000'0000);
  map2(0x8000'0000, kRam + 0x4000, kAf | kInner | kS2Nc | kS2Ro);
  TranslationContext c = guest(El::el2);
  const auto result = at(c, kVa, true);
  EXPECT_EQ(result.par & 0xffff'ffff'f001, kRam + 0x4000);
  EXPECT_EQ(result.par >> 56, 0x44u);
  EXPECT_EQ(at(c, kVa, true, store()).par, par_fault(0b001111, false, true));
}
TEST_F(At, BothStagesWithStage2OffIsStage1) {
  map(kVa, kRam);
  EXPECT_EQ(at(el1(El::el2), kVa, true).par, at(el1(El::el2), kVa, false).par);
}
TEST_F(At, Stage2FaultOfTheOutputGoesToPar) {
  identity_stage2();
  map(kVa, 0x8000'0000);
  const auto result = at(guest(El::el2), kVa, true);
  EXPECT_FALSE(result.trap);
  EXPECT_EQ(result.par, par_fault(0b000101, false, true));
}
TEST_F(At, Stage2FaultOnTheWalkTrapsFromEl1) {
  map(kVa, kRam);
  const auto result = at(guest(El::el1), kVa);
  EXPECT_TRUE(result.trap);
  EXPECT_EQ(result.fault, stage2(FaultType::translation, 1, root1, true));
}
TEST_F(At, Stage2FaultOnTheWalkGoesToParFromEl2) {
  map(kVa, kRam);
  const auto result = at(guest(El::el2), kVa);
  EXPECT_FALSE(result.trap);
  EXPECT_EQ(result.par, par_fault(0b000101, true, true));
}
TEST_F(At, ExternalAbortOnTheWalkIsTaken) {
  poke(slot(root1, 1, kVa, 2, 39), kNowhere | kTable);
  const auto result = at(el1(), kVa);
  EXPECT_TRUE(result.trap);
  EXPECT_EQ(result.fault, stage1(FaultType::synchronous_external_on_walk, 3));
}
TEST_F(At, OfTheEl2RegimeUsesItsTables) {
  map(kVa, kRam + 0x1000);
  EXPECT_EQ(at(el2(), kVa).par & 0xffff'ffff'f001, kRam + 0x1000);
}
TEST_F(At, WithStage1OffIsFlat) {
  TranslationContext c = el1();
  c.sctlr = 0;
  const auto result = at(c, kRam + 0x1234);
  EXPECT_EQ(result.par & 0xffff'ffff'f001, kRam + 0x1000);
  EXPECT_EQ(result.par >> 56, 0u);
  EXPECT_EQ(at(c, 1ull << 45).par, par_fault(0b000000));
}
TEST_F(At, DoesNotAskTheTlbsAndLeavesThemAlone) {
  map(kVa, kRam);
  ASSERT_TRUE(data(el1(), kVa).ok());
  map(kVa, kRam + 0x7000);
  EXPECT_EQ(at(el1(), kVa).par & 0xffff'ffff'f001, kRam + 0x7000);
  EXPECT_EQ(pa(data(el1(), kVa)), kRam);
}
TEST_F(At, AccessFlagFaultShowsItsLevel) {
  map(kVa, kRam, kInner);
  EXPECT_EQ(at(el1(), kVa).par, par_fault(0b001011));
}

}  // namespace
}  // namespace armature::mmu::test
