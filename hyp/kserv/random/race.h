// VMs that all cores play with at once, each without regard for the others: what a call gives nobody
// can know, only that nothing breaks.
#pragma once

#include <array>
#include <cstdint>

#include "hyp/kserv/random/random.h"

namespace armature::kserv::random {

// One core's part in it.
class Racer {
 public:
  void play(Random& random);

 private:
  static constexpr unsigned kMaxGone = 48;
  struct Gone {  // a page that one of the VMs has, or may still take
    std::uint64_t vmid, page;
  };
  void open(Random& random);
  void load(std::uint64_t vmid);
  void run(Random& random, unsigned arena, std::uint64_t vmid, unsigned vcpu);
  void end(Random& random, unsigned arena, std::uint64_t vmid);
  void take_back(Random& random);
  void note(std::uint64_t vmid, std::uint64_t page) { gone_[count_++] = {vmid, page}; }

  std::array<Gone, kMaxGone> gone_{};
  unsigned count_ = 0;
};

}  // namespace armature::kserv::random
