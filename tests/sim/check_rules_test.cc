#include "sim/base/user_error.h"
#include "tests/sim/check_fixture.h"

namespace armature::check::test {
namespace {

class WriteOnceTest : public CheckTest {
 protected:
  WriteOnceTest() {
    scene.manifest.roots.push_back(
        {.name = "kcore", .cell = {0x90}, .principal = kFirmware, .stage = 1});
    use("write-once");
  }
};

TEST_F(WriteOnceTest, AnEl2DescriptorIsWrittenOnce) {
  store(0x4020'0000, 0, kValid, 0, 3, 1, 1);
  expect_nothing();
  store(0x4020'0000, kValid, kValid ^ 0x80, 0, 3, 1, 1);
  expect_violation("0x40200000");
}

TEST_F(WriteOnceTest, Stage2MayChange) {
  store(kLeaf, kValid, 0);
  expect_nothing();
}

class DuplicateVmidTest : public CheckTest {
 protected:
  DuplicateVmidTest() {
    use("duplicate-vmid");
    for (core = 0; core < 2; ++core) write_register(SysReg::HCR_EL2, 1);
    core = 0;
  }
  void enter(std::uint64_t root, std::uint64_t vmid) {
    write_register(SysReg::VTTBR_EL2, root | vmid << 48);
    return_to_el1();
  }
};

TEST_F(DuplicateVmidTest, TwoRootsUnderOneVmidAreCaught) {
  enter(kRoot, 3);
  core = 1;
  enter(kVmRoot, 3);
  expect_violation("VMID 3", "core 1");
}

TEST_F(DuplicateVmidTest, AVmidIsFreeAgainAfterItsFlush) {
  enter(kRoot, 3);
  tlbi(Tlbi::vmalls12e1, 0, 3);
  write_register(SysReg::VTTBR_EL2, kVmRoot | 3ull << 48);
  dsb();
  return_to_el1();
  expect_nothing();
}

TEST_F(DuplicateVmidTest, AFlushOfStage1LeavesTheVmidInUse) {
  enter(kRoot, 3);
  tlbi(Tlbi::vmalle1, 0, 3);
  dsb();
  enter(kVmRoot, 3);
  expect_violation("VMID 3");
}

TEST_F(DuplicateVmidTest, SwappingVttbrAtEl2IsNoUse) {
  enter(kRoot, 3);
  write_register(SysReg::VTTBR_EL2, kVmRoot | 3ull << 48);
  enter(kRoot, 3);
  expect_nothing();
}

class VcpuTest : public CheckTest {
 protected:
  static constexpr std::uint64_t kState = 0x4010'0200;  // of vCPU 3 of VM 1
  VcpuTest() { scene.manifest.vcpu_states.push_back({{kState}, 1, 3}); }
  void enter(unsigned vcpu) {
    send(EventKind::vm_enter, kVmRoot | 1ull << 48, 0, 0, (kFirstVm + 1) | vcpu << 16);
  }
  void leave() { send(EventKind::vm_exit, kVmRoot | 1ull << 48, 0, 0, kFirstVm + 1); }
  void set_state(std::uint32_t value) { send(EventKind::write, 0, kState, value, 4); }
};

TEST_F(VcpuTest, AVcpuThatAnotherCoreHasMadeActiveIsNotToBeTaken) {
  use("vcpu-exclusive");
  set_state(Manifest::kVcpuActive);
  core = 1;
  set_state(Manifest::kVcpuActive);
  expect_violation("core 1 takes vCPU 3 of VM 1", "core 0 has taken", "was not looked at");
}

TEST_F(VcpuTest, AVcpuThatWasLetGoMayBeTaken) {
  use("vcpu-exclusive");
  set_state(Manifest::kVcpuActive);
  set_state(1);
  core = 1;
  set_state(Manifest::kVcpuActive);
  expect_nothing();
}

TEST_F(VcpuTest, OneVcpuOnTwoCoresIsCaught) {
  use("vcpu-exclusive");
  enter(0);
  core = 1;
  enter(1);
  expect_nothing();
  leave();
  enter(0);
  expect_violation("core 1 enters vCPU 0 of VM 1", "core 0 still runs it");
}

TEST_F(VcpuTest, AVcpuMayMoveOnceItHasStopped) {
  use("vcpu-exclusive");
  enter(0);
  leave();
  core = 1;
  enter(0);
  expect_nothing();
}

TEST_F(VcpuTest, ASecondVcpuOnACoreNeedsAFlush) {
  use("vcpu-migration");
  enter(0);
  leave();
  enter(1);
  expect_violation("vCPU 1 of VM 1", "vCPU 0 of VM 1");
}

TEST_F(VcpuTest, ALocalFlushOfTheVmidIsEnough) {
  use("vcpu-migration");
  enter(0);
  leave();
  tlbi(Tlbi::vmalle1, 0, 1, false);
  dsb(0x7);
  enter(1);
  expect_nothing();
}

class PageLinesTest : public CheckTest {
 protected:
  PageLinesTest() { use("page-lines"); }
};

TEST_F(PageLinesTest, DirtyLinesWhenTheLockIsReleasedAreCaught) {
  machine.dirty = {kPage + 0x40, kPage + 0xfc0};
  give(kPage, kFirstVm + 1, kHost);
  release_lock(1);
  expect_violation("2 lines", "0x50000040");
}

TEST_F(PageLinesTest, DirtyLinesWhenTheNewOwnerMapsThePageAreCaught) {
  machine.dirty = {kPage};
  give(kPage, kHost, kFirstVm + 1);
  store(kVmLeaf, 0, kValid, 1);
  expect_violation("1 lines");
}

TEST_F(PageLinesTest, CleanedBeforeTheReleaseIsGood) {
  machine.dirty = {kPage};
  give(kPage, kHost, kFirstVm + 1);
  machine.dirty.clear();
  store(kVmLeaf, 0, kValid, 1);
  machine.dirty = {kPage};  // the new owner's own
  release_lock(1);
  return_to_el1();
  expect_nothing();
}

TEST_F(PageLinesTest, OldInstructionsAreCaughtWhenTheCoreLeavesEl2) {
  use("instruction-side");
  machine.old_instructions = {kPage + 0x80};
  give(kPage, kHost, kFirstVm + 1);
  release_lock(1);
  expect_nothing();
  return_to_el1();
  expect_violation("0x50000080", "no IC");
}

TEST_F(PageLinesTest, AnInvalidationBeforeTheReturnIsGood) {
  use("instruction-side");
  machine.old_instructions = {kPage + 0x80};
  give(kPage, kHost, kFirstVm + 1);
  release_lock(1);
  machine.old_instructions.clear();
  return_to_el1();
  expect_nothing();
}

class LocksetTest : public CheckTest {
 protected:
  LocksetTest() {
    scene.manifest.guarded.push_back(
        {.name = "next VMID", .base = {0x4010'0100}, .bytes = 4, .lock = 1});
    use("lockset");
    return_to_el1();
  }
};

TEST_F(LocksetTest, GuardedDataWithoutItsLockIsCaught) {
  send(EventKind::write, 0, 0x4010'0100, 1, 4);
  return_to_el1();
  expect_violation("next VMID", "without the lock s2page");
}

TEST_F(LocksetTest, WithItsLockItIsGood) {
  take_lock(1);
  send(EventKind::read, 0, 0x4010'0100, 1, 4);
  release_lock(1);
  send(EventKind::read, 0, 0x4010'0104, 1, 4);  // behind it
  return_to_el1();
  expect_nothing();
}

TEST_F(LocksetTest, AnotherCoresLockDoesNotHelp) {
  core = 1;
  take_lock(1);
  core = 0;
  send(EventKind::read, 0, 0x4010'0100, 1, 4);
  return_to_el1();
  expect_violation("core 0 read");
}

TEST_F(LocksetTest, TablesNeedTheLockOfTheirPrincipal) {
  take_lock(1);
  store(kLeaf, 0, kValid);
  return_to_el1();
  expect_violation("KServ's tables", "without the lock kserv tables");
}

TEST_F(LocksetTest, APanicThatNeverReturnsIsNotJudged) {
  store(kLeaf, 0, kValid);
  expect_nothing();
}

TEST_F(CheckTest, LocksAreTakenInRisingRank) {
  use("lock-order");
  take_lock(1);
  take_lock(0);
  release_lock(0);
  release_lock(1);
  expect_nothing();
  take_lock(0);
  take_lock(1);
  expect_violation("s2page (rank 3)", "kserv tables (rank 4)");
}

TEST_F(CheckTest, AnUntrustedWordIsReadOnceInATrap) {
  use("double-fetch");
  send(EventKind::oracle_read, 0x6000'0000, 1);
  send(EventKind::exception_entry, 0, 0, 0, 2u << 18);
  send(EventKind::oracle_read, 0x6000'0000, 1);
  send(EventKind::oracle_read, 0x6000'0008, 1);
  expect_nothing();
  send(EventKind::oracle_read, 0x6000'0000, 2);
  expect_violation("0x60000000", "had changed");
}

class ManifestWatchTest : public CheckTest, public EventListener {
 protected:
  ManifestWatchTest() : watch(scene, bus) { bus.add(*this, ManifestWatch::derived_kinds()); }
  void on_event(const Event& e) override { seen.push_back(e); }
  void access(EventKind kind, std::uint64_t pa, std::uint64_t value) {
    watch.on_event(make(kind, pa, pa, value, 4));
  }
  EventBus bus;
  ManifestWatch watch;
  std::vector<Event> seen;
};

TEST_F(ManifestWatchTest, TheCoreWhoseTicketIsServedTakesTheLock) {
  access(EventKind::write, 0x4010'0040, 6);  // core 0 draws ticket 5
  access(EventKind::read, 0x4010'0044, 4);
  EXPECT_TRUE(seen.empty());
  core = 1;
  access(EventKind::read, 0x4010'0044, 5);  // it has no ticket
  EXPECT_TRUE(seen.empty());
  core = 0;
  access(EventKind::read, 0x4010'0044, 5);
  ASSERT_EQ(seen.size(), 1u);
  EXPECT_EQ(seen[0].kind, EventKind::lock_acquire);
  EXPECT_EQ(seen[0].d, 1u);
  access(EventKind::write, 0x4010'0044, 6);
  ASSERT_EQ(seen.size(), 2u);
  EXPECT_EQ(seen[1].kind, EventKind::lock_release);
}

TEST_F(ManifestWatchTest, AVmIsEnteredByAReturnWithItsRoot) {
  watch.on_event(
      make(EventKind::sysreg_write, 1, 0, 0, static_cast<std::uint32_t>(SysReg::HCR_EL2)));
  watch.on_event(
      make(EventKind::sysreg_write, kRoot, 0, 0, static_cast<std::uint32_t>(SysReg::VTTBR_EL2)));
  watch.on_event(make(EventKind::exception_return, 0, 0, 0, 2u << 16 | 1u << 18));
  EXPECT_TRUE(seen.empty());  // KServ is no VM
  watch.on_event(make(EventKind::sysreg_write, kVmRoot | 1ull << 48, 0, 0,
                      static_cast<std::uint32_t>(SysReg::VTTBR_EL2)));
  watch.on_event(make(EventKind::sysreg_write, 0x8000'0102, 0, 0,
                      static_cast<std::uint32_t>(SysReg::VMPIDR_EL2)));
  watch.on_event(make(EventKind::exception_return, 0, 0, 0, 2u << 16 | 1u << 18));
  ASSERT_EQ(seen.size(), 1u);
  EXPECT_EQ(seen[0].kind, EventKind::vm_enter);
  EXPECT_EQ(seen[0].d, (kFirstVm + 1) | 18u << 16);  // vCPU 18: Aff1 1, Aff0 2
  watch.on_event(make(EventKind::exception_entry, 0, 0, 0, 1u << 18));  // to EL1: still inside
  watch.on_event(make(EventKind::exception_entry, 0, 0, 0, 2u << 18));
  ASSERT_EQ(seen.size(), 2u);
  EXPECT_EQ(seen[1].kind, EventKind::vm_exit);
}

TEST(CheckerSetTest, AnUnknownNameIsTheUsersErrorWithTheNearest) {
  FakeMachine machine;
  Scene scene;
  scene.machine = &machine;
  EventBus bus;
  CheckerSet set(scene, bus);
  try {
    set.add("locksett", architecture_checkers());
    FAIL();
  } catch (const UserError& error) {
    EXPECT_NE(std::string(error.what()).find("did you mean 'lockset'"), std::string::npos);
  }
  set.add("all", architecture_checkers());
  EXPECT_EQ(set.checkers().size(), architecture_checkers().size());
}

TEST(CheckerSetTest, EachRuleHasANameAndACitation) {
  for (unsigned n = 0; n < kRules; ++n) {
    const RuleDescription& rule = rule_description(static_cast<Rule>(n));
    EXPECT_EQ(static_cast<unsigned>(rule.rule), n);
    EXPECT_FALSE(rule.name.empty());
    EXPECT_FALSE(rule.citation.empty());
  }
}

}  // namespace
}  // namespace armature::check::test
