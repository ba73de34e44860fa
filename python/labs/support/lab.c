#include "lab.h"

#define KB16 0x4000ull

static u64 pages[LAB_PAGES][512] __attribute__((aligned(4096)));
static unsigned pages_used;

u64* lab_page(void) {
  if (pages_used == LAB_PAGES)
    for (;;) __asm__ volatile("wfi");  // the instruction limit reports it
  return pages[pages_used++];
}

u64* lab_identity(void) {
  u64* root = lab_page();
  root[0] = 0 | PTE_BLOCK | PTE_ATTR(DEVICE) | PTE_AF | PTE_UXN | PTE_PXN;
  root[1] = 1ull << 30 | PTE_BLOCK | PTE_ATTR(NORMAL) | PTE_INNER_SHAREABLE | PTE_AF;
  return root;
}

void lab_mmu_on(u64* root) {
  WRITE(MAIR_EL1, MAIR_VALUE);
  WRITE(TCR_EL1, TCR_VALUE);
  WRITE(TTBR0_EL1, root);
  DSB_ISH();
  ISB();
  TLBI_ALL(vmalle1);
  DSB_NSH();
  ISB();
  WRITE(SCTLR_EL1, SCTLR_ON);
  ISB();
}

// Sebastiano Vigna's SplitMix64, from the published recurrence.
u64 lab_random(void) {
  static u64 state = LAB_SEED;
  u64 z = state += 0x9e3779b97f4a7c15ull;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
  z = (z ^ z >> 27) * 0x94d049bb133111ebull;
  return z ^ z >> 31;
}

volatile struct lab_fault lab_last_fault[4];

unsigned lab_core(void) { return (unsigned)(READ(MPIDR_EL1) & 3); }

struct frame {
  u64 x[31], elr, esr, far;
};

void lab_exception(struct frame* frame) {
  volatile struct lab_fault* fault = &lab_last_fault[lab_core()];
  fault->esr = frame->esr;
  fault->far = frame->far;
  fault->elr = frame->elr;
  fault->count++;
  frame->elr += 4;
}

extern char core_stacks[], secondary_start[];
static struct {
  u64 stack, entry, argument;
} starts[4];

// Above EL1, or with KCore above, PSCI is called by SMC.
#if defined(LAB_EL2) || defined(LAB_UNDER_KCORE)
#define CONDUIT "smc"
#else
#define CONDUIT "hvc"
#endif

static u64 psci(u64 function, u64 a, u64 b, u64 c) {
  register u64 x0 __asm__("x0") = function;
  register u64 x1 __asm__("x1") = a;
  register u64 x2 __asm__("x2") = b;
  register u64 x3 __asm__("x3") = c;
  __asm__ volatile(CONDUIT " #0" : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3)::"memory");
  return x0;
}

void lab_mark(u64 number) { psci(0x86000000u + number, 0, 0, 0); }

void lab_start_core(unsigned core, void (*entry)(u64), u64 argument) {
  starts[core].stack = (u64)core_stacks + KB16 * (core + 1);
  starts[core].entry = (u64)entry;
  starts[core].argument = argument;
  // The other core reads it with its caches off.
  DC(cvac, &starts[core]);
  DC(cvac, (char*)&starts[core] + 23);
  DSB_SY();
  psci(0xc4000003u, core, (u64)secondary_start, (u64)&starts[core]);
}

void lab_wait_for(volatile u64* word, u64 value) {
  while (*word != value) __asm__ volatile("yield");
}

void power_off(void) {
  psci(0x84000008u, 0, 0, 0);
  for (;;) __asm__ volatile("wfi");
}

void* memset(void* to, int value, unsigned long bytes) {
  char* at = to;
  while (bytes--) *at++ = (char)value;
  return to;
}

void* memcpy(void* to, const void* from, unsigned long bytes) {
  char* at = to;
  const char* source = from;
  while (bytes--) *at++ = *source++;
  return to;
}
