#include "change.h"

static void change(volatile u64* entry, u64 va, u64 asid, u64 wanted) {
  *entry = 0;  // break
  DSB_ISHST();
  TLBI(vae1, TLBI_OPERAND(asid, va));
  DSB_ISH();
  *entry = wanted;  // make
  DSB_ISHST();  // before anybody relies on it
  ISB();
}

void move_page(volatile u64* entry, u64 va, u64 asid, u64 wanted) { change(entry, va, asid, wanted); }

void split_block(volatile u64* entry, u64 va, u64 asid, u64* table) {
  change(entry, va, asid, (u64)table | PTE_TABLE);
}
