// What a hostile KServ does at the places of hyp/kserv/conduct.h: the attacks that its command line
// names (attack=NAME,..., all, or list), each at its moment, on VM 0 when that runs the guest `secret`.
#pragma once

#include <cstdint>
#include <optional>

namespace armature::kserv::hostile {

// Set by an attack at Moment::entry that has entered the vCPU itself: what vcpu_run returned.
extern std::optional<std::int64_t> entry_taken;

}  // namespace armature::kserv::hostile
