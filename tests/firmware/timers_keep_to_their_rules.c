// runs at: el1 el2
// Views of a timer (CVAL, TVAL, CTL), their arithmetic, CNTVOFF, and the condition that they share.
#include "support/gic.h"
#include "support/mmu.h"

static unsigned counter_id;

#define COUNTER() (counter_id ? READ(CNTVCT_EL0) : READ(CNTPCT_EL0))
#define T_READ(reg) (counter_id ? READ(CNTV_##reg##_EL0) : READ(CNTP_##reg##_EL0))
#define T_WRITE(reg, value)             \
  do {                                  \
    if (counter_id)                     \
      WRITE(CNTV_##reg##_EL0, value);   \
    else                                \
      WRITE(CNTP_##reg##_EL0, value);   \
    ISB();                              \
  } while (0)

static void wait_for_status(void) {
  while (!(T_READ(CTL) & 4)) ISB();
}

static void views(unsigned interrupt) {
  say("CTL keeps two bits", (T_READ(CTL), ({ T_WRITE(CTL, ~0ull & ~4ull); T_READ(CTL) & 3; })));
  T_WRITE(CTL, 0);
  T_WRITE(CVAL, 0x123456789abcdef0);
  say("CVAL", T_READ(CVAL));
  T_WRITE(TVAL, 0xffffffff00000010);
  u64 ahead = T_READ(CVAL) - COUNTER();
  check("TVAL is 32 bits from now", (long)ahead <= 0x10);
  T_WRITE(TVAL, 0x80000000);
  ahead = COUNTER() - T_READ(CVAL);
  check("and signed", ahead >= 0x80000000 && ahead < 0x90000000);
  say("the upper half of TVAL", T_READ(TVAL) >> 32);
  T_WRITE(CVAL, COUNTER() + 0x7fffffff);
  check("TVAL of a far time", T_READ(TVAL) <= 0x7fffffff && T_READ(TVAL) > 0x70000000);
  T_WRITE(CVAL, 0);
  T_WRITE(CTL, 0);
  say("ISTATUS of a disabled timer is not read as set",  T_READ(CTL) & 3);
  T_WRITE(CTL, 1);
  say("the condition holds", T_READ(CTL));
  say("its interrupt", gic_acknowledge());
  gic_end(interrupt);
  T_WRITE(CTL, 3);
  say("IMASK hides only the interrupt", T_READ(CTL));
  say("none", gic_acknowledge());
  T_WRITE(CTL, 1);
  T_WRITE(CVAL, ~0ull);
  say("a later CVAL ends the condition", T_READ(CTL));
  say("and the interrupt", gic_acknowledge());
  T_WRITE(TVAL, -1ull);
  say("a TVAL in the past begins it", T_READ(CTL));
  const unsigned it = gic_acknowledge();
  say("at once", it);
  T_WRITE(TVAL, 500);
  gic_end(it);
  say("and 500 ticks later", (wait_for_status(), gic_acknowledge()));
  T_WRITE(CTL, 0);
  gic_end(interrupt);
  say("off", gic_acknowledge());
}

void run(void) {
  mmu_on();
  gic_start();
  gic_enable(kVirtualTimer);
  gic_enable(kPhysicalTimer);
  put("physical\n");
  views(kPhysicalTimer);
  put("virtual\n");
  counter_id = 1;
  views(kVirtualTimer);
  u64 last = READ(CNTPCT_EL0);
  int monotonic = 1;
  for (unsigned n = 0; n < 1000; ++n) {
    const u64 now = READ(CNTPCT_EL0);
    monotonic &= now >= last;
    last = now;
  }
  check("the counter never goes back", monotonic);
  say("CNTKCTL at reset", READ(CNTKCTL_EL1) & 0x303);
  if (!at_el2()) {
    const u64 difference = READ(CNTPCT_EL0) - READ(CNTVCT_EL0);
    check("without EL2 the counters are one", difference == 0 || (long)difference < 0);
    return;
  }
  say("CNTHCTL at reset", READ(CNTHCTL_EL2) & 3);
  WRITE(CNTVOFF_EL2, 0x1000000000);
  ISB();
  const u64 offset = READ(CNTPCT_EL0) - READ(CNTVCT_EL0);
  check("CNTVOFF is taken off", offset > 0x1000000000 - 100000000 && offset <= 0x1000000000);
  WRITE(CNTV_CVAL_EL0, 0);
  WRITE(CNTV_CTL_EL0, 1);
  ISB();
  say("a virtual count before 0 is far ahead of 0", READ(CNTV_CTL_EL0));
  WRITE(CNTV_CTL_EL0, 0);
  WRITE(CNTVOFF_EL2, 0);
  ISB();
  gic_enable(kHypTimer);
  WRITE(CNTHP_CVAL_EL2, 0);
  WRITE(CNTHP_CTL_EL2, 1);
  ISB();
  say("CNTHP_CTL", READ(CNTHP_CTL_EL2));
  say("its interrupt", gic_acknowledge());
  WRITE(CNTHP_TVAL_EL2, 0x7fffffff);
  ISB();
  gic_end(kHypTimer);
  say("CNTHP_CTL", READ(CNTHP_CTL_EL2));
  check("CNTHP_TVAL counts down", (int)READ(CNTHP_TVAL_EL2) > 0);
}
