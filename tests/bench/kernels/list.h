// A list through 64-byte nodes in random order: NODES says how much memory it walks.
#include "support.h"

struct node { struct node *next; uint64_t value, pad[6]; };
static struct node nodes[CORES_MAX_LIST][NODES] __attribute__((aligned(4096)));
static uint16_t order[NODES];

static struct node *build(struct node *list) {
  uint64_t random = 7;
  for (unsigned n = 0; n < NODES; ++n) order[n] = (uint16_t)n;
  for (unsigned n = NODES - 1; n > 0; --n) {
    const unsigned other = (unsigned)(next_random(&random) % (n + 1));
    const uint16_t kept = order[n];
    order[n] = order[other];
    order[other] = kept;
  }
  for (unsigned n = 0; n < NODES; ++n) {
    list[order[n]].next = &list[order[(n + 1) % NODES]];
    list[order[n]].value = n;
  }
  return &list[order[0]];
}

uint64_t benchmark(unsigned core, unsigned rounds) {
  struct node *at = build(nodes[core % CORES_MAX_LIST]);
  uint64_t sum = 0;
  for (unsigned round = 0; round < rounds; ++round) {
    for (unsigned n = 0; n < 8192; ++n) {
      sum += at->value;
      at = at->next;
    }
    sum = mix(sum, round);
  }
  return sum;
}
