// runs at: el1
// cores: 1 2 4
// Counters under load-exclusive/store-exclusive, a ticket lock with WFE, and message passing.
#include "support/mmu.h"

#define ROUNDS 2000

static volatile unsigned counter __attribute__((aligned(64)));
static volatile u64 wide[2] __attribute__((aligned(64)));
static struct {
  volatile unsigned next, serving;
} lock __attribute__((aligned(64)));
static volatile unsigned guarded __attribute__((aligned(64)));
static volatile unsigned data __attribute__((aligned(64))), flag __attribute__((aligned(64)));
static volatile unsigned present __attribute__((aligned(64))), bad;

static void add_exclusive(void) {
  unsigned value, failed;
  __asm__ volatile(
      "1: ldxr %w0, %2\n add %w0, %w0, #1\n stxr %w1, %w0, %2\n cbnz %w1, 1b"
      : "=&r"(value), "=&r"(failed), "+Q"(counter)::"memory");
}

static void add_pair(void) {
  u64 low, high;
  unsigned failed;
  __asm__ volatile(
      "1: ldaxp %0, %1, %3\n add %0, %0, #1\n sub %1, %1, #1\n stlxp %w2, %0, %1, %3\n cbnz %w2, 1b"
      : "=&r"(low), "=&r"(high), "=&r"(failed), "+Q"(wide[0])::"memory");
}

static void take(void) {
  unsigned ticket, next, failed, now;
  __asm__ volatile(
      "1: ldxr %w0, %3\n add %w1, %w0, #1\n stxr %w2, %w1, %3\n cbnz %w2, 1b"
      : "=&r"(ticket), "=&r"(next), "=&r"(failed), "+Q"(lock.next)::"memory");
  __asm__ volatile(
      "sevl\n1: wfe\n ldaxr %w0, %1\n cmp %w0, %w2\n b.ne 1b"
      : "=&r"(now), "+Q"(lock.serving) : "r"(ticket) : "cc", "memory");
}

static void give(void) { __atomic_store_n(&lock.serving, lock.serving + 1, __ATOMIC_RELEASE); }

static void work(u64 cores) {
  mmu_on();
  __atomic_fetch_add(&present, 1, __ATOMIC_ACQ_REL);
  while (__atomic_load_n(&present, __ATOMIC_ACQUIRE) < cores) __asm__ volatile("yield");
  const unsigned self = core_number();
  for (unsigned n = 0; n < ROUNDS; ++n) {
    add_exclusive();
    add_pair();
    take();
    guarded = guarded + 1;
    give();
  }
  // Core 0 publishes, the others read: data before flag.
  if (self == 0) {
    data = 42;
    __atomic_store_n(&flag, 1, __ATOMIC_RELEASE);
    __asm__ volatile("dsb ish\n sev" ::: "memory");
  } else {
    while (!__atomic_load_n(&flag, __ATOMIC_ACQUIRE)) __asm__ volatile("wfe");
    if (data != 42) bad++;
  }
  if (self != 0) mmu_off();
}

void run(void) {
  mmu_on();
  unsigned cores = 1;
  while (cores < 4 && (int)psci(PSCI_AFFINITY_INFO, cores, 0, 0) == 1) cores++;
  wide[1] = 0x100000;
  for (unsigned core = 1; core < cores; ++core) start_core(core, work, cores);
  work(cores);
  for (unsigned core = 1; core < cores; ++core) wait_until_off(core);
  say("cores", cores);
  check("every single increment counts", counter == cores * ROUNDS);
  check("every pair moves", wide[0] == cores * ROUNDS && wide[1] == 0x100000 - cores * ROUNDS);
  check("the lock lets in one at a time", guarded == cores * ROUNDS);
  check("data is there before its flag", bad == 0);
  // A store-exclusive without its load, or to somewhere else, fails and writes nothing.
  unsigned failed;
  __asm__ volatile("clrex\n stxr %w0, %w2, %1" : "=&r"(failed), "+Q"(guarded) : "r"(7) : "memory");
  check("store-exclusive after CLREX fails", failed == 1 && guarded == cores * ROUNDS);
}
