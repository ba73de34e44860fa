// KCore's planted faults: each image is run under every checker, and the kill matrix says who caught it.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "sim/check/verdict.h"

namespace armature::platform {

struct PlantedBug {
  unsigned number;  // in the catalogue
  std::string_view name, meaning;
};
const std::vector<PlantedBug>& planted_bugs();

struct UncaughtBug {  // known, not built
  unsigned number;
  std::string_view meaning, why;
};
const std::vector<UncaughtBug>& uncaught_bugs();

struct BugImages {
  std::string hyp;       // folder with kserv.img, *.guest and planted/*.elf
  std::string programs;  // folder with the bare-metal kernels
};

// One image in one TLB mode, with seeds 1, 2, ... until some checker finds a violation; the image without
// a fault ("none") with all of them.
struct Hunt {
  std::string bug, mode;
  unsigned seeds = 4;
};

struct Quarry {
  struct Catch {
    std::string what;  // the sentence of its first violation
    unsigned core = 0;
    std::uint64_t pc = 0;
    std::string instruction;  // at that pc
  };
  unsigned seed = 0;                    // the one that killed; 0: none did
  std::map<check::Rule, Catch> caught;  // by that seed, or for "none" by any
  std::vector<std::string> complaints;  // runs that did not end as they should, or could not be run
  double seconds = 0;                   // of host time
};

// Hunts in processes of their own, `jobs` at a time, and tells of each in the order of `hunts`.
void go_hunting(const BugImages& images, unsigned jobs, const std::vector<Hunt>& hunts,
                const std::function<void(const Hunt&, const Quarry&)>& tell);

}  // namespace armature::platform
