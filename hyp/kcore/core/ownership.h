// Moving pages between KServ, KCore and the VMs. Each function needs the lock s2page held, and checks
// nothing that its caller has not: first all checks, then all changes.
#pragma once

#include "hyp/kcore/core/core.h"

namespace armature::kcore {

// Every page of [base, base + pages) is RAM, KServ's and not a mailbox.
bool is_kservs(Core& core, PhysicalAddress base, std::uint64_t pages);
inline bool is_kservs(Core& core, PhysicalAddress page) { return is_kservs(core, page, 1); }

// The pages leave KServ and are the VM's, at the guest frames from `gfn` on. On return no core reaches
// them through KServ's stage 2 and memory holds what KServ last wrote, with no line in any cache.
void assign_to_vm(Core& core, Vm& vm, std::uint64_t gfn, PhysicalAddress base, std::uint64_t pages);

// The page of a VM whose stage 2 is closed is zero, in memory as well as in caches, and KServ's.
void reclaim_from_vm(Core& core, Vm& vm, PhysicalAddress page);

// KServ no longer reaches a page that the VM had granted.
void end_grants(Core& core, PhysicalAddress page);

// The VM's calls (hyp/abi/calls.h): 0, or -1 and nothing changed.
std::int64_t grant(Core& core, Vm& vm, std::uint64_t gpa, std::uint64_t bytes);
std::int64_t revoke(Core& core, Vm& vm, std::uint64_t gpa, std::uint64_t bytes);

// Instruction caches may hold what lay in pages that have changed hands: no core executes it any more.
void forget_instructions();

}  // namespace armature::kcore
