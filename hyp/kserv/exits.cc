#include "hyp/kserv/exits.h"

#include "hyp/kserv/conduct.h"
#include "hyp/kserv/log.h"
#include "hyp/kserv/vm.h"

namespace armature::kserv {
namespace {

using abi::Action;
using abi::ExitReason;

constexpr std::uint64_t kSlicesPerSecond = 100;

// What becomes of the vCPU after an exit.
enum class Next : std::uint8_t { run, yield, nap, off, off_with_vm };

// PSCI (Arm DEN 0022), as far as it reaches KServ.
constexpr std::uint32_t kCpuOff = 0x8400'0002, kCpuOn32 = 0x8400'0003, kCpuOn64 = 0xc400'0003,
                        kSystemOff = 0x8400'0008, kSystemReset = 0x8400'0009;

// CNTV_CTL_EL0
constexpr std::uint64_t kTimerEnable = 1, kTimerMask = 2, kTimerFired = 4;

std::uint64_t timer_deadline(const Vm& vm, const abi::MailboxOut& out) {
  if ((out.timer_control & (kTimerEnable | kTimerMask)) != kTimerEnable) return kForever;
  return out.timer_compare + vm.time_offset;
}

// WFI and WFE look the same from here, and an event that ends a WFE cannot be seen: so a vCPU that
// waits gets the next free core a few times, and then naps, longer each time, 4 ms at most.
constexpr unsigned kFreeWaits = 4;
std::uint64_t nap_ticks(unsigned waits) {
  const unsigned doublings = waits - kFreeWaits < 6 ? waits - kFreeWaits : 6;
  return (machine::ticks_per_second() / 16'000) << doublings;
}

void stop_vm(Vm& vm) {
  std::array<Task*, abi::kMaxVcpus> tasks{};
  for (unsigned n = 0; n < vm.vcpu_count(); ++n) tasks[n] = &vm.vcpus[n].task;
  g_kserv.scheduler.stop_group(vm.vcpus[0].task, vm.vcpu_count(), tasks.data());
}

void release_offer(Vcpu& vcpu) {
  if (vcpu.offered.bytes != 0) g_kserv.pages.release_run(vcpu.offered);
  vcpu.offered = {};
}

void offer(Vm& vm, Vcpu& vcpu, const Range& memory, std::uint64_t offset) {
  conduct::before_offer(vm, memory);
  vcpu.offered = memory;
  vcpu.offered_offset = offset & ~(memory.bytes - 1);
  vcpu.mailbox->in.action = memory.bytes == kBlockBytes ? Action::give_block : Action::give_page;
  vcpu.mailbox->in.page = memory.base;
}

// A block where nothing else lies in its 2 MiB, and one is left; else a page.
Next serve_memory(Vm& vm, Vcpu& vcpu) {
  const std::uint64_t ipa = vcpu.mailbox->out.ipa, offset = ipa - abi::kVmMemoryBase;
  if (ipa < abi::kVmMemoryBase || offset >= vm.memory_bytes()) {
    crash(vm, "it has no memory at", ipa);
    return Next::off_with_vm;
  }
  const Guard guard(vm.memory_lock);
  if (!vm.memory.has_pages(offset)) {
    if (const auto block = g_kserv.pages.block(vm.use())) {
      offer(vm, vcpu, {*block, kBlockBytes}, offset);
      return Next::run;
    }
  }
  const auto page = vm.memory.break_region(offset) ? g_kserv.pages.page(vm.use()) : std::nullopt;
  if (!page) {
    crash(vm, "out of memory for", ipa);
    return Next::off_with_vm;
  }
  offer(vm, vcpu, {*page, kPageBytes}, offset);
  return Next::run;
}

// After a stay: what became of the offer.
void settle_offer(Vm& vm, Vcpu& vcpu) {
  switch (vcpu.mailbox->out.page) {
    case abi::PageOutcome::taken: {
      const Guard guard(vm.memory_lock);
      vm.memory.note(vcpu.offered_offset, vcpu.offered.base, vcpu.offered.bytes);
      break;
    }
    case abi::PageOutcome::already_mapped:
      release_offer(vcpu);
      break;
    case abi::PageOutcome::none:
      break;
  }
  vcpu.offered = {};
}

// With uart_lock held: the FIFO takes what has been typed meanwhile, and the wire follows.
void update_uart(Vm& vm) {
  while (vm.typed_count != 0 && vm.uart.receive(vm.typed[vm.typed_first])) {
    vm.typed_first = (vm.typed_first + 1) % vm.typed.size();
    --vm.typed_count;
  }
  notify(vm, vm.vgic.set_line(0, kVmUartIntid, vm.uart.interrupt_line()));
}

void access_uart(Vm& vm, abi::MailboxIn& in, const abi::MailboxOut& out, bool is_write) {
  const auto offset = static_cast<std::uint32_t>(out.ipa - kVmUart);
  std::optional<char> sent;
  {
    const Guard guard(vm.uart_lock);
    if (is_write)
      sent = vm.uart.write(offset, static_cast<std::uint32_t>(out.value));
    else
      in.value = vm.uart.read(offset);
    update_uart(vm);
  }
  if (sent) g_kserv.consoles.put(vm.slot, *sent);
}

void access_ring(Vm& vm, Vcpu& vcpu, const abi::MailboxOut& out) {
  const std::uint64_t offset = out.ipa - abi::kRingBase;
  // A bank is its vCPU's.
  if (offset / abi::kRingBankBytes != vcpu.task.id) return;
  if (offset % abi::kRingBankBytes == abi::kRingDoorbell) {
    vm.ring.serve(vcpu.task.id);
  } else {
    const Guard guard(vm.memory_lock);
    vm.ring.set_page(vcpu.task.id, out.value % kPageBytes == 0 && out.value >= abi::kVmMemoryBase
                                       ? vm.memory.find(out.value - abi::kVmMemoryBase)
                                       : std::nullopt);
  }
}

Next serve_mmio(Vm& vm, Vcpu& vcpu, bool is_write) {
  abi::MailboxIn& in = vcpu.mailbox->in;
  const abi::MailboxOut& out = vcpu.mailbox->out;
  in.action = Action::complete;
  in.value = 0;
  const auto in_window = [&](std::uint64_t base, std::uint64_t bytes) {
    return out.ipa >= base && out.ipa - base < bytes;
  };
  if (in_window(kVmUart, kVmUartBytes)) {
    if (g_kserv.has_user_trips) machine::user_trip();
    access_uart(vm, in, out, is_write);
  } else if (in_window(kVmDistributor, Vgic::kDistributorBytes)) {
    const std::uint64_t offset = out.ipa - kVmDistributor;
    if (is_write)
      notify(vm, vm.vgic.write_distributor(offset, out.bytes, out.value));
    else
      in.value = vm.vgic.read_distributor(offset, out.bytes);
  } else if (in_window(kVmRedistributors, Vgic::kRedistributorBytes * vm.vcpu_count())) {
    const std::uint64_t offset = out.ipa - kVmRedistributors;
    if (is_write)
      notify(vm, vm.vgic.write_redistributor(offset, out.bytes, out.value));
    else
      in.value = vm.vgic.read_redistributor(offset, out.bytes);
  } else if (g_kserv.has_ring && is_write && in_window(abi::kRingBase, Ring::kBytes)) {
    access_ring(vm, vcpu, out);
  } else if (!vm.reported_hole.exchange(true)) {
    // CHOICE: no device there reads as zero and ignores writes; said once a VM.
    log("vm", vm.slot, ": no device at ", Hex{out.ipa});
  }
  return Next::run;
}

Next serve_psci(Vm& vm, const abi::MailboxOut& out) {
  switch (out.psci_function) {
    case kCpuOn32:
    case kCpuOn64:
      if (out.psci_target < vm.vcpu_count())
        g_kserv.scheduler.start(vm.vcpus[out.psci_target].task);
      return Next::run;
    case kCpuOff:
      return Next::off;
    case kSystemReset:
      vm.wants_reset = true;
      stop_vm(vm);
      return Next::off_with_vm;
    case kSystemOff:
      stop_vm(vm);
      return Next::off_with_vm;
    default:
      return Next::nap;  // CPU_SUSPEND: a standby state, as WFI
  }
}

Next serve_exit(Vm& vm, Vcpu& vcpu) {
  const abi::MailboxOut& out = vcpu.mailbox->out;
  const auto reason = static_cast<unsigned>(out.reason);
  if (reason < vm.exits.size()) vm.exits[reason].fetch_add(1, std::memory_order_relaxed);
  if (out.reason != ExitReason::wait) vcpu.idle_exits = 0;
  if (out.reason != ExitReason::interrupt) vcpu.busy_slices = 0;
  switch (out.reason) {
    case ExitReason::none:
    case ExitReason::interrupt:
      return Next::run;
    case ExitReason::wait:
      if (++vcpu.idle_exits <= kFreeWaits) return Next::yield;
      g_kserv.consoles.flush(vm.slot);
      return Next::nap;
    case ExitReason::memory:
      return serve_memory(vm, vcpu);
    case ExitReason::mmio_read:
      return serve_mmio(vm, vcpu, false);
    case ExitReason::mmio_write:
      return serve_mmio(vm, vcpu, true);
    case ExitReason::hypercall:
      vcpu.mailbox->in.action = Action::complete;
      vcpu.mailbox->in.value = conduct::answer(vm, out.value);
      return Next::run;
    case ExitReason::psci:
      return serve_psci(vm, out);
    case ExitReason::sgi:
      notify(vm, vm.vgic.send_sgi(vcpu.task.id, out.sgi_register, out.value));
      return Next::run;
    case ExitReason::off:
      return Next::off;
  }
  crash(vm, "KCore gave an exit that KServ does not know:", reason);
  return Next::off_with_vm;
}

// The lines differ from page to page, as those of a host's structures do.
void touch_footprint() {
  for (std::uint64_t n = 0; n < g_kserv.footprint_pages; ++n) {
    const std::uint64_t at = g_kserv.footprint + n * kPageBytes + n % 64 * 64;
    (void)*reinterpret_cast<const volatile std::uint64_t*>(at);
  }
}

// One stay in the VM. Negative: refused, a Result.
std::int64_t enter(Vm& vm, Vcpu& vcpu) {
  abi::Mailbox& mailbox = *vcpu.mailbox;
  // Cleared before the list registers are looked at: what is notified from here on also kicks this
  // core, whose interrupt then ends the stay at once.
  vcpu.task.notified.store(false, std::memory_order_seq_cst);
  machine::set_virtual_timer_active(vm.vgic.prepare(vcpu.task.id, mailbox.in));
  const std::int64_t result = conduct::enter(vm, vcpu);
  if (result < 0) {
    for (unsigned n = 0; n < abi::kMaxListRegisters; ++n) {
      mailbox.out.list_registers[n] = mailbox.in.list_registers[n];
    }
  }
  vm.vgic.collect(vcpu.task.id, mailbox.out);
  if (result < 0) return result;
  touch_footprint();
  mailbox.in.action = Action::nothing;
  settle_offer(vm, vcpu);
  const std::uint64_t timer = mailbox.out.timer_control;
  vm.vgic.set_line(
      vcpu.task.id, abi::kVirtualTimerIntid,
      (timer & (kTimerEnable | kTimerMask | kTimerFired)) == (kTimerEnable | kTimerFired));
  return result;
}

// The VM may have powered off on another core a moment ago; all else is the end of this VM.
Next serve_refusal(Vm& vm, Vcpu& vcpu, std::int64_t result) {
  release_offer(vcpu);
  vcpu.mailbox->in.action = Action::nothing;
  if (result == static_cast<std::int64_t>(abi::Result::wrong_state)) return Next::off;
  log("vm", vm.slot, " vCPU ", vcpu.task.id, ": vcpu_run refused: ", name_of(result));
  crash(vm, "KCore refuses to run it:", static_cast<std::uint64_t>(result));
  return Next::off_with_vm;
}

// True: it was the last vCPU of a VM that stops.
bool leave(Vm& vm, Vcpu& vcpu, Next next) {
  Scheduler& scheduler = g_kserv.scheduler;
  if (next == Next::off || next == Next::off_with_vm) return scheduler.stop(vcpu.task);
  if (next != Next::nap || vm.vgic.has_pending(vcpu.task.id)) return scheduler.yield(vcpu.task);
  const std::uint64_t nap =
      machine::now() + nap_ticks(vcpu.idle_exits > kFreeWaits ? vcpu.idle_exits : kFreeWaits);
  const std::uint64_t timer = timer_deadline(vm, vcpu.mailbox->out);
  return scheduler.sleep(vcpu.task, nap < timer ? nap : timer);
}

// A VM that spins costs the others only its slices; said once, for whoever wonders.
void note_busy_slice(Vm& vm, Vcpu& vcpu) {
  constexpr unsigned kSlices = 20;
  if (++vcpu.busy_slices != kSlices || vm.reported_spin.exchange(true)) return;
  log("vm", vm.slot, " (", vm.manifest.body.name, "): vCPU ", vcpu.task.id, " has run for ",
      kSlices * 1000 / kSlicesPerSecond, " ms without a call, an access or a wait");
}

}  // namespace

void run_slice(Task& task) {
  Vm& vm = *task.vm;
  Vcpu& vcpu = vm.vcpus[task.id];
  Scheduler& scheduler = g_kserv.scheduler;
  const std::uint64_t slice_end = machine::now() + machine::ticks_per_second() / kSlicesPerSecond;
  Next next = Next::run;
  while (next == Next::run) {
    if (scheduler.is_stopping(task)) {
      next = Next::off_with_vm;
      break;
    }
    const std::uint64_t wake = scheduler.next_wake();
    machine::set_timer(wake < slice_end ? wake : slice_end);
    const std::int64_t result = enter(vm, vcpu);
    next = result < 0 ? serve_refusal(vm, vcpu, result) : serve_exit(vm, vcpu);
    machine::serve_interrupts();
    const std::uint64_t now = machine::now();
    if (next == Next::run && now >= slice_end) note_busy_slice(vm, vcpu);
    if (next == Next::run && (now >= slice_end || now >= wake)) next = Next::yield;
    // With nobody else to run here, a vCPU that only looked for another's turn goes on.
    if (next == Next::yield && now < slice_end && now < wake && !scheduler.others_wait())
      next = Next::run;
  }
  if (leave(vm, vcpu, next)) retire(vm);
}

void receive(unsigned uart, char c) {
  const int n = g_kserv.consoles.receiver(uart, c);
  if (n < 0) return;
  Vm& vm = g_kserv.vms[static_cast<unsigned>(n)];
  if (vm.life != VmLife::running) return;
  const Guard guard(vm.uart_lock);
  // CHOICE: what does not fit is lost, as on the wire
  if (vm.typed_count < vm.typed.size()) {
    vm.typed[(vm.typed_first + vm.typed_count++) % vm.typed.size()] = c;
  }
  update_uart(vm);
}

}  // namespace armature::kserv
