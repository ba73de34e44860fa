// Scalar double precision (a force sum with divide and square root) and single-precision and
// integer vectors, as compilers make them from plain loops.
#include "support.h"

#define BODIES 16
#define LENGTH 256

struct work {
  double x[BODIES], y[BODIES], vx[BODIES], vy[BODIES];
  float a[LENGTH], b[LENGTH];
  int32_t c[LENGTH];
};
static struct work works[CORES_MAX] __attribute__((aligned(4096)));

static void step(struct work *w) {
  for (int i = 0; i < BODIES; ++i) {
    double fx = 0, fy = 0;
    for (int j = 0; j < BODIES; ++j) {
      const double dx = w->x[j] - w->x[i], dy = w->y[j] - w->y[i];
      const double square = dx * dx + dy * dy + 0.01;
      const double force = 1.0 / (square * __builtin_sqrt(square));
      fx += dx * force;
      fy += dy * force;
    }
    w->vx[i] += fx * 0.001;
    w->vy[i] += fy * 0.001;
  }
  for (int i = 0; i < BODIES; ++i) {
    w->x[i] += w->vx[i] * 0.001;
    w->y[i] += w->vy[i] * 0.001;
  }
}

static void vectors(struct work *w, float scale) {
  for (int n = 0; n < LENGTH; ++n) w->a[n] = w->a[n] * scale + w->b[n];
  for (int n = 0; n < LENGTH; ++n) w->c[n] = w->c[n] * 3 + (int32_t)w->a[n];
  for (int n = 0; n < LENGTH; ++n) w->b[n] = w->b[n] > w->a[n] ? w->b[n] * 0.5f : w->a[n] - 1.0f;
}

uint64_t benchmark(unsigned core, unsigned rounds) {
  struct work *w = &works[core];
  uint64_t random = 5, sum = 0;
  for (int n = 0; n < BODIES; ++n) {
    w->x[n] = (double)(next_random(&random) >> 44) * 0.001;
    w->y[n] = (double)(next_random(&random) >> 44) * 0.001;
    w->vx[n] = w->vy[n] = 0;
  }
  for (int n = 0; n < LENGTH; ++n) {
    w->a[n] = (float)(next_random(&random) >> 50);
    w->b[n] = (float)(next_random(&random) >> 52);
    w->c[n] = n;
  }
  for (unsigned round = 0; round < rounds; ++round) {
    step(w);
    for (int n = 0; n < 4; ++n) vectors(w, 0.75f);
    for (int n = 0; n < LENGTH; n += 37) sum = mix(sum, (uint32_t)w->c[n]);
    uint64_t bits;
    __builtin_memcpy(&bits, &w->x[round % BODIES], sizeof bits);
    sum = mix(sum, bits);
  }
  return sum;
}
