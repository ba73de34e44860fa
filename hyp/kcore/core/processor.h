// What the core needs from the processor beyond hyp/kcore/arch.h: single operations, so that their
// order is the core's and the fake can check it. aarch64/ implements them for the machine, fake/ for
// tests on the host.
#pragma once

#include <cstdint>

#include "hyp/abi/manifest.h"
#include "hyp/kcore/arch.h"
#include "hyp/kcore/core/shadow_context.h"
#include "hyp/kcore/types.h"

namespace armature::kcore::arch {

// Which stage 2 the TLB maintenance below is for.
std::uint64_t read_vttbr();
void write_vttbr(std::uint64_t value);

void isb();
void dsb_ishst();
void dsb_ish();
void dsb_sy();
void tlbi_ipas2e1is(IntermediateAddress page);  // stage 2 of one page, all cores, current VMID
void tlbi_vmalle1is();     // stage 1 and combined entries, all cores, current VMID
void tlbi_vmalls12e1is();  // everything of the current VMID, all cores
void tlbi_alle1is();       // everything of EL1&0, all VMIDs, all cores
void ic_ialluis();         // instruction caches of all cores

// Loads each word once, in order, from memory that is not KCore's own; both addresses aligned to 8.
void read_oracle(abi::Datum what, std::uint64_t* to, PhysicalAddress from, std::size_t words);

// RAM through KCore's linear map, cacheable.
void zero_page(PhysicalAddress page);
// DC CIVAC of each line. Complete after the next dsb_sy().
void clean_invalidate_page(PhysicalAddress page);

unsigned this_core();              // 0..kMaxCpus - 1
unsigned list_register_count();    // ICH_VTR_EL2.ListRegs + 1
unsigned physical_address_bits();  // ID_AA64MMFR0_EL1.PARange

// One stay of a vCPU on this core.
struct GuestRun {
  std::uint64_t vttbr;  // VMID and root
  std::uint64_t cntvoff;
  std::uint64_t gic_flags;  // ICH_HCR_EL2 bits besides En, already checked
  unsigned list_registers;  // how many of the context's are in use
  // Another vCPU of this VM ran here last, or this one elsewhere: the same ASID may mean another
  // address space. Local TLBI VMALLE1 and DSB NSH under `vttbr` before entry.
  bool forget_translations;
};
struct GuestExit {
  enum class Cause : std::uint8_t { synchronous, interrupt, system_error };
  Cause cause;
  std::uint64_t esr, far, hpfar;
  std::uint64_t gic_misr;
};
// Leaves KServ's EL1 state aside, runs the vCPU until it exits, puts KServ's state back. On return the
// context holds all of the vCPU's registers, the list registers included, and the processor none.
GuestExit run_vcpu(ShadowContext& context, const GuestRun& run);

// The state of a vCPU that has just been reset, all but pc, pstate and x0.
void reset_context(ShadowContext& context, unsigned vcpuid);
// A trapped System register access that is not in hyp/abi, such as an identification register: done
// in the context, or false: it is UNDEFINED. The PC stays.
bool emulate_system_register(ShadowContext& context, std::uint64_t esr);

}  // namespace armature::kcore::arch
