// runs at: el1
// cores: 4
// quanta: insn 100 1000
// The classic shapes of two to four threads, many times each, with the orderings that Arm gives them. A
// forbidden outcome is a fault; how often the others were seen is not compared.
#include "support/mmu.h"

enum { kRounds = 30, kThreads = 4 };

// Each location in a line of its own.
struct memory {
  volatile u64 x __attribute__((aligned(64)));
  volatile u64 y __attribute__((aligned(64)));
  volatile u64 z __attribute__((aligned(64)));
};
struct outcome {
  u64 r[6];  // what was loaded
  u64 x, y;  // in the end
};
typedef void (*thread)(struct memory* m, u64* r, u64 pause);
struct shape {
  const char* name;
  int forbidden;
  int (*seen)(const struct outcome* o);
  thread threads[kThreads];
};

// ---- instructions

#define ST(to, value) __asm__ volatile("str %1, [%0]" ::"r"(&(to)), "r"((u64)(value)) : "memory")
#define STL(to, value) __asm__ volatile("stlr %1, [%0]" ::"r"(&(to)), "r"((u64)(value)) : "memory")
#define LD(from)                                                                   \
  ({                                                                               \
    u64 value_;                                                                    \
    __asm__ volatile("ldr %0, [%1]" : "=r"(value_) : "r"(&(from)) : "memory");     \
    value_;                                                                        \
  })
#define LDA(from)                                                                  \
  ({                                                                               \
    u64 value_;                                                                    \
    __asm__ volatile("ldar %0, [%1]" : "=r"(value_) : "r"(&(from)) : "memory");    \
    value_;                                                                        \
  })
// 0 that depends on `value`
#define ZERO(value)                                                                \
  ({                                                                               \
    u64 zero_;                                                                     \
    __asm__ volatile("eor %0, %1, %1" : "=r"(zero_) : "r"(value));                 \
    zero_;                                                                         \
  })
// A load or store whose address depends on `value`.
#define LD_ADDR(from, value)                                                       \
  ({                                                                               \
    u64 value_;                                                                    \
    __asm__ volatile("ldr %0, [%1, %2]" : "=r"(value_) : "r"(&(from)), "r"(ZERO(value)) : "memory"); \
    value_;                                                                        \
  })
#define ST_ADDR(to, number, value) \
  __asm__ volatile("str %1, [%0, %2]" ::"r"(&(to)), "r"((u64)(number)), "r"(ZERO(value)) : "memory")
#define ST_DATA(to, number, value) ST(to, (u64)(number) + ZERO(value))
// A branch that depends on `value`; both ways lead on.
#define BRANCH(value) __asm__ volatile("cbnz %0, 1f\n1:" ::"r"(value) : "memory")
#define DMB(kind) __asm__ volatile("dmb " #kind ::: "memory")
#define BARRIER_DSB() __asm__ volatile("dsb ish" ::: "memory")
// Exchange by exclusives, until it succeeds.
#define EXCHANGE(to, number, load, store)                                          \
  ({                                                                               \
    u64 value_;                                                                    \
    u32 failed_;                                                                   \
    __asm__ volatile("1: " load " %0, [%2]\n " store " %w1, %3, [%2]\n cbnz %w1, 1b" \
                     : "=&r"(value_), "=&r"(failed_)                               \
                     : "r"(&(to)), "r"((u64)(number))                              \
                     : "memory");                                                  \
    value_;                                                                        \
  })

// Lets another thread in; orders nothing.
#define PAUSE() __asm__ volatile("1: subs %0, %0, #1\n b.hi 1b" : "+r"(pause)::"cc")

#define THREAD(name) static void name(struct memory* m, u64* r, u64 pause)
#define SEEN(name, condition) \
  static int name(const struct outcome* o) { return condition; }

// ---- message passing

