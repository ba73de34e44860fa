// runs at: el1 el2
// Registers of the PMU, SW_INCR, overflow with its interrupt, enables and filters.
#include "support/gic.h"
#include "support/mmu.h"

enum { kSwIncrement = 0x00, kCycles = 0x11, kPmuInterrupt = 23 };

static void select(unsigned counter) {
  WRITE(PMSELR_EL0, counter);
  ISB();
}
static u64 counter(unsigned n) {
  select(n);
  return READ(PMXEVCNTR_EL0);
}
static void set_counter(unsigned n, u64 value) {
  select(n);
  WRITE(PMXEVCNTR_EL0, value);
  ISB();
}
static void set_type(unsigned n, u64 type) {
  select(n);
  WRITE(PMXEVTYPER_EL0, type | (at_el2() ? 1u << 27 : 0));  // NSH: at EL2 too
  ISB();
}

static void registers(void) {
  const u64 pmcr = READ(PMCR_EL0);
  say("PMCR.N", pmcr >> 11 & 31);
  say("PMCR at reset", pmcr & 0x7f);
  WRITE(PMCR_EL0, 0);
  ISB();
  check("N, IDCODE and IMP are read-only", READ(PMCR_EL0) >> 11 == pmcr >> 11);
  WRITE(PMCR_EL0, 0x79 | 6);
  ISB();
  say("P and C read as zero", READ(PMCR_EL0) & 0x6);
  WRITE(PMCR_EL0, 0);
  WRITE(PMCNTENSET_EL0, ~0ull);
  ISB();
  say("PMCNTENSET", READ(PMCNTENSET_EL0));
  WRITE(PMCNTENCLR_EL0, 0x15);
  ISB();
  say("PMCNTENCLR", READ(PMCNTENCLR_EL0));
  WRITE(PMCNTENCLR_EL0, ~0ull);
  WRITE(PMINTENSET_EL1, ~0ull);
  ISB();
  say("PMINTENSET", READ(PMINTENSET_EL1));
  WRITE(PMINTENCLR_EL1, ~0ull);
  WRITE(PMOVSSET_EL0, ~0ull);
  ISB();
  say("PMOVSSET", READ(PMOVSSET_EL0));
  WRITE(PMOVSCLR_EL0, ~0ull);
  ISB();
  say("PMOVSCLR", READ(PMOVSCLR_EL0));
  WRITE(PMSELR_EL0, ~0ull);
  ISB();
  say("PMSELR", READ(PMSELR_EL0));
  set_type(31, ~0ull);
  say("PMCCFILTR through PMXEVTYPER", READ(PMXEVTYPER_EL0) & 0xc0000000);
  say("PMCCFILTR", READ(PMCCFILTR_EL0) & 0xc0000000);
  WRITE(PMCCFILTR_EL0, 0);
  set_type(2, 0xf8000011);
  say("PMEVTYPER2", READ(PMEVTYPER2_EL0) & 0xc00003ff);
  set_type(2, 0);
  set_counter(3, 0x123456789abcull);
  say("counters have 32 bits", READ(PMEVCNTR3_EL0));
  WRITE(PMCCNTR_EL0, 0x123456789abcdef0ull);
  ISB();
  say("the cycle counter 64", READ(PMCCNTR_EL0));
  WRITE(PMUSERENR_EL0, ~0ull);
  ISB();
  say("PMUSERENR", READ(PMUSERENR_EL0));
  WRITE(PMUSERENR_EL0, 0);
  check("SW_INCR, INST_RETIRED and CPU_CYCLES are announced or not at all",
        (READ(PMCEID0_EL0) >> kSwIncrement & 1) && (READ(PMCEID0_EL0) >> kCycles & 1));
}

static void software_increments(void) {
  WRITE(PMCR_EL0, 6);
  for (unsigned n = 0; n < 6; ++n) set_type(n, kSwIncrement);
  WRITE(PMCNTENSET_EL0, 0x3);
  ISB();
  WRITE(PMSWINC_EL0, 3);
  ISB();
  say("SW_INCR with PMCR.E clear", counter(0));
  WRITE(PMCR_EL0, 1);
  ISB();
  for (unsigned n = 0; n < 5; ++n) WRITE(PMSWINC_EL0, 1 << (n & 1) | 1 << 2);
  ISB();
  say("counter 0", counter(0));
  say("counter 1", counter(1));
  say("counter 2 is disabled", counter(2));
  set_type(0, kCycles);
  const u64 before = counter(0);
  WRITE(PMCNTENCLR_EL0, 1);
  ISB();
  const u64 stopped = counter(0);
  WRITE(PMSWINC_EL0, 1);
  ISB();
  check("a stopped counter keeps its value", counter(0) == stopped && stopped >= before);
  set_type(0, kSwIncrement);
}

