#include "reach.h"

// Each page has its word in another line, so that the caches hold them all.
static void touch(u64 base, u64 pages) {
  for (u64 page = 0; page < pages; ++page) {
    (void)*(volatile u64*)(base + page * 4096 + page % 64 * 64);
  }
}

u64 measure(u64 base, u64 pages, u64 rounds) {
  touch(base, pages);
  touch(base, pages);
  const u64 start = cycles();
  for (u64 round = 0; round < rounds; ++round) touch(base, pages);
  return cycles() - start;
}

// Cycles of one round in 1/16, without what starting and stopping costs.
static u64 one_round(u64 base, u64 pages) {
  return (measure(base, pages, 64) - measure(base, pages, 0)) * 16 / 64;
}

u64 reach(u64 base) {
  // A round costs something for each page and something for itself, the end of its loop above all.
  const u64 small = one_round(base, 3), page = (one_round(base, 6) - small) / 3;
  // The replacement makes every read miss once one page is too many: a step, not a slope.
  for (u64 pages = 7; pages <= 96; ++pages) {
    if (one_round(base, pages) > small + (pages - 3) * page + pages * 16) return pages - 1;
  }
  return 96;
}

u64 private_page(u64 frame) { return frame | PTE_DATA; }

void switch_to(u64* root, u64 asid) {
  WRITE(TTBR0_EL1, (u64)root | asid << 48);
  ISB();
}
