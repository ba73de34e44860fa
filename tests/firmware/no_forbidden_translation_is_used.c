// runs at: el1 el2
// cores: 2
// quanta: insn 100 1000
// One core changes a mapping while another loads through it. What the manual forbids is a fault: an old
// translation after the TLBI and its DSB, a new one without the data that was there before it. How
// often the rest was seen is not compared.
#include "support/mmu.h"

enum { kRounds = 40, kFaulted = ~0u };
#define VA (kPagesBase + 0x5000)

static volatile u64 old_page[512] __attribute__((aligned(4096)));
static volatile u64 new_page[512] __attribute__((aligned(4096)));
static volatile u64 flag __attribute__((aligned(64)));
static volatile u64 round __attribute__((aligned(64)));
static volatile u64 done __attribute__((aligned(64)));
static volatile u64 got_flag, got_value;
static u64* entry;

static void handler(struct frame* frame) {
  if (frame->esr >> 26 != 0x25 || frame->far != VA) {
    report_exception(frame);
    say(" UNEXPECTED at", frame->elr);
    power_off();
  }
  frame->x[0] = kFaulted;  // look()'s result
  frame->elr += 4;
}

static u64 look(void) {
  register u64 x0 __asm__("x0") = VA;
  __asm__ volatile("ldr x0, [x0]" : "+r"(x0)::"memory");
  return x0;
}

static u64 page_of(volatile u64* page) {
  return (u64)page | PTE_DATA | PTE_NG * (at_el2() ? 0 : 1) | (at_el2() ? PTE_EL0 : PTE_PXN);
}
static void set_entry(u64 value) { __asm__ volatile("str %1, [%0]" ::"r"(entry), "r"(value) : "memory"); }
static void raise_flag(void) { __asm__ volatile("str %1, [%0]" ::"r"(&flag), "r"(1ull) : "memory"); }

#define DSB_ISH() __asm__ volatile("dsb ish" ::: "memory")
static void invalidate_address(void) {
  if (at_el2())
    __asm__ volatile("tlbi vae2is, %0" ::"r"(VA >> 12) : "memory");
  else
    __asm__ volatile("tlbi vae1is, %0" ::"r"(VA >> 12) : "memory");
}
static void invalidate_last_level(void) {
  if (at_el2())
    __asm__ volatile("tlbi vale2is, %0" ::"r"(VA >> 12) : "memory");
  else
    __asm__ volatile("tlbi vale1is, %0" ::"r"(VA >> 12) : "memory");
}
static void invalidate_all(void) {
  if (at_el2())
    __asm__ volatile("tlbi alle2is" ::: "memory");
  else
    __asm__ volatile("tlbi vmalle1is" ::: "memory");
}

// ---- who changes the mapping; old_page[0] is 1, new_page[0] 2

static void unmap(void (*invalidate)(void)) {
  set_entry(0);
  DSB_ISH();
  invalidate();
  DSB_ISH();
}
static void unmaps_by_address(void) {
  unmap(invalidate_address);
  raise_flag();
}
static void unmaps_by_last_level(void) {
  unmap(invalidate_last_level);
  raise_flag();
}
static void unmaps_all(void) {
  unmap(invalidate_all);
  raise_flag();
}
static void breaks_before_make(void) {
  unmap(invalidate_address);
  set_entry(page_of(new_page));
  DSB_ISH();
  ISB();
  raise_flag();
}
static void unmaps_without_invalidation(void) {
  set_entry(0);
  DSB_ISH();
  raise_flag();
}
static void fills_then_maps(void) {
  new_page[0] = 2;
  __asm__ volatile("dmb ishst" ::: "memory");
  set_entry(page_of(new_page));
  raise_flag();
}

// ---- what must not be

static int used_after_unmapping(void) { return got_flag == 1 && got_value != kFaulted; }
static int old_after_the_break(void) { return (got_flag == 1 && got_value != 2) || (got_value != 1 && got_value != 2 && got_value != kFaulted); }
static int mapped_without_its_data(void) { return got_value != 2 && got_value != kFaulted; }
static int anything_else(void) { return got_value != 1 && got_value != kFaulted; }

static const struct {
  const char* name;
  void (*changes)(void);
  int (*is_forbidden)(void);
  int begins_mapped;
} tests[] = {
    {"unmap, dsb, TLBI by address, dsb", unmaps_by_address, used_after_unmapping, 1},
    {"unmap, dsb, TLBI of the last level, dsb", unmaps_by_last_level, used_after_unmapping, 1},
    {"unmap, dsb, TLBI of everything, dsb", unmaps_all, used_after_unmapping, 1},
    {"break before make", breaks_before_make, old_after_the_break, 1},
    {"unmap without TLBI", unmaps_without_invalidation, anything_else, 1},
    {"data, dmb, then the mapping", fills_then_maps, mapped_without_its_data, 0},
};
enum { kTests = sizeof tests / sizeof *tests };

static void pause(u64 number, unsigned core) {
  u64 hash = (number * 2 + core + 1) * 0x9e3779b97f4a7c15ull;
  for (u64 n = (hash >> 58) * (hash >> 40 & 1 ? 1 : 24); n != 0; --n) __asm__ volatile("nop");
}

static void loads(u64 argument) {
  (void)argument;
  mmu_on();
  for (u64 number = 1; number <= kTests * kRounds; ++number) {
    while (__atomic_load_n(&round, __ATOMIC_ACQUIRE) < number) __asm__ volatile("yield");
    if (tests[(number - 1) / kRounds].begins_mapped) look();  // into the TLB
    pause(number, 1);
    const u64 seen = __atomic_load_n(&flag, __ATOMIC_ACQUIRE);
    ISB();
    const u64 value = look();
    got_flag = seen;
    got_value = value;
    __atomic_store_n(&done, number, __ATOMIC_RELEASE);
  }
  for (;;) __asm__ volatile("wfi");
}

void run(void) {
  on_exception = handler;
  mmu_on();
  entry = mmu_entry(VA, 3);
  start_core(1, loads, 0);
  u64 number = 0;
  for (unsigned n = 0; n < kTests; ++n) {
    unsigned forbidden = 0, after = 0, faults = 0;
    for (unsigned times = 0; times < kRounds; ++times) {
      flag = 0;
      old_page[0] = 1;
      new_page[0] = tests[n].begins_mapped ? 2 : 0;
      *entry = tests[n].begins_mapped ? page_of(old_page) : 0;
      DSB();
      invalidate_all();
      DSB();
      __atomic_store_n(&round, ++number, __ATOMIC_RELEASE);
      pause(number, 0);
      tests[n].changes();
      while (__atomic_load_n(&done, __ATOMIC_ACQUIRE) != number) __asm__ volatile("yield");
      forbidden += tests[n].is_forbidden() != 0;
      after += got_flag == 1;
      faults += got_value == kFaulted;
    }
    put(tests[n].name);
    put(forbidden ? ": NO\n" : ": as it must be\n");
    put("# loads after the change: ");
    put_u64(after);
    put(", faults: ");
    put_u64(faults);
    put("\n");
  }
}