static void overflow(void) {
  WRITE(PMCR_EL0, 7);
  WRITE(PMOVSCLR_EL0, ~0ull);
  WRITE(PMCNTENSET_EL0, 0x3);
  set_counter(0, 0xffffffff);
  set_counter(1, 0xfffffffe);
  WRITE(PMSWINC_EL0, 3);
  ISB();
  say("overflowed: counter 0", counter(0));
  say("PMOVSSET", READ(PMOVSSET_EL0));
  WRITE(PMINTENSET_EL1, 2);
  ISB();
  say("no interrupt for the one that is not enabled", gic_acknowledge());
  WRITE(PMSWINC_EL0, 2);
  ISB();
  const unsigned it = gic_acknowledge();
  say("the interrupt", it);
  if (it != 1023) gic_end(it);
  say("PMOVSCLR", READ(PMOVSCLR_EL0));
  const unsigned again = gic_acknowledge();
  say("a level: it comes again", again);
  WRITE(PMOVSCLR_EL0, 2);
  ISB();
  if (again != 1023) gic_end(again);
  say("until its cause is cleared", gic_acknowledge());
  WRITE(PMINTENCLR_EL1, ~0ull);
  WRITE(PMOVSCLR_EL0, ~0ull);
}

// QEMU notices an overflow when the counter is read.
static u64 overflows(void) {
  READ(PMCCNTR_EL0);
  return READ(PMOVSSET_EL0);
}

static void cycles(void) {
  WRITE(PMCR_EL0, 7);
  WRITE(PMCCFILTR_EL0, at_el2() ? 1u << 27 : 0);  // NSH: at EL2 too
  WRITE(PMCNTENSET_EL0, 1u << 31);
  ISB();
  u64 last = READ(PMCCNTR_EL0);
  int monotonic = 1;
  for (unsigned n = 0; n < 100; ++n) {
    const u64 now = READ(PMCCNTR_EL0);
    if (now <= last) monotonic = 0;
    last = now;
  }
  check("the cycle counter goes up", monotonic);
  WRITE(PMCCFILTR_EL0, 1u << 31);  // not at EL1
  ISB();
  const u64 here = READ(PMCCNTR_EL0);
  for (volatile unsigned n = 0; n < 100; ++n) {
  }
  check("PMCCFILTR.P stops it at EL1, no NSH at EL2", READ(PMCCNTR_EL0) == here);
  WRITE(PMCCFILTR_EL0, at_el2() ? 1u << 27 : 0);
  WRITE(PMCCNTR_EL0, ~0ull - 10);
  ISB();
  for (volatile unsigned n = 0; n < 1000; ++n) {
  }
  say("it overflows", overflows());
  WRITE(PMOVSCLR_EL0, ~0ull);
  WRITE(PMCR_EL0, 1 | 1 << 6);  // LC: at 64 bits
  WRITE(PMCCNTR_EL0, 0xfffffff0);
  ISB();
  for (volatile unsigned n = 0; n < 1000; ++n) {
  }
  say("not at 32 bits with LC", overflows());
  WRITE(PMCR_EL0, 1);
  WRITE(PMCCNTR_EL0, 0xfffffff0);
  ISB();
  for (volatile unsigned n = 0; n < 1000; ++n) {
  }
  say("without LC", overflows());
  WRITE(PMOVSCLR_EL0, ~0ull);
  WRITE(PMCR_EL0, 1 | 4);
  ISB();
  check("PMCR.C clears it", READ(PMCCNTR_EL0) < 100000000);
  WRITE(PMCNTENCLR_EL0, ~0ull);
  WRITE(PMCR_EL0, 0);
}

void run(void) {
  mmu_on();
  gic_start();
  gic_enable(kPmuInterrupt);
  if (at_el2()) say("MDCR_EL2.HPMN", READ(MDCR_EL2) & 31);
  registers();
  software_increments();
  overflow();
  cycles();
}
