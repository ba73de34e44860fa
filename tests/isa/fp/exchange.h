/* What the differential test and its guest program exchange over pipes, little-endian: a batch is
   an instruction and the states to run it on; the answer is the states it leaves. The instruction
   uses only X0..X3 (or XZR) and V0..V3. C, because the guest is a C program. */
#pragma once

#include <stdint.h>

#define FP_STATES_MAX 1024

typedef struct {
  uint64_t v[8]; /* V0 low, V0 high, V1 low, ... */
  uint64_t x[4];
  uint32_t nzcv, fpcr, fpsr;
  uint32_t undefined; /* answer: nonzero when the instruction took SIGILL */
} FpState;

typedef struct {
  uint32_t word;
  uint32_t count; /* 1 .. FP_STATES_MAX */
} FpBatch;
