// Integer work of an embedded kind: a list that is searched and reversed, small matrices, a state
// machine over text, CRC-16. All data stays in L1.
#include "support.h"

#define NODES 64
#define N 12

struct node { struct node *next; int16_t key, data; };
struct work {
  struct node nodes[NODES];
  int16_t a[N][N], b[N][N];
  int32_t c[N][N];
  char text[256];
};
static struct work works[CORES_MAX] __attribute__((aligned(4096)));

static uint16_t crc16(uint16_t crc, uint16_t value) {
  for (int bit = 0; bit < 16; ++bit) {
    const uint16_t feedback = (uint16_t)((crc ^ value) & 1);
    crc >>= 1;
    value >>= 1;
    if (feedback) crc ^= 0xa001;
  }
  return crc;
}

static struct node *reverse(struct node *head) {
  struct node *done = 0;
  while (head != 0) {
    struct node *next = head->next;
    head->next = done;
    done = head;
    head = next;
  }
  return done;
}

static const struct node *find(const struct node *head, int16_t key) {
  while (head != 0 && head->key != key) head = head->next;
  return head;
}

enum state { start, integer, fraction, exponent, word, invalid, states };

// Counts the kinds of tokens in comma-separated text.
static void scan(const char *text, unsigned length, uint32_t *counts) {
  enum state state = start;
  for (unsigned n = 0; n < length; ++n) {
    const char c = text[n];
    if (c == ',') {
      ++counts[state];
      state = start;
      continue;
    }
    switch (state) {
      case start:
        state = c >= '0' && c <= '9' ? integer : c == '.' ? fraction : c >= 'a' ? word : invalid;
        break;
      case integer:
        if (c == '.') state = fraction;
        else if (c == 'e') state = exponent;
        else if (c < '0' || c > '9') state = invalid;
        break;
      case fraction:
        if (c == 'e') state = exponent;
        else if (c < '0' || c > '9') state = invalid;
        break;
      case exponent:
        if (c < '0' || c > '9') state = invalid;
        break;
      case word:
        if (c < 'a') state = invalid;
        break;
      default:
        break;
    }
  }
  ++counts[state];
}

static void multiply(struct work *w) {
  for (int i = 0; i < N; ++i) {
    for (int j = 0; j < N; ++j) {
      int32_t sum = 0;
      for (int k = 0; k < N; ++k) sum += w->a[i][k] * w->b[k][j];
      w->c[i][j] = sum;
    }
  }
}

uint64_t benchmark(unsigned core, unsigned rounds) {
  struct work *w = &works[core];
  uint64_t random = 0x1234567;
  for (int n = 0; n < NODES; ++n) {
    w->nodes[n] = (struct node){n + 1 < NODES ? &w->nodes[n + 1] : 0, (int16_t)n, (int16_t)next_random(&random)};
  }
  for (int i = 0; i < N; ++i) {
    for (int j = 0; j < N; ++j) {
      w->a[i][j] = (int16_t)next_random(&random);
      w->b[i][j] = (int16_t)(next_random(&random) & 0xff);
    }
  }
  static const char alphabet[] = "0123456789.,e,az";
  for (unsigned n = 0; n < sizeof w->text; ++n) w->text[n] = alphabet[next_random(&random) & 15];

  struct node *head = &w->nodes[0];
  uint32_t counts[states] = {0};
  uint16_t crc = 0xffff;
  for (unsigned round = 0; round < rounds; ++round) {
    head = reverse(head);
    for (int n = 0; n < 8; ++n) {
      const struct node *found = find(head, (int16_t)((round + n * 7) % NODES));
      crc = crc16(crc, (uint16_t)found->data);
    }
    multiply(w);
    w->a[round % N][(round >> 3) % N] ^= (int16_t)w->c[0][round % N];
    crc = crc16(crc, (uint16_t)w->c[round % N][3]);
    scan(w->text, sizeof w->text, counts);
    w->text[round & 255] = alphabet[crc & 15];
    for (int n = 0; n < 4; ++n) crc = crc16(crc, (uint16_t)counts[n]);
  }
  return mix(crc, counts[0]);
}
