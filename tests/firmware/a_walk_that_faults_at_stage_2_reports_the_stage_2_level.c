// runs at: el2
// armature only
// prints:
//   level 2 lookup, stage 2 invalid at level 3: status 0x7 S1PTW 1 HPFAR 0x800010
//   level 3 lookup, stage 2 invalid at level 1: status 0x5 S1PTW 1 HPFAR 0xc00000
//
// QEMU reports the level of the stage 1 lookup.
#include "support/mmu.h"

static u64 root[1024] __attribute__((aligned(8192)));
static u64 level2[512] __attribute__((aligned(4096)));
static u64 level3[512] __attribute__((aligned(4096)));
static u64 guest_tables[2][512] __attribute__((aligned(4096)));
static unsigned char stack[4096] __attribute__((aligned(16)));

static void handler(struct frame* frame) {
  if (frame->esr >> 26 == 0x16) power_off();
  put("status ");
  put_hex(frame->esr & 0x3f);
  put(" S1PTW ");
  put_u64(frame->esr >> 7 & 1);
  say(" HPFAR", READ(HPFAR_EL2));
  frame->elr += 4;
}

static void guest(void) {
  guest_tables[0][0] = PTE_VALID | PTE_AF | PTE_ATTR(1) | PTE_XN;
  guest_tables[0][1] = 1ull << 30 | PTE_VALID | PTE_AF | PTE_INNER_SHAREABLE;
  guest_tables[0][2] = 0x80001000 | PTE_TABLE;
  guest_tables[0][3] = (u64)guest_tables[1] | PTE_TABLE;
  guest_tables[1][0] = 0xc0000000 | PTE_TABLE;
  DSB();
  WRITE(MAIR_EL1, 0x4404ff);
  WRITE(TCR_EL1, 25 | 1 << 8 | 1 << 10 | 3 << 12 | 1 << 23 | 2ull << 32);
  WRITE(TTBR0_EL1, (u64)guest_tables[0]);
  ISB();
  WRITE(SCTLR_EL1, 0x30d00800 | 1 | 4 | 0x1000);
  ISB();
  put("level 2 lookup, stage 2 invalid at level 3: ");
  __asm__ volatile("ldr w9, [%0]" ::"r"(2ull << 30) : "x9", "memory");
  put("level 3 lookup, stage 2 invalid at level 1: ");
  __asm__ volatile("ldr w9, [%0]" ::"r"(3ull << 30) : "x9", "memory");
  __asm__ volatile("hvc #0");
}

void run(void) {
  on_exception = handler;
  root[0] = PTE_VALID | PTE_AF | 3 << 6 | 1 << 2;
  root[1] = 1ull << 30 | PTE_VALID | PTE_AF | PTE_INNER_SHAREABLE | 3 << 6 | 15 << 2;
  root[2] = (u64)level2 | PTE_TABLE;
  level2[0] = (u64)level3 | PTE_TABLE;
  DSB();
  WRITE(VTCR_EL2, 1u << 31 | 24 | 1 << 6 | 1 << 8 | 1 << 10 | 3 << 12 | 2 << 16);
  WRITE(VTTBR_EL2, (u64)root);
  WRITE(SCTLR_EL1, 0x30d00800);
  WRITE(HCR_EL2, 1ull << 31 | 1);
  ISB();
  __asm__ volatile("tlbi alle1\n dsb sy\n isb" ::: "memory");
  enter_el1(guest, (u64)stack + sizeof(stack));
}
