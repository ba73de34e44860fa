// Two cores at once, and cores that leave and come back.
#include "hyp/kserv/aarch64/core.h"
#include "hyp/kserv/hostile/attack.h"
#include "hyp/kserv/hostile/conduct.h"
#include "hyp/kserv/hostile/support.h"

extern "C" void hostile_peek(std::uint64_t address);
extern "C" volatile std::uint64_t hostile_peeked[2];

namespace armature::kserv::hostile {
namespace {

using abi::Call;
using machine::call;

constexpr unsigned kRounds = 40;

// ---- one page into two VMs
std::uint64_t g_page, g_vmid[2];
std::int64_t g_result[2];

void give_here(unsigned which) {
  meet();
  g_result[which] = call(Call::remap_vm_image, g_vmid[which], g_page, 0, 1);
}

Verdict one_page_twice(Vm&, Vcpu*) {
  OwnVm first, second;
  g_vmid[0] = first.vmid();
  g_vmid[1] = second.vmid();
  for (const std::uint64_t vmid : g_vmid) call(Call::set_boot_info, vmid, 0x4020'0000, kRounds * kPageBytes);
  for (unsigned round = 0; round < kRounds; ++round) {
    g_page = own_page();
    if (!start_on_other_core([] { give_here(1); })) return {true, "needs two cores", 0};
    give_here(0);
    finish_other_core();
    (g_result[0] >= 0 ? first : second).remember(g_page);
    if ((g_result[0] >= 0) == (g_result[1] >= 0)) return {false, "both or none in round", round};
  }
  return {true, "rounds", kRounds};
}

// ---- one VMID for two VMs
void register_here(unsigned which) {
  meet();
  g_result[which] = call(Call::register_kvm, 8);
}

Verdict one_vmid_twice(Vm&, Vcpu*) {
  for (unsigned round = 0; round < 5; ++round) {
    if (!start_on_other_core([] { register_here(1); })) return {true, "needs two cores", 0};
    register_here(0);
    finish_other_core();
    if (g_result[0] == g_result[1]) return {false, "VMID", static_cast<std::uint64_t>(g_result[0])};
  }
  return {true, "rounds", 5};
}

// ---- one vCPU on two cores
std::uint64_t g_vcpu;
abi::Mailbox* g_mailbox;
std::atomic<bool> g_back;
std::atomic<unsigned> g_entered, g_locked_out;

// While the other core is inside. What it has read of the mailbox is no longer needed; a count that is
// refused keeps this core out once the other is back.
void run_too() {
  meet();
  const std::uint64_t later = machine::now() + machine::ticks_per_second() / 200'000;
  while (machine::now() < later) {
  }
  while (!g_back) {
    g_mailbox->in.list_register_count = ~0u;
    const std::int64_t result = call(Call::vcpu_run, g_vmid[0], g_vcpu);
    if (result >= 0) ++g_entered;
    if (result == static_cast<std::int64_t>(abi::Result::wrong_state)) ++g_locked_out;
  }
}

Verdict one_vcpu_twice(Vm& vm, Vcpu* vcpu) {
  g_vmid[0] = vm.vmid;
  g_vcpu = vcpu->task.id;
  g_mailbox = vcpu->mailbox;
  const abi::MailboxIn good = g_mailbox->in;
  g_back = false;
  if (!start_on_other_core(run_too)) return {true, "needs two cores", 0};
  meet();
  const std::int64_t result = call(Call::vcpu_run, vm.vmid, g_vcpu);
  g_back = true;
  finish_other_core();
  g_mailbox->in = good;
  if (g_entered != 0) return {false, "entered", g_entered};
  // Refused itself: the other core was too early.
  if (result >= 0) entry_taken = result;
  if (g_locked_out == 0) return {false, nullptr, 0};
  return {true, "tries", g_locked_out};
}

// ---- PSCI
Verdict wrong_entry(Vm& vm, Vcpu*) {
  constexpr std::uint64_t kCpuOn = 0xc400'0003, kCpuSuspend = 0xc400'0001, kPowerDown = 1 << 16;
  if (aarch64::g_board.core_count < 2) return {true, "needs two cores", 0};
  const std::uint64_t target = aarch64::g_board.cores[1].affinity;
  Refusals refusals;
  for (const std::uint64_t entry : {secret_page(vm), kcore_page(), kcore_tables(), device_page(), beyond_ram(),
                                    own_page() + 2, reinterpret_cast<std::uint64_t>(&hostile_peek)}) {
    refusals.expect(firmware(kCpuOn, target, entry, kcore_page()), "a core that runs");
    if (entry == reinterpret_cast<std::uint64_t>(&hostile_peek)) break;
    refusals.expect(firmware(kCpuSuspend, kPowerDown, entry, 0), "a suspended core");
  }
  refusals.expect(firmware(kCpuOn, 0x77, reinterpret_cast<std::uint64_t>(&hostile_peek), 0), "a core that is none");
  return refusals.verdict();
}

// A core that was off comes back without stage 1: is stage 2 there?
Verdict peek_after_power_on(std::uint64_t address) {
  constexpr std::uint64_t kCpuOn = 0xc400'0003;
  const auto turn_off = [] { firmware(0x8400'0002); };
  if (!start_on_other_core(turn_off)) return {false, "needs two cores", 0};
  const std::uint64_t target = aarch64::g_board.cores[1].affinity;
  std::int64_t result = -1;
  for (unsigned tries = 0; tries < 100'000 && result != 0; ++tries) {
    result = firmware(kCpuOn, target, reinterpret_cast<std::uint64_t>(&hostile_peek), address);
  }
  if (result != 0) return {false, "the core did not start", static_cast<std::uint64_t>(result)};
  while (hostile_peeked[0] == 0) asm volatile("dc civac, %0\n dsb sy" ::"r"(hostile_peeked) : "memory");
  return {false, "read", hostile_peeked[1]};
}
Verdict core_off_and_on(Vm&, Vcpu*) { return peek_after_power_on(kcore_tables()); }
Verdict core_off_and_on_vm(Vm& vm, Vcpu*) { return peek_after_power_on(secret_page(vm)); }

constexpr Attack kAttacks[] = {
    {"one-page-into-two-vms", Moment::between, End::refused, one_page_twice},
    {"one-vmid-for-two-vms", Moment::between, End::refused, one_vmid_twice},
    {"one-vcpu-on-two-cores", Moment::entry, End::refused, one_vcpu_twice},
    {"wrong-entry-point", Moment::between, End::refused, wrong_entry},
    {"core-off-and-on-reads-kcore", Moment::between, End::halted, core_off_and_on},
    {"core-off-and-on-reads-vm", Moment::between, End::halted, core_off_and_on_vm},
};

}  // namespace

std::span<const Attack> core_attacks() { return kAttacks; }

}  // namespace armature::kserv::hostile
