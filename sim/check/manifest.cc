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

int Manifest::find_lock(unsigned what, unsigned index) const {
  for (std::size_t n = 0; n < locks.size(); ++n) {
    if (locks[n].guards == what && locks[n].index == index) return static_cast<int>(n);
  }
  return -1;
}

}  // namespace armature::check
