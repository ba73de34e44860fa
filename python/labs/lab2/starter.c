// Lab 2: build stage 1, and meet the faults.
#include "tables.h"

void build(u64* root) {
  (void)root;
  // TODO: for each of `regions` a page descriptor at level 3, with the tables on the way there.
}

void enable(u64* root) {
  // TODO: three registers, invalidation, and the barriers that make them count.
  (void)root;
}

static u64 load(u64 address) { return *(volatile u64*)address; }

void translation_fault_at_level_1(void) { load(0x7fffff0000); }

// TODO
void translation_fault_at_level_2(void) {}
void translation_fault_at_level_3(void) {}
void permission_fault_at_level_3(void) {}
void access_flag_fault_at_level_3(void) {}
void alignment_fault(void) {}
