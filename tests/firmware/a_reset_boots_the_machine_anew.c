// runs at: el1 el2
// cores: 1 2
// PSCI SYSTEM_RESET: memory that no image is loaded over stays, everything else begins anew.
#include "support/gic.h"
#include "support/mmu.h"

#define PSCI_SYSTEM_RESET 0x84000009u
#define GICD_CTLR (*(volatile u32*)0x08000000)
#define GICD_ISENABLER1 (*(volatile u32*)0x08000104)
#define GPIO_DIR (*(volatile u32*)0x09030400)
#define KEPT ((volatile u64*)0x48000000)
#define MAGIC 0x6f6e636520626f6full

static u64 data = 0x1234;
static u64 bss;

static void never(u64 argument) {
  (void)argument;
  mmu_on();
  for (;;) __asm__ volatile("wfi");
}

static u64 boots(void) { return KEPT[0] == MAGIC ? KEPT[1] : 0; }

static void look(void) {
  say("data", data);
  say("bss", bss);
  say("interrupts of the distributor", GICD_ISENABLER1);
  say("GPIODIR", GPIO_DIR);
  check("interrupts are masked", READ(DAIF) == 0x3c0);
  check("the MMU is off", (READ_EL(SCTLR) & 5) == 0);
  say("CNTP_CTL", READ(CNTP_CTL_EL0));
  u64 off = psci(PSCI_AFFINITY_INFO, 1, 0, 0);
  check("core 1 is off or not there", off == 1 || (long)(int)off == -2);
}

void run(void) {
  say("level", current_el());
  look();
  const u64 before = boots();
  say("boots before this one", before);
  if (before == 2) return;
  mmu_on();  // what follows lies dirty in the caches
  KEPT[1] = before + 1;
  KEPT[0] = MAGIC;
  data = 5;
  bss = 6;
  gic_start();
  gic_enable(kPhysicalTimer);
  GICD_ISENABLER1 = 0xff;
  GPIO_DIR = 0x3;
  WRITE(CNTP_CVAL_EL0, 0);
  WRITE(CNTP_CTL_EL0, 3);
  start_core(1, never, 0);
  // Stale translations and old lines must not outlive the reset.
  __asm__ volatile("dsb sy\n isb");
  // RAM at the address is read with the caches off after the reset.
  __asm__ volatile("dc civac, %0\n dsb sy" ::"r"(KEPT) : "memory");
  psci(PSCI_SYSTEM_RESET, 0, 0, 0);
  put("UNEXPECTED: still here\n");
}
