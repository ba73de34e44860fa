// Quicksort with insertion sort of short runs, on 2048 random integers: branches nobody predicts.
#include "support.h"

#define COUNT 2048
static int32_t values[CORES_MAX][COUNT];

static void insertion_sort(int32_t *low, int32_t *high) {
  for (int32_t *p = low + 1; p <= high; ++p) {
    const int32_t value = *p;
    int32_t *q = p;
    while (q > low && q[-1] > value) {
      *q = q[-1];
      --q;
    }
    *q = value;
  }
}

static void quicksort(int32_t *low, int32_t *high) {
  while (high - low > 12) {
    const int32_t pivot = low[(high - low) / 2];
    int32_t *left = low, *right = high;
    while (left <= right) {
      while (*left < pivot) ++left;
      while (*right > pivot) --right;
      if (left <= right) {
        const int32_t kept = *left;
        *left++ = *right;
        *right-- = kept;
      }
    }
    if (right - low < high - left) {
      quicksort(low, right);
      low = left;
    } else {
      quicksort(left, high);
      high = right;
    }
  }
  insertion_sort(low, high);
}

uint64_t benchmark(unsigned core, unsigned rounds) {
  int32_t *v = values[core];
  uint64_t random = 99, sum = 0;
  for (unsigned round = 0; round < rounds; ++round) {
    for (unsigned n = 0; n < COUNT; ++n) v[n] = (int32_t)next_random(&random);
    quicksort(v, v + COUNT - 1);
    for (unsigned n = 0; n < COUNT; n += 64) sum = mix(sum, (uint32_t)v[n]);
  }
  return sum;
}
