#include "unmap.h"

void unmap(volatile u64* entry, u64 va, u64 asid) {
  *entry = 0;
  DSB_ISHST();  // the walkers of all cores see the store before any of them loses the entry
  TLBI(vae1is, TLBI_OPERAND(asid, va));
  DSB_ISH();  // every core has done it
  ISB();
}
