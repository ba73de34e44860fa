// runs at: el2
// A hypervisor of one page: a guest at EL1 runs into every kind of stage 2 fault and trap; ESR_EL2,
// FAR_EL2 and HPFAR_EL2 are printed.
#include "support/mmu.h"

static u64 root[1024] __attribute__((aligned(8192)));
static u64 level2[512] __attribute__((aligned(4096)));
static u64 level3[512] __attribute__((aligned(4096)));
static u64 guest_tables[3][512] __attribute__((aligned(4096)));
static unsigned char guest_stack[4096] __attribute__((aligned(4096)));
static unsigned char guest_page[4096] __attribute__((aligned(4096)));

#define S2_READ (1ull << 6)
#define S2_WRITE (2ull << 6)
#define S2_NORMAL (15ull << 2)
#define S2_XN (1ull << 54)
#define LEAF (PTE_AF | PTE_INNER_SHAREABLE | S2_NORMAL)

// Intermediate addresses outside the identity, one rule each.
#define NO_LEVEL1 0x4000000000ull
#define NO_LEVEL2 0x80200000ull
#define NO_LEVEL3 0x80005000ull
#define READ_ONLY 0x80001000ull
#define NO_ACCESS_FLAG 0x80002000ull
#define NO_EXECUTE 0x80003000ull
#define WRITE_ONLY 0x80004000ull

static void trap(struct frame* frame) {
  report_exception(frame);
  const u64 class = frame->esr >> 26;
  if (class == 0x20 || class == 0x24) {
    put(" FAR ");
    put_hex(frame->far);
    const u64 status = frame->esr & 0x3c;
    // HPFAR_EL2 is only promised for these.
    if (status == 4 || status == 8 || (frame->esr >> 7 & 1)) say(" HPFAR", READ(HPFAR_EL2));
    else put("\n");
    frame->elr = class == 0x20 ? frame->x[30] : frame->elr + 4;
    return;
  }
  put("\n");
  if (class == 0x16 && (frame->esr & 0xffff) == 0xff) power_off();
  if (class != 0x16) frame->elr += 4;
}

static void touch(const char* what, u64 address, int write) {
  put(what);
  put(": ");
  if (write)
    __asm__ volatile("str w9, [%0]" ::"r"(address) : "memory");
  else
    __asm__ volatile("ldr w9, [%0]" ::"r"(address) : "x9", "memory");
}

static void guest(void) {
  put("guest at ");
  say("CurrentEL", READ(CurrentEL));
  touch("level 1", NO_LEVEL1 + 0x120, 0);
  touch("level 2", NO_LEVEL2 + 0x124, 1);
  touch("level 3", NO_LEVEL3 + 0x128, 0);
  touch("access flag", NO_ACCESS_FLAG + 8, 0);
  touch("write to read-only", READ_ONLY + 0x10, 1);
  touch("read of read-only", READ_ONLY, 0);
  put("fine\n");
  touch("read of write-only", WRITE_ONLY, 0);
  put("execution of execute-never: ");
  __asm__ volatile("blr %0" ::"r"(NO_EXECUTE) : "x30", "memory");
  put("execution of nothing: ");
  __asm__ volatile("blr %0" ::"r"(NO_LEVEL3) : "x30", "memory");
  put("load with a syndrome, sign-extended: ");
  __asm__ volatile("ldrsb x17, [%0]" ::"r"(NO_LEVEL3 + 5) : "x17", "memory");
  put("load-acquire of a half word: ");
  __asm__ volatile("ldarh w3, [%0]" ::"r"(NO_LEVEL3 + 6) : "x3", "memory");
  put("pair, no syndrome: ");
  __asm__ volatile("ldp x2, x3, [%0]" ::"r"(NO_LEVEL3) : "x2", "x3", "memory");
  put("write-back, no syndrome: ");
  __asm__ volatile("mov x5, %0\n str x6, [x5], #8" ::"r"(NO_LEVEL3) : "x5", "x6", "memory");
  put("vector, no syndrome: ");
  __asm__ volatile("ldr q0, [%0]" ::"r"(NO_LEVEL3) : "memory");
  put("xzr stored: ");
  __asm__ volatile("str xzr, [%0]" ::"r"(NO_LEVEL3) : "memory");

  put("HVC: ");
  __asm__ volatile("hvc #0x77" ::: "memory");
  put("SMC: ");
  __asm__ volatile("smc #0x55" ::: "memory");
  put("WFI: ");
  __asm__ volatile("wfi" ::: "memory");
  put("write to TTBR1_EL1: ");
  __asm__ volatile("msr TTBR1_EL1, x7" ::: "memory");
  put("TLBI: ");
  __asm__ volatile("tlbi vmalle1" ::: "memory");
  put("DC ISW: ");
  __asm__ volatile("dc isw, xzr" ::: "memory");
  put("ACTLR_EL1: ");
  __asm__ volatile("mrs x8, ACTLR_EL1" ::: "x8", "memory");
  put("ID_AA64PFR0_EL1: ");
  __asm__ volatile("mrs x8, ID_AA64PFR0_EL1" ::: "x8", "memory");
  say("MPIDR_EL1 is the virtual one:", READ(MPIDR_EL1));
  say("MIDR_EL1 is the virtual one:", READ(MIDR_EL1));

  // Stage 1 on: the walk itself goes through stage 2.
  __asm__ volatile("hvc #1" ::: "memory");
  guest_tables[0][1] = 1ull << 30 | PTE_VALID | PTE_AF | PTE_ATTR(0) | PTE_INNER_SHAREABLE;
  guest_tables[0][0] = PTE_VALID | PTE_AF | PTE_ATTR(1) | PTE_XN;
  guest_tables[0][2] = NO_LEVEL2 | PTE_TABLE;
  guest_tables[0][3] = READ_ONLY | PTE_TABLE;  // walks only read
  guest_tables[0][4] = (u64)guest_tables[1] | PTE_TABLE;
  guest_tables[1][0] = (u64)guest_tables[2] | PTE_TABLE;
  guest_tables[2][0] = NO_LEVEL3 | PTE_DATA;
  guest_tables[2][1] = READ_ONLY | PTE_DATA;
  guest_tables[2][2] = READ_ONLY | PTE_DATA | PTE_READ_ONLY;
  DSB();
  WRITE(MAIR_EL1, 0x4404ff);
  WRITE(TCR_EL1, 25 | 1 << 8 | 1 << 10 | 3 << 12 | 1 << 23 | 2ull << 32);
  WRITE(TTBR0_EL1, (u64)guest_tables[0]);
  ISB();
  WRITE(SCTLR_EL1, 0x30d00800 | 1 | 4 | 0x1000);
  ISB();
  touch("walk at level 2 through nothing", 2ull << 30 | 0x208, 0);
  touch("final address at stage 2", 4ull << 30 | 0x300, 0);
  touch("write that only stage 2 forbids", (4ull << 30) + 0x1340, 1);
  u64 par;
  __asm__ volatile("at s1e1r, %1\n isb\n mrs %0, PAR_EL1" : "=r"(par) : "r"((4ull << 30) + 0x123) : "memory");
  say("AT S1E1R gives the intermediate address:", par);
  __asm__ volatile("hvc #2" ::: "memory");
  __asm__ volatile("hvc #0xff");
}

