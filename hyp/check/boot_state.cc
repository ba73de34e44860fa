#include "hyp/check/boot_state.h"

#include <fmt/format.h>

namespace armature::hyp {

std::vector<BootFault> boot_faults(const check::Scene& scene, const PageArray& pages) {
  std::vector<BootFault> faults;
  if (const auto zero = pages.find(0)) {
    faults.push_back({0, fmt::format("page 0 is {}'s, and must be nobody's",
                                     check::principal_name(zero->owner))});
  }
  for (const check::Manifest::OwnMemory& own : scene.manifest.own_memory) {
    const std::uint64_t base = scene.machine->read64(own.base_cell) & ~(kFrameBytes - 1);
    const std::uint64_t bytes = scene.machine->read64(own.bytes_cell);
    for (std::uint64_t page = base; page < base + bytes; page += kFrameBytes) {
      const auto owner = pages.find(page);
      if (!owner || owner->owner == check::kFirmware) continue;
      faults.push_back({page, fmt::format("page {:#x} lies in KCore's own memory, but is {}'s", page,
                                          check::principal_name(owner->owner))});
      break;  // one of each range is enough
    }
  }
  return faults;
}

}  // namespace armature::hyp
