// Access permissions of both stages, and alignment faults by memory type.
#include <array>

#include "tests/mmu/mmu_fixture.h"

namespace armature::mmu::test {
namespace {

class Permission : public MmuTest {
 protected:
  static constexpr std::uint64_t kVa = 0x5000;
  struct Rights {
    bool read, write, execute;
    bool operator==(const Rights&) const = default;
    friend std::ostream& operator<<(std::ostream& out, const Rights& r) {
      return out << (r.read ? 'r' : '-') << (r.write ? 'w' : '-') << (r.execute ? 'x' : '-');
    }
  };
  // What works with the page mapped so; nothing remembered from before.
  Rights rights(std::uint64_t leaf, El el, std::uint64_t table_bits = 0, std::uint64_t sctlr = 0) {
    queue->issue({.op = tlb::TlbiOp::alle1});
    queue->issue({.op = tlb::TlbiOp::alle2});
    queue->window_end();
    TranslationContext c = el == El::el2 ? el2() : el1(el);
    c.sctlr |= sctlr;
    map(kVa, kRam, kAf | kInner | leaf);
    const std::uint64_t table = slot(root1, 1, kVa, 2, 39);
    poke(table, (peek(table) & ~(0x1full << 59)) | table_bits);
    const bool privileged = el != El::el0;
    const Rights result{data(c, kVa, load(privileged)).ok(), data(c, kVa, store(privileged)).ok(),
                        fetch(c, kVa).ok()};
    // What the L0 filter is told must be what the checks say.
    if (const auto read = data(c, kVa, load(privileged))) {
      EXPECT_EQ(read->writable, result.write);
      EXPECT_TRUE(read->readable);
    }
    return result;
  }
};

constexpr std::uint64_t kApTableReadOnly = 2ull << 61, kApTableNoEl0 = 1ull << 61;
constexpr std::uint64_t kUxnTable = 1ull << 60, kPxnTable = 1ull << 59;

TEST_F(Permission, TableOfApUxnPxnAtEl1AndEl0) {
  // AP[2:1]  UXN PXN -> EL1, EL0
  constexpr struct {
    std::uint64_t leaf;
    Rights el1, el0;
  } kCases[] = {
      {0, {1, 1, 1}, {0, 0, 1}},
      {kPxn, {1, 1, 0}, {0, 0, 1}},
      {kUxn, {1, 1, 1}, {0, 0, 0}},
      {kUxn | kPxn, {1, 1, 0}, {0, 0, 0}},
      {kEl0, {1, 1, 0}, {1, 1, 1}},  // writable at EL0: never executable at EL1
      {kEl0 | kPxn, {1, 1, 0}, {1, 1, 1}},
      {kEl0 | kUxn, {1, 1, 0}, {1, 1, 0}},
      {kReadOnly, {1, 0, 1}, {0, 0, 1}},
      {kReadOnly | kPxn | kUxn, {1, 0, 0}, {0, 0, 0}},
      {kReadOnly | kEl0, {1, 0, 1}, {1, 0, 1}},
      {kReadOnly | kEl0 | kUxn, {1, 0, 1}, {1, 0, 0}},
      {kReadOnly | kEl0 | kPxn, {1, 0, 0}, {1, 0, 1}},
  };
  for (const auto& test : kCases) {
    EXPECT_EQ(rights(test.leaf, El::el1), test.el1) << std::hex << test.leaf;
    EXPECT_EQ(rights(test.leaf, El::el0), test.el0) << std::hex << test.leaf;
  }
}
TEST_F(Permission, El2HasNoEl0RightsAndOneExecuteNever) {
  EXPECT_EQ(rights(kEl0, El::el2), (Rights{1, 1, 1}));
  EXPECT_EQ(rights(kEl0 | kPxn, El::el2), (Rights{1, 1, 1}));
  EXPECT_EQ(rights(kEl0 | kUxn, El::el2), (Rights{1, 1, 0}));
  EXPECT_EQ(rights(kEl0 | kReadOnly, El::el2), (Rights{1, 0, 1}));
}
TEST_F(Permission, TableBitsOnlyTakeAway) {
  EXPECT_EQ(rights(kEl0, El::el0, kApTableNoEl0), (Rights{0, 0, 1}));
  EXPECT_EQ(rights(kEl0, El::el0, kApTableReadOnly), (Rights{1, 0, 1}));
  EXPECT_EQ(rights(kEl0, El::el0, kUxnTable), (Rights{1, 1, 0}));
  EXPECT_EQ(rights(0, El::el1, kPxnTable), (Rights{1, 1, 0}));
  EXPECT_EQ(rights(0, El::el1, kApTableReadOnly), (Rights{1, 0, 1}));
  EXPECT_EQ(rights(kEl0, El::el1, kApTableNoEl0), (Rights{1, 1, 1}));
  EXPECT_EQ(rights(kReadOnly | kUxn | kPxn, El::el1, 0), (Rights{1, 0, 0}));
}
TEST_F(Permission, El2IgnoresApTable0AndPxnTable) {
  EXPECT_EQ(rights(kEl0, El::el2, kApTableNoEl0 | kPxnTable), (Rights{1, 1, 1}));
  EXPECT_EQ(rights(kEl0, El::el2, kApTableReadOnly | kUxnTable), (Rights{1, 0, 0}));
}
TEST_F(Permission, TableBitsSurviveInTheWalkCache) {
  map(kVa, kRam, kLeaf | kEl0);
  map(kVa + 0x1000, kRam, kLeaf | kEl0);
  const std::uint64_t table = slot(root1, 1, kVa, 2, 39);
  poke(table, peek(table) | kApTableReadOnly);
  EXPECT_TRUE(data(el1(), kVa).ok());
  EXPECT_EQ(fault(data(el1(), kVa + 0x1000, store())), stage1(FaultType::permission, 3));
}
TEST_F(Permission, WxnTakesExecutionFromWhatIsWritable) {
  EXPECT_EQ(rights(0, El::el1, 0, kSctlrWxn), (Rights{1, 1, 0}));
  EXPECT_EQ(rights(kReadOnly, El::el1, 0, kSctlrWxn), (Rights{1, 0, 1}));
  EXPECT_EQ(rights(kEl0, El::el0, 0, kSctlrWxn), (Rights{1, 1, 0}));
  EXPECT_EQ(rights(0, El::el0, 0, kSctlrWxn), (Rights{0, 0, 1}));
  EXPECT_EQ(rights(kEl0, El::el2, 0, kSctlrWxn), (Rights{1, 1, 0}));
}
TEST_F(Permission, UnprivilegedAccessFromEl1IsCheckedAsEl0) {
  map(kVa, kRam);
  EXPECT_TRUE(data(el1(), kVa, load(true)).ok());
  EXPECT_EQ(fault(data(el1(), kVa, load(false))), stage1(FaultType::permission, 3));
}
TEST_F(Permission, FaultHasTheLevelOfTheLeaf) {
  map(0x4000'0000, kRam, kLeaf | kReadOnly, 2);
  EXPECT_EQ(fault(data(el1(), 0x4000'0000, store())), stage1(FaultType::permission, 2));
}
TEST_F(Permission, EntryThatForbidsTheAccessIsCachedAllTheSame) {
  map(kVa, kRam, kLeaf | kReadOnly);
  EXPECT_FALSE(data(el1(), kVa, store()).ok());
  EXPECT_EQ(mmu().resident(TlbStructure::l2), 1u);
  map(kVa, kRam);  // without TLBI
  EXPECT_FALSE(data(el1(), kVa, store()).ok());
}
TEST_F(Permission, Stage2AccessPermissionsAndExecuteNever) {
  identity_stage2();
  map(kVa, 0x8000'0000);
  constexpr struct {
    std::uint64_t leaf;
    Rights rights;
  } kCases[] = {
      {0, {0, 0, 1}},     {kS2Ro, {1, 0, 1}},         {kS2Wo, {0, 1, 1}},
      {kS2Rw, {1, 1, 1}}, {kS2Rw | kS2Xn, {1, 1, 0}}, {kS2Ro | kS2Xn, {1, 0, 0}},
  };
  for (const auto& test : kCases) {
    queue->issue({.op = tlb::TlbiOp::alle1});
    queue->window_end();
    map2(0x8000'0000, kRam, kAf | kInner | kS2Wb | test.leaf);
    const TranslationContext c = guest();
    const auto read = data(c, kVa + 8);
    const auto write = data(c, kVa + 8, store());
    const auto execute = fetch(c, kVa + 8);
    EXPECT_EQ((Rights{read.ok(), write.ok(), execute.ok()}), test.rights) << std::hex << test.leaf;
    const FaultRecord expected = stage2(FaultType::permission, 3, 0x8000'0008);
    if (!read) {
      EXPECT_EQ(fault(read), expected);
    }
    if (!write) {
      EXPECT_EQ(fault(write), expected);
    }
    if (!execute) {
      EXPECT_EQ(fault(execute), expected);
    }
  }
}
TEST_F(Permission, MaintenanceByVaNeedsReadPermissionOnlyAtEl0) {
  identity_stage2();
  map(kVa, 0x8000'0000, kLeaf);
  map2(0x8000'0000, kRam, kS2Leaf);  // no stage 2 access at all
  AccessDescriptor maintenance;
  maintenance.kind = AccessKind::cache_maintenance;
  EXPECT_TRUE(data(guest(), kVa, maintenance).ok());
  maintenance.privileged = false;
  EXPECT_EQ(fault(data(guest(El::el0), kVa, maintenance)), stage1(FaultType::permission, 3));
}
TEST_F(Permission, DcIvacNeedsWritePermission) {
  map(kVa, kRam, kLeaf | kReadOnly);
  AccessDescriptor invalidate;
  invalidate.kind = AccessKind::cache_maintenance;
  invalidate.write = true;
  EXPECT_EQ(fault(data(el1(), kVa, invalidate)), stage1(FaultType::permission, 3));
}

// ---- alignment

TEST_F(Permission, UnalignedAccessToDeviceMemoryFaultsBeforePermission) {
  map(kVa, kRam, kAf | kDevice | kReadOnly);
  EXPECT_EQ(fault(data(el1(), kVa + 1, store(), 4)).type, FaultType::alignment);
  EXPECT_EQ(fault(data(el1(), kVa + 4, store(), 4)).type, FaultType::permission);
}
TEST_F(Permission, UnalignedAccessToNormalMemoryIsFine) {
  map(kVa, kRam);
  EXPECT_TRUE(data(el1(), kVa + 1, load(), 8).ok());
}
TEST_F(Permission, ZeroingADeviceBlockFaultsThoughAligned) {
  map(kVa, kRam, kAf | kDevice);
  AccessDescriptor zero = store();
  zero.zeroing = true;
  EXPECT_EQ(fault(data(el1(), kVa, zero, 64)).type, FaultType::alignment);
}
TEST_F(Permission, AlignmentFaultByStage2IsOfStage2) {
  identity_stage2();
  map(kVa, 0x8000'0000);
  map2(0x8000'0000, kRam, kAf | kS2Device | kS2Rw);
  const FaultRecord f = fault(data(guest(), kVa + 2, load(), 4));
  EXPECT_EQ(f.type, FaultType::alignment);
  EXPECT_EQ(f.stage, Stage::stage2);
  EXPECT_EQ(f.ipa.value, 0x8000'0002u);
}
TEST_F(Permission, UnalignedDataAccessWithTheMmuOffFaults) {
  TranslationContext c = el1();
  c.sctlr = 0;
  EXPECT_EQ(fault(data(c, kRam + 2, load(), 4)).type, FaultType::alignment);
  c = guest();
  c.sctlr = 0;
  identity_stage2();
  EXPECT_EQ(fault(data(c, kRam + 2, load(), 4)).type, FaultType::alignment);
  c.hcr |= kHcrDc;
  EXPECT_TRUE(data(c, kRam + 2, load(), 4).ok());
}

}  // namespace
}  // namespace armature::mmu::test
