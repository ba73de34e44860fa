// runs at: el1 el2
// The trap of the first use, saving and restoring all 32 registers, and results down to the flags.
#include "support/test.h"

static unsigned char saved[512] __attribute__((aligned(16)));
static u64 before, after;
static int trapped;

static void allow(int yes) {
  if (at_el2())
    WRITE(CPTR_EL2, yes ? 0x33ff : 0x37ff);  // TFP
  else
    WRITE(CPACR_EL1, yes ? 3 << 20 : 0);
  ISB();
}

// Saves, clears, restores: what a lazy switch does at the first use.
static void handler(struct frame* frame) {
  report_exception(frame);
  put("\n");
  allow(1);
  __asm__ volatile(
      "mov x9, %0\n"
      ".irp n, 0,2,4,6,8,10,12,14,16,18,20,22,24,26,28,30\n"
      " stp q\\n, q\\n, [x9], #32\n"
      ".endr" ::"r"(saved) : "x9", "memory");
  trapped++;
}

static u64 sum(void) {
  u64 total = 0;
  unsigned char all[512] __attribute__((aligned(16)));
  __asm__ volatile(
      "mov x9, %0\n"
      " stp q0, q1, [x9], #32\n stp q2, q3, [x9], #32\n stp q4, q5, [x9], #32\n stp q6, q7, [x9], #32\n"
      " stp q8, q9, [x9], #32\n stp q10, q11, [x9], #32\n stp q12, q13, [x9], #32\n"
      " stp q14, q15, [x9], #32\n stp q16, q17, [x9], #32\n stp q18, q19, [x9], #32\n"
      " stp q20, q21, [x9], #32\n stp q22, q23, [x9], #32\n stp q24, q25, [x9], #32\n"
      " stp q26, q27, [x9], #32\n stp q28, q29, [x9], #32\n stp q30, q31, [x9], #32\n" ::"r"(all)
      : "x9", "memory");
  for (unsigned n = 0; n < 512; n += 8) total = total * 31 + *(u64*)(all + n);
  return total;
}

#define BINARY(name, op, a, b)                                                              \
  do {                                                                                      \
    u64 result_;                                                                            \
    WRITE(FPSR, 0);                                                                         \
    __asm__ volatile("fmov d0, %1\n fmov d1, %2\n " op " d2, d0, d1\n fmov %0, d2"          \
                     : "=r"(result_) : "r"(a), "r"(b));                                     \
    put(name);                                                                              \
    put(" ");                                                                               \
    put_hex(result_);                                                                       \
    say(" FPSR", READ(FPSR));                                                               \
  } while (0)

void run(void) {
  on_exception = handler;
  allow(1);
  __asm__ volatile(
      ".irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31\n"
      " mov x9, #\\n\n add x9, x9, #0x100\n dup v\\n\\().2d, x9\n movk x9, #0xabcd, lsl #16\n ins v\\n\\().d[1], x9\n"
      ".endr" ::: "x9", "memory");
  before = sum();
  allow(0);
  __asm__ volatile("fmov x9, d0" ::: "x9", "memory");
  after = sum();
  say("traps taken", (u64)trapped);
  check("the registers are unchanged", before == after);
  say("their sum", after);
  const u64 one = 0x3ff0000000000000, three = 0x4008000000000000, tiny = 1, huge = 0x7fefffffffffffff;
  BINARY("1 / 3", "fdiv", one, three);
  BINARY("1 / 0", "fdiv", one, 0ull);
  BINARY("0 / 0", "fdiv", 0ull, 0ull);
  BINARY("huge * huge", "fmul", huge, huge);
  BINARY("tiny * 1/3", "fmul", tiny, 0x3fd5555555555555ull);
  BINARY("signalling NaN + 1", "fadd", 0x7ff0000000000001ull, one);
  WRITE(FPCR, 1u << 24);  // FZ
  BINARY("flushed", "fadd", tiny, 0ull);
  WRITE(FPCR, 1u << 25);  // DN
  BINARY("default NaN", "fadd", 0x7ff8000000001234ull, one);
  WRITE(FPCR, 3u << 22);  // round towards zero
  BINARY("2 / 3 towards zero", "fdiv", 0x4000000000000000ull, three);
}
