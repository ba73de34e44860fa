// runs at: el1 el2
// cores: 1 4
// cpus: cortex-a53 cortex-a57 cortex-a72
// IMPLEMENTATION DEFINED registers that start-up code of these parts writes: their values, before and
// after a write.
#include "support/test.h"

static void handler(struct frame* frame) {
  put("UNDEFINED ");
  frame->elr += 4;
}

#define LOOK(name, encoding)                            \
  do {                                                  \
    put(name " ");                                      \
    u64 value = READ(encoding);                         \
    put_hex(value);                                     \
    WRITE(encoding, 0x41);                              \
    say(", written:", READ(encoding));                  \
  } while (0)

void run(void) {
  on_exception = handler;
  LOOK("L2CTLR", S3_1_C11_C0_2);
  LOOK("L2ECTLR", S3_1_C11_C0_3);
  LOOK("L2ACTLR", S3_1_C15_C0_0);
  LOOK("CPUACTLR", S3_1_C15_C2_0);
  LOOK("CPUECTLR", S3_1_C15_C2_1);
  LOOK("CPUMERRSR", S3_1_C15_C2_2);
  LOOK("L2MERRSR", S3_1_C15_C2_3);
  say("CBAR", READ(S3_1_C15_C3_0));
}
