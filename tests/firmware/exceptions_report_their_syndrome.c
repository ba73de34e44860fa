// runs at: el1 el2
// Synchronous exceptions from the level the program runs at, MMU off: class, syndrome, return address.
#include "support/test.h"

static u64 skip_to;  // where to go on, 0: behind the instruction

static void handler(struct frame* frame) {
  report_exception(frame);
  put(" FAR valid ");
  const u64 class = frame->esr >> 26;
  const int has_far = class == 0x22 || class == 0x25 || class == 0x21;
  if (has_far) put_hex(frame->far);
  put("\n");
  const int returns_behind = class == 0x15 || class == 0x16 || class == 0x17;
  if (skip_to)
    frame->elr = skip_to;
  else if (!returns_behind)
    frame->elr += 4;
  skip_to = 0;
}

void run(void) {
  on_exception = handler;
  put("SVC ");
  __asm__ volatile("svc #0x1234");
  put("BRK ");
  __asm__ volatile("brk #0x4321");
  put("UDF ");
  __asm__ volatile(".inst 0x00000007");
  put("unallocated ");
  __asm__ volatile(".inst 0xff000000");
  put("HLT without a debugger ");
  __asm__ volatile("hlt #1");
  put("read of a write-only register ");
  __asm__ volatile(".inst 0xd5301080");  // MRS from OSLAR_EL1's place
  put("write to a read-only register ");
  __asm__ volatile("msr S3_0_C0_C0_0, xzr");
  put("a register that does not exist ");
  __asm__ volatile("mrs x0, S3_0_C15_C9_7" ::: "x0");
  if (at_el2()) {
    put("HVC at EL2 ");
    __asm__ volatile("hvc #7");
  } else {
    put("ERET from a level without one above: HCR_EL2 ");
    __asm__ volatile("mrs x0, HCR_EL2" ::: "x0");
  }
  put("misaligned pc ");
  skip_to = (u64)&&after_pc;
  __asm__ volatile("br %0" ::"r"(0x40200002ull) : "memory");
after_pc:
  put("done\n");
}
