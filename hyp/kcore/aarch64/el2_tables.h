// KCore's own stage 1: the identity, in pages and, for RAM, 2 MB blocks; nothing both writable and
// executable. Built once by core 0 before any MMU is on; afterwards entries only go from invalid to
// valid, and none at all after seal().
#pragma once

#include <cstddef>
#include <cstdint>

#include "hyp/kcore/page_pool.h"
#include "hyp/kcore/types.h"

namespace armature::kcore::aarch64 {

enum class Mapping : std::uint8_t { code, constants, data, device };

class El2Tables {
 public:
  static constexpr std::size_t kPages = 96;  // 64 GiB of RAM, one for each

  // With the MMU off: maps KCore's image and the device tree.
  void build();
  // Adds what was invalid; false when no table page is left or an entry is taken.
  bool map(const PhysicalRange& range, Mapping mapping);
  // Nothing changes after this.
  void seal() { sealed_ = true; }
  // For planted::Bug::el2_mapping_changed only: the last descriptor's access flag goes off and on.
  void change_for_a_planted_bug();

 private:
  std::uint64_t* next_level(std::uint64_t* entry);

  // The root comes first: TTBR0_EL2 is the address of this object.
  TablePage pages_[kPages];
  std::size_t used_;
  bool sealed_;
};

extern El2Tables g_el2_tables;

}  // namespace armature::kcore::aarch64
