// ends: halted
#include "support/test.h"

void run(void) {
  put("jumping into the flash\n");
  say("first word", *(volatile u32*)0x04000000);
  ((void (*)(void))0x04000000)();
  put("NO: it came back\n");
}
