// Tables, console, power and secondary cores of the benchmark kernels.
#include "support.h"

#define UART_DR (*(volatile uint32_t *)0x09000000)
#define RAM_BASE 0x40000000ull
#define MAPPED_BYTES (128ull << 20)
#define PAGE 0xf03ull /* valid page: inner shareable, AF, nG = 1 off below, AttrIndx in bits 4:2 */

extern uint64_t root_table[512], middle_table[512], low_table[512], page_tables[64 * 512];
extern char secondary_start[];

// 39-bit space: RAM by 4 KB pages (identity), the devices below 1 GB by 2 MB blocks.
void build_tables(uint64_t has_el2) {
  (void)has_el2;
  const uint64_t table = 3, block = 1, normal = 1 << 2, shared_accessed = 0x700, never_executed = 3ull << 53;
  root_table[0] = (uint64_t)low_table | table;
  root_table[1] = (uint64_t)middle_table | table;
  for (uint64_t n = 0x08000000 >> 21; n < 0x0a000000 >> 21; ++n) {
    low_table[n] = n << 21 | block | shared_accessed | never_executed;
  }
  for (uint64_t n = 0; n < MAPPED_BYTES >> 21; ++n) {
    middle_table[n] = (uint64_t)(page_tables + n * 512) | table;
  }
  for (uint64_t n = 0; n < MAPPED_BYTES >> 12; ++n) {
    page_tables[n] = (RAM_BASE + (n << 12)) | 3 | normal | shared_accessed;
  }
  __asm__ volatile("dsb ish" ::: "memory");
}

static void print(const char *text) {
  while (*text != 0) UART_DR = (uint8_t)*text++;
}

static void print_hex(uint64_t value) {
  for (int shift = 60; shift >= 0; shift -= 4) UART_DR = (uint8_t)"0123456789abcdef"[value >> shift & 15];
}

static uint64_t psci(uint64_t has_el2, uint64_t function, uint64_t a, uint64_t b, uint64_t c) {
  register uint64_t x0 __asm__("x0") = function;
  register uint64_t x1 __asm__("x1") = a;
  register uint64_t x2 __asm__("x2") = b;
  register uint64_t x3 __asm__("x3") = c;
  if (has_el2) {
    __asm__ volatile("smc #0" : "+r"(x0) : "r"(x1), "r"(x2), "r"(x3) : "memory");
  } else {
    __asm__ volatile("hvc #0" : "+r"(x0) : "r"(x1), "r"(x2), "r"(x3) : "memory");
  }
  return x0;
}

// One line a core, so that finishing does not fight over one.
static struct { volatile uint64_t done, sum, pad[6]; } __attribute__((aligned(64))) result[CORES_MAX];

void secondary_main(uint64_t core) {
  result[core].sum = benchmark((unsigned)core, ROUNDS);
  __asm__ volatile("dmb ish" ::: "memory");
  result[core].done = 1;
  __asm__ volatile("dsb ish; sev" ::: "memory");
}

void benchmark_main(uint64_t has_el2) {
  unsigned cores = 1;
  // As many as the machine has: CPU_ON of a core that is not there fails.
  for (; cores < CORES_MAX; ++cores) {
    // QEMU and hardware alike number clusters of eight or sixteen; try Aff0 first, then Aff1.
    const uint64_t flat = cores, clustered = (cores & 7) | (uint64_t)(cores >> 3) << 8;
    if (psci(has_el2, 0xc4000003, flat, (uint64_t)secondary_start, cores) != 0 &&
        psci(has_el2, 0xc4000003, clustered, (uint64_t)secondary_start, cores) != 0) {
      break;
    }
  }
  uint64_t sum = benchmark(0, ROUNDS);
  for (unsigned n = 1; n < cores; ++n) {
    while (!result[n].done) __asm__ volatile("wfe");
    __asm__ volatile("dmb ish" ::: "memory");
    sum = mix(sum, result[n].sum);
  }
  print("checksum ");
  print_hex(sum);
  print(" cores ");
  UART_DR = (uint8_t)('0' + cores / 10);
  UART_DR = (uint8_t)('0' + cores % 10);
  print("\n");
}

void *memset(void *to, int value, size_t bytes) {
  uint8_t *p = to;
  while (bytes-- != 0) *p++ = (uint8_t)value;
  return to;
}

void *memcpy(void *restrict to, const void *restrict from, size_t bytes) {
  uint8_t *p = to;
  const uint8_t *q = from;
  while (bytes-- != 0) *p++ = *q++;
  return to;
}
