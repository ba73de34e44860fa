// ends: halted
// The kernel's stage 1 names KCore's memory as a table: its walk must not read it either.
#include "support/mmu.h"

void run(void) {
  mmu_on();
  *mmu_entry(2ull << 30, 1) = 0x40100000 | PTE_TABLE;
  DSB();
  ISB();
  put("walking through KCore\n");
  say("NO: it gave", *(volatile u64*)(2ull << 30));
}
