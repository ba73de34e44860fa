// Table frames: how a frame becomes one, what a store to it publishes, when a role is detached and
// when it is forgotten.
#include "tests/mmu/mmu_fixture.h"

namespace armature::mmu::test {
namespace {

class Tables : public MmuTest, public TableFrameObserver {
 protected:
  static constexpr std::uint64_t kVa = 0x5000;
  void SetUp() override {
    tables->add_observer(*this);
    map(kVa, kRam);
    leaf_at = slot(root1, 1, kVa, 3, 39);
    leaf_table = leaf_at & ~0xfffull;
    pointer_at = slot(root1, 1, kVa, 2, 39);
  }
  void frame_became_table(PhysicalAddress frame) override { became.push_back(frame.value); }
  bool is_table(std::uint64_t address) {
    return (memory.frame_flags({address}) & kFrameTable) != 0;
  }
  // A store by some master that the memory system reports.
  void store_descriptor(std::uint64_t address, std::uint64_t value) {
    const std::uint64_t old = peek(address);
    poke(address, value);
    tables->written({address}, old, value);
  }
  const TableRole& role_of(std::uint64_t address, unsigned n = 0) {
    return tables->frames().at(address >> 12).at(n);
  }
  void complete(tlb::TlbiOp op, std::uint64_t operand = 0, Vmid vmid = {}, bool broadcast = true) {
    queue->issue({.op = op, .broadcast = broadcast, .operand = operand, .vmid = vmid});
    unsigned broadcasts = 0;
    queue->complete({0}, DsbScope::inner_or_wider, broadcasts);
  }
  void install(RootRegister which, std::uint64_t root, std::uint8_t core = 0) {
    tables->root_installed(
        {core}, which, {.root = {root}, .level = 1, .asid = {5}, .pointer = root}, 0x1000, true);
  }

