// runs at: el1 el2
// cores: 2
// The rules of the exclusive monitors: what clears them, what does not, and that clearing one wakes a
// core in WFE. QEMU compares values and has no granule, so:
// armature only
// prints:
//   without a load 0x1
//   after a load 0x0
//   a second time 0x1
//   another line 0x1
//   then the first again 0x1
//   after CLREX 0x1
//   after an exception and its return 0x1
//   the older of two loads 0x1
//   pair 0x0
//   pair swapped 0x2211
//   other core stores 0x1
//   other core stores into the line 0x1
//   other core zeroes the line 0x1
//   other core loads 0x0
//   other core stores elsewhere 0x0
//   other core loads exclusively 0x0
//   other core stores exclusively 0x1
//   unaligned exclusive
//     ESR 0x96000021
//   unaligned exclusive pair
//     ESR 0x96000021
//   unaligned acquire
//     ESR 0x96000021
//   unaligned release
//     ESR 0x96000061
//   WFE slept until the store: yes
//   SEV woke us
#include "support/mmu.h"

static volatile u64 cell[32] __attribute__((aligned(64)));
static volatile u64 turn;

static u64 load_exclusive(volatile u64* at) {
  u64 value;
  __asm__ volatile("ldxr %0, [%1]" : "=r"(value) : "r"(at) : "memory");
  return value;
}
static unsigned store_exclusive(volatile u64* at, u64 value) {
  unsigned status;
  __asm__ volatile("stxr %w0, %1, [%2]" : "=&r"(status) : "r"(value), "r"(at) : "memory");
  return status;
}

static void skip(struct frame* frame) { (void)frame; }
static void fault(struct frame* frame) {
  say("  ESR", frame->esr);
  frame->elr += 4;
}

// The other core does what `turn` asks.
static void other(u64 unused) {
  (void)unused;
  mmu_on();
  for (u64 seen = 0;;) {
    while (turn == seen) __asm__ volatile("yield");
    seen = turn;
    switch (seen) {
      case 2: cell[0] = 7; break;
      case 4: cell[1] = 7; break;
      case 6: __asm__ volatile("dc zva, %0" ::"r"(cell) : "memory"); break;
      case 8: (void)cell[0]; break;
      case 10: __asm__ volatile("dc civac, %0" ::"r"(cell) : "memory"); break;
      case 12: cell[16] = 7; break;
      case 14: __asm__ volatile("sev"); break;
      case 16:
        for (int n = 0; n < 1000; ++n) __asm__ volatile("nop");
        cell[0] = 9;
        break;
      case 18: (void)load_exclusive(cell); break;
      case 20: (void)load_exclusive(cell); (void)store_exclusive(cell, 3); break;
      case 99: return;
    }
    DSB();
    turn = ++seen;
  }
}
static void ask(u64 what) {
  turn = what;
  while (turn == what) __asm__ volatile("yield");
}

static void between(const char* text, u64 what) {
  (void)load_exclusive(cell);
  ask(what);
  say(text, store_exclusive(cell, 1));
}

void run(void) {
  on_exception = skip;
  mmu_on();
  say("without a load", store_exclusive(cell, 1));
  (void)load_exclusive(cell);
  say("after a load", store_exclusive(cell, 1));
  say("a second time", store_exclusive(cell, 1));
  (void)load_exclusive(cell);
  say("another line", store_exclusive(&cell[16], 1));
  say("then the first again", store_exclusive(cell, 1));
  (void)load_exclusive(cell);
  __asm__ volatile("clrex");
  say("after CLREX", store_exclusive(cell, 1));
  (void)load_exclusive(cell);
  __asm__ volatile("svc #0");
  say("after an exception and its return", store_exclusive(cell, 1));
  (void)load_exclusive(&cell[16]);
  (void)load_exclusive(cell);
  say("the older of two loads", store_exclusive(&cell[16], 1));
  u64 low, high;
  unsigned status;
  cell[2] = 0x11;
  cell[3] = 0x22;
  __asm__ volatile("ldxp %0, %1, [%3]\n stxp %w2, %1, %0, [%3]"
                   : "=&r"(low), "=&r"(high), "=&r"(status)
                   : "r"(&cell[2])
                   : "memory");
  say("pair", status);
  say("pair swapped", cell[2] << 8 | cell[3]);
  start_core(1, other, 0);
  between("other core stores", 2);
  between("other core stores into the line", 4);
  between("other core zeroes the line", 6);
  between("other core loads", 8);
  between("other core stores elsewhere", 12);
  between("other core loads exclusively", 18);
  between("other core stores exclusively", 20);
  on_exception = fault;
  put("unaligned exclusive\n");
  __asm__ volatile("ldxr x0, [%0]" ::"r"((u64)cell + 4) : "x0", "memory");
  put("unaligned exclusive pair\n");
  __asm__ volatile("ldxp x0, x2, [%0]" ::"r"((u64)cell + 8) : "x0", "x2", "memory");
  put("unaligned acquire\n");
  __asm__ volatile("ldar x0, [%0]" ::"r"((u64)cell + 4) : "x0", "memory");
  put("unaligned release\n");
  __asm__ volatile("stlrh wzr, [%0]" ::"r"((u64)cell + 1) : "memory");
  on_exception = skip;
  // WFE sleeps until the monitor is cleared by the other core's store.
  __asm__ volatile("sevl\n wfe");
  (void)load_exclusive(cell);
  turn = 16;
  __asm__ volatile("wfe");
  check("WFE slept until the store", cell[0] == 9);
  while (turn != 17) {}
  __asm__ volatile("sevl\n wfe");
  turn = 14;
  __asm__ volatile("wfe");
  put("SEV woke us\n");
  while (turn != 15) {}
  turn = 99;
  wait_until_off(1);
}
