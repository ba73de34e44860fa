#pragma once

#include "lab.h"

// Stage 2 of both guests: 39-bit IPAs, so the first level of lookup is level 1; 4 KB granule.
// VTCR_EL2: T0SZ 25, SL0 1 (level 1), walks inner shareable Write-Back, 40-bit PA.
#define VTCR_VALUE (1ull << 31 | 2ull << 16 | 3 << 12 | 1 << 10 | 1 << 8 | 1 << 6 | 25)
// HCR_EL2: EL1 is AArch64 (RW), stage 2 is on (VM).
#define HCR_VALUE (1ull << 31 | 1)

// Stage 2 descriptors: VALID, BLOCK, TABLE, PAGE, INNER_SHAREABLE and AF are as in stage 1.
#define S2_READ (1ull << 6)         // S2AP[0]
#define S2_WRITE (1ull << 7)        // S2AP[1]
#define S2_NORMAL (0b1111ull << 2)  // MemAttr: Normal, Write-Back
#define VTTBR(vmid, root) ((u64)(vmid) << 48 | (u64)(root))

// ESR_EL2.ISS of a Data Abort: whether bits 24:14 say what the access was, a store or a load, and of
// which register (31: the zero register). The guests' devices have 64-bit registers.
#define ESR_CLASS(esr) ((esr) >> 26 & 63)
#define DATA_ABORT 0x24
#define INSTRUCTION_ABORT 0x20
#define ISS_ISV(esr) ((esr) >> 24 & 1)
#define ISS_SRT(esr) ((esr) >> 16 & 31)
#define ISS_WNR(esr) ((esr) >> 6 & 1)

struct guest {
  u64 number;  // 0 or 1
  u64 vmid;    // yours
  u64* root;   // yours: the level 1 table
  u64 scratch[5];
};

// One virtual CPU as it left for EL2.
struct vcpu {
  u64 x[31], pc, pstate, sp;
  u64 esr, far, hpfar;  // of the last exit
};

// What is behind a page of a guest's address space. The harness decides; each page has one answer.
enum access { NO_MEMORY, READ_ONLY, READ_WRITE };
struct frame {
  u64 pa;
  u64 access;
};
struct frame guest_frame(struct guest* guest, u64 ipa);
// A device of the guest, where there is no memory.
void device_write(struct guest* guest, u64 ipa, u64 value);
u64 device_read(struct guest* guest, u64 ipa);

// ---- What you write, in lab.c

// Gives the guest its VMID and an empty level 1 table. Once for each guest.
void stage2_begin(struct guest* guest);
// Makes this core translate for the guest: before each entry into it, on whatever core.
void stage2_load(const struct guest* guest);
// Maps the page at `ipa` to the frame at `pa`; Normal memory.
void stage2_map(struct guest* guest, u64 ipa, u64 pa, enum access access);
// The guest left for EL2 because stage 2 has no translation for an access of it (vcpu->esr, far,
// hpfar). Memory: map it, the guest tries again. A device: do what the instruction wanted, go on
// behind it.
void stage2_fault(struct guest* guest, struct vcpu* vcpu);
// Takes the page away. When you return, the frame is given to the other guest: no core may use the old
// translation any more. The VTTBR_EL2 of this core may be the other guest's.
void stage2_unmap(struct guest* guest, u64 ipa);
