// The checker page-observers on a machine made of words; observers_test.cc has its plain data.
#include "hyp/check/checkers.h"
#include "tests/sim/check_fixture.h"

namespace armature::hyp {
namespace {

using check::kFirstVm;
using check::kHost;
using check::Tlbi;

constexpr unsigned kS2page = 1;  // the lock of the page array

// The page array covers one page, kPage, and KServ's and VM 1's tables are loaded.
class ObservedPageTest : public check::test::CheckTest {
 protected:
  static constexpr std::uint64_t kEntry = 0x4010'0400;
  static constexpr std::uint64_t kGfn = 0x80000;  // kVmLeaf translates it
  ObservedPageTest() {
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

class PageObserversCheckerTest : public ObservedPageTest {
 protected:
  PageObserversCheckerTest() {
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

TEST_F(PageObserversCheckerTest, UnmapFlushMapIsGood) {
  unmap();
  flush();
  move_to_vm();
  expect_nothing();
}
TEST_F(PageObserversCheckerTest, AFlushBeforeTheUnmapLeavesTheOldObserver) {
  flush();
  unmap();
  move_to_vm();
  expect_said({"belongs to VM 1 now, but KServ can still observe it", "no TLBI IPAS2E1IS"});
}
TEST_F(PageObserversCheckerTest, WithoutAFlushTheGroupsDiffer) {
  unmap();
  move_to_vm();
  expect_said({"different groups of observers", "by tables {VM 1}, by TLBs {KServ,VM 1}"});
}
TEST_F(PageObserversCheckerTest, APageOfADeviceMayBeMappedWhileItWaitsForTheFlushOfAnother) {
  constexpr std::uint64_t kDevice = 0x0900'0000 | 0x7ff;
  unmap();
  flush();
  store(kLeaf, 0, kDevice);
  store(kLeaf, kDevice, 0);
  store(kVmLeaf, 0, kDevice, 1);
  release();
  expect_nothing();
}

TEST_F(PageObserversCheckerTest, ALocalFlushLeavesTheOtherCore) {
  unmap();
  flush(false);
  move_to_vm();
  expect_said({"KServ can still observe it", "on core 1 since the unmap"});
}
TEST_F(PageObserversCheckerTest, AFlushThatIsNotCompleteRemovesNobody) {
  unmap();
  dsb(0xa);
  tlbi(Tlbi::vmalls12e1);
  move_to_vm();
  expect_said({"KServ can still observe it"});
}
TEST_F(PageObserversCheckerTest, Stage2AloneLeavesCombinedEntries) {
  unmap();
  dsb(0xa);
  tlbi(Tlbi::ipas2e1, kPage >> 12);
  dsb();
  move_to_vm();
  expect_said({"no TLBI VMALLE1IS"});
}
TEST_F(PageObserversCheckerTest, ThePageMayStayMappedWhileItIsGranted) {
  set_page(1, 1, kGfn);
  release();
  expect_nothing();
}
TEST_F(PageObserversCheckerTest, AGrantThatEndsTakesKServFromTheObservers) {
  set_page(1, 1, kGfn);
  release();
  set_page(1, 0, kGfn);
  release();
  expect_violation("KServ can still observe it", "it was not unmapped first");
}

}  // namespace
}  // namespace armature::hyp
