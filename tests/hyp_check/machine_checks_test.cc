// The hypervisor's checkers on a machine made of words: ownership, page-observers.
#include "hyp/check/checkers.h"
#include "tests/sim/check_fixture.h"

namespace armature::hyp {
namespace {

using check::kFirmware;
using check::kFirstVm;
using check::kHost;
using check::Tlbi;

constexpr unsigned kS2page = 1;  // the lock of the page array

// The page array covers one page, kPage, and KServ's and VM 1's tables are loaded.
class HypCheckTest : public check::test::CheckTest {
 protected:
  static constexpr std::uint64_t kEntry = 0x4010'0400;
  static constexpr std::uint64_t kGfn = 0x80000;  // kVmLeaf translates it
  HypCheckTest() {
    scene.manifest.ownership.push_back({.base_cell = {0x4010'0300},
                                        .bytes_cell = {0x4010'0308},
                                        .entries_cell = {0x4010'0310},
                                        .entry_bytes = 16,
                                        .owner_offset = 0,
                                        .count_offset = 4,
                                        .gfn_offset = 8});
    machine.words[0x4010'0300] = kPage;
    machine.words[0x4010'0308] = kFrameBytes;
    machine.words[0x4010'0310] = kEntry;
  }
  void watch(std::unique_ptr<check::Checker> made) {
    use(std::move(made));
    write_register(SysReg::VTTBR_EL2, kRoot);
    write_register(SysReg::VTTBR_EL2, kVmRoot | 1ull << 48);
    return_to_el1();  // booted
  }
  // Owner as in the array: 0 KServ, 1 VM 1, 256 KCore.
  void set_page(std::uint32_t owner, std::uint32_t count, std::uint64_t gfn = 0) {
    machine.words[kEntry] = owner | std::uint64_t{count} << 32;
    machine.words[kEntry + 8] = gfn;
    send(EventKind::write, 0, kEntry, machine.words[kEntry], 8);
  }
  void release() { release_lock(kS2page); }
};

class OwnershipTest : public HypCheckTest {
 protected:
  OwnershipTest() { watch(make_ownership_checker(scene)); }
};

TEST_F(OwnershipTest, KServMayMapItsOwnPage) {
  store(kLeaf, 0, kValid);
  release();
  expect_nothing();
}
TEST_F(OwnershipTest, KServMayNotMapAVmsPage) {
  set_page(1, 0, kGfn);
  store(kLeaf, 0, kValid);
  release();
  expect_violation("KServ maps page 0x50000000", "its owner is VM 1 and it is not granted",
                   "core 0 wrote the descriptor at pc");
}
TEST_F(OwnershipTest, KServMayMapAPageThatIsGranted) {
  set_page(1, 1, kGfn);
  store(kLeaf, 0, kValid);
  release();
  expect_nothing();
}
TEST_F(OwnershipTest, AGrantMayNotEndWhileKServMapsThePage) {
  set_page(1, 1, kGfn);
  store(kLeaf, 0, kValid);
  release();
  set_page(1, 0, kGfn);
  release();
  expect_violation("it is not granted", "had not unmapped it");
}
TEST_F(OwnershipTest, AGrantMayEndAfterTheUnmap) {
  set_page(1, 1, kGfn);
  store(kLeaf, 0, kValid);
  release();
  store(kLeaf, kValid, 0);
  set_page(1, 0, kGfn);
  release();
  expect_nothing();
}
TEST_F(OwnershipTest, AnExportedPageIsNotGranted) {
  set_page(1, ~0u, kGfn);
  store(kLeaf, 0, kValid);
  release();
  expect_violation("it is not granted");
}
TEST_F(OwnershipTest, KServsStage2IsTheIdentity) {
  machine.tables[kLeaf] = {leaf(kRoot, 0, kPage + kFrameBytes)};
  store(kLeaf, 0, kValid);
  release();
  expect_violation("at IPA 0x50001000", "identity");
}
TEST_F(OwnershipTest, AVmsPageHasOnePlace) {
  set_page(1, 0, kGfn + 1);
  store(kVmLeaf, 0, kValid, 1);
  release();
  expect_violation("VM 1 maps page", "guest frame 0x80001");
}
TEST_F(OwnershipTest, AVmMapsItsOwnPageAtItsPlace) {
  set_page(1, 0, kGfn);
  store(kVmLeaf, 0, kValid, 1);
  release();
  expect_nothing();
}
TEST_F(OwnershipTest, NothingIsJudgedBeforeTheLockIsReleased) {
  set_page(1, 0, kGfn);
  store(kLeaf, 0, kValid);
  expect_nothing();
}
TEST_F(OwnershipTest, KCoresPagesStayItsOwn) {
  give(kPage, kFirmware, kFirstVm + 1);
  release();
  expect_violation("KCore's pages never change their owner");
}
TEST_F(OwnershipTest, AVmGetsOnlyKServsPages) {
  give(kPage, kFirstVm + 1, kFirstVm + 2);
  release();
  expect_violation("went from VM 1 to VM 2", "only KServ's pages");
}
TEST_F(OwnershipTest, APageThatLeavesAVmIsZero) {
  machine.words[kPage + 0x20] = 1;
  give(kPage, kFirstVm + 1, kHost);
  release();
  expect_violation("not zeroed", "0x50000020");
}
TEST_F(OwnershipTest, AZeroedPageMayLeave) {
  give(kPage, kFirstVm + 1, kHost);
  release();
  expect_nothing();
}
TEST_F(OwnershipTest, WhatAVmGetsNeedNotBeZero) {
  machine.words[kPage + 0x20] = 1;
  give(kPage, kHost, kFirstVm + 1);
  release();
  expect_nothing();
}

class ObserversTest : public HypCheckTest {
 protected:
  ObserversTest() {
    watch(make_page_observers_checker(scene));
    store(kLeaf, 0, kValid);
  }
  void unmap() { store(kLeaf, kValid, 0); }
  void flush(bool broadcast = true) {
    dsb(0xa);
    tlbi(Tlbi::ipas2e1, kPage >> 12, 0, broadcast);
    dsb();
    tlbi(Tlbi::vmalle1, 0, 0, broadcast);
    dsb();
  }
  // KCore gives the page to VM 1 and maps it there.
  void move_to_vm() {
    set_page(1, 0, kGfn);
    give(kPage, kHost, kFirstVm + 1);
    store(kVmLeaf, 0, kValid, 1);
    release();
  }
  // Of the violations that there are, one says all of it.
  void expect_said(std::vector<std::string> parts) {
    for (const check::Verdict& verdict : checker->verdicts()) {
      bool all = true;
      for (const std::string& part : parts)
        all = all && verdict.what.find(part) != std::string::npos;
      if (all) return;
    }
    for (const check::Verdict& verdict : checker->verdicts()) ADD_FAILURE() << verdict.what;
    ADD_FAILURE() << checker->verdicts().size() << " verdicts, and none says " << parts[0];
  }
};

TEST_F(ObserversTest, UnmapFlushMapIsGood) {
  unmap();
  flush();
  move_to_vm();
  expect_nothing();
}
TEST_F(ObserversTest, AFlushBeforeTheUnmapLeavesTheOldObserver) {
  flush();
  unmap();
  move_to_vm();
  expect_said({"belongs to VM 1 now, but KServ can still observe it", "no TLBI IPAS2E1IS"});
}
TEST_F(ObserversTest, WithoutAFlushTheGroupsDiffer) {
  unmap();
  move_to_vm();
  expect_said({"different groups of observers", "by tables {VM 1}, by TLBs {KServ,VM 1}"});
}
TEST_F(ObserversTest, ALocalFlushLeavesTheOtherCore) {
  unmap();
  flush(false);
  move_to_vm();
  expect_said({"KServ can still observe it", "on core 1 since the unmap"});
}
TEST_F(ObserversTest, AFlushThatIsNotCompleteRemovesNobody) {
  unmap();
  dsb(0xa);
  tlbi(Tlbi::vmalls12e1);
  move_to_vm();
  expect_said({"KServ can still observe it"});
}
TEST_F(ObserversTest, Stage2AloneLeavesCombinedEntries) {
  unmap();
  dsb(0xa);
  tlbi(Tlbi::ipas2e1, kPage >> 12);
  dsb();
  move_to_vm();
  expect_said({"no TLBI VMALLE1IS"});
}
TEST_F(ObserversTest, ThePageMayStayMappedWhileItIsGranted) {
  set_page(1, 1, kGfn);
  release();
  expect_nothing();
}
TEST_F(ObserversTest, AGrantThatEndsTakesKServFromTheObservers) {
  set_page(1, 1, kGfn);
  release();
  set_page(1, 0, kGfn);
  release();
  expect_violation("KServ can still observe it", "it was not unmapped first");
}

}  // namespace
}  // namespace armature::hyp
