// Lab 3: what a TLB reaches, and what ASIDs are for.
#include "reach.h"

u64 measure(u64 base, u64 pages, u64 rounds) {
  const u64 start = cycles();
  (void)base;
  (void)pages;
  (void)rounds;
  // TODO. Beware: the first words of all pages fall into the same set of the cache.
  return cycles() - start;
}

u64 reach(u64 base) {
  (void)base;
  return 1;  // TODO: find the number of pages where a read suddenly costs more
}

u64 private_page(u64 frame) { return frame | PTE_DATA; }

void switch_to(u64* root, u64 asid) {
  (void)asid;
  WRITE(TTBR0_EL1, root);
  ISB();
  TLBI_ALL(vmalle1);  // it works, but at what price?
  DSB_NSH();
  ISB();
}
