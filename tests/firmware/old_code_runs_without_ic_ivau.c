// runs at: el1 el2
// armature only
// prints:
//   as loaded: 0x1
//   written and cleaned, no IC IVAU: 0x1
//   after IC IVAU: 0x2
//
// The instruction cache keeps what it fetched.
#include "support/mmu.h"

__asm__(
    "  .text\n  .balign 64\n"
    "routine: mov x0, #1\n ret\n"
    "  .balign 64\n");
extern u32 routine[];
#define MOV_X0_2 0xd2800040u

static u64 call(void) {
  register u64 x0 __asm__("x0");
  __asm__ volatile("blr %1" : "=r"(x0) : "r"(routine) : "x30", "memory");
  return x0;
}

void run(void) {
  mmu_on();
  say("as loaded:", call());
  *(volatile u32*)routine = MOV_X0_2;
  __asm__ volatile("dc cvau, %0\n dsb ish\n isb" ::"r"(routine) : "memory");
  say("written and cleaned, no IC IVAU:", call());
  __asm__ volatile("ic ivau, %0\n dsb ish\n isb" ::"r"(routine) : "memory");
  say("after IC IVAU:", call());
}
