// What lies where in physical memory, as far as the isolation of KCore depends on it.
#pragma once

#include <array>
#include <cstdint>

#include "hyp/kcore/types.h"

namespace armature::kcore {

class MemoryMap {
 public:
  static constexpr unsigned kMaxRam = 8;

  void set_kcore(const PhysicalRange& range) { kcore_ = range; }
  bool add_ram(const PhysicalRange& range) {
    if (count_ == kMaxRam) return false;
    ram_[count_++] = range;
    return true;
  }

  // CHOICE: what is not RAM is a device that the kernel may reach, as in SeKVM; an access to
  // nothing at all gets the external abort that the bus gives.
  enum class Kind : std::uint8_t { ram, device, kcore };
  Kind kind(PhysicalAddress address) const {
    if (kcore_.contains(address)) return Kind::kcore;
    for (unsigned n = 0; n < count_; ++n) {
      if (ram_[n].contains(address)) return Kind::ram;
    }
    return Kind::device;
  }

  const PhysicalRange& kcore() const { return kcore_; }
  std::uint64_t ram_bytes() const {
    std::uint64_t sum = 0;
    for (unsigned n = 0; n < count_; ++n) sum += ram_[n].bytes;
    return sum;
  }
  bool is_ram(const PhysicalRange& range) const {
    for (unsigned n = 0; n < count_; ++n) {
      if (ram_[n].contains(range.base) && range.bytes != 0 &&
          ram_[n].contains({range.base.value + range.bytes - 1})) {
        return true;
      }
    }
    return false;
  }

 private:
  PhysicalRange kcore_{};
  std::array<PhysicalRange, kMaxRam> ram_{};
  unsigned count_ = 0;
};

}  // namespace armature::kcore
