// runs at: el1 el2
// cores: 2
// Distributor and redistributor registers: sizes of access, read-only and reserved ones, pending and
// active state, priorities, routing of SPIs. Interrupts are polled: PSTATE.I stays set.
#include "support/gic.h"
#include "support/mmu.h"

#define GICD 0x08000000ull
#define SGI (0x080b0000ull)  // SGI frame of core 0
#define W(address) (*(volatile u32*)(address))
#define B(address) (*(volatile unsigned char*)(address))
#define D(address) (*(volatile u64*)(address))


static u64 acknowledge(void) {
  const u64 interrupt = READ(S3_0_C12_C12_0);
  DSB();
  return interrupt;
}
static void end(u64 interrupt) {
  WRITE(S3_0_C12_C12_1, interrupt);
  ISB();
}

static void identification(void) {
  say("GICD_TYPER.ITLinesNumber", W(GICD + 4) & 31);
  const u32 typer = W(GICD + 4);
  W(GICD + 4) = ~typer;
  check("GICD_TYPER is read-only", W(GICD + 4) == typer);
  const u32 iidr = W(GICD + 8);
  W(GICD + 8) = ~iidr;
  check("GICD_IIDR is read-only", W(GICD + 8) == iidr);
  say("GICD_PIDR2", W(GICD + 0xffe8));
  say("GICR_PIDR2", W(SGI - 0x10000 + 0xffe8));
  // Affinity, processor number and Last; QEMU has physical LPIs even without an ITS.
  say("GICR_TYPER of core 0", D(SGI - 0x10000 + 8) & 0xffffffff00ffff10);
  say("GICR_TYPER of core 1", D(SGI + 0x10000 + 8) & 0xffffffff00ffff10);
  say("its upper word", W(SGI + 0x10000 + 12));
  say("GICD_CTLR", W(GICD));
}

// The five bits of a priority that a Cortex-A57 has; QEMU's distributor keeps all eight.
static void priorities(void) {
  const u32 bits = 0xf8f8f8f8;
  say("priority bits of an SPI", (W(GICD + 0x400 + 40) = ~0u, W(GICD + 0x400 + 40)) & bits);
  W(GICD + 0x400 + 40) = 0;
  B(GICD + 0x400 + 41) = 0xf8;
  say("one byte written", W(GICD + 0x400 + 40));
  say("read as a byte", B(GICD + 0x400 + 41));
  B(GICD + 0x400 + 42) = 0x40;
  say("another", W(GICD + 0x400 + 40));
  say("an SGI's", (B(SGI + 0x400 + 3) = 0xa0, W(SGI + 0x400)));
  B(SGI + 0x400 + 3) = 0;
  say("GICD_IPRIORITYR0 belongs to the redistributor", (W(GICD + 0x400) = ~0u, W(GICD + 0x400)));
  say("GICD_ITARGETSR10 with affinity routing", (W(GICD + 0x800 + 40) = ~0u, W(GICD + 0x800 + 40)));
  W(GICD + 0x400 + 40) = 0;
}

