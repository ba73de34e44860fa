#pragma once

#include "lab.h"

// Cycles of this core since the harness turned the counter on (PMCCNTR_EL0).
static inline u64 cycles(void) {
  ISB();
  const u64 now = READ(PMCCNTR_EL0);
  ISB();
  return now;
}

// Reads one word in each of the `pages` pages from `base` on, once to warm the TLBs and caches, then
// `rounds` times more. Returns the cycles of those rounds in all.
u64 measure(u64 base, u64 pages, u64 rounds);

// How many pages the first-level data TLB of this core reaches: the largest number of pages that can be
// read again and again without a miss in it. 96 pages are mapped from `base` on.
u64 reach(u64 base);

// The level 3 descriptor of a page at `frame` (read and write, not executable) that belongs to one
// address space only.
u64 private_page(u64 frame);

// Makes the tables at `root` with this ASID the current address space of this core. What other
// address spaces have in the TLBs is to stay there.
void switch_to(u64* root, u64 asid);
