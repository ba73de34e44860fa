// Lab 6: stage 2 of a hypervisor for two guests. It compiles, and maps nothing.
#include "hypervisor.h"

void stage2_begin(struct guest* guest) {
  guest->vmid = 0;
  guest->root = lab_page();
}

void stage2_load(const struct guest* guest) {
  WRITE(VTCR_EL2, VTCR_VALUE);
  WRITE(VTTBR_EL2, VTTBR(guest->vmid, guest->root));
  WRITE(HCR_EL2, HCR_VALUE);
  ISB();
}

void stage2_map(struct guest* guest, u64 ipa, u64 pa, enum access access) {
  (void)guest, (void)ipa, (void)pa, (void)access;
}

void stage2_fault(struct guest* guest, struct vcpu* vcpu) {
  // Which IPA? HPFAR_EL2 has its page, FAR_EL2 the rest. guest_frame() says what is there.
  (void)guest, (void)vcpu;
}

void stage2_unmap(struct guest* guest, u64 ipa) { (void)guest, (void)ipa; }