static void sets_and_clears(void) {
  W(GICD + 0x100 + 4) = 0x11;
  say("GICD_ISENABLER1", W(GICD + 0x104));
  W(GICD + 0x180 + 4) = 0x10;
  say("after GICD_ICENABLER1", W(GICD + 0x104));
  say("GICD_ICENABLER1 reads the same", W(GICD + 0x184));
  W(GICD + 0x184) = ~0u;
  W(GICD + 0x204) = 0x300;
  say("GICD_ISPENDR1", W(GICD + 0x204));
  W(GICD + 0x284) = 0x100;
  say("GICD_ICPENDR1", W(GICD + 0x284));
  W(GICD + 0x284) = ~0u;
  W(GICD + 0x304) = 0x3;
  say("GICD_ISACTIVER1", W(GICD + 0x304));
  W(GICD + 0x384) = 0x3;
  say("after GICD_ICACTIVER1", W(GICD + 0x304));
  say("GICD_ICFGR2", (W(GICD + 0xc08) = 0xaaaaaaaa, W(GICD + 0xc08)));
  say("GICD_ICFGR0", W(GICD + 0xc00));
  W(GICD + 0xc08) = 0;
  say("GICR_ISENABLER0", (W(SGI + 0x100) = 0xf, W(SGI + 0x100)));
  W(SGI + 0x180) = ~0u;
  say("GICR_ICFGR0", W(SGI + 0xc00));
  W(SGI + 0xc00) = 0;
  say("SGIs stay edge-triggered", W(SGI + 0xc00));
  say("registers of SPIs that do not exist", (W(GICD + 0x100 + 4 * 30) = ~0u, W(GICD + 0x100 + 4 * 30)));
  say("GICD_SETSPI_NSR", W(GICD + 0x40));
  say("GICD_IROUTER0", (D(GICD + 0x6000) = ~0ull, D(GICD + 0x6000)));
  say("GICD_IROUTER40", (D(GICD + 0x6000 + 8 * 40) = ~0ull, D(GICD + 0x6000 + 8 * 40)) & 0xff80ffffff);
  W(GICD + 0x6000 + 8 * 40) = 1;
  W(GICD + 0x6000 + 8 * 40 + 4) = 0;
  say("written in halves", D(GICD + 0x6000 + 8 * 40));
  D(GICD + 0x6000 + 8 * 40) = 0;
}

static void make_spi(unsigned number, unsigned priority, u64 route) {
  const unsigned word = number / 32 * 4;
  const u32 mask = 1u << number % 32;
  W(GICD + 0x80 + word) |= mask;
  W(GICD + 0xc00 + number / 16 * 4) |= 2u << number % 16 * 2;  // edge
  B(GICD + 0x400 + number) = (unsigned char)priority;
  D(GICD + 0x6000 + 8 * number) = route;
  W(GICD + 0x100 + word) = mask;
}
static void pend(unsigned number) {
  W(GICD + 0x200 + number / 32 * 4) = 1u << number % 32;
  DSB();
}

static void priority_masking(void) {
  make_spi(100, 0x80, 0);
  make_spi(101, 0x40, 0);
  say("nothing is pending", acknowledge());
  pend(100);
  pend(101);
  say("ICC_HPPIR1 has the lower number", READ(S3_0_C12_C12_2));
  WRITE(S3_0_C4_C6_0, 0x40);
  ISB();
  say("ICC_PMR at its priority masks it", acknowledge());
  say("ICC_HPPIR1 too", READ(S3_0_C12_C12_2));
  WRITE(S3_0_C4_C6_0, 0x48);
  ISB();
  say("ISR_EL1", READ(ISR_EL1));
  say("above it: acknowledged", acknowledge());
  say("ICC_RPR", READ(S3_0_C12_C11_3));
  WRITE(S3_0_C4_C6_0, 0xff);
  ISB();
  say("the other must wait", acknowledge());
  say("pending word", W(GICD + 0x20c));
  say("active word", W(GICD + 0x30c));
  end(101);
  say("ICC_RPR when idle", READ(S3_0_C12_C11_3));
  say("then it comes", acknowledge());
  pend(101);
  say("preempted by the higher", acknowledge());
  say("ICC_RPR", READ(S3_0_C12_C11_3));
  end(101);
  say("back to", READ(S3_0_C12_C11_3));
  end(100);
  say("ICC_PMR keeps", READ(S3_0_C4_C6_0));
}

// With BPR1 the group priority is coarser: 0x40 and 0x50 are the same at 6.
static void binary_point(void) {
  WRITE(S3_0_C12_C12_3, 0);
  ISB();
  say("the smallest ICC_BPR1", READ(S3_0_C12_C12_3));
  WRITE(S3_0_C12_C12_3, 6);
  ISB();
  B(GICD + 0x400 + 100) = 0x50;
  pend(100);
  say("first", acknowledge());
  pend(101);
  say("no preemption within a group", acknowledge());
  end(100);
  say("after the end", acknowledge());
  end(101);
  WRITE(S3_0_C12_C12_3, 0);
  ISB();
}