static void handler(struct frame* frame) {
  const u64 class = frame->esr >> 26;
  if (frame->vector < 8) {
    report_exception(frame);
    say(" UNEXPECTED at", frame->elr);
    power_off();
  }
  if (class == 0x16 && (frame->esr & 0xffff) == 1) {
    // No more trapping of translation registers.
    WRITE(HCR_EL2, READ(HCR_EL2) & ~(1ull << 26));
    return;
  }
  if (class == 0x16 && (frame->esr & 0xffff) == 2) {
    u64 par;
    __asm__ volatile("at s12e1r, %1\n isb\n mrs %0, PAR_EL1" : "=r"(par) : "r"((4ull << 30) + 0x1123) : "memory");
    say("AT S12E1R of a mapped page: PAR_EL1", par);
    __asm__ volatile("at s12e1w, %1\n isb\n mrs %0, PAR_EL1" : "=r"(par) : "r"((4ull << 30) + 0x1123) : "memory");
    say("AT S12E1W of a page read-only at stage 2: PAR_EL1", par);
    __asm__ volatile("at s12e1r, %1\n isb\n mrs %0, PAR_EL1" : "=r"(par) : "r"((4ull << 30) + 0x123) : "memory");
    say("AT S12E1R of a page invalid at stage 2: PAR_EL1", par);
    return;
  }
  trap(frame);
}

void run(void) {
  on_exception = handler;
  root[0] = PTE_VALID | PTE_AF | S2_READ | S2_WRITE | 1 << 2 | S2_XN;  // devices
  root[1] = 1ull << 30 | PTE_VALID | LEAF | S2_READ | S2_WRITE;
  root[2] = (u64)level2 | PTE_TABLE;
  level2[0] = (u64)level3 | PTE_TABLE;
  level3[1] = (u64)guest_page | PTE_PAGE | LEAF | S2_READ;
  level3[2] = (u64)guest_page | PTE_PAGE | (LEAF & ~PTE_AF) | S2_READ | S2_WRITE;
  level3[3] = (u64)guest_page | PTE_PAGE | LEAF | S2_READ | S2_WRITE | S2_XN;
  level3[4] = (u64)guest_page | PTE_PAGE | LEAF | S2_WRITE;
  DSB();
  WRITE(VTCR_EL2, 1u << 31 | 24 | 1 << 6 | 1 << 8 | 1 << 10 | 3 << 12 | 2 << 16);
  WRITE(VTTBR_EL2, (u64)root | 7ull << 48);
  WRITE(VMPIDR_EL2, 0x80000003);
  WRITE(VPIDR_EL2, 0x12345678);
  WRITE(SCTLR_EL1, 0x30d00800);
  // RW, TVM, TTLB, TACR, TSW, TID3, TSC, TWI, VM
  WRITE(HCR_EL2, 1ull << 31 | 1ull << 26 | 1 << 25 | 1 << 21 | 1 << 22 | 1 << 18 | 1 << 19 | 1 << 13 |
                     1);
  ISB();
  __asm__ volatile("tlbi alle1\n dsb sy\n isb" ::: "memory");
  enter_el1(guest, (u64)guest_stack + sizeof(guest_stack));
}
