// runs at: el1 el2
// armature only
// prints:
//   mapped to the first page: 0x100
//   entry changed, no TLBI: 0x100
//   after a TLBI of another address: 0x100
//   after its TLBI: 0x101
//   entry invalid, no TLBI: 0x101
//   after its TLBI: fault
#include "support/mmu.h"

static u64 pages[2][512] __attribute__((aligned(4096)));

static void handler(struct frame* frame) {
  put("fault\n");
  (void)frame;
  power_off();
}

static void invalidate(u64 address) {
  DSB();
  const u64 operand = address >> 12;
  if (at_el2())
    __asm__ volatile("tlbi vae2, %0" ::"r"(operand) : "memory");
  else
    __asm__ volatile("tlbi vaae1, %0" ::"r"(operand) : "memory");
  DSB();
  ISB();
}

void run(void) {
  on_exception = handler;
  mmu_on();
  pages[0][0] = 0x100;
  pages[1][0] = 0x101;
  const u64 address = kPagesBase;
  volatile u64* seen = (volatile u64*)address;
  map_page(address, (u64)pages[0], PTE_DATA);
  say("mapped to the first page:", *seen);
  map_page(address, (u64)pages[1], PTE_DATA);
  say("entry changed, no TLBI:", *seen);
  invalidate(address + 0x1000);
  say("after a TLBI of another address:", *seen);
  invalidate(address);
  say("after its TLBI:", *seen);
  *mmu_entry(address, 3) = 0;
  DSB();
  ISB();
  say("entry invalid, no TLBI:", *seen);
  invalidate(address);
  put("after its TLBI: ");
  say("", *seen);
}
