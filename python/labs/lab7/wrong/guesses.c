// Values that might be the secret.
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

void before_give(u64 page) { (void)page; }
void written(u64 page) {
  for (unsigned n = 0; n < 16; ++n) steal(page * 0x9e3779b97f4a7c15ull + n);
}
void granted(u64 page) { (void)page; }
void revoked(u64 page) { (void)page; }
void returned(u64 page) { (void)page; }
