// runs at: el2
// armature only
// prints:
//   WFE with the event register set: fine
//   WFE with it clear: EC 0x1 ISS 0x1e00001
//   SEVL, then WFE: fine
#include "support/test.h"

static unsigned char stack[4096] __attribute__((aligned(16)));

static void handler(struct frame* frame) {
  const u64 class = frame->esr >> 26;
  if (class == 0x16) power_off();
  put("EC ");
  put_hex(class);
  say(" ISS", frame->esr & 0x1ffffff);
  frame->elr += 4;
}

static void guest(void) {
  put("WFE with the event register set: ");
  __asm__ volatile("sev\n wfe");
  put("fine\nWFE with it clear: ");
  __asm__ volatile("wfe");
  put("SEVL, then WFE: ");
  __asm__ volatile("sevl\n wfe");
  put("fine\n");
  __asm__ volatile("hvc #0");
}

void run(void) {
  on_exception = handler;
  WRITE(SCTLR_EL1, 0x30d00800);
  WRITE(HCR_EL2, 1u << 31 | 1 << 14);  // RW, TWE
  ISB();
  enter_el1(guest, (u64)stack + sizeof(stack));
}
