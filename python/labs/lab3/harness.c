// Lab 3: what a TLB reaches, and what ASIDs are for. You do not change this file.
#include "reach.h"

#define PAGES 96
#define SIZES 16
#define ROUNDS 8
#define SPACES 2
#define SHARED_PAGES 6
#define SWITCHES 12

enum { MARK_BEFORE = 1, MARK_AFTER = 2, MARK_SPACES = 3, MARK_WARM = 4, MARK_DONE = 5 };

// What the grader reads.
u64 base_address;
u64 sizes[SIZES], measured[SIZES];  // cycles of ROUNDS rounds
u64 reached;
u64 space_address;
u64 wrong_values;  // reads of the other space's page
u64 steps_done;

static u64* table_of(u64* root, u64 va, int level) {
  u64* table = root;
  for (int at = 1; at < level; ++at) {
    u64* entry = &table[va >> (39 - 9 * at) & 511];
    if (!(*entry & PTE_VALID)) *entry = (u64)lab_page() | PTE_TABLE;
    table = (u64*)(*entry & PTE_ADDRESS);
  }
  return table;
}

void lab_main(void) {
  u64* root = lab_identity();
  base_address = 0x80000000 | (lab_random() & 0xff) << 21;
  for (u64 page = 0; page < PAGES; ++page) {
    const u64 va = base_address + page * 4096;
    table_of(root, va, 3)[va >> 12 & 511] = (0x41000000 + page * 4096) | PTE_DATA | PTE_NG;
  }
  u64* roots[SPACES];
  space_address = 0xa0000000 | (lab_random() & 0xff) << 21;
  const u64 asids[SPACES] = {1 + (lab_random() & 0x3f), 0x80 + (lab_random() & 0x3f)};
  for (u64 space = 0; space < SPACES; ++space) {
    roots[space] = lab_identity();
    for (u64 page = 0; page < SHARED_PAGES; ++page) {
      const u64 va = space_address + page * 4096;
      const u64 frame = 0x41800000 + (space * SHARED_PAGES + page) * 4096;
      *(u64*)frame = space << 16 | page;
      table_of(roots[space], va, 3)[va >> 12 & 511] = private_page(frame);
    }
  }
  lab_mmu_on(root);
  WRITE(PMCR_EL0, READ(PMCR_EL0) | 1);
  WRITE(PMCNTENSET_EL0, 1u << 31);
  ISB();

  for (u64 n = 0; n < SIZES; ++n) {
    sizes[n] = (n + 1) * 4;
    lab_mark(MARK_BEFORE);
    measured[n] = measure(base_address, sizes[n], ROUNDS);
    lab_mark(MARK_AFTER);
  }
  steps_done = 1;
  reached = reach(base_address);
  steps_done = 2;

  lab_mark(MARK_SPACES);
  for (u64 turn = 0; turn < SWITCHES; ++turn) {
    // Each space has been visited twice before it counts.
    if (turn == 2 * SPACES) lab_mark(MARK_WARM);
    const u64 space = turn % SPACES;
    switch_to(roots[space], asids[space]);
    for (u64 page = 0; page < SHARED_PAGES; ++page) {
      if (*(volatile u64*)(space_address + page * 4096) != (space << 16 | page)) ++wrong_values;
    }
  }
  lab_mark(MARK_DONE);
  steps_done = 3;
}
