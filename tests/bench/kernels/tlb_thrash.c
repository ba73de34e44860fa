// One load from each of 4096 pages (16 MB), a line further on each page: more pages than any TLB.
#include "support.h"

#define PAGES 4096
static uint8_t pages[PAGES][4096] __attribute__((aligned(4096), section(".noinit,\"aw\",@nobits//")));

uint64_t benchmark(unsigned core, unsigned rounds) {
  uint64_t sum = core;
  for (unsigned n = 0; n < PAGES; ++n) pages[n][(n & 63) * 64] = (uint8_t)n;
  for (unsigned round = 0; round < rounds; ++round) {
    for (unsigned n = 0; n < PAGES; ++n) sum += *(volatile uint8_t *)&pages[n][(n & 63) * 64];
    sum = mix(sum, round);
  }
  return sum;
}
