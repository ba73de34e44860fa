// Lab 8: caches, and the page that was not cleaned. You do not change this file. The observer is a
// second, Non-cacheable mapping of the same frames.
#include "page.h"

#define PAGES 3
#define LINES (PAGE_BYTES / LINE_BYTES)

enum { MARK_BEFORE = 1, MARK_AFTER = 2 };

// What the grader reads: frame of each page (handed over, taken back, scrubbed), and per line whether
// the right value was seen.
u64 frames[PAGES];
u64 seen_right[PAGES][LINES];
u64 leaked[LINES];  // lines of the scrubbed page whose old content came back
u64 pages_done;

#define OBSERVER 0x80000000ull  // the Non-cacheable addresses

static u64 value_of(u64 page, u64 line) { return (page + 1) << 32 | line << 8 | (LAB_SEED & 0xff); }
static volatile u64* mine(u64 page, u64 line) { return (u64*)(frames[page] + line * LINE_BYTES); }
static volatile u64* theirs(u64 page, u64 line) {
  return (u64*)(OBSERVER + page * PAGE_BYTES + line * LINE_BYTES);
}

// Reads so much that every line of the caches has been replaced.
static void disturb(void) {
  for (u64 at = 0x41000000; at < 0x41000000 + (6ull << 20); at += LINE_BYTES) (void)*(volatile u64*)at;
}

void lab_main(void) {
  u64* root = lab_identity();
  u64* middle = lab_page();
  u64* last = lab_page();
  root[2] = (u64)middle | PTE_TABLE;
  middle[0] = (u64)last | PTE_TABLE;
  for (u64 n = lab_random() & 15; n != 0; --n) lab_page();
  for (u64 page = 0; page < PAGES; ++page) {
    frames[page] = (u64)lab_page();
    last[page] = frames[page] | PTE_PAGE | PTE_ATTR(NON_CACHEABLE) | PTE_AF | PTE_UXN | PTE_PXN;
  }
  lab_mmu_on(root);

  for (u64 line = 0; line < LINES; ++line) *mine(0, line) = value_of(0, line);
  lab_mark(MARK_BEFORE);
  hand_over((void*)frames[0]);
  lab_mark(MARK_AFTER);
  for (u64 line = 0; line < LINES; ++line)
    seen_right[0][line] = *theirs(0, line) == value_of(0, line);
  pages_done = 1;

  for (u64 line = 0; line < LINES; ++line) (void)*mine(1, line);
  for (u64 line = 0; line < LINES; ++line) *theirs(1, line) = value_of(1, line);
  DSB_SY();
  lab_mark(MARK_BEFORE);
  take_back((void*)frames[1]);
  lab_mark(MARK_AFTER);
  for (u64 line = 0; line < LINES; ++line) seen_right[1][line] = *mine(1, line) == value_of(1, line);
  pages_done = 2;

  // Old content everywhere: in memory, and dirty in the cache.
  for (u64 line = 0; line < LINES; ++line) {
    *mine(2, line) = value_of(2, line);
    DC(civac, mine(2, line));
    DSB_SY();
    *mine(2, line) = value_of(2, line) + 1;
  }
  lab_mark(MARK_BEFORE);
  scrub((void*)frames[2]);
  lab_mark(MARK_AFTER);
  for (u64 line = 0; line < LINES; ++line) {
    seen_right[2][line] = *theirs(2, line) == 0;
    *theirs(2, line) = value_of(3, line);
  }
  DSB_SY();
  disturb();
  for (u64 line = 0; line < LINES; ++line) leaked[line] = *theirs(2, line) != value_of(3, line);
  pages_done = 3;
}
