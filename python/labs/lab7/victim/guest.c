// The VM: it writes secrets into two pages and looks whether they stay. Its MMU is off, so it reads and
// writes past the caches.
#include "victim.h"

__asm__(
    ".section .text.entry, \"ax\"\n"
    "adrp x0, stack_top\n"
    "add x0, x0, :lo12:stack_top\n"
    "mov sp, x0\n"
    "bl guest_main\n"
    "1: b 1b\n"
    ".section .data\n"
    ".balign 16\n"
    ".space 512\n"
    "stack_top:\n"
    ".previous\n");

// In the image, which stays the VM's: the grader reads them there.
volatile u64 secrets[2] __attribute__((section(".data"))) = {0, 0};
volatile u64 altered __attribute__((section(".data"))) = 0;

static u64 call(u64 function, u64 first, u64 second) {
  register u64 x0 __asm__("x0") = function;
  register u64 x1 __asm__("x1") = first;
  register u64 x2 __asm__("x2") = second;
  __asm__ volatile("hvc #0" : "+r"(x0), "+r"(x1), "+r"(x2)::"memory", "x3");
  return x0;
}

// Nobody can know it before it is made: it depends on when.
static u64 make_secret(void) {
  u64 z;
  __asm__ volatile("isb\n mrs %0, CNTVCT_EL0" : "=r"(z)::"memory");
  z += LAB_SEED * 0x9e3779b97f4a7c15ull;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
  z = (z ^ z >> 27) * 0x94d049bb133111ebull;
  return (z ^ z >> 31) | 1;
}

static void fill(u64 page, u64 value) {
  for (unsigned n = 0; n < 512; ++n) ((volatile u64*)page)[n] = value;
  __asm__ volatile("dsb sy" ::: "memory");
}

static void check(u64 page, u64 value) {
  for (unsigned n = 0; n < 512; ++n) {
    if (((volatile u64*)page)[n] != value) ++altered;
  }
}

void guest_main(void) {
  const u64 first = VM_PAGE(0), second = VM_PAGE(1);
  secrets[0] = make_secret();
  fill(first, secrets[0]);
  call(CALL_WRITTEN, 0, 0);
  check(first, secrets[0]);
  call(CALL_CHECKED, 0, 0);
  fill(second, 0x1234);  // nothing that KServ may not know
  call(0x81000, second, 4096);
  call(CALL_GRANTED, 0, 0);
  call(0x82000, second, 4096);
  secrets[1] = make_secret();
  fill(second, secrets[1]);
  call(CALL_REVOKED, 0, 0);
  check(first, secrets[0]);
  check(second, secrets[1]);
  call(0x84000008, 0, 0);  // PSCI SYSTEM_OFF
}
