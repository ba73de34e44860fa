// No KCore lets KServ fetch from a device.
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

void before_give(u64 page) {
  (void)page;
  u64* root = lab_identity();
  root[0] &= ~(PTE_UXN | PTE_PXN);
  WRITE(TTBR0_EL1, root);
  ISB();
  TLBI_ALL(vmalle1);
  DSB_NSH();
  ISB();
  ((void (*)(void))0x09000000)();
}
void written(u64 page) { (void)page; }
void granted(u64 page) { (void)page; }
void revoked(u64 page) { (void)page; }
void returned(u64 page) { (void)page; }
