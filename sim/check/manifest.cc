#include "sim/check/manifest.h"

#include <fmt/format.h>

namespace armature::check {

std::string principal_name(Principal principal) {
  switch (principal) {
    case kNobody:
      return "nobody";
    case kFirmware:
      return "KCore";
    case kHost:
      return "KServ";
    default:
      return fmt::format("VM {}", principal - kFirstVm);
  }
}

const Manifest::TablePool* Manifest::pool_of(PhysicalAddress address) const {
  for (const TablePool& pool : pools) {
    if (address.value - pool.base.value < pool.bytes) return &pool;
  }
  return nullptr;
}

}  // namespace armature::check
