#include "walk.h"

void walk(u64* root, u64 va, struct walk_result* result) {
  u64* table = root;
  result->steps = 0;
  for (unsigned level = 1;; ++level) {
    const unsigned shift = 39 - 9 * level;
    u64* entry = &table[va >> shift & 511];
    const u64 descriptor = *entry;
    result->descriptors[result->steps++] = (u64)entry;
    result->level = level;
    const int is_table_or_page = (descriptor & 2) != 0;
    if (!(descriptor & PTE_VALID) || (level == 3 && !is_table_or_page)) {
      result->outcome = TRANSLATION_FAULT;
      return;
    }
    if (level < 3 && is_table_or_page) {
      table = (u64*)(descriptor & PTE_ADDRESS);
      continue;
    }
    if (0) {
      result->outcome = ACCESS_FLAG_FAULT;
      return;
    }
    const u64 offset = (1ull << shift) - 1;
    result->outcome = TRANSLATED;
    result->pa = (descriptor & PTE_ADDRESS & ~offset) | (va & offset);
    return;
  }
}
