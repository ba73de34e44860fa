// Lab 1: builds a set of tables from your seed, asks your walk() about addresses, and then makes the
// hardware walk them too. You do not change this file.
#include "walk.h"

u64 addresses[WALKS];
struct walk_result results[WALKS];
u64 root_address;

static u64* table_below(u64* table, unsigned index) {
  if (!(table[index] & PTE_VALID)) table[index] = (u64)lab_page() | PTE_TABLE;
  return (u64*)(table[index] & PTE_ADDRESS);
}

static unsigned index_of(u64 va, unsigned level) { return va >> (39 - 9 * level) & 511; }

// From 2 GiB up, one mapping per address: a page, a 2 MiB block, a 1 GiB block, or a hole.
static void build(u64* root) {
  const unsigned reserved = 5 + 6 * (lab_random() % 3);  // which of three
  for (unsigned n = 0; n < WALKS; ++n) {
    const u64 dice = lab_random();
    // A GiB of its own for each, so that they do not meet.
    u64 va = (2 + n * 20 + dice % 20) << 30 | (lab_random() & 0x3fffffff & ~7ull);
    const u64 frame = 0x40000000 + ((lab_random() & 0x3ffffff) & ~0xfffull);
    addresses[n] = va;
    const u64 data = PTE_ATTR(NORMAL) | PTE_INNER_SHAREABLE | PTE_AF | PTE_UXN | PTE_PXN;
    switch (n % 6) {
      case 0:
      case 1:  // a page
        table_below(table_below(root, index_of(va, 1)), index_of(va, 2))[index_of(va, 3)] =
            frame | data | PTE_PAGE;
        break;
      case 2:  // a block of 2 MiB
        table_below(root, index_of(va, 1))[index_of(va, 2)] =
            (frame & ~0x1fffffull) | data | PTE_BLOCK;
        break;
      case 3:  // a block of 1 GiB, of RAM
        addresses[n] = va &= ~0x3c000000ull;  // there are only 64 MiB behind it
        root[index_of(va, 1)] = 0x40000000ull | data | PTE_BLOCK;
        break;
      case 4:  // a hole at level 3
        table_below(table_below(root, index_of(va, 1)), index_of(va, 2));
        break;
      default:  // pages whose Access flag is clear, and one level 3 descriptor of the reserved kind
        table_below(table_below(root, index_of(va, 1)), index_of(va, 2))[index_of(va, 3)] =
            n == reserved ? frame | data | PTE_BLOCK : (frame | data | PTE_PAGE) & ~PTE_AF;
        break;
    }
  }
}

void lab_main(void) {
  u64* root = lab_identity();
  build(root);
  root_address = (u64)root;
  lab_mmu_on(root);
  for (unsigned n = 0; n < WALKS; ++n) walk(root, addresses[n], &results[n]);
  // Now the hardware: what it reads is what your answers are compared with.
  for (unsigned n = 0; n < WALKS; ++n) (void)*(volatile u64*)addresses[n];
}
