// Lab 4: four cores share an address space; core 0 takes pages away from it. You do not change this
// file. What a core reads after a page is gone tells whether it still had the translation.
#include "unmap.h"

#define CORES 4
#define ROUNDS 4
#define ASID 5

enum { MARK_BEFORE = 1, MARK_AFTER = 2 };

// What the grader reads: the address of each round, and what each core saw there afterwards.
u64 addresses[ROUNDS];
u64 frames[ROUNDS];
u64 observed[CORES][ROUNDS];  // kFaulted, or the value read
u64 rounds_done;
#define FAULTED 0xfa17ull

static u64* root;
static volatile u64 ready[CORES], taken[CORES], published;

static u64 look(u64 va) {
  const u64 before = lab_last_fault[lab_core()].count;
  const u64 value = *(volatile u64*)va;
  return lab_last_fault[lab_core()].count != before ? FAULTED : value;
}

static void mmu_on(void) {
  lab_mmu_on(root);
  WRITE(TTBR0_EL1, (u64)root | (u64)ASID << 48);
  ISB();
}

static void other_core(u64 core) {
  mmu_on();
  for (u64 round = 0; round < ROUNDS; ++round) {
    lab_wait_for(&taken[0], round + 1);
    look(addresses[round]);
    ready[core] = round + 1;
    lab_wait_for(&published, round + 1);
    observed[core][round] = look(addresses[round]);
    taken[core] = round + 1;
  }
}

void lab_main(void) {
  root = lab_identity();
  u64* middle = lab_page();
  u64* last = lab_page();
  root[2] = (u64)middle | PTE_TABLE;
  const unsigned block = lab_random() & 511;
  middle[block] = (u64)last | PTE_TABLE;
  for (unsigned n = 0; n < ROUNDS; ++n) {
    const unsigned index = n * 128 + (lab_random() & 127);
    addresses[n] = 0x80000000 | (u64)block << 21 | (u64)index << 12 | (lab_random() & 0xff8);
    frames[n] = (u64)lab_page();
  }
  for (unsigned core = 1; core < CORES; ++core) lab_start_core(core, other_core, core);
  mmu_on();
  for (u64 round = 0; round < ROUNDS; ++round) {
    volatile u64* entry = &last[addresses[round] >> 12 & 511];
    *entry = frames[round] | PTE_DATA | PTE_NG;
    DSB_ISH();
    ISB();
    look(addresses[round]);
    taken[0] = round + 1;
    for (unsigned core = 1; core < CORES; ++core) lab_wait_for(&ready[core], round + 1);
    lab_mark(MARK_BEFORE);
    unmap(entry, addresses[round], ASID);
    lab_mark(MARK_AFTER);
    // The page has a new owner, who writes to it through another address.
    *(volatile u64*)(frames[round] | (addresses[round] & 0xfff)) = 0x5ec2e700 + round;
    DSB_ISH();
    published = round + 1;
    observed[0][round] = look(addresses[round]);
    for (unsigned core = 1; core < CORES; ++core) lab_wait_for(&taken[core], round + 1);
    // Whatever was forgotten does not disturb the next round.
    *entry = 0;
    DSB_ISH();
    TLBI_ALL(vmalle1is);
    DSB_ISH();
    ISB();
    rounds_done = round + 1;
  }
}
