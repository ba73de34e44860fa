// Barriers, TLB and cache maintenance of hyp/kcore/core/processor.h. What orders what is said where
// the core calls them.
#include "hyp/kcore/core/processor.h"

#include "hyp/kcore/aarch64/system_register.h"
#include "hyp/kcore/cpu.h"
#include "hyp/kcore/planted.h"

extern "C" {
// oracle.S
void kcore_load_mailbox(std::uint64_t* to, const void* from, std::size_t words);
void kcore_load_manifest(std::uint64_t* to, const void* from, std::size_t words);
void kcore_load_sealed(std::uint64_t* to, const void* from, std::size_t words);
void kcore_load_vm_page(std::uint64_t* to, const void* from, std::size_t words);
}

namespace armature::kcore::arch {

using namespace aarch64;

std::uint64_t read_vttbr() { return KCORE_READ_REGISTER(VTTBR_EL2); }
void write_vttbr(std::uint64_t value) { KCORE_WRITE_REGISTER(VTTBR_EL2, value); }

void isb() { asm volatile("isb" ::: "memory"); }
void dsb_ishst() { asm volatile("dsb ishst" ::: "memory"); }
void dsb_ish() { asm volatile("dsb ish" ::: "memory"); }
void dsb_sy() { asm volatile("dsb sy" ::: "memory"); }
void tlbi_ipas2e1is(IntermediateAddress page) {
  if (planted::is(planted::Bug::local_tlbi)) {
    asm volatile("tlbi ipas2e1, %0" ::"r"(page.value >> 12) : "memory");
    return;
  }
  asm volatile("tlbi ipas2e1is, %0" ::"r"(page.value >> 12) : "memory");
}
void tlbi_vmalle1is() {
  if (planted::is(planted::Bug::local_tlbi)) {
    asm volatile("tlbi vmalle1" ::: "memory");
    return;
  }
  asm volatile("tlbi vmalle1is" ::: "memory");
}
void tlbi_vmalls12e1is() { asm volatile("tlbi vmalls12e1is" ::: "memory"); }
void tlbi_alle1is() { asm volatile("tlbi alle1is" ::: "memory"); }
void ic_ialluis() { asm volatile("ic ialluis" ::: "memory"); }

void read_oracle(abi::Datum what, std::uint64_t* to, PhysicalAddress from, std::size_t words) {
  const auto* source = pointer_to<const void>(from);
  if (words == 0) return;
  switch (what) {
    case abi::Datum::none: return;
    case abi::Datum::mailbox: return kcore_load_mailbox(to, source, words);
    case abi::Datum::manifest: return kcore_load_manifest(to, source, words);
    case abi::Datum::sealed: return kcore_load_sealed(to, source, words);
    case abi::Datum::vm_page: return kcore_load_vm_page(to, source, words);
  }
}

void zero_page(PhysicalAddress page) {
  for (auto at = page.value; at != page.value + kPageBytes; at += 64) {
    asm volatile(
        "stp xzr, xzr, [%0]\n"
        "stp xzr, xzr, [%0, #16]\n"
        "stp xzr, xzr, [%0, #32]\n"
        "stp xzr, xzr, [%0, #48]" ::"r"(at)
        : "memory");
  }
}

void clean_invalidate_page(PhysicalAddress page) {
  const std::uint64_t line_bytes = data_line_bytes();
  for (auto at = page.value; at != page.value + kPageBytes; at += line_bytes) {
    asm volatile("dc civac, %0" ::"r"(at) : "memory");
  }
}

unsigned this_core() {
  return reinterpret_cast<const Cpu*>(KCORE_READ_REGISTER(TPIDR_EL2))->number;
}

unsigned list_register_count() {
  if (!has_gic_registers()) return 0;
  return static_cast<unsigned>(ich_vtr_el2::ListRegs::get(KCORE_READ_REGISTER(ICH_VTR_EL2))) + 1;
}

unsigned physical_address_bits() {
  constexpr unsigned kBits[] = {32, 36, 40, 42, 44, 48, 52};
  const auto range = id_aa64mmfr0_el1::PARange::get(KCORE_READ_REGISTER(ID_AA64MMFR0_EL1));
  return range < 7 ? kBits[range] : 48;
}

}  // namespace armature::kcore::arch
