// Copies and fills of 16 KB (hits L1D) and 128 KB (one new line in eight accesses), word by word.
#include "support.h"

#define SMALL (16 * 1024 / 8)
#define LARGE (128 * 1024 / 8)

struct buffers { uint64_t from[LARGE], to[LARGE]; };
static struct buffers all[CORES_MAX] __attribute__((aligned(4096)));

static void copy(uint64_t *restrict to, const uint64_t *restrict from, unsigned words) {
  for (unsigned n = 0; n < words; n += 4) {
    const uint64_t a = from[n], b = from[n + 1], c = from[n + 2], d = from[n + 3];
    to[n] = a;
    to[n + 1] = b;
    to[n + 2] = c;
    to[n + 3] = d;
  }
}

static void fill(uint64_t *to, uint64_t value, unsigned words) {
  for (unsigned n = 0; n < words; ++n) to[n] = value;
}

uint64_t benchmark(unsigned core, unsigned rounds) {
  struct buffers *b = &all[core];
  uint64_t random = 42, sum = 0;
  for (unsigned n = 0; n < LARGE; ++n) b->from[n] = next_random(&random);
  for (unsigned round = 0; round < rounds; ++round) {
    for (int n = 0; n < 8; ++n) {
      copy(b->to, b->from, SMALL);
      fill(b->from + SMALL, sum, SMALL);
    }
    sum = mix(sum, b->to[round % SMALL]);
    copy(b->to, b->from, LARGE);
    fill(b->to + SMALL, round, LARGE - SMALL);
    b->from[round % LARGE] = sum;
  }
  return sum;
}
