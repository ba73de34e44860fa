// EL2's registers and operations, and what a vCPU leaves in those that KServ can read.
#include "hyp/kserv/aarch64/registers.h"
#include "hyp/kserv/hostile/attack.h"
#include "hyp/kserv/hostile/conduct.h"
#include "hyp/kserv/hostile/support.h"

extern "C" std::int64_t hostile_run(std::uint64_t call, std::uint64_t vmid, std::uint64_t vcpuid,
                                    std::uint64_t* space);

namespace armature::kserv::hostile {
namespace {

#define TRY(instruction) \
  refusals.expect(faults([] { asm volatile(instruction ::: "x1", "memory"); }) ? -1 : 0, instruction)

Verdict el2_registers(Vm&, Vcpu*) {
  Refusals refusals;
  TRY("mrs x1, VTTBR_EL2");
  TRY("msr VTTBR_EL2, xzr");
  TRY("msr VTCR_EL2, xzr");
  TRY("msr HCR_EL2, xzr");
  TRY("mrs x1, TTBR0_EL2");
  TRY("msr TTBR0_EL2, xzr");
  TRY("msr SCTLR_EL2, xzr");
  TRY("msr VBAR_EL2, xzr");
  TRY("msr ELR_EL2, xzr");
  TRY("mrs x1, TPIDR_EL2");
  TRY("msr CPTR_EL2, xzr");
  TRY("msr MDCR_EL2, xzr");
  TRY("msr CNTHCTL_EL2, xzr");
  TRY("msr CNTVOFF_EL2, xzr");
  TRY("msr S3_4_C12_C11_0, xzr");  // ICH_HCR_EL2
  TRY("mrs x1, S3_4_C12_C12_0");   // ICH_LR0_EL2
  TRY("msr S3_4_C12_C9_5, xzr");   // ICC_SRE_EL2
  TRY("tlbi alle1is");
  TRY("tlbi vmalls12e1is");
  TRY("tlbi ipas2e1is, xzr");
  TRY("at s12e1r, xzr");
  return refusals.verdict();
}

// Lines by set and way: dirty ones of a VM among them. Whether they were lost the VM itself will see.
Verdict discard_lines(Vm&, Vcpu*) {
  const std::uint64_t clidr = KSERV_READ_REGISTER(CLIDR_EL1);
  std::uint64_t lines = 0;
  for (unsigned level = 0; level < 7; ++level) {
    if ((clidr >> 3 * level & 7) < 2) continue;
    asm volatile("msr CSSELR_EL1, %0\n isb" ::"r"(std::uint64_t{level} << 1));
    const std::uint64_t ccsidr = KSERV_READ_REGISTER(CCSIDR_EL1);
    const unsigned line_shift = static_cast<unsigned>(ccsidr & 7) + 4;
    const auto ways = static_cast<unsigned>(ccsidr >> 3 & 0x3ff), sets = static_cast<unsigned>(ccsidr >> 13 & 0x7fff);
    const unsigned way_shift = ways == 0 ? 0 : static_cast<unsigned>(__builtin_clz(ways));
    for (std::uint64_t way = 0; way <= ways; ++way) {
      for (std::uint64_t set = 0; set <= sets; ++set) {
        asm volatile("dc isw, %0" ::"r"(way << way_shift | set << line_shift | level << 1) : "memory");
        ++lines;
      }
    }
  }
  asm volatile("dsb sy" ::: "memory");
  return {true, "harmless to a VM whose data stay, lines", lines};
}

constexpr unsigned kSystemRegisters = 19;
void read_system_registers(std::uint64_t (&values)[kSystemRegisters]) {
  unsigned n = 0;
#define READ(name) values[n++] = KSERV_READ_REGISTER(name)
  READ(TPIDR_EL0); READ(TPIDRRO_EL0); READ(TPIDR_EL1); READ(CONTEXTIDR_EL1); READ(ELR_EL1); READ(SPSR_EL1);
  READ(SP_EL0); READ(ESR_EL1); READ(FAR_EL1); READ(PAR_EL1); READ(AFSR0_EL1); READ(AFSR1_EL1);
  READ(TTBR1_EL1); READ(CNTKCTL_EL1); READ(FPCR); READ(FPSR); READ(CNTV_CVAL_EL0); READ(CNTV_CTL_EL0);
  READ(MDSCR_EL1);
#undef READ
}

// A real entry and exit with marks everywhere.
Verdict registers_after_exit(Vm& vm, Vcpu* vcpu) {
  static std::uint64_t space[31 + 64];
  std::uint64_t before[kSystemRegisters], after[kSystemRegisters];
  read_system_registers(before);
  entry_taken = hostile_run(static_cast<std::uint64_t>(abi::Call::vcpu_run), vm.vmid, vcpu->task.id, space);
  read_system_registers(after);
  for (unsigned n = 0; n < kSystemRegisters; ++n) {
    if (before[n] != after[n]) return {false, "a system register changed, number", n};
  }
  if (space[1] != vm.vmid || space[2] != vcpu->task.id) return {false, "an argument changed", space[1]};
  for (unsigned n = 4; n < 31; ++n) {
    if (space[n] != n) return {false, "a register changed, X", n};
  }
  for (unsigned n = 0; n < 64; ++n) {
    if (space[31 + n] != n / 2 * 0x0101'0101'0101'0101) return {false, "a register changed, V", n / 2};
  }
  return {true, "registers", 31 + 32 + kSystemRegisters};
}

Verdict secret_in_mailbox(Vm&, Vcpu* vcpu) {
  const auto* words = reinterpret_cast<const volatile std::uint64_t*>(vcpu->mailbox);
  for (unsigned n = 0; n < kPageBytes / 8; ++n) {
    if (words[n] - abi::kGuestSecret < 32) return {false, "the secret at word", n};
  }
  return {true, "words", kPageBytes / 8};
}

constexpr Attack kAttacks[] = {
    {"el2-registers", Moment::between, End::refused, el2_registers},
    {"discard-by-set-and-way", Moment::between, End::refused, discard_lines},
    {"registers-after-exit", Moment::entry, End::refused, registers_after_exit},
    {"secret-in-mailbox", Moment::entry, End::refused, secret_in_mailbox},
};

}  // namespace

std::span<const Attack> register_attacks() { return kAttacks; }

}  // namespace armature::kserv::hostile
