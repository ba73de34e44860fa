// cores: 1 2
#include "support/mmu.h"

static u64 hypercall(u64 function) {
  register u64 x0 __asm__("x0") = function;
  __asm__ volatile("hvc #0" : "+r"(x0)::"memory");
  return x0;
}

static void arrived(u64 argument) {
  mmu_on();
  *(volatile u64*)argument = 0x10 + current_el();
  mmu_off();
}

void run(void) {
  static volatile u64 mark;
  mmu_on();
  say("CurrentEL", READ(CurrentEL));
  say("HVC 0, set vectors of the stub", hypercall(0));
  say("HVC 1, soft restart of the stub", hypercall(1));
  say("HVC 2, reset vectors of the stub", hypercall(2));
  say("HVC 0xbadca11", hypercall(0xbadca11));
  say("SMC of an unknown function", psci(0x86000000, 0, 0, 0));
  say("SMCCC_VERSION", psci(0x80000000, 0, 0, 0));
  say("PSCI_VERSION", psci(0x84000000, 0, 0, 0));
  say("PSCI_FEATURES of SYSTEM_OFF", psci(0x8400000a, PSCI_SYSTEM_OFF, 0, 0));
  say("PSCI_FEATURES of SYSTEM_RESET2", psci(0x8400000a, 0xc4000012, 0, 0));
  say("CPU_ON of this core", psci(PSCI_CPU_ON, 0, 0x42000000, 0));
  say("CPU_ON of core 1 in KCore's memory", psci(PSCI_CPU_ON, 1, 0x40100000, 0));
  say("CPU_ON of core 1 in a device", psci(PSCI_CPU_ON, 1, 0x09000000, 0));
  say("CPU_ON of core 15", psci(PSCI_CPU_ON, 15, 0x42000000, 0));
  if ((int)psci(PSCI_AFFINITY_INFO, 1, 0, 0) == 1) {
    say("CPU_ON of core 1", start_core(1, arrived, (u64)&mark));
    while (mark == 0) __asm__ volatile("yield");
    say("it runs, with its level", mark);
    wait_until_off(1);
    put("and is off\n");
  }
  // Set/way invalidation must not discard what KCore has written: it cleans as well.
  for (u64 way = 0; way < 2; ++way) {
    for (u64 set = 0; set < 256; ++set) __asm__ volatile("dc isw, %0" ::"r"(way << 31 | set << 6) : "memory");
  }
  DSB();
  say("PSCI_VERSION after DC ISW of everything", psci(0x84000000, 0, 0, 0));
}