THREAD(mp_po) { (void)r; ST(m->x, 1); PAUSE(); ST(m->y, 1); }
THREAD(mp_dmb) { (void)r; ST(m->x, 1); PAUSE(); DMB(ish); ST(m->y, 1); }
THREAD(mp_dmbst) { (void)r; ST(m->x, 1); PAUSE(); DMB(ishst); ST(m->y, 1); }
THREAD(mp_dsb) { (void)r; ST(m->x, 1); PAUSE(); BARRIER_DSB(); ST(m->y, 1); }
THREAD(mp_release) { (void)r; ST(m->x, 1); PAUSE(); STL(m->y, 1); }
THREAD(mp_release_exclusive) { (void)r; ST(m->x, 1); PAUSE(); EXCHANGE(m->y, 1, "ldxr", "stlxr"); }
THREAD(mp_read_po) { r[0] = LD(m->y); PAUSE(); r[1] = LD(m->x); }
THREAD(mp_read_dmb) { r[0] = LD(m->y); PAUSE(); DMB(ish); r[1] = LD(m->x); }
THREAD(mp_read_dmbld) { r[0] = LD(m->y); PAUSE(); DMB(ishld); r[1] = LD(m->x); }
THREAD(mp_read_dsb) { r[0] = LD(m->y); PAUSE(); BARRIER_DSB(); r[1] = LD(m->x); }
THREAD(mp_read_addr) { r[0] = LD(m->y); PAUSE(); r[1] = LD_ADDR(m->x, r[0]); }
THREAD(mp_read_ctrl) { r[0] = LD(m->y); PAUSE(); BRANCH(r[0]); r[1] = LD(m->x); }
THREAD(mp_read_ctrl_isb) { r[0] = LD(m->y); PAUSE(); BRANCH(r[0]); ISB(); r[1] = LD(m->x); }
THREAD(mp_read_acquire) { r[0] = LDA(m->y); PAUSE(); r[1] = LD(m->x); }
THREAD(mp_read_acquire_exclusive) { r[0] = EXCHANGE(m->y, 2, "ldaxr", "stxr"); PAUSE(); r[1] = LD(m->x); }
SEEN(mp, o->r[0] == 1 && o->r[1] == 0)

// ---- store buffering

THREAD(sb0_po) { ST(m->x, 1); PAUSE(); r[0] = LD(m->y); }
THREAD(sb1_po) { ST(m->y, 1); PAUSE(); r[1] = LD(m->x); }
THREAD(sb0_dmb) { ST(m->x, 1); PAUSE(); DMB(ish); r[0] = LD(m->y); }
THREAD(sb1_dmb) { ST(m->y, 1); PAUSE(); DMB(ish); r[1] = LD(m->x); }
THREAD(sb0_dsb) { ST(m->x, 1); PAUSE(); BARRIER_DSB(); r[0] = LD(m->y); }
THREAD(sb1_dsb) { ST(m->y, 1); PAUSE(); BARRIER_DSB(); r[1] = LD(m->x); }
THREAD(sb0_release) { STL(m->x, 1); PAUSE(); r[0] = LDA(m->y); }
THREAD(sb1_release) { STL(m->y, 1); PAUSE(); r[1] = LDA(m->x); }
SEEN(sb, o->r[0] == 0 && o->r[1] == 0)

// ---- load buffering

THREAD(lb0_po) { r[0] = LD(m->x); PAUSE(); ST(m->y, 1); }
THREAD(lb1_po) { r[1] = LD(m->y); PAUSE(); ST(m->x, 1); }
THREAD(lb0_data) { r[0] = LD(m->x); PAUSE(); ST_DATA(m->y, 1, r[0]); }
THREAD(lb1_data) { r[1] = LD(m->y); PAUSE(); ST_DATA(m->x, 1, r[1]); }
THREAD(lb0_addr) { r[0] = LD(m->x); PAUSE(); ST_ADDR(m->y, 1, r[0]); }
THREAD(lb1_ctrl) { r[1] = LD(m->y); PAUSE(); BRANCH(r[1]); ST(m->x, 1); }
THREAD(lb0_acquire) { r[0] = LDA(m->x); PAUSE(); ST(m->y, 1); }
THREAD(lb1_release) { r[1] = LD(m->y); PAUSE(); STL(m->x, 1); }
SEEN(lb, o->r[0] == 1 && o->r[1] == 1)

// ---- S, R, 2+2W

THREAD(s0_dmb) { (void)r; ST(m->x, 2); PAUSE(); DMB(ish); ST(m->y, 1); }
THREAD(s0_release) { (void)r; ST(m->x, 2); PAUSE(); STL(m->y, 1); }
THREAD(s1_data) { r[0] = LD(m->y); PAUSE(); ST_DATA(m->x, 1, r[0]); }
THREAD(s1_acquire) { r[0] = LDA(m->y); PAUSE(); ST(m->x, 1); }
SEEN(s, o->r[0] == 1 && o->x == 2)
THREAD(r0_dmb) { (void)r; ST(m->x, 1); PAUSE(); DMB(ish); ST(m->y, 1); }
THREAD(r1_dmb) { ST(m->y, 2); PAUSE(); DMB(ish); r[0] = LD(m->x); }
SEEN(r, o->y == 2 && o->r[0] == 0)
THREAD(w0_dmbst) { (void)r; ST(m->x, 1); PAUSE(); DMB(ishst); ST(m->y, 2); }
THREAD(w1_dmbst) { (void)r; ST(m->y, 1); PAUSE(); DMB(ishst); ST(m->x, 2); }
THREAD(w0_release) { (void)r; ST(m->x, 1); PAUSE(); STL(m->y, 2); }
THREAD(w1_release) { (void)r; ST(m->y, 1); PAUSE(); STL(m->x, 2); }
SEEN(two_and_two, o->x == 1 && o->y == 1)

