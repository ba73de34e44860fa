// Lab 6: a hypervisor for two guests; stage 2 is yours. You do not change this file. Both guests run the
// same code at the same addresses: only stage 2 keeps them apart.
#include "hypervisor.h"

#define ROUNDS 4
#define PAGES 8
#define GIVEN_MAX 32
#define WRITES_MAX 32
#define FAULTS_MAX 300

enum { MARK_BEFORE = 1, MARK_AFTER = 2, MARK_SWITCH = 3 };
enum {
  YIELD = 1,
  READY = 2,
  SAW = 3,
  DONE = 4,
  FAULTED = 0xfa17,
  TOO_MANY_FAULTS = 0xfa57,
  CRASHED = 0xdead
};

// What the grader reads.
struct guest guests[2];
struct given {
  u64 ipa, pa, access;
} given[2][GIVEN_MAX];  // answers of guest_frame() that are memory
u64 given_count[2], faults[2];
struct write {
  u64 ipa, value;
} writes[2][WRITES_MAX];
u64 write_count[2];
u64 strange[2], wrong_answers[2];         // counted by the guests themselves
u64 vttbr_seen[2][2];                     // of each guest on each core
u64 moved[ROUNDS], moved_frames[ROUNDS];  // IPA in guest 0, and what lay there
u64 observed[2][ROUNDS];                  // by guest 0 on each core, after the page was taken
u64 switches_done, rounds_done, device;

// ---- The guests. What is in .guest is mapped into both, read-only, where it lies.

#define GUEST __attribute__((section(".guest"), noinline, used))
struct {
  u64 pages[PAGES], moved_to[ROUNDS], device;
} plan __attribute__((section(".guest.plan"), aligned(4096), used)) = {{1}, {0}, 0};

#define PATTERN(me, what, round) \
  (0x6e57000000000000ull | (u64)(me) << 40 | (u64)(what) << 16 | (u64)(round))

static inline u64 __attribute__((always_inline)) call(u64 what, u64 first, u64 second) {
  register u64 x0 __asm__("x0") = what;
  register u64 x1 __asm__("x1") = first;
  register u64 x2 __asm__("x2") = second;
  __asm__ volatile("hvc #0" : "+r"(x0) : "r"(x1), "r"(x2) : "memory");
  return x0;
}

GUEST static void guest_main(u64 me) {
  u64 bad = 0, wrong = 0;
  for (u64 round = 0; round < ROUNDS; ++round) {
    for (unsigned n = 0; n < PAGES; ++n) {
      volatile u64* page = (volatile u64*)plan.pages[n];
      if (round != 0 && *page != PATTERN(me, n, round - 1)) ++bad;
      *page = PATTERN(me, n, round);
    }
    u64 answer;
    __asm__ volatile("str %0, [%1]" ::"r"(PATTERN(me, 0xde, round)), "r"(plan.device) : "memory");
    __asm__ volatile("ldr %0, [%1]" : "=r"(answer) : "r"(plan.device) : "memory");
    if (answer != ~PATTERN(me, 0xde, round)) ++wrong;
    call(YIELD, bad, wrong);
  }
  call(DONE, bad, wrong);
}

// Guest 1 takes the frame in use that guest 0 has given away; guest 0 looks for it where it was.
GUEST static void guest_take(u64 round) {
  *(volatile u64*)plan.moved_to[round] = PATTERN(1, 0x33, round);
  call(DONE, 0, 0);
}
GUEST static void guest_look(u64 round) { call(SAW, *(volatile u64*)plan.pages[round], 0); }

// The second vCPU of guest 0 reads one page until it reads something strange; a fault ends it too.
GUEST static void guest_watch(u64 round) {
  volatile u64* page = (volatile u64*)plan.pages[round];
  const u64 mine = *page;
  call(READY, mine, 0);
  for (;;) {
    const u64 value = *page;
    if (value != mine) call(SAW, value, 0);
  }
}

// ---- Their memory and devices.

extern char guest_start[], guest_end[], guest_own_vectors[], guest_vectors[];
void enter_guest(struct vcpu* vcpu);
static u64* guest_tables;
static struct frame pool[2][PAGES + 2];  // data, stacks of two vCPUs

// The guests' stage 1 maps what they have from 2 GiB on to IPAs from 4 GiB on.
#define IPA_OF(va) ((va) + 0x80000000ull)
#define STACKS 0xa0000000ull

