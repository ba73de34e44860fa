// Lab 4: shootdown. This unmap() has three bugs; with one core and luck it seems to work.
#include "unmap.h"

void unmap(volatile u64* entry, u64 va, u64 asid) {
  *entry = 0;
  TLBI(vae1, TLBI_OPERAND(asid, va));
}
