#include "support/gic.h"

#define GICD 0x08000000ull
#define GICR 0x080a0000ull
#define GICR_STRIDE 0x20000ull
#define SGI_FRAME 0x10000ull
#define MMIO32(address) (*(volatile u32*)(address))

// By encoding: ICC_SRE_EL2, ICC_SRE_EL1, ICC_PMR_EL1, ICC_IGRPEN1_EL1, ICC_IAR1_EL1, ICC_EOIR1_EL1,
// ICC_SGI1R_EL1, in this order below.
static u64 redistributor(void) { return GICR + core_number() * GICR_STRIDE; }

void gic_start(void) {
  if (core_number() == 0) MMIO32(GICD) = 1 << 4 | 1 << 1 | 1;  // ARE, both groups: no Security
  MMIO32(redistributor() + 0x14) &= ~2u;                       // GICR_WAKER.ProcessorSleep
  while (MMIO32(redistributor() + 0x14) & 4) {                 // ChildrenAsleep
  }
  MMIO32(redistributor() + SGI_FRAME + 0x80) = ~0u;            // GICR_IGROUPR0: all Group 1
  if (at_el2()) {
    WRITE(S3_4_C12_C9_5, 0xf);
    ISB();
  }
  WRITE(S3_0_C12_C12_5, 7);
  ISB();
  WRITE(S3_0_C4_C6_0, 0xff);
  WRITE(S3_0_C12_C12_7, 1);
  ISB();
}

void gic_enable(unsigned interrupt) {
  ((volatile unsigned char*)(redistributor() + SGI_FRAME + 0x400))[interrupt] = 0x80;
  MMIO32(redistributor() + SGI_FRAME + 0x100) = 1u << interrupt;
  DSB();
}

void gic_disable(unsigned interrupt) {
  MMIO32(redistributor() + SGI_FRAME + 0x180) = 1u << interrupt;
  DSB();
}

unsigned gic_acknowledge(void) {
  const unsigned interrupt = (unsigned)READ(S3_0_C12_C12_0);
  DSB();
  return interrupt;
}

void gic_end(unsigned interrupt) {
  WRITE(S3_0_C12_C12_1, interrupt);
  ISB();
}

void gic_send_sgi(unsigned interrupt, unsigned core) {
  DSB();  // what the other core will read is there before the interrupt
  WRITE(S3_0_C12_C11_5, (u64)interrupt << 24 | 1u << core);
  ISB();
}