static struct frame find_frame(const struct guest* guest, u64 page) {
  const struct frame nothing = {0, NO_MEMORY};
  if (page == (u64)guest_tables || (page >= (u64)guest_start && page < (u64)guest_end))
    return (struct frame){page, READ_ONLY};
  for (unsigned n = 0; n < 2; ++n) {
    if (page == IPA_OF(STACKS) + n * 4096) return pool[guest->number][PAGES + n];
  }
  for (unsigned n = 0; n < PAGES; ++n) {
    if (page == IPA_OF(plan.pages[n])) return pool[guest->number][n];
  }
  for (unsigned n = 0; n < ROUNDS; ++n) {
    if (guest->number == 1 && moved_frames[n] != 0 && page == IPA_OF(plan.moved_to[n]))
      return (struct frame){moved_frames[n], READ_WRITE};
  }
  return nothing;
}

struct frame guest_frame(struct guest* guest, u64 ipa) {
  const struct frame found = find_frame(guest, ipa & ~0xfffull);
  u64* count = &given_count[guest->number];
  if (found.access == NO_MEMORY) return found;
  for (u64 n = 0; n < *count; ++n) {
    if (given[guest->number][n].ipa == (ipa & ~0xfffull)) return found;
  }
  if (*count < GIVEN_MAX)
    given[guest->number][(*count)++] = (struct given){ipa & ~0xfffull, found.pa, found.access};
  return found;
}

static u64 last_written[2];

void device_write(struct guest* guest, u64 ipa, u64 value) {
  u64* count = &write_count[guest->number];
  if (*count < WRITES_MAX) writes[guest->number][*count] = (struct write){ipa, value};
  ++*count;
  last_written[guest->number] = value;
}

u64 device_read(struct guest* guest, u64 ipa) {
  return ipa == device ? ~last_written[guest->number] : 0;
}

// ---- The hypervisor around your stage 2.

static struct vcpu vcpus[2][2];

static void reset(struct vcpu* vcpu, void (*entry)(u64), u64 argument, unsigned stack) {
  memset(vcpu, 0, sizeof *vcpu);
  vcpu->x[0] = argument;
  vcpu->pc = (u64)entry;
  vcpu->pstate = 0x3c5;  // EL1h, masked
  vcpu->sp = STACKS + (stack + 1) * 4096;
}

// Runs a vCPU on this core until it calls. `watched`: an access to this page ends it too.
static u64 run(struct guest* guest, struct vcpu* vcpu, u64 watched) {
  for (;;) {
    stage2_load(guest);
    vttbr_seen[guest->number][lab_core()] = READ(VTTBR_EL2);
    enter_guest(vcpu);
    const u64 class = ESR_CLASS(vcpu->esr);
    if (class == 0x16) return vcpu->x[0];
    if (class != DATA_ABORT && class != INSTRUCTION_ABORT) return CRASHED;
    if (class == DATA_ABORT && watched != 0 && (vcpu->far & ~0xfffull) == watched) return FAULTED;
    if (++faults[guest->number] > FAULTS_MAX) return TOO_MANY_FAULTS;
    stage2_fault(guest, vcpu);
  }
}

// EL2's own stage 1: devices and RAM, one to one.
static u64* own_tables;
static void el2_on(void) {
  WRITE(MAIR_EL2, MAIR_VALUE);
  WRITE(TCR_EL2, 1ull << 31 | 1 << 23 | 2 << 16 | 3 << 12 | 1 << 10 | 1 << 8 | 25);
  WRITE(TTBR0_EL2, own_tables);
  WRITE(VBAR_EL2, guest_vectors);
  // EL1 as the guests find it: their tables are ready, the MMU and the caches are on.
  WRITE(HCR_EL2, 1ull << 31);
  WRITE(CPTR_EL2, 0x33ff);
  WRITE(MAIR_EL1, MAIR_VALUE);
  WRITE(TCR_EL1, TCR_VALUE);
  WRITE(TTBR0_EL1, guest_tables);
  WRITE(VBAR_EL1, guest_own_vectors);
  WRITE(SCTLR_EL1, SCTLR_ON);
  ISB();
  TLBI_ALL(alle2);
  TLBI_ALL(alle1);
  DSB_NSH();
  ISB();
  WRITE(SCTLR_EL2, 0x30c50830 | 1 | 4 | 0x1000);  // M, C, I
  ISB();
}

