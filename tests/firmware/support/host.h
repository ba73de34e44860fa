// Semihosting: the host, called with HLT #0xF000.
#pragma once

#include "support/test.h"

enum {
  kOpen = 0x01, kClose = 0x02, kWriteC = 0x03, kWrite0 = 0x04, kWrite = 0x05, kRead = 0x06,
  kReadC = 0x07, kIsError = 0x08, kIsTty = 0x09, kSeek = 0x0a, kFlen = 0x0c, kTmpNam = 0x0d,
  kRemove = 0x0e, kRename = 0x0f, kClock = 0x10, kTime = 0x11, kErrno = 0x13, kGetCommandLine = 0x15,
  kHeapInfo = 0x16, kExit = 0x18, kExitExtended = 0x20, kElapsed = 0x30, kTickFrequency = 0x31,
};

static inline u64 host(u64 operation, const void* argument) {
  register u64 x0 __asm__("x0") = operation;
  register const void* x1 __asm__("x1") = argument;
  __asm__ volatile("hlt #0xf000" : "+r"(x0) : "r"(x1) : "memory");
  return x0;
}

static inline u64 host_open(const char* name, u64 mode) {
  u64 length = 0;
  while (name[length]) ++length;
  const u64 block[3] = {(u64)name, mode, length};
  return host(kOpen, block);
}
static inline u64 host_write(u64 handle, const char* text, u64 length) {
  const u64 block[3] = {handle, (u64)text, length};
  return host(kWrite, block);
}
static inline u64 host_read(u64 handle, void* buffer, u64 length) {
  const u64 block[3] = {handle, (u64)buffer, length};
  return host(kRead, block);
}
static inline u64 host_of_handle(u64 operation, u64 handle) {
  const u64 block[1] = {handle};
  return host(operation, block);
}
static inline u64 host_seek(u64 handle, u64 position) {
  const u64 block[2] = {handle, position};
  return host(kSeek, block);
}
__attribute__((noreturn)) static inline void host_exit(u64 status) {
  const u64 block[2] = {0x20026, status};  // ADP_Stopped_ApplicationExit
  host(kExitExtended, block);
  for (;;) {
  }
}
