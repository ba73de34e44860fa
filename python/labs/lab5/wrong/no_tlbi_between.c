#include "change.h"

static void change(volatile u64* entry, u64 va, u64 asid, u64 wanted) {
  (void)va;
  (void)asid;
  *entry = 0;  // break
  DSB_ISH();
  *entry = wanted;  // make
  DSB_ISHST();  // before anybody relies on it
  ISB();
}

void move_page(volatile u64* entry, u64 va, u64 asid, u64 wanted) { change(entry, va, asid, wanted); }

void split_block(volatile u64* entry, u64 va, u64 asid, u64* table) {
  change(entry, va, asid, (u64)table | PTE_TABLE);
}
