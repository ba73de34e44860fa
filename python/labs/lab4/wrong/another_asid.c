#include "unmap.h"

void unmap(volatile u64* entry, u64 va, u64 asid) {
  *entry = 0;
  DSB_ISHST();
  TLBI(vae1is, TLBI_OPERAND(asid + 1, va));
  DSB_ISH();
  ISB();
}
