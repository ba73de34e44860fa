// runs at: el1 el2
// Break-before-make: invalidate by address, by everything, and by ASID; the new page is read.
#include "support/mmu.h"

static u64 pages[3][512] __attribute__((aligned(4096)));

static u64 read(u64 address) { return *(volatile u64*)address; }

static void remap(u64 address, u64* to, u64 bits) {
  *mmu_entry(address, 3) = 0;
  DSB();
  const u64 operand = address >> 12;
  if (at_el2())
    __asm__ volatile("tlbi vae2is, %0" ::"r"(operand) : "memory");
  else
    __asm__ volatile("tlbi vaae1is, %0" ::"r"(operand) : "memory");
  DSB();
  ISB();
  map_page(address, (u64)to, bits);
}

void run(void) {
  mmu_on();
  for (int n = 0; n < 3; ++n) pages[n][0] = 0x100 + n;
  const u64 va = kPagesBase;
  map_page(va, (u64)pages[0], PTE_DATA);
  say("first page", read(va));
  remap(va, pages[1], PTE_DATA);
  say("after TLBI by address", read(va));
  *mmu_entry(va, 3) = 0;
  invalidate_tlb();
  map_page(va, (u64)pages[2], PTE_DATA);
  say("after TLBI of everything", read(va));
  if (!at_el2()) {
    // Two address spaces with one address; neither needs a TLBI when the other runs.
    const u64 ttbr = READ(TTBR0_EL1);
    remap(va, pages[0], PTE_DATA | PTE_NG);
    WRITE(TTBR0_EL1, ttbr | 1ull << 48);
    ISB();
    say("ASID 1", read(va));
    *mmu_entry(va, 3) = 0;
    DSB();
    __asm__ volatile("tlbi aside1is, %0\n dsb ish\n isb" ::"r"(1ull << 48) : "memory");
    map_page(va, (u64)pages[1], PTE_DATA | PTE_NG);
    say("ASID 1 after its TLBI", read(va));
    WRITE(TTBR0_EL1, ttbr | 2ull << 48);
    ISB();
    say("ASID 2", read(va));
  }
}
