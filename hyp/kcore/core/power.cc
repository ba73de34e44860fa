// Where a vCPU begins, and how a VM ends.
#include "hyp/kcore/core/ownership.h"
#include "hyp/kcore/core/processor.h"
#include "hyp/kcore/core/service.h"
#include "hyp/kcore/core/syndrome.h"
#include "hyp/kcore/planted.h"

namespace armature::kcore {

void start_vcpu(SavedVcpu& saved, unsigned vcpuid, std::uint64_t pc, std::uint64_t argument) {
  saved = SavedVcpu{};
  arch::reset_context(saved.context, vcpuid);
  saved.context.pc = pc;
  saved.context.pstate = pstate::kEl1h | pstate::kDaif;
  saved.context.x[0] = argument;
  saved.is_on = 1;
}

void stop_for_ever(Core& core, Vm& vm, VmState state) {
  vm.state = state;
  // CHOICE: stricter than SeKVM, which leaves the VM's stage 2 in place and relies on the VM not being
  // run. Here a vCPU that still runs on another core loses its memory before any page can be cleared.
  LockGuard s2page(core.s2page_lock);
  vm.stage2.close();
}

namespace {

// With the VM's lock and s2page held. A mailbox of a vCPU that still runs stays where it is.
void release_mailboxes(Core& core, Vm& vm, const PhysicalRange& range) {
  for (auto& vcpu : vm.vcpus) {
    if (vcpu.state != VcpuState::ready || !range.contains(vcpu.mailbox)) continue;
    core.pages.find(vcpu.mailbox)->count = 0;
    vcpu.state = VcpuState::unused;
  }
}

// Pages of the VM in `range`, given back. The lock is let go now and then: other cores fault meanwhile.
std::uint64_t reclaim_range(Core& core, Vm& vm, const PhysicalRange& range) {
  std::uint64_t pages = 0;
  std::uint64_t at = range.base.value;
  const std::uint64_t end = at + range.bytes;
  while (at < end) {
    const std::uint64_t first = at;
    std::uint64_t late[kBlockPages / 64] = {};
    {
      LockGuard s2page(core.s2page_lock);
      for (std::uint64_t n = 0; n < kBlockPages && at < end; ++n, at += kPageBytes) {
        if (core.pages.find({at})->owner != vm.vmid) continue;
        reclaim_from_vm(core, vm, {at});
        if (planted::is(planted::Bug::scrub_too_late)) late[n / 64] |= std::uint64_t{1} << n % 64;
        ++pages;
      }
    }
    if (!planted::is(planted::Bug::scrub_too_late)) continue;
    for (std::uint64_t n = 0; n < kBlockPages; ++n) {
      if ((late[n / 64] >> n % 64 & 1) != 0) arch::zero_page({first + n * kPageBytes});
    }
  }
  return pages;
}

}  // namespace

std::int64_t clear_vm_s2_range(Core& core, Vm& vm, PhysicalAddress pa, std::uint64_t bytes) {
  if (!is_page_aligned(pa.value | bytes) || bytes > ~std::uint64_t{0} - pa.value) {
    return code(Result::bad_argument);
  }
  LockGuard guard(vm.lock);
  // Never of a VM that may run: its pages would change under its feet.
  if (vm.state != VmState::powered_off && vm.state != VmState::exporting &&
      !planted::is(planted::Bug::reclaim_while_running)) {
    return code(Result::wrong_state);
  }
  {
    LockGuard s2page(core.s2page_lock);
    release_mailboxes(core, vm, {pa, bytes});
  }
  std::uint64_t pages = 0;
  for (unsigned n = 0; n < core.pages.range_count(); ++n) {
    const PhysicalRange& ram = core.pages.range(n);
    const std::uint64_t from = pa.value > ram.base.value ? pa.value : ram.base.value;
    const std::uint64_t ram_end = ram.base.value + ram.bytes, end = pa.value + bytes;
    const std::uint64_t to = end < ram_end ? end : ram_end;
    if (from < to) pages += reclaim_range(core, vm, {{from}, to - from});
  }
  if (pages != 0) forget_instructions();
  return static_cast<std::int64_t>(pages);
}

std::int64_t timer_set_cntvoff(Vm& vm, std::uint64_t offset) {
  LockGuard guard(vm.lock);
  if (vm.state != VmState::ready && vm.state != VmState::verified)
    return code(Result::wrong_state);
  vm.cntvoff = offset;
  return 0;
}

}  // namespace armature::kcore
