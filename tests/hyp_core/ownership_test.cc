// A page on its way from KServ to a VM and back.
#include "hyp/kcore/core/ownership.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/hyp_core/world_fixture.h"

namespace armature::kcore::test {
namespace {

using abi::Call;
using abi::Result;
using fake::Op;
using fake::Step;
using testing::HasSubstr;

constexpr std::uint64_t kPage = kRam + 0x100000;

class Ownership : public testing::Test {
 protected:
  std::vector<Step> steps_since(std::size_t first) {
    return {fake::processor.steps.begin() + static_cast<std::ptrdiff_t>(first), fake::processor.steps.end()};
  }
  std::size_t now() const { return fake::processor.steps.size(); }
  // Gives `pa` to vCPU 0 at the gpa of its next memory exit.
  std::int64_t give(std::uint64_t vmid, std::uint64_t gpa, std::uint64_t pa,
                    abi::Action action = abi::Action::give_page) {
    fake::processor.guest = [&](ShadowContext&, const arch::GuestRun&) { return memory_access(gpa); };
    world.mailbox(vmid, 0).in = {};
    world.call(Call::vcpu_run, vmid, 0);
    world.mailbox(vmid, 0).in.action = action;
    world.mailbox(vmid, 0).in.page = pa;
    fake::processor.guest = nullptr;
    return world.call(Call::vcpu_run, vmid, 0);
  }
  void power_off(std::uint64_t vmid) {
    world.mailbox(vmid, 0).in = {};
    fake::processor.guest = [](ShadowContext& context, const arch::GuestRun&) {
      context.x[0] = 0x84000008;
      return hvc();
    };
    world.call(Call::vcpu_run, vmid, 0);
    fake::processor.guest = nullptr;
  }
  std::int64_t vm_calls(std::uint64_t vmid, abi::VmCall number, std::uint64_t gpa, std::uint64_t bytes) {
    unsigned exits = 0;
    std::int64_t result = 99;
    world.mailbox(vmid, 0).in = {};
    fake::processor.guest = [&](ShadowContext& context, const arch::GuestRun&) {
      if (exits++ != 0) {
        result = static_cast<std::int64_t>(context.x[0]);
        return interrupt();
      }
      context.x[0] = static_cast<std::uint64_t>(number);
      context.x[1] = gpa;
      context.x[2] = bytes;
      return hvc();
    };
    EXPECT_EQ(world.call(Call::vcpu_run, vmid, 0), static_cast<std::int64_t>(abi::ExitReason::interrupt));
    fake::processor.guest = nullptr;
    return result;
  }

