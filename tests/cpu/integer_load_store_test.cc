// Loads and stores of general registers: addressing, write-back, faults, exclusives.
#include "tests/cpu/integer_fixture.h"

namespace armature::cpu {
namespace {

using testing::kCode;
using testing::kData;

// Data is Normal memory, mapped page by page; the page after it is not mapped.
class LoadStore : public Integer {
 protected:
  LoadStore() {
    enable_stage1(El::el1);
    map_stage1(El::el1, kCode, kCode, 2u << 20);  // code, vectors and kData's block
    enter(El::el1);
    map_stage1(El::el1, kPage, kPage, kFrameBytes);
    map_stage1(El::el1, kUserPage, kUserPage, kFrameBytes, kNormalRw | kUser);
    write64(kPage, 0x8182838485868788);
    write64(kPage + 8, 0x1112131415161718);
    x(1) = x(2) = kPage;
  }
  static constexpr std::uint64_t kPage = 0x4060'0000, kUserPage = 0x4080'0000;
  static constexpr std::uint64_t kLast = kPage + kFrameBytes - 8;  // the last 8 mapped bytes
  static constexpr std::uint64_t kHole = kPage + kFrameBytes;
};

TEST_F(LoadStore, LoadsExtendAsTheirNamesSay) {
  one(0x39c00020);  // ldrsb w0, [x1]
  EXPECT_EQ(x(0), 0xffffff88u);
  one(0x39800020);  // ldrsb x0, [x1]
  EXPECT_EQ(x(0), 0xffffffffffffff88u);
  one(0xb9800020);  // ldrsw x0, [x1]
  EXPECT_EQ(x(0), 0xffffffff85868788u);
  one(0xb9400020);  // ldr w0, [x1]
  EXPECT_EQ(x(0), 0x85868788u);
}

TEST_F(LoadStore, PostIndexUsesTheOldBaseAndPreIndexTheNew) {
  one(0xf8408420);  // ldr x0, [x1], #8
  EXPECT_EQ(x(0), 0x8182838485868788u);
  EXPECT_EQ(x(1), kPage + 8);
  x(0) = 0x55;
  one(0xf8008c20);  // str x0, [x1, #8]!
  EXPECT_EQ(x(1), kPage + 16);
  EXPECT_EQ(read64(kPage + 16), 0x55u);
}

TEST_F(LoadStore, RegisterOffsetsAreExtendedThenScaled) {
  x(2) = 2;
  one(0x78627820);  // ldrh w0, [x1, x2, lsl #1]
  EXPECT_EQ(x(0), 0x8384u);
  x(1) = kPage + 16;
  x(2) = 0xffffffff;
  one(0xf862d820);  // ldr x0, [x1, w2, sxtw #3]
  EXPECT_EQ(x(0), 0x1112131415161718u);
}

TEST_F(LoadStore, AFaultLeavesBaseAndDestination) {
  x(0) = 7;
  x(1) = kHole;
  one(0xf8408420);  // ldr x0, [x1], #8
  EXPECT_TRUE(took_exception());
  EXPECT_EQ(exception_class(), 0x25u);
  EXPECT_EQ(sys(SysReg::FAR_EL1), kHole);
  EXPECT_EQ(x(0), 7u);
  EXPECT_EQ(x(1), kHole);
  one(0xf8008c20);  // str x0, [x1, #8]!
  EXPECT_TRUE(took_exception());
  EXPECT_EQ(x(1), kHole);
}

TEST_F(LoadStore, APairWhoseSecondHalfFaultsChangesNoRegister) {
  x(0) = 7;
  x(1) = 9;
  x(2) = kLast;
  one(0xa9400440);  // ldp x0, x1, [x2]
  EXPECT_TRUE(took_exception());
  EXPECT_EQ(sys(SysReg::FAR_EL1), kHole);
  EXPECT_EQ(x(0), 7u);
  EXPECT_EQ(x(1), 9u);
}

TEST_F(LoadStore, APairMayLoadItsOwnBase) {
  x(0) = kPage;
  one(0xa9400400);  // ldp x0, x1, [x0]
  EXPECT_EQ(x(0), 0x8182838485868788u);
  EXPECT_EQ(x(1), 0x1112131415161718u);
}

TEST_F(LoadStore, LdpswSignExtendsBothWords) {
  write64(kPage, 0x80000000'7fffffff);
  one(0x69400440);  // ldpsw x0, x1, [x2]
  EXPECT_EQ(x(0), 0x7fffffffu);
  EXPECT_EQ(x(1), 0xffffffff80000000u);
}

// CHOICE: write-back with Rt == Rn keeps the write-back (see cpu/a64/load_store.h).
TEST_F(LoadStore, WriteBackWinsOverALoadOfTheBase) {
  x(0) = kPage;
  one(0xf8408c00);  // ldr x0, [x0, #8]!
  EXPECT_EQ(x(0), kPage + 8);
  x(0) = kPage + 8;
  one(0xf8008c00);  // str x0, [x0, #8]!
  EXPECT_EQ(read64(kPage + 16), kPage + 8);
}

TEST_F(LoadStore, AnUnalignedSpFaultsOnlyWhereItIsTheBaseOfAnAccess) {
  sys(SysReg::SCTLR_EL1) |= 1u << 3;  // SA
  core().context_changed();
  sp() = kPage + 8;
  for (const std::uint32_t word : {0xf94003e0u /* ldr x0, [sp] */, 0xa94107e0u /* ldp */,
                                   0xf90003e0u /* str x0, [sp] */, 0xc85f7fe0u /* ldxr */}) {
    one(word);
    EXPECT_TRUE(took_exception()) << std::hex << word;
    EXPECT_EQ(exception_class(), 0x26u) << std::hex << word;
    state().pc = kCode;
  }
  for (const std::uint32_t word :
       {0xf98003e0u /* prfm pldl1keep, [sp] */, 0x910043ffu /* add sp, sp, #16 */}) {
    one(word);
    EXPECT_EQ(state().pc, kCode + 4) << std::hex << word;
  }
  sys(SysReg::SCTLR_EL1) &= ~(1ull << 3);
  core().context_changed();
  one(0xf94003e0);
  EXPECT_EQ(state().pc, kCode + 4);
}

TEST_F(LoadStore, PrefetchNeverFaults) {
  x(1) = kHole;
  one(0xf9800020);  // prfm pldl1keep, [x1]
  EXPECT_EQ(state().pc, kCode + 4);
}

TEST_F(LoadStore, UnprivilegedAccessesHaveThePermissionsOfEl0) {
  one(0xf8400820);  // ldtr x0, [x1]
  EXPECT_TRUE(took_exception());
  x(1) = kUserPage;
  one(0xf8400820);
  EXPECT_EQ(state().pc, kCode + 4);
  one(0xf8000820);  // sttr x0, [x1]
  EXPECT_EQ(state().pc, kCode + 4);
}

TEST_F(LoadStore, AcquireAndReleaseMustBeAligned) {
  x(1) = kPage + 1;
  one(0xc8dffc20);  // ldar x0, [x1]
  EXPECT_TRUE(took_exception());
  EXPECT_EQ(bits(sys(SysReg::ESR_EL1), 5, 0), 0x21u);
  one(0x08dffc20);  // ldarb w0, [x1]
  EXPECT_EQ(x(0), 0x87u);
  one(0xf9400020 & ~0x400u);  // ldr x0, [x1] may be unaligned
  EXPECT_EQ(x(0), 0x1881828384858687u);
}

TEST_F(LoadStore, AStoreExclusiveNeedsItsLoad) {
  x(1) = kPage;
  x(2) = 0x77;
  x(3) = 9;
  one(0xc8037c22);  // stxr w3, x2, [x1]
  EXPECT_EQ(x(3), 1u);
  EXPECT_EQ(read64(kPage), 0x8182838485868788u);
  one(0xc85f7c20);  // ldxr x0, [x1]
  one(0xc8037c22);
  EXPECT_EQ(x(3), 0u);
  EXPECT_EQ(read64(kPage), 0x77u);
  one(0xc8037c22);  // the monitor is clear again
  EXPECT_EQ(x(3), 1u);
}

TEST_F(LoadStore, ClrexClearsTheMonitor) {
  x(1) = kPage;
  one(0xc85f7c20);  // ldxr x0, [x1]
  one(0xd5033f5f);  // clrex
  one(0xc8037c22);  // stxr w3, x2, [x1]
  EXPECT_EQ(x(3), 1u);
}

TEST_F(LoadStore, ExclusivePairsMoveSixteenBytes) {
  x(1) = kPage;
  x(2) = 0xa;
  x(5) = 0xb;
  one(0xc87f1020);  // ldxp x0, x4, [x1]
  EXPECT_EQ(x(0), 0x8182838485868788u);
  EXPECT_EQ(x(4), 0x1112131415161718u);
  one(0xc8231422);  // stxp w3, x2, x5, [x1]
  EXPECT_EQ(x(3), 0u);
  EXPECT_EQ(read64(kPage), 0xau);
  EXPECT_EQ(read64(kPage + 8), 0xbu);
}

TEST_F(LoadStore, TheStatusMayOverwriteTheStoredRegister) {
  x(1) = 0x1234;
  x(2) = kPage;
  one(0xc85f7c40);  // ldxr x0, [x2]
  one(0xc8017c41);  // stxr w1, x1, [x2]
  EXPECT_EQ(x(1), 0u);
  EXPECT_EQ(read64(kPage), 0x1234u);
}

TEST_F(LoadStore, LiteralsAreRelativeToThePc) {
  write64(kCode + 8, 0xfedcba98'87654321);
  one(0x58000040);  // ldr x0, +8
  EXPECT_EQ(x(0), 0xfedcba9887654321u);
  one(0x98000040);  // ldrsw x0, +8
  EXPECT_EQ(x(0), 0xffffffff87654321u);
}

TEST_F(LoadStore, ALoadOfXzrStillAccessesMemory) {
  x(1) = kHole;
  one(0xf940003f);  // ldr xzr, [x1]
  EXPECT_TRUE(took_exception());
  x(1) = kPage;
  one(0xf940003f);
  EXPECT_EQ(state().pc, kCode + 4);
  EXPECT_EQ(state().x[kZero], 0u);
}

}  // namespace
}  // namespace armature::cpu
