#include "hypervisor.h"

void stage2_begin(struct guest* guest) {
  guest->vmid = guest->number + 1;
  guest->root = lab_page();
}

void stage2_load(const struct guest* guest) {
  WRITE(VTCR_EL2, VTCR_VALUE);
  WRITE(VTTBR_EL2, VTTBR(guest->vmid, guest->root));
  WRITE(HCR_EL2, HCR_VALUE);
  ISB();
}

static u64* entry_of(struct guest* guest, u64 ipa, int make) {
  u64* table = guest->root;
  for (unsigned level = 1; level < 3; ++level) {
    u64* entry = &table[ipa >> (39 - 9 * level) & 511];
    if (!(*entry & PTE_VALID)) {
      if (!make) return 0;
      u64* below = lab_page();
      DSB_ISHST();  // its zeroes, before a walker can be led there
      *(volatile u64*)entry = (u64)below | PTE_TABLE;
    }
    table = (u64*)(*entry & PTE_ADDRESS);
  }
  return &table[ipa >> 12 & 511];
}

void stage2_map(struct guest* guest, u64 ipa, u64 pa, enum access access) {
  const u64 rights = access == READ_WRITE ? S2_READ | S2_WRITE : S2_READ;
  *(volatile u64*)entry_of(guest, ipa, 1) =
      pa | PTE_PAGE | PTE_AF | PTE_INNER_SHAREABLE | S2_NORMAL | rights;
  DSB_ISHST();  // before the guest tries again, on any core
}

void stage2_fault(struct guest* guest, struct vcpu* vcpu) {
  const u64 ipa = vcpu->hpfar >> 4 << 12 | (vcpu->far & 0xfff);
  const struct frame frame = guest_frame(guest, ipa);
  if (frame.access != NO_MEMORY) {
    stage2_map(guest, ipa & ~0xfffull, frame.pa, (enum access)frame.access);
    return;
  }
  const unsigned number = ISS_SRT(vcpu->esr);
  if (ISS_WNR(vcpu->esr)) {
    device_write(guest, ipa, number == 31 ? 0 : vcpu->x[number]);
  } else {
    const u64 value = device_read(guest, ipa);
    if (number != 31) vcpu->x[number] = value;
  }
  vcpu->pc += 4;
}

void stage2_unmap(struct guest* guest, u64 ipa) {
  *(volatile u64*)entry_of(guest, ipa, 0) = 0;
  DSB_ISHST();  // the walkers of all cores see it before any of them loses an entry
  const u64 before = READ(VTTBR_EL2);
  WRITE(VTTBR_EL2, VTTBR(guest->vmid, guest->root));
  ISB();  // the TLBIs below act on this guest's VMID
  TLBI(ipas2e1is, ipa >> 12);
  TLBI_ALL(vmalle1is);
  DSB_ISH();  // every core has done both
  WRITE(VTTBR_EL2, before);
  ISB();
}
