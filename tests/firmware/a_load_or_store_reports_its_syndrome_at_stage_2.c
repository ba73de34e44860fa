// runs at: el2
// The instruction syndrome of a stage 2 abort, one instruction after the other: which loads and
// stores have one (ISV), and size, sign, register, width, acquire-release and direction.
#include "support/test.h"

static u64 root[1024] __attribute__((aligned(8192)));
static unsigned char guest_stack[4096] __attribute__((aligned(4096)));

#define NOWHERE 0x4000000000ull

static void handler(struct frame* frame) {
  const u64 class = frame->esr >> 26;
  if (class == 0x16) power_off();
  put("ESR ");
  put_hex(frame->esr);
  say(" FAR", frame->far);
  if (class != 0x24) power_off();
  frame->elr += 4;
}

#define TRY(instruction)                                                                    \
  do {                                                                                      \
    put(instruction ": ");                                                                  \
    __asm__ volatile("mov x1, %0\n mov x2, #16\n" instruction ::"r"(NOWHERE)                \
                     : "x0", "x1", "x2", "x3", "x4", "x5", "x6", "x7", "memory");           \
  } while (0)

static void guest(void) {
  TRY("ldrb w3, [x1]");
  TRY("ldrh w3, [x1, #2]");
  TRY("ldr w3, [x1, #4]");
  TRY("ldr x3, [x1, #8]");
  TRY("ldrsb w3, [x1]");
  TRY("ldrsb x3, [x1]");
  TRY("ldrsh w3, [x1]");
  TRY("ldrsh x3, [x1]");
  TRY("ldrsw x3, [x1]");
  TRY("strb w4, [x1]");
  TRY("strh w4, [x1]");
  TRY("str w4, [x1]");
  TRY("str x4, [x1]");
  TRY("str wzr, [x1]");
  TRY("ldr x3, [x1, x2]");
  TRY("ldr w3, [x1, w2, sxtw #2]");
  TRY("str x3, [x1, x2, lsl #3]");
  TRY("ldur x3, [x1, #-8]");
  TRY("ldurb w3, [x1, #1]");
  TRY("ldursh x3, [x1, #2]");
  TRY("ldursw x3, [x1, #4]");
  TRY("sturh w3, [x1, #2]");
  TRY("ldtr x3, [x1]");
  TRY("ldtrsb w3, [x1]");
  TRY("ldtrsw x3, [x1]");
  TRY("sttrb w3, [x1]");
  TRY("ldr x3, [x1], #8");
  TRY("ldr x3, [x1, #8]!");
  TRY("str w3, [x1], #8");
  TRY("strb w3, [x1, #8]!");
  TRY("ldar w3, [x1]");
  TRY("ldar x3, [x1]");
  TRY("ldarb w3, [x1]");
  TRY("stlr w3, [x1]");
  TRY("stlr x3, [x1]");
  TRY("stlrh w3, [x1]");
  TRY("ldxr x3, [x1]");
  TRY("ldaxrb w3, [x1]");
  TRY("ldxp x3, x4, [x1]");
  TRY("ldp w3, w4, [x1]");
  TRY("ldpsw x3, x4, [x1]");
  TRY("stp x3, x4, [x1, #16]");
  TRY("stp x3, x4, [x1], #16");
  TRY("ldnp x3, x4, [x1]");
  TRY("stnp w3, w4, [x1]");
  TRY("ldr b0, [x1]");
  TRY("ldr d0, [x1]");
  TRY("str q0, [x1]");
  TRY("ldur s0, [x1, #4]");
  TRY("str h0, [x1, x2]");
  TRY("ldp q0, q1, [x1]");
  TRY("ld1 {v0.16b}, [x1]");
  TRY("st1 {v0.b}[3], [x1]");
  TRY("ld4r {v0.2d, v1.2d, v2.2d, v3.2d}, [x1]");
  __asm__ volatile("hvc #0");
}

void run(void) {
  on_exception = handler;
  root[0] = 1 | 1ull << 10 | 3ull << 6 | 1 << 2 | 1ull << 54;
  root[1] = 1ull << 30 | 1 | 1ull << 10 | 3ull << 6 | 15 << 2 | 3ull << 8;
  DSB();
  WRITE(VTCR_EL2, 1u << 31 | 24 | 1 << 6 | 1 << 8 | 1 << 10 | 3 << 12 | 2 << 16);
  WRITE(VTTBR_EL2, (u64)root);
  WRITE(SCTLR_EL1, 0x30d00800);
  WRITE(CPACR_EL1, 3 << 20);
  WRITE(HCR_EL2, 1ull << 31 | 1);
  ISB();
  __asm__ volatile("tlbi alle1\n dsb sy\n isb" ::: "memory");
  enter_el1(guest, (u64)guest_stack + sizeof(guest_stack));
}
