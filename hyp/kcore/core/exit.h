// Why a vCPU stopped, and what of it KCore does itself.
#pragma once

#include "hyp/kcore/core/core.h"
#include "hyp/kcore/core/processor.h"

namespace armature::kcore {

enum class Next : std::uint8_t { enter_again, exit_to_kserv };

// Does what KCore does, notes in the vCPU what KServ may answer, and fills `out` with what KServ may
// see. The vCPU is active on this core.
Next handle_exit(Core& core, Vm& vm, Vcpu& vcpu, const arch::GuestExit& exit, abi::MailboxOut& out);

// PSCI of a VM (Arm DEN 0022); true when `function` is one of its numbers.
bool is_psci(std::uint64_t function);
Next handle_psci(Core& core, Vm& vm, Vcpu& vcpu, abi::MailboxOut& out);

}  // namespace armature::kcore
