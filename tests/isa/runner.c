/* Runs instruction sequences from stdin and writes the states they leave to stdout. A freestanding
   static AArch64 program for qemu-aarch64: no C library, so that nothing but the case touches the
   registers, and TPIDR_EL0 is free to carry X0 across the jumps. */
#include "batch.h"

typedef struct {
  uint64_t handler, flags, restorer, mask;
} KernelSigaction;

enum { kRead = 63, kWrite = 64, kExit = 93, kSigaltstack = 132, kSigaction = 134, kMmap = 222 };
enum { kSaSiginfo = 4, kSaOnstack = 0x08000000, kSaRestorer = 0x04000000 };
enum { kUcontextPc = 440 }; /* offset of sigcontext.pc in struct ucontext */

static long call(long number, long a, long b, long c, long d, long e, long f) {
  register long x8 __asm__("x8") = number;
  register long x0 __asm__("x0") = a;
  register long x1 __asm__("x1") = b;
  register long x2 __asm__("x2") = c;
  register long x3 __asm__("x3") = d;
  register long x4 __asm__("x4") = e;
  register long x5 __asm__("x5") = f;
  __asm__ volatile("svc #0"
                   : "+r"(x0)
                   : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
                   : "memory");
  return x0;
}

static int read_all(void* to, uint64_t bytes) {
  char* at = to;
  while (bytes != 0) {
    const long got = call(kRead, 0, (long)at, (long)bytes, 0, 0, 0);
    if (got <= 0) return 0;
    at += got;
    bytes -= (uint64_t)got;
  }
  return 1;
}
static void write_all(const void* from, uint64_t bytes) {
  const char* at = from;
  while (bytes != 0) {
    const long put = call(kWrite, 1, (long)at, (long)bytes, 0, 0, 0);
    if (put <= 0) call(kExit, 2, 0, 0, 0, 0, 0);
    at += put;
    bytes -= (uint64_t)put;
  }
}

void isa_enter(const IsaState* in, uint64_t code);
void isa_restorer(void);
extern char isa_finish_begin[], isa_finish_end[];

#define STATE_OUT (ISA_STATE + 0x2000)

static volatile uint64_t fault_signal, fault_pc;

static void on_signal(int signal, void* info, char* ucontext) {
  (void)info;
  uint64_t* pc = (uint64_t*)(ucontext + kUcontextPc);
  fault_signal = (uint64_t)signal;
  fault_pc = *pc;
  *pc = ISA_FINISH;
}

static IsaCase cases[ISA_CASES_MAX];
static IsaResult result;
static char signal_stack[65536] __attribute__((aligned(16)));

static void map(uint64_t address, uint64_t bytes, long protection) {
  const long flags = 0x32; /* MAP_PRIVATE | MAP_FIXED | MAP_ANONYMOUS */
  if (call(kMmap, (long)address, (long)bytes, protection, flags, -1, 0) != (long)address) {
    call(kExit, 3, 0, 0, 0, 0, 0);
  }
}

static void copy(void* to, const void* from, uint64_t bytes) {
  uint32_t* t = to;
  const uint32_t* f = from;
  for (uint64_t n = 0; n < bytes / 4; ++n) t[n] = f[n];
}

void runner_main(void) {
  map(ISA_BASE, 0x100000, 7);
  map(ISA_CODE, ISA_CODE_BYTES, 7);
  copy((void*)ISA_FINISH, isa_finish_begin, (uint64_t)(isa_finish_end - isa_finish_begin));

  struct {
    void* sp;
    int flags;
    uint64_t size;
  } stack = {signal_stack, 0, sizeof signal_stack};
  call(kSigaltstack, (long)&stack, 0, 0, 0, 0, 0);
  const KernelSigaction action = {(uint64_t)on_signal, kSaSiginfo | kSaOnstack | kSaRestorer,
                                  (uint64_t)isa_restorer, 0};
  const int signals[] = {kIsaFaultUndefined, kIsaFaultTrap, kIsaFaultBus, 8, kIsaFaultMemory};
  for (unsigned n = 0; n < sizeof signals / sizeof *signals; ++n) {
    call(kSigaction, signals[n], (long)&action, 0, 8, 0, 0);
  }

  uint64_t count;
  while (read_all(&count, sizeof count) && count <= ISA_CASES_MAX) {
    if (!read_all(cases, count * sizeof *cases)) break;
    for (uint64_t n = 0; n < count; ++n) {
      uint32_t* code = (uint32_t*)(ISA_CODE + n * ISA_CASE_BYTES);
      *code++ = ISA_PROLOGUE;
      for (unsigned w = 0; w < cases[n].word_count; ++w) *code++ = cases[n].words[w];
      *code = isa_branch((uint64_t)code, ISA_FINISH);
    }
    for (uint64_t n = 0; n < count; ++n) {
      copy((void*)ISA_STATE, &cases[n].in, sizeof(IsaState));
      isa_fill((uint64_t*)ISA_SCRATCH, cases[n].memory_seed);
      fault_signal = fault_pc = 0;
      isa_enter((const IsaState*)ISA_STATE, ISA_CODE + n * ISA_CASE_BYTES);
      copy(&result.out, (const void*)STATE_OUT, sizeof(IsaState));
      result.fault = fault_signal;
      result.pc = fault_pc;
      copy(result.memory, (const void*)ISA_SCRATCH, ISA_SCRATCH_BYTES);
      write_all(&result, sizeof result);
    }
  }
  call(kExit, 0, 0, 0, 0, 0, 0);
}
