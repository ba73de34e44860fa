// What an access is (AccessDescriptor) and how it failed (FaultRecord): values passed between
// cpu, mmu, tlb and cache. Guest faults are values, never C++ exceptions.
#pragma once

#include <cstdint>

#include "sim/base/types.h"

namespace armature {

enum class AccessKind : std::uint8_t {
  read,
  write,
  fetch,
  cache_maintenance,  // DC/IC by VA (the permission it needs depends on the operation)
  address_translation,  // AT: never faults towards the program, result goes to PAR_EL1
};

struct AccessDescriptor {
  AccessKind kind = AccessKind::read;
  bool write = false;         // needs write permission (stores, DC IVAC, AT *W, DC ZVA)
  bool privileged = true;     // false at EL0 and for LDTR/STTR-class accesses below EL2
  bool acquire_release = false;
  bool exclusive = false;
  bool zeroing = false;       // DC ZVA
  // For the syndrome: ISV/SAS/SSE/SRT/SF/AR are built by the cpu, not here.
};

enum class FaultType : std::uint8_t {
  none,
  address_size,
  translation,
  access_flag,
  permission,
  alignment,
  synchronous_external,
  synchronous_external_on_walk,
  tlb_conflict,
  unsupported_exclusive,
};

enum class Stage : std::uint8_t { stage1 = 1, stage2 = 2 };

struct FaultRecord {
  FaultType type = FaultType::none;
  Stage stage = Stage::stage1;    // whose table faulted
  std::int8_t level = 0;          // 0..3, where the syndrome has one
  bool s2fs1walk = false;         // stage 2 fault on a stage 1 walk (ISS.S1PTW)
  IntermediateAddress ipa{};      // of the faulting access or descriptor; stage 2 faults only
  bool external_write = false;    // external abort came from a write

  bool operator==(const FaultRecord&) const = default;
};

}  // namespace armature
