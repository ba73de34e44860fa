// cores: 1 2 4
// Every core touches the same fresh pages at once, so that the faults race in KCore.
#include "support/mmu.h"

#define FIRST 0x48000000ull
#define PAGES 1024

static volatile u64 ready, done;

static void touch(u64 cores) {
  mmu_on();
  __atomic_fetch_add(&ready, 1, __ATOMIC_ACQ_REL);
  while (__atomic_load_n(&ready, __ATOMIC_ACQUIRE) < cores) __asm__ volatile("yield");
  for (u64 n = 0; n < PAGES; ++n) __atomic_fetch_add((u64*)(FIRST + n * 4096), 1, __ATOMIC_RELAXED);
  __atomic_fetch_add(&done, 1, __ATOMIC_ACQ_REL);
  if (core_number() != 0) mmu_off();
}

void run(void) {
  mmu_on();
  unsigned cores = 1;
  while (cores < 4 && (int)psci(PSCI_AFFINITY_INFO, cores, 0, 0) == 1) cores++;
  for (unsigned core = 1; core < cores; ++core) start_core(core, touch, cores);
  touch(cores);
  while (__atomic_load_n(&done, __ATOMIC_ACQUIRE) < cores) __asm__ volatile("yield");
  for (unsigned core = 1; core < cores; ++core) wait_until_off(core);
  u64 wrong = 0;
  for (u64 n = 0; n < PAGES; ++n) wrong += *(volatile u64*)(FIRST + n * 4096) != cores;
  say("cores", cores);
  check("every page has every core's increment", wrong == 0);
}
