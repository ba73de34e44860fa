// runs at: el1 el2
// armature only
// prints:
//   load through a misaligned stack pointer: EC 0x26
//   misaligned load from Device memory: EC 0x25 status 0x21 instruction syndrome 0
//   misaligned store to Device memory: EC 0x25 status 0x21 instruction syndrome 0
//   misaligned exclusive load from Normal memory: EC 0x25 status 0x21 instruction syndrome 0
//   misaligned load from Normal memory: 0x807060504030201
//   misaligned load with SCTLR.A: EC 0x25 status 0x21 instruction syndrome 0
//   a branch to a misaligned address that is not mapped: EC 0x22
#include "support/mmu.h"

static unsigned char bytes[16] __attribute__((aligned(16)));

static void handler(struct frame* frame) {
  put("EC ");
  put_hex(frame->esr >> 26);
  if (frame->esr >> 26 == 0x25) {
    put(" status ");
    put_hex(frame->esr & 0x3f);
    put(" instruction syndrome ");
    put_u64(frame->esr >> 24 & 1);
  }
  put("\n");
  frame->elr = frame->esr >> 26 == 0x22 ? frame->x[30] : frame->elr + 4;
}

void run(void) {
  on_exception = handler;
  put("load through a misaligned stack pointer: ");
  WRITE_EL(SCTLR, READ_EL(SCTLR) | 8);
  // SP_EL0 is misaligned, so that the exception itself still has a good stack.
  WRITE(SP_EL0, 0x40400008);
  __asm__ volatile("isb\n msr SPSel, #0\n ldr x9, [sp]\n msr SPSel, #1" ::: "x9", "memory");
  put("misaligned load from Device memory: ");
  __asm__ volatile("ldr x9, [%0]" ::"r"(bytes + 1) : "x9", "memory");
  put("misaligned store to Device memory: ");
  __asm__ volatile("str w9, [%0]" ::"r"(bytes + 2) : "memory");
  mmu_on();
  put("misaligned exclusive load from Normal memory: ");
  __asm__ volatile("ldxr x9, [%0]" ::"r"(bytes + 1) : "x9", "memory");
  put("misaligned load from Normal memory: ");
  u64 value = 0;
  for (int n = 0; n < 16; ++n) bytes[n] = (unsigned char)n;
  __asm__ volatile("ldr %0, [%1]" : "=r"(value) : "r"(bytes + 1) : "memory");
  put_hex(value);
  put("\n");
  put("misaligned load with SCTLR.A: ");
  WRITE_EL(SCTLR, READ_EL(SCTLR) | 2);
  ISB();
  __asm__ volatile("ldr x9, [%0]" ::"r"(bytes + 1) : "x9", "memory");
  WRITE_EL(SCTLR, READ_EL(SCTLR) & ~2ull);
  ISB();
  put("a branch to a misaligned address that is not mapped: ");
  __asm__ volatile("blr %0" ::"r"(kPagesBase + 0x2002) : "x30", "memory");
}
