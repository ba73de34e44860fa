#include "support/test.h"

extern unsigned char stacks[];
extern void secondary_start(void);

#define STACK_BYTES 0x4000
#define UART_DATA (*(volatile u32*)0x09000000)
#define UART_FLAGS (*(volatile u32*)0x09000018)
#define UART_CONTROL (*(volatile u32*)0x09000030)
#define UART_TRANSMIT_FULL (1u << 5)

static void put_character(char c) {
  UART_CONTROL = 0x301;  // enabled, both directions
  while (UART_FLAGS & UART_TRANSMIT_FULL) {
  }
  UART_DATA = (unsigned char)c;
}

void put(const char* text) {
  for (; *text; ++text) put_character(*text);
}

void put_u64(u64 value) {
  char digits[24];
  unsigned at = sizeof(digits);
  digits[--at] = 0;
  do {
    digits[--at] = (char)('0' + value % 10);
    value /= 10;
  } while (value);
  put(digits + at);
}

void put_hex(u64 value) {
  char digits[20];
  unsigned at = sizeof(digits);
  digits[--at] = 0;
  do {
    digits[--at] = "0123456789abcdef"[value & 15];
    value >>= 4;
  } while (value);
  put("0x");
  put(digits + at);
}

void say(const char* what, u64 value) {
  put(what);
  put(" ");
  put_hex(value);
  put("\n");
}

void check(const char* what, int holds) {
  put(what);
  put(holds ? ": yes\n" : ": NO\n");
}

void report_exception(const struct frame* frame) {
  put("exception at EL");
  put_u64(current_el());
  put(": vector ");
  put_u64(frame->vector);
  put(" EC ");
  put_hex(frame->esr >> 26);
  put(" IL ");
  put_u64(frame->esr >> 25 & 1);
  put(" ISS ");
  // QEMU gives stage 1 aborts at EL2 an instruction syndrome (bits 24:14); the manual leaves it out.
  const int masked = at_el2() && frame->esr >> 26 == 0x25;
  put_hex(frame->esr & (masked ? 0x3fff : 0x1ffffff));
  put(" SPSR ");
  put_hex(frame->spsr);
}

static void die(struct frame* frame) {
  report_exception(frame);
  say(" UNEXPECTED at", frame->elr);
  say("FAR", frame->far);
  power_off();
}

void (*on_exception)(struct frame* frame) = die;

void power_off(void) {
  psci(PSCI_SYSTEM_OFF, 0, 0, 0);
  for (;;) __asm__ volatile("wfi");
}

static struct {
  u64 stack_top, entry, argument, padding[5];
} starts[16] __attribute__((aligned(64)));

u64 start_core(unsigned core, void (*entry)(u64), u64 argument) {
  starts[core].stack_top = (u64)stacks + (core + 1) * STACK_BYTES;
  starts[core].entry = (u64)entry;
  starts[core].argument = argument;
  // The new core reads it with its caches off.
  __asm__ volatile("dc civac, %0\n dsb sy" ::"r"(&starts[core]) : "memory");
  return psci(PSCI_CPU_ON, core, (u64)secondary_start, (u64)&starts[core]);
}

void wait_until_off(unsigned core) {
  while (psci(PSCI_AFFINITY_INFO, core, 0, 0) != 1) __asm__ volatile("yield");
}

void* memset(void* to, int value, unsigned long bytes) {
  unsigned char* p = to;
  for (unsigned long n = 0; n < bytes; ++n) p[n] = (unsigned char)value;
  return to;
}

void* memcpy(void* to, const void* from, unsigned long bytes) {
  unsigned char* d = to;
  const unsigned char* s = from;
  for (unsigned long n = 0; n < bytes; ++n) d[n] = s[n];
  return to;
}
