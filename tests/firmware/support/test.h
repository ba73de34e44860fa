// What every program has: a console, exceptions, other cores, a way to stop. A program defines
// run(), which core 0 enters at the Exception level the machine started at, MMU off, vectors set.
#pragma once

#include <stdint.h>

typedef uint64_t u64;
typedef uint32_t u32;

#define READ(reg)                                     \
  ({                                                  \
    u64 value_;                                       \
    __asm__ volatile("mrs %0, " #reg : "=r"(value_)); \
    value_;                                           \
  })
#define WRITE(reg, value) __asm__ volatile("msr " #reg ", %0" ::"r"((u64)(value)) : "memory")
// A register that exists at each level: READ_EL(ESR) is ESR_EL1 or ESR_EL2.
#define READ_EL(reg) (at_el2() ? READ(reg##_EL2) : READ(reg##_EL1))
#define WRITE_EL(reg, value)  \
  do {                        \
    if (at_el2())             \
      WRITE(reg##_EL2, value);\
    else                      \
      WRITE(reg##_EL1, value);\
  } while (0)
#define ISB() __asm__ volatile("isb" ::: "memory")
#define DSB() __asm__ volatile("dsb sy" ::: "memory")

static inline unsigned current_el(void) { return (unsigned)(READ(CurrentEL) >> 2 & 3); }
static inline int at_el2(void) { return current_el() == 2; }
static inline unsigned core_number(void) { return (unsigned)(READ(MPIDR_EL1) & 0xff); }

void run(void);

// ---- console: nothing but printable text; the runner compares it byte by byte
void put(const char* text);
void put_u64(u64 value);
void put_hex(u64 value);
void say(const char* what, u64 value);  // "what 0x1234\n"
void check(const char* what, int holds);  // "what: yes" or "what: NO"

// ---- exceptions
enum vector { kSynchronous = 0, kIrq = 1, kFiq = 2, kSError = 3 };
struct frame {
  u64 x[31];
  u64 elr, spsr, esr, far;
  u64 vector;  // offset / 0x80 of the vector taken
};
// Called for every exception; changes to the frame take effect on return. The default prints it and
// powers off.
extern void (*on_exception)(struct frame* frame);
void report_exception(const struct frame* frame);  // "exception: vector 4 EC 0x15 ISS 0x0 ..."

// ---- the end, and other cores
u64 psci(u64 function, u64 x1, u64 x2, u64 x3);
#define PSCI_CPU_OFF 0x84000002u
#define PSCI_CPU_ON 0xc4000003u
#define PSCI_AFFINITY_INFO 0xc4000004u
#define PSCI_SYSTEM_OFF 0x84000008u
__attribute__((noreturn)) void power_off(void);
// Runs `entry(argument)` on core n with a stack of its own; the core turns itself off afterwards.
u64 start_core(unsigned core, void (*entry)(u64), u64 argument);
void wait_until_off(unsigned core);

void* memset(void* to, int value, unsigned long bytes);
void* memcpy(void* to, const void* from, unsigned long bytes);

// Drops from EL2 to EL1h at `entry` with its own stack; comes back through an exception only.
__attribute__((noreturn)) void enter_el1(void (*entry)(void), u64 stack_top);
