#pragma once

#include "lab.h"

#define REGIONS 6

enum kind {
  READ_WRITE,     // Normal Write-Back, inner shareable, EL1 may read and write, nobody executes
  READ_ONLY,      // the same, but EL1 may only read
  DEVICE_PAGE,    // Device-nGnRE, EL1 may read and write, nobody executes
  UNCACHED,       // Normal Non-cacheable, EL1 may read and write, nobody executes
  NOT_ACCESSED,   // as READ_WRITE, but the first access is to fault on the Access flag
  NOT_MAPPED,     // no access at all; its level 3 table exists
};

// One page: 4 KB from `va` on, in the third GiB (0x80000000..0xbfffffff).
struct region {
  u64 va, pa, kind;
};
extern struct region regions[REGIONS];  // one of each kind, at places from your seed

// Builds the tables: `root` already maps the first two GiB (lab_identity()). lab_page() gives you
// zeroed pages for more tables. The MMU is off while you do it.
void build(u64* root);

// Turns the MMU on for this core: MAIR_EL1 = MAIR_VALUE, TCR_EL1 = TCR_VALUE, TTBR0_EL1 = root, no
// old TLB entries, then SCTLR_EL1 = SCTLR_ON. Returns with translation on.
void enable(u64* root);

// Each makes exactly one access (one load or store instruction) that faults like its name says.
void translation_fault_at_level_1(void);
void translation_fault_at_level_2(void);
void translation_fault_at_level_3(void);
void permission_fault_at_level_3(void);
void access_flag_fault_at_level_3(void);
void alignment_fault(void);
