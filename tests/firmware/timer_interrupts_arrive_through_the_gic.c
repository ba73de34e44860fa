// runs at: el1 el2
// The EL1 timers fire once each, with their own interrupt, and stay silent while masked.
#include "support/gic.h"

static volatile unsigned taken, last;

static void handler(struct frame* frame) {
  if (frame->vector % 4 != kIrq) {
    report_exception(frame);
    power_off();
  }
  last = gic_acknowledge();
  taken++;
  if (last == kVirtualTimer) WRITE(CNTV_CTL_EL0, 2 | 1);  // IMASK
  if (last == kPhysicalTimer) WRITE(CNTP_CTL_EL0, 2 | 1);
  ISB();
  gic_end(last);
}

static void expect(const char* what, unsigned interrupt) {
  for (unsigned spins = 0; taken == 0 && spins < 3000000; ++spins) ISB();
  put(what);
  put(taken == 1 && last == interrupt ? ": one interrupt " : ": WRONG ");
  put_u64(last);
  put(", vector as expected\n");
  taken = 0;
}

void run(void) {
  on_exception = handler;
  gic_start();
  gic_enable(kVirtualTimer);
  gic_enable(kPhysicalTimer);
  if (at_el2()) {
    WRITE(HCR_EL2, 1u << 31 | 1 << 4);  // RW, IMO: to EL2
    WRITE(CNTVOFF_EL2, 0);
    ISB();
  }
  WRITE(CNTV_TVAL_EL0, 1000);
  WRITE(CNTV_CTL_EL0, 1);
  WRITE(CNTP_CTL_EL0, 0);
  ISB();
  while (!(READ(CNTV_CTL_EL0) & 4)) ISB();
  put("PSTATE.I holds the interrupt back: ");
  put_u64(taken);
  put("\n");
  check("ISR_EL1.I says that it is pending", READ(ISR_EL1) >> 7 & 1);
  __asm__ volatile("msr DAIFClr, #2");
  expect("virtual timer", kVirtualTimer);
  say("CNTV_CTL_EL0", READ(CNTV_CTL_EL0));
  WRITE(CNTP_CVAL_EL0, READ(CNTPCT_EL0) + 2000);
  WRITE(CNTP_CTL_EL0, 1);
  ISB();
  expect("physical timer", kPhysicalTimer);
  gic_disable(kVirtualTimer);
  WRITE(CNTV_CTL_EL0, 1);
  ISB();
  for (int n = 0; n < 1000; ++n) ISB();
  check("a disabled interrupt does not arrive", taken == 0);
  check("and a TVAL in the past counts down below zero", (int)READ(CNTV_TVAL_EL0) < 0);
  gic_enable(kVirtualTimer);
  expect("enabled again", kVirtualTimer);
  // WFI sleeps until the timer wakes it, masked or not.
  __asm__ volatile("msr DAIFSet, #2");
  WRITE(CNTV_TVAL_EL0, 5000);
  WRITE(CNTV_CTL_EL0, 1);
  ISB();
  const u64 deadline = READ(CNTV_CVAL_EL0);
  while (!(READ(CNTV_CTL_EL0) & 4)) __asm__ volatile("wfi");
  check("WFI ended, and not before the deadline", READ(CNTVCT_EL0) >= deadline);
  __asm__ volatile("msr DAIFClr, #2");
  expect("after WFI", kVirtualTimer);
}
