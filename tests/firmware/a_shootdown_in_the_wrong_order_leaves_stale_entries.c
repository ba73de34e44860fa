// runs at: el1
// cores: 4
// armature only
// prints:
//   cores that see the first page: 0xf
//   right order, cores that see the old page: 0x0
//   wrong order, cores that see the old page: 0xe
//   after a late TLBI, cores that see the old page: 0x0
#include "support/mmu.h"

// A page moves from one frame to the next, twice: unmap, DSB, TLBI, DSB, map; and with the TLBI
// before the unmap, so that the other cores fill their TLBs again in between.
#define CORES 4
#define ADDRESS kPagesBase

static u64 frames[3][512] __attribute__((aligned(4096)));
static volatile u64 seen[CORES][8] __attribute__((aligned(64)));
static volatile u64 step __attribute__((aligned(64)));
static volatile u64 done[CORES][8] __attribute__((aligned(64)));

static void map(unsigned frame) { map_page(ADDRESS, (u64)frames[frame], PTE_DATA | PTE_NG); }
static void unmap(void) {
  *mmu_entry(ADDRESS, 3) = 0;
  DSB();  // the walkers of all cores see the invalid entry before the TLBI
}
static void invalidate_everywhere(void) {
  __asm__ volatile("tlbi vaae1is, %0\n dsb ish\n isb" ::"r"((u64)ADDRESS >> 12) : "memory");
}

static void look(void) { seen[core_number()][0] = *(volatile u64*)ADDRESS; }

// The other cores look once whenever `step` moves.
static void follow(u64 last) {
  mmu_on();
  for (u64 n = 1; n <= last; ++n) {
    while (__atomic_load_n(&step, __ATOMIC_ACQUIRE) < n) __asm__ volatile("yield");
    look();
    __atomic_store_n(&done[core_number()][0], n, __ATOMIC_RELEASE);
  }
}

static void everybody_looks(void) {
  const u64 n = step + 1;
  __atomic_store_n(&step, n, __ATOMIC_RELEASE);
  look();
  for (unsigned core = 1; core < CORES; ++core) {
    while (__atomic_load_n(&done[core][0], __ATOMIC_ACQUIRE) < n) __asm__ volatile("yield");
  }
}

static u64 cores_that_see(u64 value) {
  u64 mask = 0;
  for (unsigned core = 0; core < CORES; ++core) mask |= (u64)(seen[core][0] == value) << core;
  return mask;
}

void run(void) {
  mmu_on();
  for (unsigned n = 0; n < 3; ++n) frames[n][0] = 0x100 + n;
  map(0);
  for (unsigned core = 1; core < CORES; ++core) start_core(core, follow, 5);
  everybody_looks();
  say("cores that see the first page:", cores_that_see(0x100));

  unmap();
  invalidate_everywhere();
  map(1);
  everybody_looks();
  say("right order, cores that see the old page:", cores_that_see(0x100));

  invalidate_everywhere();
  everybody_looks();  // nothing has changed yet: they may, and do, fill their TLBs again
  __asm__ volatile("tlbi vaae1, %0\n dsb nsh\n isb" ::"r"((u64)ADDRESS >> 12) : "memory");
  unmap();
  map(2);
  everybody_looks();
  say("wrong order, cores that see the old page:", cores_that_see(0x101));

  invalidate_everywhere();
  everybody_looks();
  say("after a late TLBI, cores that see the old page:", cores_that_see(0x101));
  for (unsigned core = 1; core < CORES; ++core) wait_until_off(core);
  power_off();
}