  World world;
};

TEST_F(Ownership, AtBootIsKCoresForItsOwnPagesAndKServsForTheRest) {
  EXPECT_EQ(world.page(kRam).owner, kOwnerKCore);
  EXPECT_EQ(world.page(kRam + 15 * kPageBytes).owner, kOwnerKCore);
  EXPECT_EQ(world.page(kRam + 16 * kPageBytes).owner, kOwnerKServ);
  EXPECT_EQ(world.core().pages.find({kRam - 1}), nullptr);
  EXPECT_EQ(world.core().pages.find({kRam + World::kRamBytes}), nullptr);
}

TEST_F(Ownership, KServMapsItsPagesLazilyAndOneByOne) {
  EXPECT_FALSE(world.kserv_maps(kPage));
  world.kserv_touch(kPage + 8);
  EXPECT_TRUE(world.kserv_maps(kPage));
  EXPECT_EQ(world.core().kserv.look_up({kPage}).page.value, kPage);
  EXPECT_FALSE(world.kserv_maps(kPage + kPageBytes));
}

TEST_F(Ownership, KServReachesDevices) {
  world.kserv_touch(0x9000000);
  EXPECT_TRUE(world.kserv_maps(0x9000000));
}

TEST_F(Ownership, KServThatReachesForKCoreHaltsTheMachine) {
  EXPECT_THROW(world.kserv_touch(kRam), fake::Halted);
  EXPECT_THAT(fake::processor.console, HasSubstr("KServ on core 0 reached for KCore's memory: a read of 0x40000000"));
}

TEST_F(Ownership, KServThatReachesForAVmsPageHaltsTheMachine) {
  world.make_vm(kPage);
  EXPECT_THROW(world.kserv_touch(kPage), fake::Halted);
  EXPECT_THAT(fake::processor.console, HasSubstr("reached for a VM's memory"));
  EXPECT_FALSE(world.kserv_maps(kPage));
}

TEST_F(Ownership, AssigningUnmapsFromKServInTheOrderThatTheManualNeeds) {
  world.kserv_touch(kPage);
  const std::uint64_t kserv = world.core().kserv.vttbr();
  const auto vmid = world.make_vm();
  fake::processor.vttbr = 0x55;
  const auto before = now();
  {
    LockGuard guard(world.core().s2page_lock);
    assign_to_vm(world.core(), world.vm(vmid), 7, {kPage}, 1);
  }
  const std::vector<Step> expected = {
      {Op::descriptor, 0},
      {Op::dsb_ishst},
      {Op::write_vttbr, kserv}, {Op::isb},
      {Op::tlbi_ipas2e1is, kPage},
      {Op::dsb_ish},
      {Op::tlbi_vmalle1is},
      {Op::dsb_ish},
      {Op::write_vttbr, 0x55}, {Op::isb},
      {Op::clean_page, kPage},
      {Op::dsb_sy},
  };
  EXPECT_EQ(steps_since(before), expected);
}

TEST_F(Ownership, AssigningWhatKServNeverMappedNeedsNoInvalidation) {
  const auto vmid = world.make_vm();
  const auto before = now();
  LockGuard guard(world.core().s2page_lock);
  assign_to_vm(world.core(), world.vm(vmid), 7, {kPage}, 1);
  const std::vector<Step> expected = {{Op::clean_page, kPage}, {Op::dsb_sy}};
  EXPECT_EQ(steps_since(before), expected);
}

TEST_F(Ownership, NoCoreReachesAnAssignedPageThroughKServWhateverItsWalkersDid) {
  const auto vmid = world.make_vm();
  world.kserv_touch(kPage);
  fake::Observers observers;
  observers.watch(world.core().kserv.vttbr(), kPage, 1);
  fake::processor.observers = &observers;
  observers.step({Op::isb});
  ASSERT_TRUE(observers.can_reach(world.core().kserv.vttbr(), kPage));
  EXPECT_EQ(give(vmid, kVmBase + 0x100000, kPage), static_cast<std::int64_t>(abi::ExitReason::interrupt));
  EXPECT_EQ(world.page(kPage).owner, vmid);
  EXPECT_FALSE(observers.can_reach(world.core().kserv.vttbr(), kPage));
}

TEST_F(Ownership, WhatAVmReadsPastTheCachesIsWhatKServWroteLast) {
  world.ram().word(kPage) = 42;  // dirty in a cache
  ASSERT_EQ(world.ram().word_in_memory(kPage), 0u);
  const auto vmid = world.make_vm();
  give(vmid, kVmBase + 0x100000, kPage);
  EXPECT_EQ(world.ram().word_in_memory(kPage), 42u);
}

TEST_F(Ownership, APageIsMappedWhereTheVmFaultedAndNowhereElse) {
  const auto vmid = world.make_vm();
  give(vmid, kVmBase + 0x123008, kPage);
  EXPECT_EQ(world.vm(vmid).stage2.look_up({kVmBase + 0x123000}).page.value, kPage);
  EXPECT_EQ(world.page(kPage).gfn, (kVmBase + 0x123000) / kPageBytes);
  EXPECT_FALSE(world.vm_maps(vmid, kVmBase + 0x122000));
}

TEST_F(Ownership, ABlockTakesAllOfIts512Pages) {
  const auto vmid = world.make_vm();
  const std::uint64_t block = kRam + (4 << 20);
  EXPECT_GT(give(vmid, kVmBase + 0x312345, block, abi::Action::give_block), 0);
  for (std::uint64_t n = 0; n < kBlockPages; ++n) {
    EXPECT_EQ(world.page(block + n * kPageBytes).owner, vmid);
    EXPECT_EQ(world.page(block + n * kPageBytes).gfn, (kVmBase + 0x200000) / kPageBytes + n);
  }
  EXPECT_EQ(world.vm(vmid).stage2.look_up({kVmBase + 0x3ff000}).page.value, block + 0x1ff000);
}

TEST_F(Ownership, ABlockWithOnePageThatIsNotKServsIsRefusedWhole) {
  const auto first = world.make_vm();
  const std::uint64_t block = kRam + (4 << 20);
  give(first, kVmBase + 0x100000, block + 0x1ff000);
  const auto second = world.make_vm(kRam + 0x50000, 2, 1, kRam + 0x30000);
  EXPECT_EQ(give(second, kVmBase + 0x300000, block, abi::Action::give_block),
            static_cast<std::int64_t>(Result::not_yours));
  EXPECT_EQ(world.page(block).owner, kOwnerKServ);
  EXPECT_FALSE(world.vm_maps(second, kVmBase + 0x200000));
}

TEST_F(Ownership, APageOfAnotherVmIsRefused) {
  const auto first = world.make_vm();
  give(first, kVmBase + 0x100000, kPage);
  const auto second = world.make_vm(kRam + 0x50000, 2, 1, kRam + 0x30000);
  EXPECT_EQ(give(second, kVmBase + 0x100000, kPage), static_cast<std::int64_t>(Result::not_yours));
  EXPECT_EQ(world.page(kPage).owner, first);
}

TEST_F(Ownership, OnePageAtTwoGuestFramesIsRefused) {
  const auto vmid = world.make_vm();
  give(vmid, kVmBase + 0x100000, kPage);
  EXPECT_EQ(give(vmid, kVmBase + 0x101000, kPage), static_cast<std::int64_t>(Result::not_yours));
  EXPECT_FALSE(world.vm_maps(vmid, kVmBase + 0x101000));
}

TEST_F(Ownership, ADeviceIsNoMemory) {
  const auto vmid = world.make_vm();
  EXPECT_EQ(give(vmid, kVmBase + 0x100000, 0x9000000), static_cast<std::int64_t>(Result::not_yours));
}

TEST_F(Ownership, AMailboxCannotBeGivenAway) {
  const auto vmid = world.make_vm();
  const std::uint64_t mailbox = world.vm(vmid).vcpus[0].mailbox.value;
  EXPECT_EQ(give(vmid, kVmBase + 0x100000, mailbox), static_cast<std::int64_t>(Result::not_yours));
}

TEST_F(Ownership, TwoVcpusThatFaultOnOneFrameGetOnePageAndKServKeepsTheOther) {
  const auto vmid = world.make_vm(kRam + 0x40000, 2, 2);
  for (unsigned n = 0; n < 2; ++n) world.vm(vmid).vcpus[n].saved.is_on = 1;
  fake::processor.guest = [&](ShadowContext&, const arch::GuestRun&) { return memory_access(kVmBase + 0x100000); };
  for (unsigned n = 0; n < 2; ++n) world.call(Call::vcpu_run, vmid, n);
  fake::processor.guest = nullptr;
  for (unsigned n = 0; n < 2; ++n) {
    world.mailbox(vmid, n).in.action = abi::Action::give_page;
    world.mailbox(vmid, n).in.page = kPage + n * kPageBytes;
    EXPECT_GT(world.call(Call::vcpu_run, vmid, n), 0);
  }
  EXPECT_EQ(world.mailbox(vmid, 0).out.page, abi::PageOutcome::taken);
  EXPECT_EQ(world.mailbox(vmid, 1).out.page, abi::PageOutcome::already_mapped);
  EXPECT_EQ(world.vm(vmid).stage2.look_up({kVmBase + 0x100000}).page.value, kPage);
  EXPECT_EQ(world.page(kPage + kPageBytes).owner, kOwnerKServ);
}

TEST_F(Ownership, ARunningVmCannotBeCleared) {
  const auto vmid = world.make_vm(kPage);
  EXPECT_EQ(world.call(Call::clear_vm_s2_range, vmid, kRam, World::kRamBytes),
            static_cast<std::int64_t>(Result::wrong_state));
  EXPECT_EQ(world.page(kPage).owner, vmid);
}

TEST_F(Ownership, PoweringOffClosesTheVmsTableForEveryCore) {
  const auto vmid = world.make_vm(kPage);
  const std::uint64_t vttbr = world.vm(vmid).stage2.vttbr();
  fake::Observers observers;
  observers.watch(vttbr, kVmBase, 1);
  fake::processor.observers = &observers;
  observers.step({Op::isb});
  ASSERT_TRUE(observers.can_reach(vttbr, kVmBase));
  power_off(vmid);
  EXPECT_FALSE(observers.can_reach(vttbr, kVmBase));
  EXPECT_FALSE(world.vm_maps(vmid, kVmBase));
}

TEST_F(Ownership, PoweringOffWaitsForTheInvalidationUnderTheVmsOwnVmid) {
  const auto vmid = world.make_vm(kPage);
  const auto before = now();
  power_off(vmid);
  const auto steps = steps_since(before);
  std::vector<Step> rest;
  for (const auto& step : steps) {
    if (step.op != Op::descriptor && step.op != Op::run_vcpu) rest.push_back(step);
  }
  const std::vector<Step> expected = {{Op::dsb_ishst},
                                      {Op::write_vttbr, world.vm(vmid).stage2.vttbr()}, {Op::isb},
                                      {Op::tlbi_vmalls12e1is}, {Op::dsb_ish},
                                      {Op::write_vttbr, world.core().kserv.vttbr()}, {Op::isb}};
  EXPECT_EQ(rest, expected);
}

TEST_F(Ownership, AClearedPageIsZeroInCachesAndInMemoryAndKServs) {
  const auto vmid = world.make_vm(kPage);
  world.ram().word(kPage + 64) = 0x5ec7e7;
  world.ram().clean(kPage);
  power_off(vmid);
  EXPECT_EQ(world.call(Call::clear_vm_s2_range, vmid, kRam, World::kRamBytes), 2);
  EXPECT_EQ(world.ram().word(kPage + 64), 0u);
  EXPECT_EQ(world.ram().word_in_memory(kPage + 64), 0u);
  EXPECT_EQ(world.page(kPage).owner, kOwnerKServ);
  world.kserv_touch(kPage);
}

TEST_F(Ownership, ThePageIsCleanedBeforeItIsKServs) {
  const auto vmid = world.make_vm(kPage, 1);
  power_off(vmid);
  const auto before = now();
  world.call(Call::clear_vm_s2_range, vmid, kPage, kPageBytes);
  const std::vector<Step> expected = {{Op::zero_page, kPage}, {Op::clean_page, kPage}, {Op::dsb_sy},
                                      {Op::ic_ialluis}, {Op::dsb_ish}, {Op::isb}};
  EXPECT_EQ(steps_since(before), expected);
}

TEST_F(Ownership, ClearingTouchesOnlyTheVmsPagesInTheRange) {
  const auto vmid = world.make_vm(kPage, 3);
  world.ram().word(kPage + 0x10000) = 7;
  power_off(vmid);
  EXPECT_EQ(world.call(Call::clear_vm_s2_range, vmid, kPage + kPageBytes, kPageBytes), 1);
  EXPECT_EQ(world.page(kPage).owner, vmid);
  EXPECT_EQ(world.page(kPage + kPageBytes).owner, kOwnerKServ);
  EXPECT_EQ(world.ram().word(kPage + 0x10000), 7u);
}

TEST_F(Ownership, ClearingReleasesTheMailboxes) {
  const auto vmid = world.make_vm(kPage);
  const std::uint64_t mailbox = world.vm(vmid).vcpus[0].mailbox.value;
  EXPECT_EQ(world.page(mailbox).count, 1u);
  power_off(vmid);
  world.call(Call::clear_vm_s2_range, vmid, kRam, World::kRamBytes);
  EXPECT_EQ(world.page(mailbox).count, 0u);
}

TEST_F(Ownership, APageThatCameBackCanGoToAnotherVm) {
  const auto first = world.make_vm(kPage);
  power_off(first);
  world.call(Call::clear_vm_s2_range, first, kRam, World::kRamBytes);
  const auto second = world.make_vm(kPage);
  EXPECT_NE(first, second);
  EXPECT_EQ(world.page(kPage).owner, second);
  EXPECT_EQ(world.vm(second).state, VmState::verified);
}

TEST_F(Ownership, KServReachesAGrantedPageUntilItIsRevoked) {
  const auto vmid = world.make_vm(kPage);
  EXPECT_EQ(vm_calls(vmid, abi::VmCall::grant, kVmBase, kPageBytes), 0);
  world.kserv_touch(kPage);
  EXPECT_TRUE(world.kserv_maps(kPage));
  EXPECT_THROW(world.kserv_touch(kPage + kPageBytes), fake::Halted);
  fake::reset();
  EXPECT_EQ(vm_calls(vmid, abi::VmCall::revoke, kVmBase, kPageBytes), 0);
  EXPECT_FALSE(world.kserv_maps(kPage));
  EXPECT_THROW(world.kserv_touch(kPage), fake::Halted);
}

TEST_F(Ownership, RevokingTakesThePageFromEveryCore) {
  const auto vmid = world.make_vm(kPage);
  vm_calls(vmid, abi::VmCall::grant, kVmBase, kPageBytes);
  world.kserv_touch(kPage);
  fake::Observers observers;
  observers.watch(world.core().kserv.vttbr(), kPage, 1);
  fake::processor.observers = &observers;
  observers.step({Op::isb});
  ASSERT_TRUE(observers.can_reach(world.core().kserv.vttbr(), kPage));
  vm_calls(vmid, abi::VmCall::revoke, kVmBase, kPageBytes);
  EXPECT_FALSE(observers.can_reach(world.core().kserv.vttbr(), kPage));
}

TEST_F(Ownership, GrantsAreCounted) {
  const auto vmid = world.make_vm(kPage);
  vm_calls(vmid, abi::VmCall::grant, kVmBase, kPageBytes);
  vm_calls(vmid, abi::VmCall::grant, kVmBase, 2 * kPageBytes);
  EXPECT_EQ(vm_calls(vmid, abi::VmCall::revoke, kVmBase, kPageBytes), 0);
  world.kserv_touch(kPage);
  EXPECT_EQ(vm_calls(vmid, abi::VmCall::revoke, kVmBase, 2 * kPageBytes), 0);
  EXPECT_EQ(vm_calls(vmid, abi::VmCall::revoke, kVmBase, kPageBytes), -1);
}

TEST_F(Ownership, AGrantOfWhatIsNotAllMappedChangesNothing) {
  const auto vmid = world.make_vm(kPage, 2);
  EXPECT_EQ(vm_calls(vmid, abi::VmCall::grant, kVmBase, 3 * kPageBytes), -1);
  EXPECT_EQ(world.page(kPage).count, 0u);
}

TEST_F(Ownership, NoPageIsGrantedMoreOftenThanTheLimit) {
  const auto vmid = world.make_vm(kPage);
  for (unsigned n = 0; n < abi::kMaxGrants; ++n) {
    ASSERT_EQ(vm_calls(vmid, abi::VmCall::grant, kVmBase, kPageBytes), 0);
  }
  EXPECT_EQ(vm_calls(vmid, abi::VmCall::grant, kVmBase, kPageBytes), -1);
  EXPECT_EQ(world.page(kPage).count, abi::kMaxGrants);
}

TEST_F(Ownership, AGrantTakesNoHugeOrWrappingRange) {
  const auto vmid = world.make_vm(kPage);
  for (const std::uint64_t bytes : std::initializer_list<std::uint64_t>{0, 1, (abi::kMaxGrantPages + 1) * kPageBytes, ~0xfffull}) {
    EXPECT_EQ(vm_calls(vmid, abi::VmCall::grant, kVmBase, bytes), -1) << bytes;
  }
  EXPECT_EQ(vm_calls(vmid, abi::VmCall::grant, ~0xfffull, 2 * kPageBytes), -1);
}

TEST_F(Ownership, AGrantedPageOfAVmThatIsGoneIsUnmappedBeforeItIsCleared) {
  const auto vmid = world.make_vm(kPage);
  vm_calls(vmid, abi::VmCall::grant, kVmBase, kPageBytes);
  world.kserv_touch(kPage);
  power_off(vmid);
  world.call(Call::clear_vm_s2_range, vmid, kRam, World::kRamBytes);
  EXPECT_FALSE(world.kserv_maps(kPage));
  EXPECT_EQ(world.page(kPage).count, 0u);
}

}  // namespace
}  // namespace armature::kcore::test
