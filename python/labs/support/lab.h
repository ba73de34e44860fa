// What every lab has: registers, barriers, cores, exceptions that come back, a way to the end.
// Stage 1 of EL1: 39-bit addresses from level 1, 4 KB granule, TTBR0 only.
#pragma once

#include <stdint.h>

typedef uint64_t u64;
typedef uint32_t u32;

// Your seed: addresses and values of your lab come from it (armature lab start N --seed).
#ifndef LAB_SEED
#define LAB_SEED 1
#endif

#define READ(reg)                                     \
  ({                                                  \
    u64 value_;                                       \
    __asm__ volatile("mrs %0, " #reg : "=r"(value_)); \
    value_;                                           \
  })
#define WRITE(reg, value) __asm__ volatile("msr " #reg ", %0" ::"r"((u64)(value)) : "memory")

// Barriers and maintenance, one instruction each.
#define ISB() __asm__ volatile("isb" ::: "memory")
#define DSB_ISH() __asm__ volatile("dsb ish" ::: "memory")
#define DSB_ISHST() __asm__ volatile("dsb ishst" ::: "memory")
#define DSB_NSH() __asm__ volatile("dsb nsh" ::: "memory")
#define DSB_SY() __asm__ volatile("dsb sy" ::: "memory")
// Operand of TLBI VA*: the ASID above, the page number below.
#define TLBI_OPERAND(asid, va) ((u64)(asid) << 48 | ((u64)(va) >> 12 & 0xfffffffffffull))
#define TLBI(operation, operand) \
  __asm__ volatile("tlbi " #operation ", %0" ::"r"((u64)(operand)) : "memory")
#define TLBI_ALL(operation) __asm__ volatile("tlbi " #operation ::: "memory")
#define DC(operation, va) __asm__ volatile("dc " #operation ", %0" ::"r"((u64)(va)) : "memory")

// Descriptors.
#define PTE_VALID 1ull
#define PTE_BLOCK 1ull
#define PTE_TABLE 3ull
#define PTE_PAGE 3ull
#define PTE_ATTR(n) ((u64)(n) << 2)  // index of MAIR_EL1 below
#define PTE_EL0 (1ull << 6)          // AP[1]
#define PTE_READ_ONLY (1ull << 7)    // AP[2]
#define PTE_INNER_SHAREABLE (3ull << 8)
#define PTE_AF (1ull << 10)
#define PTE_NG (1ull << 11)
#define PTE_PXN (1ull << 53)
#define PTE_UXN (1ull << 54)
#define PTE_ADDRESS 0x0000fffffffff000ull

// MAIR_EL1: 0 Normal Write-Back, 1 Device-nGnRE, 2 Normal Non-cacheable.
#define MAIR_VALUE 0x4404ffull
enum { NORMAL = 0, DEVICE = 1, NON_CACHEABLE = 2 };
#define PTE_DATA (PTE_PAGE | PTE_ATTR(NORMAL) | PTE_INNER_SHAREABLE | PTE_AF | PTE_UXN | PTE_PXN)

// TCR_EL1: T0SZ 25, walks inner shareable Write-Back, EPD1, 40-bit PA.
#define TCR_VALUE (25 | 1 << 8 | 1 << 10 | 3 << 12 | 1ull << 23 | 2ull << 32)
#define SCTLR_OFF 0x30d00800ull
#define SCTLR_ON (SCTLR_OFF | 1 | 4 | 0x1000)  // M, C, I

// Zeroed memory in whole pages; there are LAB_PAGES of them.
#define LAB_PAGES 512
u64* lab_page(void);
// A root table whose blocks map the first two GiB (devices, RAM) one to one. Descriptors only.
u64* lab_identity(void);
// Turns the MMU and the caches of this core on.
void lab_mmu_on(u64* root);

// Leaves a mark in the event log (an HVC that nobody answers), for the grader.
void lab_mark(u64 number);

// A pseudo-random sequence from LAB_SEED; the grader knows it too.
u64 lab_random(void);

// One exception, as lab_exception() leaves it. Loads and stores that fault are skipped.
struct lab_fault {
  u64 esr, far, elr, count;
};
extern volatile struct lab_fault lab_last_fault[4];  // by core
unsigned lab_core(void);

// Runs `entry(argument)` on core n (1..3).
void lab_start_core(unsigned core, void (*entry)(u64), u64 argument);
// Waits until *word is `value`.
void lab_wait_for(volatile u64* word, u64 value);

void* memset(void* to, int value, unsigned long bytes);
void* memcpy(void* to, const void* from, unsigned long bytes);

void lab_main(void);
