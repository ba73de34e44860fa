// runs at: el1 el2
// armature only
// prints:
//   cacheable write, read back: 0x2222
//   Non-cacheable alias before DC CVAC: 0x1111
//   Non-cacheable alias after DC CVAC: 0x2222
//   Non-cacheable write, cacheable alias before DC IVAC: 0x2222
//   cacheable alias after DC IVAC: 0x3333
#include "support/mmu.h"

static u64 page[512] __attribute__((aligned(4096)));

void run(void) {
  page[0] = 0x1111;  // MMU and caches off: straight to memory
  DSB();
  mmu_on();
  const u64 address = kPagesBase;
  map_page(address, (u64)page, (PTE_DATA & ~PTE_ATTR(7)) | PTE_ATTR(kNonCacheable));
  volatile u64* cached = page;
  volatile u64* uncached = (volatile u64*)address;
  *cached = 0x2222;
  DSB();
  say("cacheable write, read back:", *cached);
  say("Non-cacheable alias before DC CVAC:", *uncached);
  __asm__ volatile("dc cvac, %0\n dsb sy" ::"r"(page) : "memory");
  say("Non-cacheable alias after DC CVAC:", *uncached);
  *uncached = 0x3333;
  DSB();
  say("Non-cacheable write, cacheable alias before DC IVAC:", *cached);
  __asm__ volatile("dc ivac, %0\n dsb sy" ::"r"(page) : "memory");
  say("cacheable alias after DC IVAC:", *cached);
}
