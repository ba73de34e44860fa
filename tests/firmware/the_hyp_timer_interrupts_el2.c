// runs at: el2
// CNTHP fires with interrupt 26 at EL2, and also takes the core out of EL1.
#include "support/gic.h"

static volatile unsigned taken, last, from_vector;
static unsigned char el1_stack[4096] __attribute__((aligned(16)));

static void handler(struct frame* frame) {
  if (frame->vector % 4 != kIrq) {
    report_exception(frame);
    power_off();
  }
  last = gic_acknowledge();
  from_vector = (unsigned)frame->vector;
  WRITE(CNTHP_CTL_EL2, 0);
  ISB();
  gic_end(last);
  if (taken++ == 1) {
    put("interrupt ");
    put_u64(last);
    put(" from EL1, vector ");
    put_u64(from_vector);
    say(", SPSR_EL2", frame->spsr & 0x3cf);
    power_off();
  }
}

static void at_el1(void) {
  // EL1 masks everything, but an interrupt to EL2 does not ask it.
  for (;;) ISB();
}

void run(void) {
  on_exception = handler;
  gic_start();
  gic_enable(kHypTimer);
  WRITE(HCR_EL2, 1u << 31 | 1 << 4);
  ISB();
  WRITE(CNTHP_TVAL_EL2, 2000);
  WRITE(CNTHP_CTL_EL2, 1);
  ISB();
  __asm__ volatile("msr DAIFClr, #2");
  while (taken == 0) ISB();
  put("interrupt ");
  put_u64(last);
  put(" at EL2, vector ");
  put_u64(from_vector);
  put("\n");
  __asm__ volatile("msr DAIFSet, #2");
  WRITE(CNTHP_CVAL_EL2, READ(CNTPCT_EL0) + 5000);
  WRITE(CNTHP_CTL_EL2, 1);
  ISB();
  enter_el1(at_el1, (u64)el1_stack + sizeof(el1_stack));
}
