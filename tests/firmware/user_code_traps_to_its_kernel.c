// runs at: el1
// EL0 behind stage 1: what it may not do comes to EL1 with the right class.
#include "support/mmu.h"

#define USER_CODE (kPagesBase)
#define USER_DATA (kPagesBase + 0x1000)

static unsigned char data[4096] __attribute__((aligned(4096)));

__asm__(
    "  .text\n  .balign 4096\n"
    "user:\n"
    "  svc #1\n"
    "  mrs x0, SCTLR_EL1\n"
    "  mrs x0, CTR_EL0\n"
    "  mrs x0, CNTVCT_EL0\n"
    "  mrs x0, PMCCNTR_EL0\n"
    "  mrs x0, MIDR_EL1\n"
    "  mrs x1, TPIDR_EL0\n"
    "  msr TPIDRRO_EL0, x1\n"
    "  hvc #0\n"
    "  wfi\n"
    "  dc zva, x2\n"
    "  ic ivau, x2\n"
    "  tlbi vmalle1\n"
    "  ldr x0, [x2]\n"
    "  str x0, [x2]\n"
    "  ldr x0, [x3]\n"
    "  fmov d0, x2\n"
    "  eret\n"
    "  svc #2\n"
    "  .balign 4096\n");
extern u64 user[];

static void handler(struct frame* frame) {
  put("user + ");
  put_hex(frame->elr - USER_CODE);
  put(" ");
  report_exception(frame);
  const u64 class = frame->esr >> 26;
  if (class == 0x24) say(" FAR", frame->far);
  else put("\n");
  if (class == 0x15 && (frame->esr & 0xffff) == 2) power_off();
  if (class != 0x15) frame->elr += 4;
}

void run(void) {
  on_exception = handler;
  mmu_on();
  map_page(USER_CODE, (u64)user, PTE_CODE | PTE_EL0 | PTE_PXN | PTE_NG);
  map_page(USER_DATA, (u64)data, PTE_DATA | PTE_EL0 | PTE_NG | PTE_READ_ONLY);
  WRITE(CPACR_EL1, 0);  // FP traps
  WRITE(CNTKCTL_EL1, 0);
  WRITE(PMUSERENR_EL0, 0);
  WRITE(ELR_EL1, USER_CODE);
  WRITE(SPSR_EL1, 0);
  __asm__ volatile("isb\n mov x2, %0\n mov x3, %1\n eret" ::"r"(USER_DATA), "r"(0x40200000ull)
                   : "x2", "x3", "memory");
}