// ---- three and four threads

THREAD(write_x) { (void)r; (void)pause; ST(m->x, 1); }
THREAD(write_y) { (void)r; (void)pause; ST(m->y, 1); }
THREAD(wrc1_addr) { r[0] = LD(m->x); PAUSE(); ST_ADDR(m->y, 1, r[0]); }
THREAD(wrc1_acquire) { r[0] = LDA(m->x); PAUSE(); ST(m->y, 1); }
THREAD(wrc2_addr) { r[1] = LD(m->y); PAUSE(); r[2] = LD_ADDR(m->x, r[1]); }
THREAD(wrc2_acquire) { r[1] = LDA(m->y); PAUSE(); r[2] = LD(m->x); }
SEEN(wrc, o->r[0] == 1 && o->r[1] == 1 && o->r[2] == 0)
THREAD(isa2_data) { r[0] = LD(m->y); PAUSE(); ST_DATA(m->z, 1, r[0]); }
THREAD(isa2_addr) { r[1] = LD(m->z); PAUSE(); r[2] = LD_ADDR(m->x, r[1]); }
THREAD(iriw2_addr) { r[0] = LD(m->x); PAUSE(); r[1] = LD_ADDR(m->y, r[0]); }
THREAD(iriw3_addr) { r[2] = LD(m->y); PAUSE(); r[3] = LD_ADDR(m->x, r[2]); }
THREAD(iriw2_acquire) { r[0] = LDA(m->x); PAUSE(); r[1] = LDA(m->y); }
THREAD(iriw3_acquire) { r[2] = LDA(m->y); PAUSE(); r[3] = LDA(m->x); }
SEEN(iriw, o->r[0] == 1 && o->r[1] == 0 && o->r[2] == 1 && o->r[3] == 0)

// ---- coherence of one location

THREAD(corr) { r[0] = LD(m->x); PAUSE(); r[1] = LD(m->x); }
SEEN(corr_seen, o->r[0] == 1 && o->r[1] == 0)
THREAD(coww) { (void)r; ST(m->x, 1); PAUSE(); ST(m->x, 2); }
SEEN(coww_seen, o->x == 1)
THREAD(corw) { r[0] = LD(m->x); PAUSE(); ST(m->x, 2); }
SEEN(corw_seen, o->r[0] == 1 && o->x == 1)
THREAD(cowr) { ST(m->x, 1); PAUSE(); r[0] = LD(m->x); }
THREAD(write_2) { (void)r; (void)pause; ST(m->x, 2); }
SEEN(cowr_seen, o->r[0] == 0 || (o->r[0] == 2 && o->x == 1))
// An exclusive store never succeeds over a store that its load has not seen.
THREAD(exchange) { (void)pause; r[0] = EXCHANGE(m->x, 1, "ldxr", "stxr"); }
SEEN(exchange_seen, o->r[0] == 0 && o->x == 1)
THREAD(exchange_other) { (void)pause; r[1] = EXCHANGE(m->x, 2, "ldxr", "stxr"); }
SEEN(exchanges_seen, o->r[0] == o->r[1])

