// runs at: el1
// Software step of EL0 code by EL1: every step one instruction, into branches and system calls.
#include "support/mmu.h"

#define USER_CODE kPagesBase

__asm__(
    "  .text\n  .balign 4096\n"
    "stepped:\n"
    "  mov x0, #1\n"
    "  add x0, x0, #2\n"
    "  cbnz x0, 1f\n"
    "  nop\n"
    "1: bl 2f\n"
    "  svc #3\n"
    "  brk #9\n"
    "2: ldxr w1, [x2]\n"
    "  stxr w3, w1, [x2]\n"
    "  ret\n"
    "  .balign 4096\n");
extern u64 stepped[];
static u64 word[512] __attribute__((aligned(4096)));
static unsigned steps;

static void handler(struct frame* frame) {
  const u64 class = frame->esr >> 26;
  put("user + ");
  put_hex(frame->elr - USER_CODE);
  put(" ");
  report_exception(frame);
  say(" x0", frame->x[0]);
  if (class == 0x3c) {
    WRITE(MDSCR_EL1, 0);
    power_off();
  }
  if (++steps > 30) power_off();
  frame->spsr |= 1 << 21;  // SS: step once more
}

void run(void) {
  on_exception = handler;
  mmu_on();
  map_page(USER_CODE, (u64)stepped, PTE_CODE | PTE_EL0 | PTE_PXN | PTE_NG);
  map_page(USER_CODE + 0x1000, (u64)word, PTE_DATA | PTE_EL0 | PTE_NG);
  WRITE(OSLAR_EL1, 0);
  WRITE(MDSCR_EL1, 1);  // SS
  ISB();
  WRITE(ELR_EL1, USER_CODE);
  WRITE(SPSR_EL1, 1 << 21);
  __asm__ volatile("isb\n mov x2, %0\n eret" ::"r"(USER_CODE + 0x1000) : "x2", "memory");
}
