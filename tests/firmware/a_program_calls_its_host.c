// runs at: el1 el2
// options: -semihosting-config enable=on,arg=first,arg=second
// status: 37
// Semihosting: console, features, command line, heap, time, errors and the exit status.
#include "support/host.h"
#include "support/mmu.h"

static u64 errno_of(void) { return host(kErrno, 0); }

static void command_line(void) {
  static char text[64];
  u64 block[2] = {(u64)text, sizeof text};
  say("SYS_GET_CMDLINE", host(kGetCommandLine, block));
  put(text);
  say("; its length", block[1]);
  u64 small[2] = {(u64)text, 5};
  say("a buffer that is too small", host(kGetCommandLine, small));
}

static void features(void) {
  unsigned char bytes[8] = {0};
  const u64 handle = host_open(":semihosting-features", 0);
  say("length of the features", host_of_handle(kFlen, handle));
  say("not read", host_read(handle, bytes, 4));
  check("the magic number", bytes[0] == 0x53 && bytes[1] == 0x48 && bytes[2] == 0x46 && bytes[3] == 0x42);
  host_read(handle, bytes, 1);
  say("feature byte 0", bytes[0]);
  say("not read at the end", host_read(handle, bytes, 3));
  say("SYS_SEEK", host_seek(handle, 1));
  host_read(handle, bytes, 1);
  say("byte 1", bytes[0]);
  say("not a terminal", host_of_handle(kIsTty, handle));
  say("SYS_CLOSE", host_of_handle(kClose, handle));
  check("closed twice", (long)host_of_handle(kClose, handle) == -1 && errno_of() == 9);
  check("features cannot be written", (long)host_open(":semihosting-features", 4) == -1 && errno_of() == 13);
}

static void heap(void) {
  u64 info[4] = {0};
  u64 block[1] = {(u64)info};
  say("SYS_HEAPINFO", host(kHeapInfo, block));
  check("the heap is not empty", info[0] < info[1] && info[1] - info[0] >= 64 << 20);
  check("the heap is in RAM", info[0] >= 0x40000000 && info[1] <= 0x50000000);
  check("this program is not in the heap", (u64)info < info[0] || (u64)info >= info[1]);
  check("the stack begins at its end", info[2] == info[1] && info[3] == info[0]);
  *(volatile u64*)info[0] = 1;
  *(volatile u64*)(info[1] - 8) = 1;
}

static void time(void) {
  u64 ticks = 0, later = 0;
  const u64 frequency = host(kTickFrequency, 0);
  check("a frequency", frequency >= 1000000);
  // Of this machine's time here, of processor time on QEMU.
  const u64 clock = host(kClock, 0);
  host(kElapsed, &ticks);
  const u64 start = READ(CNTPCT_EL0);
  while (host(kClock, 0) - clock < 3) {
  }
  check("SYS_CLOCK counts hundredths of seconds", READ(CNTPCT_EL0) - start >= READ(CNTFRQ_EL0) / 200);
  check("SYS_TIME is not 1970", host(kTime, 0) > 1500000000);
  host(kElapsed, &later);
  (void)later;  // QEMU returns it in x0
}

static void errors(void) {
  check("no such file", (long)host_open("no/such/file", 0) == -1 && errno_of() == 2);
  check("a mode that does not exist", (long)host_open(":tt", 12) == -1);
  check("no such handle", (long)host_of_handle(kFlen, 77) == -1 && errno_of() == 9);
  char byte;
  check("reading through no handle", (long)host_read(77, &byte, 1) == 1 || (long)host_read(77, &byte, 1) == -1);
}

void run(void) {
  mmu_on();
  host(kWrite0, "printed by SYS_WRITE0\n");
  for (const char* c = "by SYS_WRITEC\n"; *c; ++c) host(kWriteC, c);
  const u64 out = host_open(":tt", 4);
  const u64 error = host_open(":tt", 8);
  check("handles are not 0", out != 0 && error != 0 && out != error);
  say("not written", host_write(out, "by SYS_WRITE\n", 13));
  say("a terminal", host_of_handle(kIsTty, out) == 1 || host_of_handle(kIsTty, out) == 0);
  command_line();
  features();
  heap();
  time();
  errors();
  host_exit(37);
}
