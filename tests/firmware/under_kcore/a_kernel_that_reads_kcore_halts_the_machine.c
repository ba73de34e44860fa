// ends: halted
#include "support/test.h"

void run(void) {
  say("CurrentEL", READ(CurrentEL));
  say("first byte of RAM", *(volatile unsigned char*)0x40000000);
  put("last byte below KCore is the kernel's\n");
  (void)*(volatile unsigned char*)0x400fffff;
  put("reading KCore\n");
  say("NO: it gave", *(volatile u64*)0x40100000);
}
