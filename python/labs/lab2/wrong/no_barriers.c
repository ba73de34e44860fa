#include "tables.h"

static u64* table_below(u64* table, u64 index) {
  if (!(table[index] & PTE_VALID)) table[index] = (u64)lab_page() | PTE_TABLE;
  return (u64*)(table[index] & PTE_ADDRESS);
}

void build(u64* root) {
  for (u64 n = 0; n < REGIONS; ++n) {
    const u64 va = regions[n].va;
    u64* level2 = table_below(root, va >> 30 & 511);
    u64* level3 = table_below(level2, va >> 21 & 511);
    u64 descriptor = regions[n].pa | PTE_PAGE | PTE_INNER_SHAREABLE | PTE_AF | PTE_UXN | PTE_PXN;
    switch (regions[n].kind) {
      case READ_ONLY:
        descriptor |= PTE_READ_ONLY;
        break;
      case DEVICE_PAGE:
        descriptor |= PTE_ATTR(DEVICE);
        break;
      case UNCACHED:
        descriptor |= PTE_ATTR(NON_CACHEABLE);
        break;
      case NOT_ACCESSED:
        descriptor &= ~PTE_AF;
        break;
      case NOT_MAPPED:
        descriptor = 0;
        break;
      default:
        break;
    }
    level3[va >> 12 & 511] = descriptor;
  }
}

void enable(u64* root) {
  WRITE(MAIR_EL1, MAIR_VALUE);
  WRITE(TCR_EL1, TCR_VALUE);
  WRITE(TTBR0_EL1, root);


  TLBI_ALL(vmalle1);


  WRITE(SCTLR_EL1, SCTLR_ON);

}

static u64 load(u64 address) { return *(volatile u64*)address; }

void translation_fault_at_level_1(void) { load(0x7fffff0000); }
void translation_fault_at_level_2(void) { load(0x80000000); }  // block 0 is never used
void translation_fault_at_level_3(void) { load(regions[NOT_MAPPED].va); }
void permission_fault_at_level_3(void) { *(volatile u64*)regions[READ_ONLY].va = 1; }
void access_flag_fault_at_level_3(void) { load(regions[NOT_ACCESSED].va); }
void alignment_fault(void) { load(regions[DEVICE_PAGE].va + 1); }
