#include "hyp/kcore/core/ownership.h"

#include "hyp/kcore/core/baseline.h"
#include "hyp/kcore/core/processor.h"
#include "hyp/kcore/panic.h"
#include "hyp/kcore/planted.h"

namespace armature::kcore {

using planted::Bug;

bool is_kservs(Core& core, PhysicalAddress base, std::uint64_t pages) {
  for (std::uint64_t n = 0; n < pages; ++n) {
    const Page* page = core.pages.find({base.value + n * kPageBytes});
    if (page != nullptr && page->owner != kOwnerKCore && planted::is(Bug::page_given_twice)) return true;
    if (page == nullptr || page->owner != kOwnerKServ || page->count != 0) return false;
    if (planted::is(Bug::first_page_only)) return true;
  }
  return true;
}

void assign_to_vm(Core& core, Vm& vm, std::uint64_t gfn, PhysicalAddress base,
                  std::uint64_t pages) {
  // First KServ loses the pages, on every core; then nothing can dirty a line behind the clean.
  if (!kTrustsKServ) core.kserv.unmap_range({base.value}, pages);
  for (std::uint64_t n = 0; n < pages; ++n) {
    const PhysicalAddress at{base.value + n * kPageBytes};
    // KServ's dirty lines, evicted later, would overwrite what the VM writes past the caches; and the
    // VM's reads past the caches would find older contents.
    if (!planted::is(Bug::assign_not_cleaned)) arch::clean_invalidate_page(at);
    if (!kTrustsKServ) *core.pages.find(at) = {vm.vmid, 0, gfn + n};
  }
  arch::dsb_sy();  // the maintenance above is complete before a leaf of the VM leads to the pages
  vm.owned_pages += pages;
}

void reclaim_from_vm(Core& core, Vm& vm, PhysicalAddress page) {
  end_grants(core, page);
  if (!planted::is(Bug::no_scrub) && !planted::is(Bug::scrub_too_late)) arch::zero_page(page);
  // KServ may read past the caches: the zeroes must be in memory, and no line of the VM left.
  if (!planted::is(Bug::scrub_not_cleaned)) arch::clean_invalidate_page(page);
  arch::dsb_sy();  // complete before the page is KServ's to map
  *core.pages.find(page) = {};
  --vm.owned_pages;
}

void end_grants(Core& core, PhysicalAddress page) {
  Page& entry = *core.pages.find(page);
  const bool stays = planted::is(Bug::revoke_leaves_mapped);
  if (entry.count != 0 && entry.count != kExported && !stays) core.kserv.unmap_range({page.value}, 1);
  if (entry.count != kExported) entry.count = 0;
}

void forget_instructions() {
  if (planted::is(Bug::no_ic)) return;
  arch::ic_ialluis();
  arch::dsb_ish();  // on every core, before any of them enters a world that may execute the pages
  arch::isb();      // this core's own prefetched instructions
}

namespace {

bool is_good_range(std::uint64_t gpa, std::uint64_t bytes) {
  return gpa % kPageBytes == 0 && bytes % kPageBytes == 0 && bytes != 0 &&
         bytes <= abi::kMaxGrantPages * kPageBytes && gpa <= ~std::uint64_t{0} - bytes;
}

// The VM's own page at `gpa`, or nullptr: nothing there, or a device.
Page* page_at(Core& core, Vm& vm, std::uint64_t gpa, PhysicalAddress& where) {
  const auto leaf = vm.stage2.look_up({gpa});
  where = leaf.page;
  Page* page = leaf.is_mapped ? core.pages.find(leaf.page) : nullptr;
  return page != nullptr && page->owner == vm.vmid ? page : nullptr;
}

// Does `change` to each page, after `is_allowed` has said yes to all.
template <typename IsAllowed, typename Change>
std::int64_t for_each_page(Core& core, Vm& vm, std::uint64_t gpa, std::uint64_t bytes,
                           IsAllowed is_allowed, Change change) {
  if (!is_good_range(gpa, bytes)) return -1;
  PhysicalAddress where;
  for (std::uint64_t at = gpa; at != gpa + bytes; at += kPageBytes) {
    const Page* page = page_at(core, vm, at, where);
    if (page == nullptr || !is_allowed(*page)) return -1;
  }
  for (std::uint64_t at = gpa; at != gpa + bytes; at += kPageBytes) {
    Page* page = page_at(core, vm, at, where);
    if (page != nullptr) change(*page, where);
  }
  return 0;
}

}  // namespace

std::int64_t grant(Core& core, Vm& vm, std::uint64_t gpa, std::uint64_t bytes) {
  return for_each_page(
      core, vm, gpa, bytes, [](const Page& page) { return page.count < abi::kMaxGrants; },
      [](Page& page, PhysicalAddress) { ++page.count; });
}

std::int64_t revoke(Core& core, Vm& vm, std::uint64_t gpa, std::uint64_t bytes) {
  return for_each_page(
      core, vm, gpa, bytes,
      [](const Page& page) { return page.count != 0 && page.count != kExported; },
      [&](Page& page, PhysicalAddress where) {
        if (page.count == 1) {
          end_grants(core, where);
        } else {
          --page.count;
        }
      });
}

void handle_kserv_fault(Core& core, unsigned cpu, const Stage2Fault& fault) {
  const PhysicalAddress page = page_of(identity(fault.address));
  const auto blame = [&](const char* what) {
    const char* access = fault.on_table_walk             ? "a table walk at "
                         : fault.access == Access::read  ? "a read of "
                         : fault.access == Access::write ? "a write to "
                                                         : "execution at ";
    panic("KServ on core ", cpu, what, access, Hex{fault.address.value}, ", pc ", Hex{fault.pc});
  };
  if (!fault.is_translation_fault) blame(" broke a permission: ");
  LockGuard guard(core.s2page_lock);
  const Page* owner = core.pages.find(page);
  // CHOICE: what is not RAM is a device that KServ may reach, as in SeKVM; an access to nothing at all
  // gets the external abort that the bus gives.
  auto memory = descriptor::Memory::device;
  if (owner != nullptr) {
    memory = descriptor::Memory::normal;
    if (owner->owner == kOwnerKCore && !planted::is(Bug::kcore_page_for_kserv)) blame(" reached for KCore's memory: ");
    if (!is_reachable_by_kserv(*owner) && !planted::is(Bug::kcore_page_for_kserv)) blame(" reached for a VM's memory: ");
  }
  switch (core.kserv.map_range({page.value}, page, 1, memory, Stage2Table::Blocks::never)) {
    case Result::ok:
    case Result::already_mapped:  // another core was faster
      return;
    case Result::exhausted:
      panic("no table pages left for KServ, asked for ", Hex{fault.address.value});
    default:
      blame(" used an address out of range: ");
  }
}

}  // namespace armature::kcore