static const struct shape shapes[] = {
    {"MP", 0, mp, {mp_po, mp_read_po}},
    {"MP+dmb+addr", 1, mp, {mp_dmb, mp_read_addr}},
    {"MP+dmb+dmb", 1, mp, {mp_dmb, mp_read_dmb}},
    {"MP+dmb.st+dmb.ld", 1, mp, {mp_dmbst, mp_read_dmbld}},
    {"MP+dsb+dsb", 1, mp, {mp_dsb, mp_read_dsb}},
    {"MP+dmb+ctrl", 0, mp, {mp_dmb, mp_read_ctrl}},
    {"MP+dmb+ctrl-isb", 1, mp, {mp_dmb, mp_read_ctrl_isb}},
    {"MP+rel+acq", 1, mp, {mp_release, mp_read_acquire}},
    {"MP+stlxr+ldaxr", 1, mp, {mp_release_exclusive, mp_read_acquire_exclusive}},
    {"MP+po+addr", 0, mp, {mp_po, mp_read_addr}},
    {"SB", 0, sb, {sb0_po, sb1_po}},
    {"SB+dmbs", 1, sb, {sb0_dmb, sb1_dmb}},
    {"SB+dsbs", 1, sb, {sb0_dsb, sb1_dsb}},
    {"SB+dmb+po", 0, sb, {sb0_dmb, sb1_po}},
    {"SB+rel-acqs", 1, sb, {sb0_release, sb1_release}},
    {"LB", 0, lb, {lb0_po, lb1_po}},
    {"LB+datas", 1, lb, {lb0_data, lb1_data}},
    {"LB+addr+ctrl", 1, lb, {lb0_addr, lb1_ctrl}},
    {"LB+acq+rel", 1, lb, {lb0_acquire, lb1_release}},
    {"S+dmb+data", 1, s, {s0_dmb, s1_data}},
    {"S+rel+acq", 1, s, {s0_release, s1_acquire}},
    {"R+dmbs", 1, r, {r0_dmb, r1_dmb}},
    {"2+2W+dmb.sts", 1, two_and_two, {w0_dmbst, w1_dmbst}},
    {"2+2W+rels", 1, two_and_two, {w0_release, w1_release}},
    {"WRC+addrs", 1, wrc, {write_x, wrc1_addr, wrc2_addr}},
    {"WRC+acqs", 1, wrc, {write_x, wrc1_acquire, wrc2_acquire}},
    {"ISA2+dmb+data+addr", 1, wrc, {mp_dmb, isa2_data, isa2_addr}},
    {"IRIW+addrs", 1, iriw, {write_x, write_y, iriw2_addr, iriw3_addr}},
    {"IRIW+acqs", 1, iriw, {write_x, write_y, iriw2_acquire, iriw3_acquire}},
    {"CoRR", 1, corr_seen, {write_x, corr}},
    {"CoWW", 1, coww_seen, {coww, corr}},
    {"CoRW", 1, corw_seen, {write_x, corw}},
    {"CoWR", 1, cowr_seen, {cowr, write_2}},
    {"exclusive+store", 1, exchange_seen, {exchange, write_2}},
    {"exclusives", 1, exchanges_seen, {exchange, exchange_other}},
};
enum { kShapes = sizeof shapes / sizeof *shapes };

// ---- running

static struct memory memory;
static u64 loaded[6];
static volatile u64 round __attribute__((aligned(64)));  // 0: wait
static volatile u64 done __attribute__((aligned(64)));

// Starts and pauses that differ with shape, round and thread: short ones, and some longer than a window
// of simulated time.
static u64 pause_of(u64 number, unsigned core, unsigned which) {
  const u64 hash = ((number * kThreads + core) * 2 + which + 1) * 0x9e3779b97f4a7c15ull;
  return (hash >> 58) * (hash >> 40 & 1 ? 1 : 24);
}

static void take_part(u64 number, unsigned core) {
  const struct shape* shape = &shapes[(number - 1) / kRounds];
  if (shape->threads[core]) {
    u64 pause = pause_of(number, core, 0);
    PAUSE();
    shape->threads[core](&memory, loaded, pause_of(number, core, 1));
  }
  __atomic_fetch_add(&done, 1, __ATOMIC_ACQ_REL);
}

static void other(u64 argument) {
  (void)argument;
  mmu_on();
  for (u64 number = 1; number <= kShapes * kRounds; ++number) {
    while (__atomic_load_n(&round, __ATOMIC_ACQUIRE) < number) __asm__ volatile("yield");
    take_part(number, core_number());
  }
  for (;;) __asm__ volatile("wfi");
}

static int has_happened_before(const struct outcome* outcomes, unsigned count, const struct outcome* o) {
  for (unsigned n = 0; n < count; ++n) {
    int same = outcomes[n].x == o->x && outcomes[n].y == o->y;
    for (unsigned i = 0; i < 6; ++i) same &= outcomes[n].r[i] == o->r[i];
    if (same) return 1;
  }
  return 0;
}

static void run_shape(unsigned number) {
  static struct outcome outcomes[kRounds];
  unsigned different = 0;
  unsigned seen = 0;
  for (unsigned n = 0; n < kRounds; ++n) {
    memory.x = memory.y = memory.z = 0;
    for (unsigned i = 0; i < 6; ++i) loaded[i] = 0;
    done = 0;
    __atomic_store_n(&round, (u64)number * kRounds + n + 1, __ATOMIC_RELEASE);
    take_part(round, 0);
    while (__atomic_load_n(&done, __ATOMIC_ACQUIRE) != kThreads) __asm__ volatile("yield");
    struct outcome o = {.x = memory.x, .y = memory.y};
    for (unsigned i = 0; i < 6; ++i) o.r[i] = loaded[i];
    seen += shapes[number].seen(&o) != 0;
    if (!has_happened_before(outcomes, different, &o)) outcomes[different++] = o;
  }
  put(shapes[number].name);
  put(!shapes[number].forbidden ? ": allowed" : seen ? ": forbidden and seen: NO" : ": forbidden and not seen");
  put("\n# seen ");
  put_u64(seen);
  put(" times; different outcomes: ");
  put_u64(different);
  put("\n");
}

void run(void) {
  mmu_on();
  for (unsigned core = 1; core < kThreads; ++core) start_core(core, other, 0);
  for (unsigned number = 0; number < kShapes; ++number) run_shape(number);
}
