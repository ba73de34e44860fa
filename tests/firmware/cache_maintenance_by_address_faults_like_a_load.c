// runs at: el1 el2
// armature only
// prints:
//   DC CVAC of an invalid page: EC 0x25 status 0x7 CM 1 WnR 1 FAR 0x80004000
//   DC IVAC of an invalid page: EC 0x25 status 0x7 CM 1 WnR 1 FAR 0x80004040
//   IC IVAU of an invalid page: EC 0x25 status 0x7 CM 1 WnR 1 FAR 0x80004080
//   DC CVAC of a read-only page: fine
//   DC IVAC of a read-only page: EC 0x25 status 0xf CM 1 WnR 1 FAR 0x80001000
//   DC ZVA of a read-only page: EC 0x25 status 0xf CM 0 WnR 1 FAR 0x80001000
#include "support/mmu.h"

static unsigned char page[4096] __attribute__((aligned(4096)));

static void handler(struct frame* frame) {
  put("EC ");
  put_hex(frame->esr >> 26);
  put(" status ");
  put_hex(frame->esr & 0x3f);
  put(" CM ");
  put_u64(frame->esr >> 8 & 1);
  put(" WnR ");
  put_u64(frame->esr >> 6 & 1);
  say(" FAR", frame->far);
  frame->elr += 4;
}

void run(void) {
  on_exception = handler;
  mmu_on();
  map_page(kPagesBase + 0x1000, (u64)page, PTE_DATA | PTE_READ_ONLY);
  put("DC CVAC of an invalid page: ");
  __asm__ volatile("dc cvac, %0" ::"r"(kPagesBase + 0x4000) : "memory");
  put("DC IVAC of an invalid page: ");
  __asm__ volatile("dc ivac, %0" ::"r"(kPagesBase + 0x4040) : "memory");
  put("IC IVAU of an invalid page: ");
  __asm__ volatile("ic ivau, %0" ::"r"(kPagesBase + 0x4080) : "memory");
  put("DC CVAC of a read-only page: ");
  __asm__ volatile("dc cvac, %0" ::"r"(kPagesBase + 0x1000) : "memory");
  put("fine\nDC IVAC of a read-only page: ");
  __asm__ volatile("dc ivac, %0" ::"r"(kPagesBase + 0x1000) : "memory");
  put("DC ZVA of a read-only page: ");
  __asm__ volatile("dc zva, %0" ::"r"(kPagesBase + 0x1000) : "memory");
}
