// runs at: el1
// Hardware breakpoint at one instruction, watchpoints on bytes, for EL1 code.
#include "support/mmu.h"

static volatile unsigned char bytes[64] __attribute__((aligned(64)));

static void handler(struct frame* frame) {
  report_exception(frame);
  const u64 class = frame->esr >> 26;
  if (class == 0x35) {
    say(" watched byte", frame->far - (u64)bytes);
    WRITE(DBGWCR0_EL1, 0);
  } else if (class == 0x31) {
    put("\n");
    WRITE(DBGBCR0_EL1, 0);
  } else {
    put("\n");
    frame->elr += 4;
  }
  ISB();
}

__attribute__((noinline)) static u64 function(u64 x) {
  __asm__ volatile("add %0, %0, #1\n.global stop_here\nstop_here: add %0, %0, #2" : "+r"(x));
  return x;
}
extern char stop_here[];

static void watch(u64 address, unsigned byte_select, unsigned access) {
  WRITE(DBGWVR0_EL1, address);
  WRITE(DBGWCR0_EL1, 1 | 1 << 1 | access << 3 | byte_select << 5);  // E, PAC: EL1
  ISB();
}

void run(void) {
  on_exception = handler;
  mmu_on();
  WRITE(OSLAR_EL1, 0);
  WRITE(MDSCR_EL1, 1 << 15 | 1 << 13);  // MDE, KDE
  __asm__ volatile("msr DAIFClr, #8\n isb");
  say("before", function(1));
  WRITE(DBGBVR0_EL1, (u64)stop_here);
  WRITE(DBGBCR0_EL1, 1 | 1 << 1 | 0xf << 5);  // E, PMC: EL1, all bytes
  ISB();
  put("breakpoint: ");
  say("and the result", function(1));
  put("store next to the watched bytes: ");
  watch((u64)bytes, 0x0f, 2);
  bytes[4] = 1;
  put("nothing\nload of watched bytes, stores watched: ");
  (void)bytes[1];
  put("nothing\nstore to the watched bytes: ");
  bytes[2] = 7;
  say("it was done in the end", bytes[2]);
  put("load, loads watched: ");
  watch((u64)bytes + 8, 0xff, 1);
  (void)*(volatile u64*)(bytes + 8);
  put("store, loads watched: ");
  watch((u64)bytes + 8, 0xff, 1);
  bytes[9] = 1;
  put("nothing\nBRK: ");
  WRITE(DBGWCR0_EL1, 0);
  ISB();
  __asm__ volatile("brk #5");
  put("masked by PSTATE.D: ");
  __asm__ volatile("msr DAIFSet, #8");
  watch((u64)bytes, 0xff, 3);
  bytes[0] = 1;
  put("nothing\n");
  WRITE(DBGWCR0_EL1, 0);
  ISB();
}
