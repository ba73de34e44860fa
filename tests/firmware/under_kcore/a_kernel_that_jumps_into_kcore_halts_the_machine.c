// ends: halted
#include "support/test.h"

void run(void) {
  put("jumping into KCore\n");
  ((void (*)(void))0x40100000)();
  put("NO: it came back\n");
}
