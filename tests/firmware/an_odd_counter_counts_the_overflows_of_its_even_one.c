// armature only
// QEMU does not chain counters that count SW_INCR.
// prints:
//   the even counter 0x1
//   the odd one 0x1
//   PMOVSSET 0x1
//   both overflow 0x3
//   a disabled odd counter stays 0x0
//   without chaining the even one still overflows 0x1
#include "support/test.h"

enum { kSwIncrement = 0x00, kChain = 0x1e };

static void set(unsigned even, unsigned odd) {
  WRITE(PMOVSCLR_EL0, ~0ull);
  WRITE(PMEVCNTR0_EL0, even);
  WRITE(PMEVCNTR1_EL0, odd);
  ISB();
}
static void increment(unsigned times) {
  for (unsigned n = 0; n < times; ++n) WRITE(PMSWINC_EL0, 1);
  ISB();
}

void run(void) {
  const u64 here = at_el2() ? 1u << 27 : 0;  // NSH
  WRITE(PMEVTYPER0_EL0, kSwIncrement | here);
  WRITE(PMEVTYPER1_EL0, kChain | here);
  WRITE(PMCNTENSET_EL0, 3);
  WRITE(PMCR_EL0, 7);
  set(0xfffffffe, 0);
  increment(3);
  say("the even counter", READ(PMEVCNTR0_EL0));
  say("the odd one", READ(PMEVCNTR1_EL0));
  say("PMOVSSET", READ(PMOVSSET_EL0));
  set(0xffffffff, 0xffffffff);
  increment(1);
  say("both overflow", READ(PMOVSSET_EL0));
  WRITE(PMCNTENCLR_EL0, 2);
  set(0xffffffff, 0);
  increment(1);
  say("a disabled odd counter stays", READ(PMEVCNTR1_EL0));
  WRITE(PMEVTYPER1_EL0, kSwIncrement | here);
  WRITE(PMCNTENSET_EL0, 2);
  set(0xffffffff, 0);
  increment(1);
  say("without chaining the even one still overflows", READ(PMOVSSET_EL0));
}