  std::uint64_t leaf_at = 0, leaf_table = 0, pointer_at = 0;
  std::vector<std::uint64_t> became;
};

TEST_F(Tables, FrameBecomesATableWhenAWalkerReadsIt) {
  EXPECT_FALSE(is_table(root1));
  ASSERT_TRUE(data(el1(), kVa).ok());
  EXPECT_TRUE(is_table(root1));
  EXPECT_TRUE(is_table(leaf_table));
  EXPECT_FALSE(is_table(kRam));
  EXPECT_EQ(became, (std::vector<std::uint64_t>{root1, pointer_at & ~0xfffull, leaf_table}));
}
TEST_F(Tables, RolesSayHowTheWalkerCame) {
  ASSERT_TRUE(data(el1(), kVa).ok());
  const TableRole& role = role_of(leaf_table);
  EXPECT_EQ(role.root.value, root1);
  EXPECT_EQ(role.level, 3);
  EXPECT_EQ(role.stage, Stage::stage1);
  EXPECT_EQ(role.parent.value, pointer_at);
  EXPECT_EQ(role.input_log2, 21);
  EXPECT_EQ(role.asid.value, 5);
  EXPECT_EQ(role_of(root1).parent.value, 0u);
}
TEST_F(Tables, RolesOfStage2CarryTheVmid) {
  identity_stage2();
  ASSERT_TRUE(data(guest(), kVa).ok());
  const TableRole& role = role_of(root2);
  EXPECT_EQ(role.stage, Stage::stage2);
  EXPECT_EQ(role.vmid.value, 9);
}
TEST_F(Tables, StoreToATableFramePublishesOldNewAndPlace) {
  ASSERT_TRUE(data(el1(), kVa).ok());
  recorder.events.clear();
  const std::uint64_t old = peek(leaf_at);
  store_descriptor(leaf_at, 0);
  ASSERT_EQ(recorder.count(EventKind::table_write), 1u);
  const Event& event = recorder.events[0];
  EXPECT_EQ(event.a, leaf_at);
  EXPECT_EQ(event.b, old);
  EXPECT_EQ(event.c, 0u);
  EXPECT_EQ(event.d & 7, 3u);
  EXPECT_EQ(event.d >> 3 & 3, 1u);
  EXPECT_EQ(event.d >> 7 & 1, 0u);
}
TEST_F(Tables, StoreToAnyOtherFramePublishesNothing) {
  ASSERT_TRUE(data(el1(), kVa).ok());
  recorder.events.clear();
  tables->written({kRam}, 1, 2);
  EXPECT_TRUE(recorder.events.empty());
}
TEST_F(Tables, TableIsDetachedWhenItsParentPointsElsewhere) {
  ASSERT_TRUE(data(el1(), kVa).ok());
  store_descriptor(pointer_at, 0);
  EXPECT_TRUE(tables->is_detached(role_of(leaf_table)));
  EXPECT_FALSE(tables->is_detached(role_of(root1)));
  recorder.events.clear();
  store_descriptor(leaf_at, 0);
  EXPECT_EQ(recorder.events[0].d >> 7 & 1, 1u);
}
TEST_F(Tables, TableIsAttachedAgainWhenItsParentPointsBack) {
  ASSERT_TRUE(data(el1(), kVa).ok());
  const std::uint64_t pointer = peek(pointer_at);
  store_descriptor(pointer_at, 0);
  store_descriptor(pointer_at, pointer);
  EXPECT_FALSE(tables->is_detached(role_of(leaf_table)));
}
TEST_F(Tables, OnlyTheTableThatTheParentPointsToIsAttached) {
  ASSERT_TRUE(data(el1(), kVa).ok());
  const std::uint64_t pointer = peek(pointer_at);
  const std::uint64_t other = new_table();
  set(other, kVa >> 12, kRam | kLeaf | kPage);
  store_descriptor(pointer_at, other | kTable);
  queue->issue({.op = tlb::TlbiOp::vmalle1});
  queue->window_end();
  ASSERT_TRUE(data(el1(), kVa).ok());
  EXPECT_TRUE(tables->is_detached(role_of(leaf_table)));
  EXPECT_FALSE(tables->is_detached(role_of(other)));
  store_descriptor(pointer_at, pointer);
  EXPECT_FALSE(tables->is_detached(role_of(leaf_table)));
  EXPECT_TRUE(tables->is_detached(role_of(other)));
}
TEST_F(Tables, RewritingTheParentsTableBitsDoesNotDetach) {
  ASSERT_TRUE(data(el1(), kVa).ok());
  store_descriptor(pointer_at, peek(pointer_at) | 1ull << 59);
  EXPECT_FALSE(tables->is_detached(role_of(leaf_table)));
}
TEST_F(Tables, DetachedTableIsStillOneUntilATlbiCompletes) {
  ASSERT_TRUE(data(el1(), kVa).ok());
  store_descriptor(pointer_at, 0);
  EXPECT_TRUE(is_table(leaf_table));
  queue->issue({.op = tlb::TlbiOp::vae1, .broadcast = true, .operand = kVa >> 12 | 5ull << 48});
  queue->window_end();
  EXPECT_TRUE(is_table(leaf_table));
  unsigned broadcasts = 0;
  queue->complete({0}, DsbScope::inner_or_wider, broadcasts);
  EXPECT_FALSE(is_table(leaf_table));
  EXPECT_TRUE(is_table(root1));
}
TEST_F(Tables, OnlyACoveringTlbiForgetsADetachedTable) {
  ASSERT_TRUE(data(el1(), kVa).ok());
  store_descriptor(pointer_at, 0);
  complete(tlb::TlbiOp::vae1, (kVa + 0x20'0000) >> 12 | 5ull << 48);  // another range
  complete(tlb::TlbiOp::vae1, kVa >> 12 | 6ull << 48);                // another ASID
  complete(tlb::TlbiOp::vale1, kVa >> 12 | 5ull << 48);               // last level
  complete(tlb::TlbiOp::vmalle1, 0, {4});                             // another VMID
  complete(tlb::TlbiOp::alle2);                                       // another regime
  complete(tlb::TlbiOp::vmalle1, 0, {}, false);                       // this core only
  EXPECT_TRUE(is_table(leaf_table));
  complete(tlb::TlbiOp::vaae1, (kVa + 0x10'0000) >> 12);
  EXPECT_FALSE(is_table(leaf_table));
}
TEST_F(Tables, TlbiForgetsNoAttachedTable) {
  ASSERT_TRUE(data(el1(), kVa).ok());
  complete(tlb::TlbiOp::alle1);
  EXPECT_TRUE(is_table(leaf_table));
  EXPECT_TRUE(is_table(root1));
}
TEST_F(Tables, TableSeenUnderTwoAsidsNeedsMoreThanOneAsid) {
  ASSERT_TRUE(data(el1(), kVa).ok());
  TranslationContext other = el1();
  other.ttbr0 = root1 | 6ull << 48;
  map(kVa + 0x1000, kRam);
  ASSERT_TRUE(data(other, kVa + 0x1000).ok());
  EXPECT_TRUE(role_of(leaf_table).any_asid);
  store_descriptor(pointer_at, 0);
  complete(tlb::TlbiOp::aside1, 5ull << 48);
  EXPECT_TRUE(is_table(leaf_table));
  complete(tlb::TlbiOp::vmalle1);
  EXPECT_FALSE(is_table(leaf_table));
}
TEST_F(Tables, InstalledRootIsATableBeforeAnyWalk) {
  install(RootRegister::ttbr0_el1, root1);
  EXPECT_TRUE(is_table(root1));
}
TEST_F(Tables, RootThatLeavesItsLastRegisterDetachesItsTables) {
  install(RootRegister::ttbr0_el1, root1, 0);
  install(RootRegister::ttbr0_el1, root1, 1);
  ASSERT_TRUE(data(el1(), kVa).ok());
  const std::uint64_t other = new_table();
  install(RootRegister::ttbr0_el1, other, 0);
  EXPECT_FALSE(tables->is_detached(role_of(leaf_table)));
  install(RootRegister::ttbr0_el1, other, 1);
  EXPECT_TRUE(tables->is_detached(role_of(leaf_table)));
  EXPECT_TRUE(tables->is_detached(role_of(root1)));
  install(RootRegister::ttbr0_el1, root1, 1);
  EXPECT_FALSE(tables->is_detached(role_of(leaf_table)));
}
TEST_F(Tables, DeadRootIsForgottenWithAllItsTables) {
  install(RootRegister::ttbr0_el1, root1);
  ASSERT_TRUE(data(el1(), kVa).ok());
  install(RootRegister::ttbr0_el1, new_table());
  complete(tlb::TlbiOp::vae1, kVa >> 12 | 5ull << 48);  // one address does not cover a root
  EXPECT_TRUE(is_table(root1));
  complete(tlb::TlbiOp::aside1, 5ull << 48);
  EXPECT_FALSE(is_table(root1));
  EXPECT_FALSE(is_table(leaf_table));
}
TEST_F(Tables, PoolOfTheManifestStaysATableForEver) {
  tables->note({root1}, {.root = {root1}, .level = 1, .permanent = true});
  tables->root_left({root1});
  complete(tlb::TlbiOp::alle1);
  EXPECT_TRUE(is_table(root1));
}
TEST_F(Tables, ObserverHearsOfAFrameOnce) {
  ASSERT_TRUE(data(el1(), kVa).ok());
  const auto first = became.size();
  map(kVa + 0x1000, kRam);
  ASSERT_TRUE(data(el1(), kVa + 0x1000).ok());
  EXPECT_EQ(became.size(), first);
}
TEST_F(Tables, ForgottenFrameIsNotedAgainByTheNextWalk) {
  ASSERT_TRUE(data(el1(), kVa).ok());
  const std::uint64_t pointer = peek(pointer_at);
  store_descriptor(pointer_at, 0);
  complete(tlb::TlbiOp::vmalle1);
  ASSERT_FALSE(is_table(leaf_table));
  store_descriptor(pointer_at, pointer);
  ASSERT_TRUE(data(el1(), kVa).ok());
  EXPECT_TRUE(is_table(leaf_table));
}
TEST_F(Tables, BigEndianParentDetachesItsChild) {
  TranslationContext c = el1();
  c.sctlr |= kSctlrEe;
  const std::uint64_t root = new_table(), next = new_table();
  c.ttbr0 = root;
  set(root, 0, __builtin_bswap64(next | kTable));
  EXPECT_FALSE(data(c, kVa).ok());
  store_descriptor(root, 0);
  EXPECT_TRUE(tables->is_detached(role_of(next)));
}
TEST_F(Tables, SnapshotKeepsRolesRootsAndFlags) {
  install(RootRegister::ttbr0_el1, root1);
  ASSERT_TRUE(data(el1(), kVa).ok());
  store_descriptor(pointer_at, 0);
  install(RootRegister::ttbr0_el1, new_table());
  std::vector<std::uint8_t> bytes;
  tables->save(bytes);
  const auto roles = tables->frames();
  tables->note({kRam}, {.root = {kRam}});
  std::span<const std::uint8_t> in(bytes);
  tables->load(in);
  EXPECT_TRUE(in.empty());
  EXPECT_EQ(tables->frames(), roles);
  EXPECT_FALSE(is_table(kRam));
  EXPECT_TRUE(is_table(root1));
  EXPECT_TRUE(tables->is_detached(role_of(root1)));
  std::vector<std::uint8_t> again;
  tables->save(again);
  EXPECT_EQ(bytes, again);
  complete(tlb::TlbiOp::vmalle1);
  EXPECT_FALSE(is_table(leaf_table));
}

}  // namespace
}  // namespace armature::mmu::test
