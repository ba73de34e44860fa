// runs at: el1 el2
// HLT without semihosting, at each immediate; nothing but the exception happens.
#include "support/test.h"

static unsigned seen;

static void count(struct frame* frame) {
  report_exception(frame);
  put("\n");
  ++seen;
  frame->elr += 4;
}

void run(void) {
  on_exception = count;
  __asm__ volatile("mov w0, #0x18\n mov x1, #0\n hlt #0xf000" ::: "x0", "x1");
  __asm__ volatile("hlt #0");
  __asm__ volatile("hlt #0xffff");
  check("each was UNDEFINED", seen == 3);
}
