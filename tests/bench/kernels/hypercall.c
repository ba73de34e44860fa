// EL1 -> EL2 -> EL1 round trips: HVC and the ERET behind it, nothing else.
#include "support.h"

uint64_t benchmark(unsigned core, unsigned rounds) {
  uint64_t sum = core;
  for (unsigned round = 0; round < rounds; ++round) {
    for (int n = 0; n < 1000; ++n) __asm__ volatile("hvc #1" ::: "memory");
    sum = mix(sum, round);
  }
  return sum;
}
