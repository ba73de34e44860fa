// runs at: el1 el2
// cpus: cortex-a57 cortex-a72
#include "support/test.h"

void run(void) {
  say("CurrentEL", READ(CurrentEL));
  say("DAIF", READ(DAIF));
  say("SPSel", READ(SPSel));
  say("MIDR_EL1", READ(MIDR_EL1));
  say("MPIDR_EL1", READ(MPIDR_EL1));
  say("SCTLR M, C, I", READ_EL(SCTLR) & 0x1005);
  say("CNTFRQ_EL0", READ(CNTFRQ_EL0));
  say("CTR_EL0", READ(CTR_EL0));
  say("DCZID_EL0", READ(DCZID_EL0));
  say("ID_AA64MMFR0_EL1", READ(ID_AA64MMFR0_EL1));
  say("ID_AA64ISAR0_EL1", READ(ID_AA64ISAR0_EL1));
  if (at_el2()) {
    // Virtual identification registers start as copies, and a write shows at EL1 only.
    check("VPIDR_EL2 starts as MIDR_EL1", READ(VPIDR_EL2) == READ(MIDR_EL1));
    check("VMPIDR_EL2 starts as MPIDR_EL1", READ(VMPIDR_EL2) == READ(MPIDR_EL1));
  }
}
