// Stage 1 of the current Exception level: 39-bit addresses from level 1, 4 KB granule. The first GiB
// is Device, the second Normal, both as blocks; pages come on top, at addresses from kPagesBase on.
#pragma once

#include "support/test.h"

#define kPagesBase 0x80000000ull

// Descriptor bits, as the manual numbers them.
#define PTE_VALID 1ull
#define PTE_TABLE 3ull
#define PTE_PAGE 3ull
#define PTE_ATTR(n) ((u64)(n) << 2)
#define PTE_EL0 (1ull << 6)        // AP[1]
#define PTE_READ_ONLY (1ull << 7)  // AP[2]
#define PTE_INNER_SHAREABLE (3ull << 8)
#define PTE_AF (1ull << 10)
#define PTE_NG (1ull << 11)
#define PTE_PXN (1ull << 53)
#define PTE_XN (1ull << 54)

// Indexes of MAIR as mmu_on writes it.
enum { kNormal = 0, kDevice = 1, kNonCacheable = 2 };

// A page of Normal write-back memory, read and write for this level, not executable.
#define PTE_DATA (PTE_PAGE | PTE_ATTR(kNormal) | PTE_INNER_SHAREABLE | PTE_AF | PTE_XN)
#define PTE_CODE (PTE_PAGE | PTE_ATTR(kNormal) | PTE_INNER_SHAREABLE | PTE_AF | PTE_READ_ONLY)

// Builds the identity on its first call; turns MMU and caches on for this core.
void mmu_on(void);
void mmu_off(void);
// The entry for `address` at level 1, 2 or 3; makes the tables on the way there.
u64* mmu_entry(u64 address, unsigned level);
// Writes a page descriptor and makes it visible; no TLB invalidation.
void map_page(u64 address, u64 physical, u64 bits);
// All of this core's level.
void invalidate_tlb(void);
