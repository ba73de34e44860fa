// runs at: el2
// Instructions at EL1 with each trap of HCR_EL2, CPTR_EL2, MDCR_EL2, CNTHCTL_EL2 and ICH_HCR_EL2 set alone.
// What is not said here executed.
#include "support/gic.h"

#define OPS(X)                                                                                     \
  X("mrs x1, midr_el1") X("mrs x1, mpidr_el1") X("mrs x1, revidr_el1") X("mrs x1, aidr_el1")       \
  X("mrs x1, ctr_el0") X("mrs x1, dczid_el0") X("mrs x1, ccsidr_el1") X("mrs x1, clidr_el1")       \
  X("mrs x1, csselr_el1") X("msr csselr_el1, x1") X("mrs x1, id_aa64pfr0_el1")                     \
  X("mrs x1, id_aa64dfr0_el1") X("mrs x1, id_aa64isar0_el1") X("mrs x1, id_aa64mmfr0_el1")         \
  X("mrs x1, id_aa64afr0_el1") X("mrs x1, S3_0_C0_C7_7") X("mrs x1, id_pfr0_el1")                  \
  X("mrs x1, mvfr0_el1") X("mrs x1, S3_0_C0_C3_7")                                                 \
  X("mrs x1, actlr_el1") X("msr actlr_el1, x1") X("mrs x1, sctlr_el1") X("msr sctlr_el1, x2")      \
  X("mrs x1, ttbr0_el1") X("msr ttbr0_el1, x1") X("mrs x1, ttbr1_el1") X("msr ttbr1_el1, x1")      \
  X("mrs x1, tcr_el1") X("msr tcr_el1, x1") X("mrs x1, esr_el1") X("msr esr_el1, x1")              \
  X("mrs x1, far_el1") X("msr far_el1, x1") X("mrs x1, afsr0_el1") X("msr afsr0_el1, x1")          \
  X("mrs x1, mair_el1") X("msr mair_el1, x1") X("mrs x1, amair_el1") X("msr amair_el1, x1")        \
  X("mrs x1, contextidr_el1") X("msr contextidr_el1, x1") X("msr vbar_el1, x3")                    \
  X("mrs x1, par_el1") X("msr tpidr_el1, x1") X("mrs x1, elr_el1") X("msr sp_el0, x1")             \
  X("tlbi vmalle1") X("tlbi vmalle1is") X("tlbi vae1, x1") X("tlbi aside1is, x1")                  \
  X("dc isw, x1") X("dc csw, x1") X("dc cisw, x1") X("dc ivac, x4") X("dc cvac, x4")               \
  X("dc civac, x4") X("dc cvau, x4") X("ic ivau, x4") X("ic iallu") X("ic ialluis")                \
  X("at s1e1r, x4") X("at s1e0w, x4")                                              \
  X("smc #1") X("mrs x1, cpacr_el1") X("msr cpacr_el1, x5") X("fmov d0, xzr")             \
  X("mrs x1, fpcr") X("msr fpsr, x1")                                                              \
  X("mrs x1, cntpct_el0") X("mrs x1, cntvct_el0") X("mrs x1, cntp_ctl_el0")                        \
  X("msr cntp_cval_el0, x1") X("msr cntp_tval_el0, x1") X("mrs x1, cntv_ctl_el0")                  \
  X("mrs x1, cntfrq_el0") X("mrs x1, cntkctl_el1")                                                 \
  X("mrs x1, mdscr_el1") X("msr mdscr_el1, x1") X("mrs x1, dbgbcr0_el1") X("msr dbgwvr0_el1, x1")  \
  X("mrs x1, oslsr_el1") X("msr oslar_el1, xzr") X("mrs x1, osdlr_el1") X("msr osdlr_el1, xzr")    \
  X("mrs x1, mdrar_el1") X("mrs x1, mdccint_el1")                         \
  X("mrs x1, mdccsr_el0")              \
  X("mrs x1, pmcr_el0") X("msr pmcr_el0, xzr") X("mrs x1, pmccntr_el0") X("msr pmcntenset_el0, xzr")\
  X("mrs x1, pmevcntr0_el0") X("mrs x1, pmevcntr5_el0") X("msr pmintenclr_el1, xzr")               \
  X("msr pmuserenr_el0, xzr") X("mrs x1, pmceid0_el0") X("msr pmswinc_el0, xzr")                   \
  X("mrs x1, S3_0_C12_C12_5") X("msr S3_0_C4_C6_0, x1") X("mrs x1, S3_0_C12_C12_0")                \
  X("msr S3_0_C12_C12_1, x6") X("mrs x1, S3_0_C12_C12_2") X("mrs x1, S3_0_C12_C12_3")              \
  X("mrs x1, S3_0_C12_C12_4") X("msr S3_0_C12_C11_1, x6") X("msr S3_0_C12_C11_5, x7")              \
  X("mrs x1, S3_0_C12_C12_7") X("mrs x1, S3_0_C12_C12_6") X("mrs x1, S3_0_C12_C8_4")               \
  X("mrs x1, S3_0_C12_C8_0") X("mrs x1, S3_0_C12_C11_3")                                           \
  X("mrs x1, hcr_el2") X("mrs x1, S3_0_C15_C0_0") X("mrs x1, S3_1_C11_C0_2")

#define WORD(text) text "\n"
#define NAME(text) text,
__asm__("  .section .rodata\n  .balign 4\nwords:\n" OPS(WORD) "  .text\n");
extern const u32 words[];
static const char* const names[] = {OPS(NAME)};
enum { kOps = sizeof names / sizeof *names };