static volatile u64 started, ready, seen;

static void other_core(u64 unused) {
  (void)unused;
  el2_on();
  for (u64 round = 0; round < ROUNDS; ++round) {
    lab_wait_for(&started, round + 1);
    struct vcpu* vcpu = &vcpus[0][1];
    reset(vcpu, guest_watch, round, 1);
    u64 end = run(&guests[0], vcpu, 0);
    ready = round + 1;
    if (end == READY) end = run(&guests[0], vcpu, plan.pages[round]);
    observed[1][round] = end == SAW ? vcpu->x[1] : end;
    seen = round + 1;
  }
}

static void build(void) {
  own_tables = lab_page();
  own_tables[0] =
      0 | PTE_BLOCK | PTE_ATTR(DEVICE) | PTE_AF | PTE_EL0 | PTE_UXN;  // AP[1] is RES1, bit 54 XN
  own_tables[1] =
      1ull << 30 | PTE_BLOCK | PTE_ATTR(NORMAL) | PTE_INNER_SHAREABLE | PTE_AF | PTE_EL0;
  guest_tables = lab_identity();
  guest_tables[2] =
      4ull << 30 | PTE_BLOCK | PTE_ATTR(NORMAL) | PTE_INNER_SHAREABLE | PTE_AF | PTE_UXN | PTE_PXN;
  for (unsigned n = 0; n < PAGES; ++n) {
    // 16 MiB of their own for each, so that they do not meet.
    plan.pages[n] = 0x80000000 + ((u64)n << 24) + (lab_random() & 0xfff000);
  }
  device = 0x0b000000 + (lab_random() & 0xff000) + (lab_random() & 0xff8);
  plan.device = device;
  for (unsigned n = 0; n < ROUNDS; ++n) {
    moved[n] = IPA_OF(plan.pages[n]);
    plan.moved_to[n] = 0x90000000 + ((u64)n << 24) + (lab_random() & 0xfff000);
  }
  for (unsigned guest = 0; guest < 2; ++guest) {
    for (unsigned n = 0; n < PAGES + 2; ++n)
      pool[guest][n] = (struct frame){(u64)lab_page(), READ_WRITE};
  }
}

// Guest n's turn, until it calls.
static u64 turn(unsigned n) {
  struct vcpu* vcpu = &vcpus[n][0];
  lab_mark(MARK_SWITCH);
  const u64 end = run(&guests[n], vcpu, 0);
  strange[n] = vcpu->x[1];
  wrong_answers[n] = vcpu->x[2];
  return end;
}

// The page that guest 0 has given away gets used by guest 1.
static void move(u64 round) {
  started = round + 1;
  lab_wait_for(&ready, round + 1);
  stage2_load(&guests[1]);
  lab_mark(MARK_BEFORE);
  stage2_unmap(&guests[0], moved[round]);
  lab_mark(MARK_AFTER);
  moved_frames[round] = pool[0][round].pa;
  reset(&vcpus[1][0], guest_take, round, 0);
  run(&guests[1], &vcpus[1][0], 0);
  reset(&vcpus[0][0], guest_look, round, 0);
  const u64 end = run(&guests[0], &vcpus[0][0], plan.pages[round]);
  observed[0][round] = end == SAW ? vcpus[0][0].x[1] : end;
  lab_wait_for(&seen, round + 1);
  // Whatever was forgotten does not disturb the next round.
  TLBI_ALL(alle1is);
  DSB_ISH();
  ISB();
  rounds_done = round + 1;
}

void lab_main(void) {
  build();
  el2_on();
  lab_start_core(1, other_core, 0);
  for (unsigned n = 0; n < 2; ++n) {
    guests[n].number = n;
    stage2_begin(&guests[n]);
    reset(&vcpus[n][0], guest_main, n, 0);
  }
  for (u64 round = 0; round < ROUNDS; ++round) {
    for (unsigned n = 0; n < 2; ++n) {
      if (turn(n) != YIELD) return;
    }
    switches_done = round + 1;
  }
  for (unsigned n = 0; n < 2; ++n) turn(n);
  for (u64 round = 0; round < ROUNDS; ++round) move(round);
}
