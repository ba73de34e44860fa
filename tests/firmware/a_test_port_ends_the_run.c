// options: -device virtio-serial-device -device virtconsole,chardev=ctd -chardev testdev,id=ctd
// status: 7
// Test programs print "Nq" to a virtio console to leave with status 2N + 1. Its emergency write needs
// no queue.
#include "support/test.h"

#define SLOT(n) (0x0a000000ull + 0x200 * (n))
#define FIELD(n, offset) (*(volatile u32*)(SLOT(n) + (offset)))
#define DEVICE_ID 0x008
#define EMERGENCY_WRITE 0x108  // of the console's configuration

void run(void) {
  for (unsigned n = 0; n < 32; ++n) {
    if (FIELD(n, DEVICE_ID) != 3) continue;
    put("a console\n");
    for (const char* c = " 3q"; *c; ++c) FIELD(n, EMERGENCY_WRITE) = (unsigned char)*c;
  }
  for (;;) __asm__ volatile("wfi");
}
