// PSCI between the kernel and the machine (Arm DEN 0022): KCore relays what it knows, starts new
// cores in itself first, and refuses the rest.
#pragma once

#include <cstdint>

#include "hyp/kcore/core/core.h"
#include "hyp/kcore/cpu.h"

namespace armature::kcore {

namespace psci {

inline constexpr std::uint32_t kVersion = 0x8400'0000;
inline constexpr std::uint32_t kCpuSuspend32 = 0x8400'0001, kCpuSuspend64 = 0xc400'0001;
inline constexpr std::uint32_t kCpuOff = 0x8400'0002;
inline constexpr std::uint32_t kCpuOn32 = 0x8400'0003, kCpuOn64 = 0xc400'0003;
inline constexpr std::uint32_t kAffinityInfo32 = 0x8400'0004, kAffinityInfo64 = 0xc400'0004;
inline constexpr std::uint32_t kMigrateInfoType = 0x8400'0006;
inline constexpr std::uint32_t kSystemOff = 0x8400'0008, kSystemReset = 0x8400'0009;
inline constexpr std::uint32_t kFeatures = 0x8400'000a;

inline constexpr std::int64_t kSuccess = 0, kNotSupported = -1, kInvalidParameters = -2,
                              kAlreadyOn = -4, kOnPending = -5, kInvalidAddress = -9;

// One of the functions above: all that KServ and the VMs get.
bool is_known(std::uint64_t function);

// A call by SMC or HVC; those of the 32-bit convention use the low halves of their arguments.
struct Call {
  Call(std::uint64_t x0, std::uint64_t x1, std::uint64_t x2, std::uint64_t x3);
  std::uint32_t function;
  std::uint64_t arguments[3];
};

}  // namespace psci

// One SMC of `caller`: the value for its x0.
std::int64_t handle_firmware_call(CpuTable& cpus, Core& core, Cpu& caller, const psci::Call& call);

// A core that has arrived in KCore takes what it was started with.
struct KernelEntry {
  IntermediateAddress entry{};
  std::uint64_t context = 0;
};
KernelEntry arrive(CpuTable& cpus, Cpu& self);

}  // namespace armature::kcore
