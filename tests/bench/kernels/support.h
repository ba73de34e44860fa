// What the benchmark kernels share. Each kernel defines benchmark(); the rest is in support.c.
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifndef ROUNDS
#define ROUNDS 1
#endif

// The work: `rounds` times, on private data of `core`. The result goes into the checksum.
uint64_t benchmark(unsigned core, unsigned rounds);

// A repeatable generator (xorshift64*).
static inline uint64_t next_random(uint64_t *state) {
  *state ^= *state >> 12;
  *state ^= *state << 25;
  *state ^= *state >> 27;
  return *state * 0x2545f4914f6cdd1dull;
}

static inline uint64_t mix(uint64_t sum, uint64_t value) {
  return (sum ^ value) * 0x9e3779b97f4a7c15ull + (sum >> 29);
}

#define CORES_MAX 16
