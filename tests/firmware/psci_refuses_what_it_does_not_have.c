// runs at: el1 el2
// PSCI beyond starting cores: functions that are there and not, CPU_SUSPEND.
#include "support/gic.h"
#include "support/mmu.h"

static void answer(const char* what, u64 result) {
  put(what);
  put(": ");
  if ((int)result < 0) {
    put("-");
    put_u64((u64) - (long)(int)result);
  } else {
    put_hex(result);
  }
  put("\n");
}

static const struct {
  u32 function;
  const char* name;
} functions[] = {
    {0x80000000, "SMCCC_VERSION"}, {0x84000000, "PSCI_VERSION"},    {0x84000001, "CPU_SUSPEND"},
    {0xc4000001, "CPU_SUSPEND64"}, {0x84000002, "CPU_OFF"},         {0x84000003, "CPU_ON"},
    {0xc4000003, "CPU_ON64"},      {0x84000004, "AFFINITY_INFO"},   {0xc4000004, "AFFINITY_INFO64"},
    {0x84000005, "MIGRATE"},       {0x84000006, "MIGRATE_INFO"},    {0x84000008, "SYSTEM_OFF"},
    {0x84000009, "SYSTEM_RESET"},  {0x8400000a, "PSCI_FEATURES"},   {0x8400000b, "CPU_FREEZE"},
    {0x8400000c, "DEFAULT_SUSPEND"}, {0x8400000d, "NODE_HW_STATE"}, {0x8400000e, "SYSTEM_SUSPEND"},
    {0xc400000e, "SYSTEM_SUSPEND64"}, {0x8400000f, "SET_SUSPEND_MODE"}, {0x84000010, "STAT_RESIDENCY"},
    {0xc4000012, "SYSTEM_RESET2"}, {0x84000013, "MEM_PROTECT"},     {0xc4000002, "CPU_OFF64"},
    {0xc4000008, "SYSTEM_OFF64"},  {0, "0"}, {0xffffffff, "-1"},
};

static void features(void) {
  for (unsigned n = 0; n < sizeof functions / sizeof *functions; ++n)
    answer(functions[n].name, psci(0x8400000a, functions[n].function, 0, 0));
  answer("calling MIGRATE", psci(0x84000005, 0, 0, 0));
  answer("calling SYSTEM_RESET2", psci(0xc4000012, 0, 0, 0));
  answer("calling 0", psci(0, 0, 0, 0));
  answer("calling an SMCCC service", psci(0x82000000, 0, 0, 0));
  answer("AFFINITY_INFO of a core that is not there", psci(PSCI_AFFINITY_INFO, 0x100, 0, 0));
  answer("AFFINITY_INFO, 32 bits", psci(0x84000004, 0, 0, 0));
  answer("CPU_ON of a core of another cluster", psci(PSCI_CPU_ON, 0x100, 0x40200000, 0));
}

static void suspend(void) {
  const u64 start = READ(CNTPCT_EL0);
  ISB();
  WRITE(CNTP_TVAL_EL0, 20000);
  WRITE(CNTP_CTL_EL0, 1);
  ISB();
  answer("CPU_SUSPEND until the timer", psci(0xc4000001, 0, 0, 0));
  check("it lasted", READ(CNTPCT_EL0) - start >= 20000);
  say("the timer's interrupt", gic_acknowledge());
  gic_end(kPhysicalTimer);
  answer("with the interrupt pending it returns at once", psci(0xc4000001, 0x10000, 0, 0));
  answer("32 bits", psci(0x84000001, 0, 0, 0));
  answer("a reserved bit of the power state", psci(0xc4000001, 1u << 20, 0, 0));
  answer("a power level above the core", psci(0xc4000001, 1u << 24, 0, 0));
  WRITE(CNTP_CTL_EL0, 0);
  ISB();
}

void run(void) {
  mmu_on();
  gic_start();
  gic_enable(kPhysicalTimer);
  features();
  suspend();
}
