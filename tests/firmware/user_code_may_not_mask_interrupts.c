// runs at: el1
// armature only
// prints:
//   MSR DAIFSet, #15: EC 0x18 ISS 0xcd3fe
//   MSR DAIFClr, #2: EC 0x18 ISS 0xed3e4
//   MSR DAIF, X1: EC 0x18 ISS 0x32d024
//
// The syndrome names the instruction as if it were an MSR of a register: QEMU mixes up op1 and op2.
#include "support/mmu.h"

__asm__(
    "  .text\n  .balign 4096\n"
    "user:\n"
    "  msr DAIFSet, #15\n"
    "  msr DAIFClr, #2\n"
    "  msr DAIF, x1\n"
    "  .balign 4096\n");
extern u64 user[];

static const char* const kNames[] = {"MSR DAIFSet, #15", "MSR DAIFClr, #2", "MSR DAIF, X1"};
static unsigned at;

static void handler(struct frame* frame) {
  put(kNames[at]);
  put(": EC ");
  put_hex(frame->esr >> 26);
  say(" ISS", frame->esr & 0x1ffffff);
  frame->elr += 4;
  if (++at == 3) power_off();
}

void run(void) {
  on_exception = handler;
  mmu_on();
  map_page(kPagesBase, (u64)user, PTE_CODE | PTE_EL0 | PTE_PXN | PTE_NG);
  WRITE(ELR_EL1, kPagesBase);
  WRITE(SPSR_EL1, 0);
  __asm__ volatile("isb\n eret");
}
