// The baseline of the measurements (tests/bench/hypervisor): a build in which EL2 only switches worlds, as
// in KVM. KServ is trusted and runs without a stage 2, pages have no owners and are not scrubbed, and
// what KServ asks for is done unchecked. All else is the same code. Never for anything but measuring.
#pragma once

namespace armature::kcore {

#ifdef KCORE_BASELINE
inline constexpr bool kTrustsKServ = true;
#else
inline constexpr bool kTrustsKServ = false;
#endif

}  // namespace armature::kcore
