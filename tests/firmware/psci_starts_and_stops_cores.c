// runs at: el1 el2
// cores: 1 4
// CPU_ON with good and bad arguments, AFFINITY_INFO, CPU_OFF and a second CPU_ON.
#include "support/mmu.h"

static volatile u64 seen[16];
static unsigned present = 1;

static void hello(u64 argument) {
  mmu_on();
  seen[core_number()] = argument + current_el();
  mmu_off();
}

static void call(const char* what, u64 function, u64 x1, u64 x2, u64 x3) {
  put(what);
  put(": ");
  const u64 result = psci(function, x1, x2, x3);
  if ((long)result < 0 || (int)result < 0) {
    put("-");
    put_u64((u64) - (long)(int)result);
  } else {
    put_hex(result);
  }
  put("\n");
}

void run(void) {
  mmu_on();
  call("PSCI_VERSION", 0x84000000, 0, 0, 0);
  call("PSCI_FEATURES of CPU_ON", 0x8400000a, PSCI_CPU_ON, 0, 0);
  call("PSCI_FEATURES of nothing", 0x8400000a, 0x8400ffff, 0, 0);
  call("a function that does not exist", 0x8400ffff, 0, 0, 0);
  call("MIGRATE_INFO_TYPE", 0x84000006, 0, 0, 0);
  call("AFFINITY_INFO of this core", PSCI_AFFINITY_INFO, 0, 0, 0);
  call("CPU_ON of this core", PSCI_CPU_ON, 0, 0x40200000, 0);
  call("CPU_ON of a core that does not exist", PSCI_CPU_ON, 0xff, 0x40200000, 0);
  while (present < 4 && (int)psci(PSCI_AFFINITY_INFO, present, 0, 0) == 1) present++;
  say("other cores", present - 1);
  for (unsigned round = 1; round <= 2; ++round) {
    for (unsigned core = 1; core < present; ++core) {
      say("CPU_ON", start_core(core, hello, 0x10 * round + 0x100 * core));
      // AFFINITY_INFO may still say OFF while the core is on its way: the core itself says that it is there.
      while (seen[core] / 0x10 != 0x10 * core + round) __asm__ volatile("yield");
      wait_until_off(core);
      say("the core got, with its level", seen[core]);
    }
  }
}
