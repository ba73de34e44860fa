// The places where a hostile KServ does something else. conduct.cc is the honest conduct; the image
// kserv-hostile.img has hostile/ in its place.
#pragma once

#include <cstdint>

#include "hyp/kserv/device_tree.h"

namespace armature::kserv {

struct Vm;
struct Vcpu;

namespace conduct {

// On core 0, before any VM is made.
void begin(const DeviceTree& tree);
// On every core, when no vCPU is on it.
void between_slices();
// Into the vCPU, whose mailbox is filled, and back. Negative: refused, a Result.
std::int64_t enter(Vm& vm, Vcpu& vcpu);
// Memory that is about to be given to the VM.
void before_offer(Vm& vm, const Range& memory);
// What a VM's hypercall gets that no one else answers.
std::uint64_t answer(Vm& vm, std::uint64_t function);
// A VM has powered off; its pages are still its own, and then KServ's again.
void before_pages_return(Vm& vm);
void after_pages_returned(Vm& vm);

}  // namespace conduct
}  // namespace armature::kserv
