#include "support/mmu.h"

#define TABLES 24
static u64 tables[TABLES][512] __attribute__((aligned(4096)));
static unsigned used;

#define PTE_ADDRESS 0x0000fffffffff000ull
#define GIB (1ull << 30)

static void build(void) {
  used = 1;
  // AP[1] is RES1 at EL2; at EL1 it would make pages EL0's.
  const u64 res1 = at_el2() ? PTE_EL0 : 0;
  tables[0][0] = 0 | PTE_VALID | PTE_ATTR(kDevice) | PTE_AF | PTE_XN | res1;
  tables[0][1] = GIB | PTE_VALID | PTE_ATTR(kNormal) | PTE_INNER_SHAREABLE | PTE_AF | res1;
}

u64* mmu_entry(u64 address, unsigned level) {
  u64* table = tables[0];
  for (unsigned at = 1; at < level; ++at) {
    u64* entry = &table[address >> (39 - 9 * at) & 511];
    if (!(*entry & PTE_VALID)) {
      *entry = (u64)tables[used++] | PTE_TABLE;
      DSB();
    }
    table = (u64*)(*entry & PTE_ADDRESS);
  }
  return &table[address >> (39 - 9 * level) & 511];
}

void map_page(u64 address, u64 physical, u64 bits) {
  // With two levels of privilege each has its own execute-never bit.
  if (!at_el2() && (bits & PTE_XN)) bits |= PTE_PXN;
  *mmu_entry(address, 3) = physical | bits | (at_el2() ? PTE_EL0 : 0);
  DSB();
  ISB();
}

void invalidate_tlb(void) {
  DSB();
  if (at_el2())
    __asm__ volatile("tlbi alle2is" ::: "memory");
  else
    __asm__ volatile("tlbi vmalle1is" ::: "memory");
  DSB();
  ISB();
}

void mmu_on(void) {
  if (used == 0) build();
  WRITE_EL(MAIR, 0x4404ff);
  // T0SZ 25, walks inner shareable write-back; 40-bit PA.
  const u64 common = 25 | 1 << 8 | 1 << 10 | 3 << 12;
  if (at_el2())
    WRITE(TCR_EL2, common | 2 << 16 | 1u << 31 | 1 << 23);
  else
    WRITE(TCR_EL1, common | 1 << 23 | 2ull << 32);  // EPD1
  WRITE_EL(TTBR0, (u64)tables[0]);
  ISB();
  invalidate_tlb();
  WRITE_EL(SCTLR, (at_el2() ? 0x30c50830 : 0x30d00800) | 1 | 4 | 0x1000);
  ISB();
}

void mmu_off(void) {
  WRITE_EL(SCTLR, at_el2() ? 0x30c50830 : 0x30d00800);
  ISB();
}