static u32 code[16] __attribute__((aligned(64)));
static unsigned char data[64] __attribute__((aligned(64)));
static unsigned char stack[4096] __attribute__((aligned(16)));
static u64 syndrome, undefined_at_el1;
extern char came_back[];

static void handler(struct frame* frame) {
  if (current_el() == 1) {
    undefined_at_el1 = frame->esr | 1;
    frame->elr += 4;
    return;
  }
  syndrome = frame->esr;
  frame->elr = (u64)came_back;
  frame->spsr = 0x3c9;
}

__attribute__((noinline)) static void attempt(u32 word) {
  syndrome = undefined_at_el1 = 0;
  code[0] = word;
  code[1] = 0xd4000002 | 0x77 << 5;  // HVC #0x77: it executed
  __asm__ volatile("dsb sy\n ic iallu\n dsb sy\n isb");
  WRITE(SCTLR_EL1, 0x30d00800);
  WRITE(VBAR_EL1, READ(VBAR_EL2));
  WRITE(SP_EL1, (u64)stack + sizeof stack);
  WRITE(ELR_EL2, (u64)code);
  WRITE(SPSR_EL2, 0x3c5);
  WRITE(CPACR_EL1, 3 << 20);
  __asm__ volatile(
      "  isb\n"
      "  mov x1, #0\n  mov x2, %0\n  mrs x3, VBAR_EL2\n  mov x4, %1\n  mov x5, #0x300000\n"
      "  mov x6, #1020\n  mov x7, #0x0f000000\n"
      "  eret\n"
      "  .global came_back\n"
      "came_back:\n" ::"r"(0x30d00800ull), "r"(data)
      : "x0", "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14", "x15", "x16",
        "x17", "x18", "x30", "memory");
}

static void try_all(const char* trap, unsigned bit, int all) {
  put(trap);
  if (bit != ~0u) {
    put(" bit ");
    put_u64(bit);
  }
  put("\n");
  for (unsigned n = 0; n < kOps; ++n) {
    attempt(words[n]);
    const int executed = syndrome >> 26 == 0x16 && (syndrome & 0xffff) == 0x77;
    if (executed && !undefined_at_el1) continue;
    if (undefined_at_el1 && !all) continue;
    put("  ");
    put(names[n]);
    if (undefined_at_el1)
      put(": UNDEFINED at EL1\n");
    else
      say(": ESR_EL2", syndrome);
  }
}

static void with_hcr(void) {
  // Not here: VM, PTW and DC change translation, TGE the whole level, RW the state; HCD takes
  // the way back; nor what QEMU does not have: TIDCP, and MDCR_EL2.TPMCR below.
  static const unsigned bits[] = {1, 3, 4, 5, 13, 15, 16, 17, 18, 19, 21, 22, 23, 24, 25, 26, 28, 30};
  for (unsigned n = 0; n < sizeof bits / sizeof *bits; ++n) {
    WRITE(HCR_EL2, 1ull << 31 | 1ull << bits[n]);
    ISB();
    try_all("HCR_EL2", bits[n], 0);
  }
  WRITE(HCR_EL2, 1ull << 31);
}

void run(void) {
  on_exception = handler;
  gic_start();
  WRITE(HCR_EL2, 1ull << 31);
  WRITE(CNTHCTL_EL2, 3);
  WRITE(MDCR_EL2, 6);
  WRITE(CPTR_EL2, 0x33ff);
  WRITE(S3_4_C12_C9_5, 0xf);
  WRITE(OSLAR_EL1, 0);
  ISB();
  try_all("nothing", ~0u, 1);
  with_hcr();
  static const unsigned cptr[] = {10, 20, 31};
  for (unsigned n = 0; n < 3; ++n) {
    WRITE(CPTR_EL2, (0x33ff & ~(1u << 10)) | 1u << cptr[n]);
    ISB();
    try_all("CPTR_EL2", cptr[n], 0);
  }
  WRITE(CPTR_EL2, 0x33ff & ~(1u << 10));
  for (unsigned bit = 6; bit < 12; ++bit) {
    if (bit == 8) continue;  // TDE routes debug exceptions and implies others: next
    WRITE(MDCR_EL2, 6 | 1u << bit);
    ISB();
    try_all("MDCR_EL2", bit, 0);
  }
  WRITE(MDCR_EL2, 6 | 1u << 8);
  ISB();
  try_all("MDCR_EL2 TDE", ~0u, 0);
  WRITE(MDCR_EL2, 2);  // HPMN: two counters
  ISB();
  try_all("MDCR_EL2 HPMN 2", ~0u, 1);
  WRITE(MDCR_EL2, 6);
  for (unsigned bit = 0; bit < 2; ++bit) {
    WRITE(CNTHCTL_EL2, 3 & ~(1u << bit));
    ISB();
    try_all("CNTHCTL_EL2 without", bit, 0);
  }
  WRITE(CNTHCTL_EL2, 3);
  // With IMO and FMO the virtual interface answers; its traps.
  WRITE(HCR_EL2, 1ull << 31 | 1 << 3 | 1 << 4);
  for (unsigned bit = 10; bit < 15; ++bit) {
    WRITE(S3_4_C12_C11_0, 1u << bit | 1);
    ISB();
    try_all("ICH_HCR_EL2", bit, 0);
  }
  WRITE(S3_4_C12_C11_0, 0);
  WRITE(S3_4_C12_C9_5, 7);  // ICC_SRE_EL2 without Enable
  ISB();
  try_all("ICC_SRE_EL2 without Enable", ~0u, 0);
}