static void two_step_end(void) {
  say("ICC_CTLR", READ(S3_0_C12_C12_4));
  WRITE(S3_0_C12_C12_4, 2);
  ISB();
  say("with EOImode", READ(S3_0_C12_C12_4) & 3);
  pend(100);
  say("acknowledged", acknowledge());
  end(100);
  say("priority dropped", READ(S3_0_C12_C11_3));
  say("still active", W(GICD + 0x30c));
  pend(100);
  say("and not again while it is", acknowledge());
  WRITE(S3_0_C12_C11_1, 100);
  ISB();
  say("deactivated", W(GICD + 0x30c));
  say("again", acknowledge());
  end(100);
  W(GICD + 0x38c) = 1u << 4;
  say("deactivated through GICD_ICACTIVER", W(GICD + 0x30c));
  WRITE(S3_0_C12_C12_4, 0);
  ISB();
}

static void groups_and_enables(void) {
  pend(100);
  W(GICD + 0x18c) = 1u << 4;
  say("disabled", acknowledge());
  W(GICD + 0x10c) = 1u << 4;
  W(GICD) = 1 << 4;
  DSB();
  say("distributor off", acknowledge());
  W(GICD) = 1 << 4 | 3;
  WRITE(S3_0_C12_C12_7, 0);
  ISB();
  say("ICC_IGRPEN1 off", acknowledge());
  WRITE(S3_0_C12_C12_7, 1);
  ISB();
  const u64 it = acknowledge();
  say("on", it);
  end(it);
}

static void software_interrupts(void) {
  gic_enable(1);
  gic_enable(7);
  WRITE(S3_0_C12_C11_5, 7ull << 24 | 1);
  ISB();
  say("an SGI to a list", acknowledge());
  end(7);
  WRITE(S3_0_C12_C11_5, 1ull << 40 | 7ull << 24 | 1);
  ISB();
  say("one to all but itself", acknowledge());
  WRITE(S3_0_C12_C11_5, 1ull << 16 | 7ull << 24 | 1);  // Aff1 = 1
  ISB();
  say("one to another cluster", acknowledge());
  W(SGI + 0x200) = 1 << 1;
  DSB();
  say("one made pending by GICR_ISPENDR0", acknowledge());
  say("GICR_ISACTIVER0", W(SGI + 0x300));
  end(1);
  say("and then", W(SGI + 0x300));
}

static volatile u64 got[4];
static volatile unsigned step;

static void second(u64 argument) {
  (void)argument;
  mmu_on();
  gic_start();
  gic_enable(7);
  u64 it;
  __atomic_store_n(&step, 1, __ATOMIC_RELEASE);
  for (unsigned n = 0; n < 2; ++n) {
    while ((it = acknowledge()) == 1023) __asm__ volatile("yield");
    end(it);
    got[n] = it;
    __atomic_store_n(&step, 2 + n, __ATOMIC_RELEASE);
  }
  mmu_off();
}

static void wait_for(unsigned wanted) {
  while (__atomic_load_n(&step, __ATOMIC_ACQUIRE) != wanted) __asm__ volatile("yield");
}

static void routing(void) {
  start_core(1, second, 0);
  wait_for(1);
  make_spi(102, 0x20, 1);
  pend(102);
  wait_for(2);
  say("core 1 got", got[0]);
  say("core 0 did not", acknowledge());
  WRITE(S3_0_C12_C11_5, 1ull << 40 | 7ull << 24);
  ISB();
  wait_for(3);
  say("core 1 got", got[1]);
  wait_until_off(1);
}

void run(void) {
  mmu_on();
  gic_start();
  identification();
  priorities();
  sets_and_clears();
  priority_masking();
  binary_point();
  two_step_end();
  groups_and_enables();
  software_interrupts();
  routing();
}
