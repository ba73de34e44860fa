// VCPU_RUN: from KServ into a vCPU and back. The mailbox is KServ's memory: every datum of it is read
// once, into a copy, and only the copy counts.
#include "hyp/kcore/core/baseline.h"
#include "hyp/kcore/core/exit.h"
#include "hyp/kcore/core/inject.h"
#include "hyp/kcore/core/list_register.h"
#include "hyp/kcore/core/oracle.h"
#include "hyp/kcore/core/ownership.h"
#include "hyp/kcore/core/processor.h"
#include "hyp/kcore/core/service.h"
#include "hyp/kcore/planted.h"
#include "hyp/kcore/psci.h"

namespace armature::kcore {
namespace {

using abi::Action;
using abi::PageOutcome;

bool is_well_formed(const abi::MailboxIn& in) {
  return in.list_register_count <= arch::list_register_count() &&
         in.list_register_count <= abi::kMaxListRegisters &&
         (in.gic_flags & ~(abi::kGicUnderflow | abi::kGicNoPending)) == 0 &&
         list_registers_are_good({in.list_registers, in.list_register_count});
}

// The value of an emulated load, as the instruction would have put it into its register.
std::uint64_t extended(const Pending& pending, std::uint64_t value) {
  if (pending.bytes >= 8) return value;
  const unsigned bits = pending.bytes * 8;
  const std::uint64_t mask = (std::uint64_t{1} << bits) - 1;
  value &= mask;
  if (pending.sign_extends != 0 && (value >> (bits - 1) & 1) != 0) value |= ~mask;
  return pending.is_64_bit != 0 ? value : static_cast<std::uint32_t>(value);
}

Result complete(SavedVcpu& saved, std::uint64_t value) {
  const Pending& pending = saved.pending;
  switch (pending.kind) {
    case Pending::Kind::mmio_read:
      if (pending.destination != 31)
        saved.context.x[pending.destination] = extended(pending, value);
      [[fallthrough]];
    case Pending::Kind::mmio_write:
      saved.context.pc += pending.instruction_bytes;
      return Result::ok;
    case Pending::Kind::hypercall:
      saved.context.x[0] = value;
      return Result::ok;
    default:
      return Result::bad_argument;
  }
}

Result undefine(SavedVcpu& saved) {
  switch (saved.pending.kind) {
    case Pending::Kind::hypercall:
      saved.context.pc -= 4;  // back to the HVC or SMC
      [[fallthrough]];
    case Pending::Kind::mmio_read:
    case Pending::Kind::mmio_write:
      inject_undefined(saved.context);
      return Result::ok;
    default:
      return Result::bad_argument;
  }
}

// Only the address that faulted can be filled, only with KServ's own pages, and the attributes are
// KCore's.
Result give(Core& core, Vm& vm, const SavedVcpu& saved, PhysicalAddress page, std::uint64_t pages,
            PageOutcome& outcome) {
  if (saved.pending.kind != Pending::Kind::memory) return Result::bad_argument;
  const std::uint64_t bytes = pages * kPageBytes;
  if (page.value % bytes != 0) return Result::bad_argument;
  const std::uint64_t gpa = saved.pending.gpa / bytes * bytes;
  LockGuard s2page(core.s2page_lock);
  if (!is_kservs(core, page, pages)) return Result::not_yours;
  const Result check = vm.stage2.check_range({gpa}, page, pages, descriptor::Memory::normal);
  if (check == Result::already_mapped) {
    outcome = PageOutcome::already_mapped;
    return Result::ok;
  }
  if (check != Result::ok) return check;  // wrong_state: powered off meanwhile
  assign_to_vm(core, vm, gpa / kPageBytes, page, pages);
  vm.stage2.map_range({gpa}, page, pages, descriptor::Memory::normal);
  forget_instructions();
  outcome = PageOutcome::taken;
  return Result::ok;
}

Result apply(Core& core, Vm& vm, Vcpu& vcpu, const abi::MailboxIn& in, PageOutcome& outcome) {
  if (!kTrustsKServ && !is_well_formed(in)) return Result::bad_argument;
  Result result = Result::bad_argument;
  switch (in.action) {
    case Action::nothing:
      result = Result::ok;
      break;
    case Action::give_page:
      result = give(core, vm, vcpu.saved, {in.page}, 1, outcome);
      break;
    case Action::give_block:
      result = give(core, vm, vcpu.saved, {in.page}, kBlockPages, outcome);
      break;
    case Action::complete:
      result = complete(vcpu.saved, in.value);
      break;
    case Action::inject_undefined:
      result = undefine(vcpu.saved);
      break;
  }
  if (result != Result::ok) return result;
  vcpu.saved.pending = Pending{};
  for (unsigned n = 0; n < abi::kMaxListRegisters; ++n) {
    vcpu.saved.context.gic.list_registers[n] =
        n < in.list_register_count ? in.list_registers[n] : 0;
  }
  return Result::ok;
}

// With the VM's lock held.
arch::GuestRun prepare(Vm& vm, Vcpu& vcpu) {
  const unsigned core_number = arch::this_core();
  const std::uint64_t vcpuid = vm.number_of(vcpu);
  arch::GuestRun run{};
  run.vttbr = vm.stage2.vttbr();
  run.cntvoff = vm.cntvoff;
  auto& last = vm.last_vcpu[core_number];
  run.forget_translations = !planted::is(planted::Bug::no_flush_at_migration) &&
                            (vcpu.last_core != core_number + 1 || last != vcpuid + 1);
  vcpu.last_core = core_number + 1;
  last = static_cast<std::uint8_t>(vcpuid + 1);
  vcpu.state = VcpuState::active;
  return run;
}

void show_state(const Vcpu& vcpu, const arch::GuestExit& exit, abi::MailboxOut& out) {
  const ShadowContext& context = vcpu.saved.context;
  out.timer_control = context.timer.control;
  out.timer_compare = context.timer.compare;
  for (unsigned n = 0; n < abi::kMaxListRegisters; ++n) {
    out.list_registers[n] = context.gic.list_registers[n];
  }
  out.gic_misr = exit.gic_misr;
  out.gic_vmcr = context.gic.vmcr;
  out.entries = vcpu.entries;
}

bool is_own_end(const abi::MailboxOut& out) {
  return out.reason == abi::ExitReason::psci &&
         (out.psci_function == psci::kSystemOff || out.psci_function == psci::kSystemReset);
}

}  // namespace

std::int64_t vcpu_run(Core& core, Vm& vm, Vcpu& vcpu) {
  arch::GuestRun run;
  {
    LockGuard guard(vm.lock);
    // One core at a time: from here on the vCPU is this core's.
    const bool is_free =
        vcpu.state == VcpuState::ready || planted::is(planted::Bug::vcpu_on_two_cores);
    if (vm.state != VmState::verified || !is_free || vcpu.saved.is_on == 0) {
      return code(Result::wrong_state);
    }
    run = prepare(vm, vcpu);
  }
  abi::MailboxIn in = oracle::read<abi::MailboxIn>(abi::Datum::mailbox, vcpu.mailbox);
  if (planted::is(planted::Bug::mailbox_read_twice) && is_well_formed(in)) {
    in = oracle::read<abi::MailboxIn>(abi::Datum::mailbox, vcpu.mailbox);
  }
  abi::MailboxOut out{};
  const Result result = apply(core, vm, vcpu, in, out.page);
  if (result != Result::ok) {
    LockGuard guard(vm.lock);
    vcpu.last_core = 0;  // it has not been here after all: the next entry still has to forget
    vcpu.state = VcpuState::ready;
    return code(result);
  }
  run.gic_flags = in.gic_flags;
  run.list_registers = in.list_register_count;
  vcpu.has_run = 1;
  arch::GuestExit exit;
  do {
    ++vcpu.entries;
    exit = arch::run_vcpu(vcpu.saved.context, run);
    run.forget_translations = false;
  } while (handle_exit(core, vm, vcpu, exit, out) == Next::enter_again);
  show_state(vcpu, exit, out);
  LockGuard guard(vm.lock);
  // Another vCPU may have ended the VM: then this one's exit means nothing.
  if (vm.state != VmState::verified && !is_own_end(out)) out.reason = abi::ExitReason::off;
  oracle::write({vcpu.mailbox.value + __builtin_offsetof(abi::Mailbox, out)}, out);
  // What this core wrote of the vCPU is seen by the core that runs it next: the lock's release.
  vcpu.state = VcpuState::ready;
  return static_cast<std::int64_t>(out.reason);
}

}  // namespace armature::kcore
