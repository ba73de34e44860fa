/* What the fuzz program and its QEMU runner exchange: plain records over a pipe, little-endian.
   C, because the runner is a freestanding AArch64 program. */
#pragma once

#include <stdint.h>

/* The address space both sides run a case in. Flat: virtual is physical in the simulator. */
#define ISA_BASE 0x40000000ull    /* start of memory */
#define ISA_FINISH 0x40000000ull  /* where every case ends */
#define ISA_STATE 0x40030000ull   /* runner: the state to load and, 8 KB on, the state stored */
#define ISA_SCRATCH 0x40040800ull /* the memory that cases may access: two half pages */
#define ISA_SCRATCH_BYTES 4096
#define ISA_POINTER (ISA_SCRATCH + ISA_SCRATCH_BYTES / 2) /* X28 in every case */
#define ISA_CODE 0x42000000ull /* case n at ISA_CODE + n * ISA_CASE_BYTES */
#define ISA_CASE_BYTES 512
#define ISA_WORDS_MAX 100
#define ISA_CASES_MAX 4096
#define ISA_CODE_BYTES (ISA_CASE_BYTES * ISA_CASES_MAX)

typedef struct {
  uint64_t x[31];
  uint64_t sp;
  uint64_t nzcv; /* bits 31..28 */
  uint64_t fpcr;
  uint64_t fpsr;
  uint64_t reserved;
  uint64_t v[64]; /* V0 low, V0 high, V1 low, ... */
} IsaState;

typedef struct {
  uint64_t memory_seed;
  uint32_t word_count;
  uint32_t reserved;
  uint32_t words[ISA_WORDS_MAX];
  IsaState in;
} IsaCase;

typedef struct {
  IsaState out;
  uint64_t fault; /* 0 none, else IsaFault */
  uint64_t pc;    /* of the faulting instruction, 0 if there was no fault */
  uint64_t memory[ISA_SCRATCH_BYTES / 8];
} IsaResult;

enum IsaFault {
  kIsaFaultNone = 0,
  kIsaFaultUndefined = 4,
  kIsaFaultTrap = 5,
  kIsaFaultBus = 7,
  kIsaFaultMemory = 11
}; /* signal numbers */

/* Fills the scratch memory: splitmix64 from the case's seed. */
static inline void isa_fill(uint64_t* memory, uint64_t seed) {
  for (unsigned n = 0; n < ISA_SCRATCH_BYTES / 8; ++n) {
    seed += 0x9e3779b97f4a7c15ull;
    uint64_t z = seed;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
    memory[n] = z ^ (z >> 31);
  }
}

/* The first word of a case at its address is this; the words of IsaCase follow. */
#define ISA_PROLOGUE 0xd53bd040u /* mrs x0, tpidr_el0: gives X0 its value after the jump */

/* B from one address to another. */
static inline uint32_t isa_branch(uint64_t from, uint64_t to) {
  return 0x14000000u | ((uint32_t)((to - from) >> 2) & 0x3ffffffu);
}
