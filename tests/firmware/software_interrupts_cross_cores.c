// runs at: el1 el2
// cores: 2
// Two cores answer each other's SGIs; each says what it acknowledged.
#include "support/gic.h"
#include "support/mmu.h"

static volatile unsigned ready, count[2], last[2];

static void handler(struct frame* frame) {
  if (frame->vector % 4 != kIrq) {
    report_exception(frame);
    power_off();
  }
  const unsigned core = core_number();
  last[core] = gic_acknowledge();
  gic_end(last[core]);
  DSB();
  count[core]++;
}

static void start_interrupts(void) {
  mmu_on();
  gic_start();
  gic_enable(5);
  gic_enable(6);
  if (at_el2()) WRITE(HCR_EL2, 1u << 31 | 1 << 4);
  ISB();
  __asm__ volatile("msr DAIFClr, #2");
}

static void other(u64 argument) {
  (void)argument;
  start_interrupts();
  __atomic_store_n(&ready, 1, __ATOMIC_RELEASE);
  for (unsigned n = 1; n <= 10; ++n) {
    while (__atomic_load_n(&count[1], __ATOMIC_ACQUIRE) < n) __asm__ volatile("yield");
    gic_send_sgi(6, 0);
  }
  __asm__ volatile("msr DAIFSet, #2");
  mmu_off();
}

void run(void) {
  on_exception = handler;
  start_interrupts();
  say("CPU_ON", start_core(1, other, 0));
  while (!__atomic_load_n(&ready, __ATOMIC_ACQUIRE)) __asm__ volatile("yield");
  for (unsigned n = 1; n <= 10; ++n) {
    gic_send_sgi(5, 1);
    while (__atomic_load_n(&count[0], __ATOMIC_ACQUIRE) < n) __asm__ volatile("yield");
  }
  wait_until_off(1);
  say("core 0 took", count[0]);
  say("the last was", last[0]);
  say("core 1 took", count[1]);
  say("the last was", last[1]);
  gic_send_sgi(6, 0);
  while (count[0] < 11) ISB();
  say("an SGI to itself", last[0]);
}
