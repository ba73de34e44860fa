// How the machine starts KCore: the one description that the loader and the firmware share.
//
//   KCore        ELF between kFirmwareBase and kFirmwareLimit, entered at its entry point at EL2 on
//                core 0 with the MMU off and all registers 0; other cores are off until PSCI CPU_ON.
//   device tree  at the base of RAM, at most kDeviceTreeBytes.
//   payloads     one node a payload below /chosen, described by the names below:
//                  module@42000000 { compatible = "armature,module"; armature,kind = "kernel";
//                                    reg = <0 0x42000000 0 0x2000000>; };
//                at or above kFirmwareLimit.
//   reserved     kReservedRanges nodes below /reserved-memory, of compatible
//                ARMATURE_RESERVED_COMPATIBLE, no-map, their reg all zeroes: KCore writes there what
//                memory is its own, so that the tree need not grow.
#pragma once

#define ARMATURE_MODULE_NODE "module"
#define ARMATURE_MODULE_COMPATIBLE "armature,module"
#define ARMATURE_MODULE_KIND "armature,kind"
#define ARMATURE_RESERVED_COMPATIBLE "armature,firmware-memory"
// Of a VM's manifest module (image.h), optional: how often KServ makes the VM, one cell, default 1.
// After each power-off but the last it is made again from the same modules.
#define ARMATURE_MODULE_RUNS "armature,runs"

namespace armature::abi {

inline constexpr unsigned long kDeviceTreeBase = 0x40000000;
inline constexpr unsigned long kDeviceTreeBytes = 0x100000;
inline constexpr unsigned long kFirmwareBase = 0x40100000;
inline constexpr unsigned long kFirmwareLimit = 0x42000000;
inline constexpr unsigned kReservedRanges = 2;
// Kinds of payload known so far.
inline constexpr const char* kKindKernel = "kernel";  // an arm64 Image, entered at its first byte
inline constexpr const char* kKindInitrd = "initrd";  // also named by linux,initrd-start/-end

}  // namespace armature::abi
