// From KServ's world into a VM's and back: EL1 registers, SIMD registers, virtual timer, virtual CPU
// interface, and the EL2 registers that say what traps. No barrier stands between these writes: the
// exception return into a world synchronises the context, and at EL2 no translation of EL1&0 is used.
#include "hyp/kcore/aarch64/el2_tables.h"
#include "hyp/kcore/aarch64/world_switch.h"

#include "hyp/kcore/aarch64/system_register.h"
#include "hyp/kcore/core/baseline.h"
#include "hyp/kcore/core/processor.h"
#include "hyp/kcore/panic.h"
#include "hyp/kcore/planted.h"

extern "C" {
std::uint64_t kcore_enter_vcpu(armature::kcore::ShadowContext* context);
extern std::uint8_t kcore_vectors[], kcore_vcpu_vectors[];
}

namespace armature::kcore {
namespace aarch64 {
namespace {

static_assert(__builtin_offsetof(ShadowContext, pc) == 248, "world_switch.S");

// clang-format off
#define KCORE_SWITCHED_REGISTERS(do_register)                                                     \
  do_register(sctlr_el1, SCTLR_EL1) do_register(cpacr_el1, CPACR_EL1)                             \
  do_register(ttbr0_el1, TTBR0_EL1) do_register(ttbr1_el1, TTBR1_EL1)                             \
  do_register(tcr_el1, TCR_EL1) do_register(mair_el1, MAIR_EL1) do_register(amair_el1, AMAIR_EL1) \
  do_register(contextidr_el1, CONTEXTIDR_EL1) do_register(vbar_el1, VBAR_EL1)                     \
  do_register(esr_el1, ESR_EL1) do_register(far_el1, FAR_EL1) do_register(afsr0_el1, AFSR0_EL1)   \
  do_register(afsr1_el1, AFSR1_EL1) do_register(par_el1, PAR_EL1)                                 \
  do_register(tpidr_el0, TPIDR_EL0) do_register(tpidrro_el0, TPIDRRO_EL0)                         \
  do_register(tpidr_el1, TPIDR_EL1) do_register(csselr_el1, CSSELR_EL1)                           \
  do_register(mdscr_el1, MDSCR_EL1) do_register(sp_el0, SP_EL0) do_register(sp_el1, SP_EL1)       \
  do_register(elr_el1, ELR_EL1) do_register(spsr_el1, SPSR_EL1) do_register(vmpidr_el2, VMPIDR_EL2)
// clang-format on

void save(SystemRegisters& to) {
#define KCORE_SAVE(field, name) to.field = KCORE_READ_REGISTER(name);
  KCORE_SWITCHED_REGISTERS(KCORE_SAVE)
}
void load(const SystemRegisters& from) {
#define KCORE_LOAD(field, name) KCORE_WRITE_REGISTER(name, from.field);
  KCORE_SWITCHED_REGISTERS(KCORE_LOAD)
}

void save(VirtualTimer& to) {
  to.control = KCORE_READ_REGISTER(CNTV_CTL_EL0);
  to.compare = KCORE_READ_REGISTER(CNTV_CVAL_EL0);
  to.cntkctl_el1 = KCORE_READ_REGISTER(CNTKCTL_EL1);
}
void load(const VirtualTimer& from, std::uint64_t offset) {
  // Off first: no interrupt of one world's deadline at the other's time.
  KCORE_WRITE_REGISTER(CNTV_CTL_EL0, 0);
  KCORE_WRITE_REGISTER(CNTVOFF_EL2, offset);
  KCORE_WRITE_REGISTER(CNTV_CVAL_EL0, from.compare);
  KCORE_WRITE_REGISTER(CNTKCTL_EL1, from.cntkctl_el1);
  asm volatile("isb");  // the compare value counts before the timer that uses it is on
  KCORE_WRITE_REGISTER(CNTV_CTL_EL0, from.control);
}

void load_list_registers(const VirtualInterface& from, unsigned count) {
#define KCORE_LOAD_LR(n) \
  if (count > n) KCORE_WRITE_REGISTER(ICH_LR##n##_EL2, from.list_registers[n]);
  KCORE_LIST_REGISTERS(KCORE_LOAD_LR)
}
// Into the context, and the register is empty afterwards: the next VM may use fewer.
void take_list_registers(VirtualInterface& to, unsigned count) {
#define KCORE_TAKE_LR(n)                                         \
  if (count > n) {                                               \
    to.list_registers[n] = KCORE_READ_REGISTER(ICH_LR##n##_EL2); \
    KCORE_WRITE_REGISTER(ICH_LR##n##_EL2, 0);                    \
  }
  KCORE_LIST_REGISTERS(KCORE_TAKE_LR)
}

// How many registers of each group hold active priorities: 2^(preemption bits - 5).
unsigned active_priority_registers() {
  const auto bits = ich_vtr_el2::PREbits::get(KCORE_READ_REGISTER(ICH_VTR_EL2)) + 1;
  return bits <= 5 ? 1 : 1u << (bits - 5);
}

void load(const VirtualInterface& from, const arch::GuestRun& run) {
  load_list_registers(from, run.list_registers);
  KCORE_WRITE_REGISTER(ICH_VMCR_EL2, from.vmcr);
#define KCORE_LOAD_APR(n)                                  \
  if (count > n) {                                         \
    KCORE_WRITE_REGISTER(ICH_AP0R##n##_EL2, from.ap0r[n]); \
    KCORE_WRITE_REGISTER(ICH_AP1R##n##_EL2, from.ap1r[n]); \
  }
  const unsigned count = active_priority_registers();
  KCORE_ACTIVE_PRIORITIES(KCORE_LOAD_APR)
  KCORE_WRITE_REGISTER(ICH_HCR_EL2, run.gic_flags | ich_hcr_el2::En);
  // A VM's ICC_SRE_EL1 is KCore's to answer: the physical register is KServ's.
  KCORE_WRITE_REGISTER(ICC_SRE_EL2, icc_sre_el2::SRE | icc_sre_el2::DFB | icc_sre_el2::DIB);
}

void save(VirtualInterface& to, const arch::GuestRun& run, arch::GuestExit& exit) {
  exit.gic_misr = KCORE_READ_REGISTER(ICH_MISR_EL2);
  take_list_registers(to, run.list_registers);
  to.vmcr = KCORE_READ_REGISTER(ICH_VMCR_EL2);
#define KCORE_SAVE_APR(n)                                \
  if (count > n) {                                       \
    to.ap0r[n] = KCORE_READ_REGISTER(ICH_AP0R##n##_EL2); \
    to.ap1r[n] = KCORE_READ_REGISTER(ICH_AP1R##n##_EL2); \
  }
  const unsigned count = active_priority_registers();
  KCORE_ACTIVE_PRIORITIES(KCORE_SAVE_APR)
  KCORE_WRITE_REGISTER(ICH_HCR_EL2, 0);
  KCORE_WRITE_REGISTER(
      ICC_SRE_EL2, icc_sre_el2::SRE | icc_sre_el2::DFB | icc_sre_el2::DIB | icc_sre_el2::Enable);
}

// What of a VM's EL1 comes to KCore: SMC, WFI and WFE, set/way maintenance, identification and
// auxiliary registers, what is IMPLEMENTATION DEFINED; all interrupts. Its barriers and TLB
// maintenance count for all cores, because KServ may move it between two instructions.
void load_vm_traps() {
  using namespace hcr_el2;
  const bool has_lor = id_aa64mmfr1_el1::LO::get(KCORE_READ_REGISTER(ID_AA64MMFR1_EL1)) != 0;
  KCORE_WRITE_REGISTER(HCR_EL2, VM | SWIO | FMO | IMO | AMO | FB | BSU_IS | TWI | TWE | TID3 | TSC |
                                    TIDCP | TACR | TSW | RW | (has_lor ? TLOR : 0));
  KCORE_WRITE_REGISTER(CPTR_EL2, cptr_el2::RES1 | cptr_el2::TTA);
  KCORE_WRITE_REGISTER(MDCR_EL2, pmcr_el0::N::get(KCORE_READ_REGISTER(PMCR_EL0)) | mdcr_el2::TPMCR |
                                     mdcr_el2::TPM | mdcr_el2::TDA | mdcr_el2::TDOSA |
                                     mdcr_el2::TDRA);
  // The physical timer is KServ's; the physical counter may be read.
  KCORE_WRITE_REGISTER(CNTHCTL_EL2, cnthctl_el2::EL1PCTEN);
}

// All of KServ's world that a VM's would overwrite.
struct KServWorld {
  SystemRegisters system;
  FloatingPoint fp;
  VirtualTimer timer;
  std::uint64_t vttbr;
};

void enter_world(ShadowContext& context, const arch::GuestRun& run) {
  load_vm_traps();
  load(context.system);
  kcore_load_simd(&context.fp);
  load(context.timer, run.cntvoff);
  if (has_gic_registers()) load(context.gic, run);
  arch::write_vttbr(run.vttbr);
  KCORE_WRITE_REGISTER(VBAR_EL2, reinterpret_cast<std::uint64_t>(kcore_vcpu_vectors));
  asm volatile("isb");  // VTTBR_EL2 names the VMID of the TLBI; the vectors are in place
  if (run.forget_translations) {
    // This core only: entries of another address space with the same ASID. Nothing was written: the
    // DSB only completes the TLBI before the vCPU translates.
    asm volatile("tlbi vmalle1\n dsb nsh" ::: "memory");
  }
}

void leave_world(ShadowContext& context, const arch::GuestRun& run, arch::GuestExit& exit) {
  // TLB and cache maintenance that the vCPU has issued and not yet waited for is complete before it can
  // run elsewhere: the DSB that it executes there does not wait for what this core has issued.
  arch::dsb_ish();
  KCORE_WRITE_REGISTER(VBAR_EL2, reinterpret_cast<std::uint64_t>(kcore_vectors));
  exit.esr = KCORE_READ_REGISTER(ESR_EL2);
  exit.far = KCORE_READ_REGISTER(FAR_EL2);
  exit.hpfar = KCORE_READ_REGISTER(HPFAR_EL2);
  if (has_gic_registers()) save(context.gic, run, exit);
  save(context.timer);
  kcore_save_simd(&context.fp);
  save(context.system);
}

}  // namespace

void load_kserv_traps() {
  using namespace hcr_el2;
  KCORE_WRITE_REGISTER(HCR_EL2, RW | TSC | AMO | SWIO | (kTrustsKServ ? 0 : VM));
  KCORE_WRITE_REGISTER(CPTR_EL2, cptr_el2::RES1);
  // No trap, and HPMN gives EL1 every event counter.
  KCORE_WRITE_REGISTER(MDCR_EL2, pmcr_el0::N::get(KCORE_READ_REGISTER(PMCR_EL0)));
  KCORE_WRITE_REGISTER(CNTHCTL_EL2, cnthctl_el2::EL1PCTEN | cnthctl_el2::EL1PCEN);
}

}  // namespace aarch64

namespace arch {

using namespace aarch64;

GuestExit run_vcpu(ShadowContext& context, const GuestRun& run) {
  if (planted::is(planted::Bug::el2_mapping_changed)) g_el2_tables.change_for_a_planted_bug();
  KServWorld kserv;
  save(kserv.system);
  kcore_save_simd(&kserv.fp);
  save(kserv.timer);
  kserv.vttbr = read_vttbr();
  enter_world(context, run);
  GuestExit exit{};
  exit.cause = static_cast<GuestExit::Cause>(kcore_enter_vcpu(&context));
  leave_world(context, run, exit);
  load_kserv_traps();
  load(kserv.system);
  kcore_load_simd(&kserv.fp);
  load(kserv.timer, 0);
  write_vttbr(kserv.vttbr);
  isb();  // KCore's vectors, and KServ's VMID for what the core invalidates next
  // A panic has taken the VM's memory away, and this is how the core learns of it.
  if (machine_is_halted()) halt_this_core();
  return exit;
}

}  // namespace arch
}  // namespace armature::kcore
