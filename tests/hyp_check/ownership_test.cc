// The invariants of page ownership, each alone, and when they are judged.
#include "hyp/check/checkers.h"
#include "tests/sim/check_fixture.h"

namespace armature::check::test {
namespace {

class Ownership : public CheckTest {
 protected:
  static constexpr unsigned kKServTables = 0, kPageArray = 1;
  static constexpr std::uint64_t kCells = 0x4010'1000, kEntries = 0x4010'2000, kPages = 16;
  static constexpr std::uint64_t kVmGpa = 0x8000'0000;

  Ownership() {
    scene.manifest.ownership.push_back({.base_cell = {kCells},
                                        .bytes_cell = {kCells + 8},
                                        .entries_cell = {kCells + 16},
                                        .entry_bytes = 16,
                                        .owner_offset = 0,
                                        .count_offset = 4,
                                        .gfn_offset = 8});
    set_range(kPage);
    use(hyp::make_ownership_checker(scene));
    write_register(SysReg::VTTBR_EL2, kRoot);
    write_register(SysReg::VTTBR_EL2, kVmRoot | 1ull << 48);
  }
  void set_range(std::uint64_t base) {
    machine.words[kCells] = base;
    machine.words[kCells + 8] = kPages * kFrameBytes;
    machine.words[kCells + 16] = kEntries;
  }
  // 0 KServ, 1.. a VM, 256 KCore.
  void set_page(std::uint64_t owner, std::uint64_t count = 0, std::uint64_t gfn = 0) {
    machine.words[kEntries] = owner | count << 32;
    machine.words[kEntries + 8] = gfn;
  }
  void map_in_kserv() { store(kLeaf, 0, kValid); }
  void map_in_vm() { store(kVmLeaf, 0, kValid, 1); }
  void boot() { return_to_el1(); }
};

TEST_F(Ownership, KServMapsItsOwnPagesAtTheirAddress) {
  boot();
  map_in_kserv();
  return_to_el1();
  expect_nothing();
}

TEST_F(Ownership, KServsTableIsTheIdentity) {
  machine.tables[kLeaf] = {leaf(kRoot, 0, kPage + kFrameBytes)};
  map_in_kserv();
  return_to_el1();
  expect_violation("identity", "KServ");
}

TEST_F(Ownership, WhatIsNoRamKServMayMap) {
  set_range(kPage + 0x100'0000);
  map_in_kserv();
  return_to_el1();
  expect_nothing();
}

TEST_F(Ownership, APageOfAVmIsMappedInKServOnlyWhileItIsGranted) {
  set_page(1, 1);
  map_in_kserv();
  return_to_el1();
  expect_nothing();
}

TEST_F(Ownership, APageOfAVmThatIsNotGrantedIsNotMappedInKServ) {
  set_page(1);
  map_in_kserv();
  return_to_el1();
  expect_violation("KServ", "not granted");
}

TEST_F(Ownership, APageOfKCoreIsNotMappedInKServ) {
  set_page(256);
  map_in_kserv();
  return_to_el1();
  expect_violation("KServ", "its owner is KCore");
}

TEST_F(Ownership, AVmMapsItsOwnPagesAtTheirFrame) {
  set_page(1, 0, kVmGpa / kFrameBytes);
  map_in_vm();
  return_to_el1();
  expect_nothing();
}

TEST_F(Ownership, AVmMapsNoPageOfAnother) {
  set_page(2, 0, kVmGpa / kFrameBytes);
  map_in_vm();
  return_to_el1();
  expect_violation("VM 1", "its owner is VM 2");
}

TEST_F(Ownership, AVmMapsAPageAtOneFrameOnly) {
  set_page(1, 0, kVmGpa / kFrameBytes + 1);
  map_in_vm();
  return_to_el1();
  expect_violation("VM 1", "guest frame");
}

TEST_F(Ownership, PageZeroIsNobodys) {
  set_range(0);
  boot();
  expect_violation("page 0");
}

TEST_F(Ownership, KCoresOwnMemoryIsKCoresFromTheFirstEntryOn) {
  scene.manifest.own_memory.push_back({{0x4010'3000}, {0x4010'3008}});
  machine.words[0x4010'3000] = kPage;
  machine.words[0x4010'3008] = kFrameBytes;
  boot();
  expect_violation("KCore's own memory", "KServ");
}

TEST_F(Ownership, KCoresPagesNeverChangeTheirOwner) {
  boot();
  give(kPage, kFirmware, kHost);
  return_to_el1();
  expect_violation("KCore");
}

TEST_F(Ownership, APageThatLeavesAVmIsZero) {
  boot();
  machine.words[kPage + 0x100] = 7;
  give(kPage, kFirstVm + 1, kHost);
  return_to_el1();
  expect_violation("zero");
}

TEST_F(Ownership, NothingIsJudgedWhileACoreHoldsThePageArray) {
  boot();
  take_lock(kPageArray);
  set_page(1);
  map_in_kserv();
  core = 1;
  return_to_el1();  // another core enters KServ meanwhile
  expect_nothing();
  core = 0;
  release_lock(kPageArray);
  expect_violation("not granted");
}

TEST_F(Ownership, NothingOfTablesIsJudgedWhileACoreHoldsTheirLock) {
  boot();
  take_lock(kPageArray);
  take_lock(kKServTables);
  set_page(1);
  map_in_kserv();
  release_lock(kPageArray);
  expect_nothing();
  release_lock(kKServTables);
  expect_violation("not granted");
}

TEST_F(Ownership, WhatIsPutRightBeforeTheLastLockIsReleasedIsNoViolation) {
  boot();
  take_lock(kPageArray);
  set_page(1);
  map_in_kserv();
  set_page(0);
  release_lock(kPageArray);
  return_to_el1();
  expect_nothing();
}

}  // namespace
}  // namespace armature::check::test
