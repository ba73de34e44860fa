// Lab 5: core 0 changes mappings, core 1 uses them. You do not change this file.
#include "change.h"

#define ROUNDS 4
#define ASID 3

enum { MARK_BEFORE = 1, MARK_AFTER = 2 };

// What the grader reads.
u64 moved[ROUNDS];                       // addresses that move_page() was called for
u64 moved_entries[ROUNDS], wanted[ROUNDS];
u64 split[ROUNDS];                       // and split_block()
u64 split_entries[ROUNDS], tables[ROUNDS];
u64 found_moved[ROUNDS], found_split[ROUNDS];  // what core 1 read afterwards
u64 strange;                             // reads that were neither old nor new
u64 rounds_done;

static u64* root;
static volatile u64 target, started, stop_reading, stopped;
static volatile u64 old_value, new_value;

static void mmu_on(void) {
  lab_mmu_on(root);
  WRITE(TTBR0_EL1, (u64)root | (u64)ASID << 48);
  ISB();
}

// Reads the page that is being changed again and again.
static void other_core(u64 core) {
  mmu_on();
  u64 seen = 0;
  for (;;) {
    lab_wait_for(&started, ++seen);
    while (stop_reading != seen) {
      const u64 faults = lab_last_fault[core].count;
      const u64 value = *(volatile u64*)target;
      if (faults == lab_last_fault[core].count && value != old_value && value != new_value) ++strange;
    }
    stopped = seen;
  }
}

static u64 value_at(u64 va) {
  const u64 faults = lab_last_fault[0].count;
  const u64 value = *(volatile u64*)va;
  return faults == lab_last_fault[0].count ? value : ~0ull;
}

static void start_reading(u64 va, u64 before, u64 after, u64 number) {
  target = va;
  old_value = before;
  new_value = after;
  DSB_ISH();
  started = number;
  for (volatile int n = 0; n < 300; ++n) continue;
}

static void end_reading(u64 number) {
  stop_reading = number;
  lab_wait_for(&stopped, number);
}

void lab_main(void) {
  root = lab_identity();
  u64* middle = lab_page();
  u64* last = lab_page();
  root[2] = (u64)middle | PTE_TABLE;
  middle[0] = (u64)last | PTE_TABLE;
  const u64 data = PTE_ATTR(NORMAL) | PTE_INNER_SHAREABLE | PTE_AF | PTE_UXN | PTE_PXN | PTE_NG;
  u64 frames[ROUNDS][2], blocks[ROUNDS];
  for (unsigned n = 0; n < ROUNDS; ++n) {
    const unsigned index = n * 128 + (lab_random() & 127);
    moved[n] = 0x80000000 | (u64)index << 12 | (lab_random() & 0xff8);
    for (unsigned which = 0; which < 2; ++which) {
      frames[n][which] = (u64)lab_page();
      *(u64*)(frames[n][which] | (moved[n] & 0xfff)) = 0xa000 + 16 * n + which;
    }
    moved_entries[n] = (u64)&last[index];
    last[index] = frames[n][0] | data | PTE_PAGE;
    wanted[n] = frames[n][1] | data | PTE_PAGE;
    // A block of RAM: the 2 MiB from 0x41000000 on, and a table of pages for the same frames.
    const unsigned slot = 1 + n * 100 + lab_random() % 100;
    blocks[n] = 0x41000000 + ((u64)n << 21);
    middle[slot] = blocks[n] | data | PTE_BLOCK;
    split_entries[n] = (u64)&middle[slot];
    split[n] = 0x80000000 | (u64)slot << 21 | (lab_random() & 0x1ffff8);
    *(u64*)(blocks[n] | (split[n] & 0x1fffff)) = 0xb000 + n;
    u64* table = lab_page();
    for (u64 page = 0; page < 512; ++page) table[page] = blocks[n] | page << 12 | data | PTE_PAGE;
    tables[n] = (u64)table;
  }
  lab_start_core(1, other_core, 1);
  mmu_on();
  DSB_ISH();
  u64 number = 0;
  for (unsigned n = 0; n < ROUNDS; ++n) {
    start_reading(moved[n], 0xa000 + 16 * n, 0xa001 + 16 * n, ++number);
    lab_mark(MARK_BEFORE);
    move_page((volatile u64*)moved_entries[n], moved[n], ASID, wanted[n]);
    lab_mark(MARK_AFTER);
    found_moved[n] = value_at(moved[n]);
    end_reading(number);
    start_reading(split[n], 0xb000 + n, 0xb000 + n, ++number);
    lab_mark(MARK_BEFORE);
    split_block((volatile u64*)split_entries[n], split[n], ASID, (u64*)tables[n]);
    lab_mark(MARK_AFTER);
    found_split[n] = value_at(split[n]);
    end_reading(number);
    rounds_done = n + 1;
  }
}
