// ends: halted
// cores: 2 4
#include "support/mmu.h"

static volatile u64 waiting, go;

static void other(u64 argument) {
  (void)argument;
  mmu_on();
  __atomic_fetch_add(&waiting, 1, __ATOMIC_ACQ_REL);
  while (!__atomic_load_n(&go, __ATOMIC_ACQUIRE)) __asm__ volatile("yield");
  for (unsigned n = 0; n < 20000000; ++n) __asm__ volatile("yield");
  put("NO: another core still runs\n");
}

void run(void) {
  mmu_on();
  unsigned cores = 1;
  while (cores < 4 && start_core(cores, other, 0) == 0) cores++;
  while (__atomic_load_n(&waiting, __ATOMIC_ACQUIRE) < cores - 1) __asm__ volatile("yield");
  say("cores", cores);
  __atomic_store_n(&go, 1, __ATOMIC_RELEASE);
  *(volatile u64*)0x40200000 = 0;
  put("NO: written\n");
}
