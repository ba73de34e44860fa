// Lab 5: break-before-make. These change a valid descriptor into another valid one while a core uses
// it: two TLB entries for one address can exist, and the manual lets anything happen then.
#include "change.h"

void move_page(volatile u64* entry, u64 va, u64 asid, u64 wanted) {
  *entry = wanted;
  DSB_ISHST();
  TLBI(vae1is, TLBI_OPERAND(asid, va));
  DSB_ISH();
  ISB();
}

void split_block(volatile u64* entry, u64 va, u64 asid, u64* table) {
  *entry = (u64)table | PTE_TABLE;
  DSB_ISHST();
  TLBI(vae1is, TLBI_OPERAND(asid, va));
  DSB_ISH();
  ISB();
}
