// Puts a configuration's images into memory by QEMU's placement rules and says where core 0 starts.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/base/types.h"
#include "sim/check/manifest.h"
#include "sim/config/run_config.h"
#include "sim/memory/memory_map.h"

namespace armature::platform {

struct LoadedPiece {
  std::string what;
  PhysicalAddress address{};
  std::uint64_t bytes = 0;
};

// A piece of a VM below /chosen.
struct VmModule {
  std::string name;  // "vm0.manifest", "vm1.image0"
  PhysicalAddress address{};
  std::string file;                 // whose bytes it has, or
  std::vector<std::uint8_t> bytes;  // what was made here
};

struct BootPlan {
  VirtualAddress entry{};           // core 0's pc
  std::vector<LoadedPiece> pieces;  // what lies where, for messages and --emit-qemu
  std::vector<VmModule> vm_modules;
  std::vector<std::uint8_t> device_tree;
  PhysicalAddress device_tree_address{};
  // What -bios finds through fw_cfg.
  std::vector<std::uint8_t> kernel, initrd;
  bool boots_kernel = false;  // -kernel or --firmware lies in memory and is entered
  check::Manifest manifest;   // from the firmware's ELF note, empty when it has none
};

// `again`: after a reset. Flash keeps what was programmed, and what an image leaves unsaid of its
// memory (bss) is zeroed, as QEMU does.
enum class LoadTime : std::uint8_t { first, again };

// Loads everything; `memory` has its regions. Throws UserError for files that do not fit.
BootPlan load_images(const RunConfig& config, MemoryMap& memory, LoadTime time = LoadTime::first);

}  // namespace armature::platform
