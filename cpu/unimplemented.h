// Accesses to system register encodings that nothing here implements. They are UNDEFINED, as the
// architecture says of unallocated ones; the list lets the platform tell the user which they were.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

namespace armature::cpu {

struct UndefinedAccess {
  std::uint16_t encoding = 0;  // sysreg_encoding
  bool write = false;
  std::uint64_t pc = 0;  // of the first such access
  bool operator==(const UndefinedAccess&) const = default;
};

struct UnimplementedLog {
  static constexpr std::size_t kSysregsMax = 64;
  std::vector<UndefinedAccess> unimplemented_sysregs;  // each encoding and direction once

  void note(const UndefinedAccess& access) {
    const auto same = [&](const UndefinedAccess& seen) {
      return seen.encoding == access.encoding && seen.write == access.write;
    };
    if (unimplemented_sysregs.size() < kSysregsMax &&
        std::none_of(unimplemented_sysregs.begin(), unimplemented_sysregs.end(), same)) {
      unimplemented_sysregs.push_back(access);
    }
  }
};

}  // namespace armature::cpu
