// KCore's planted faults: each image is run under every checker, and the kill matrix says who caught it.
#pragma once

#include <cstdint>
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

struct BugOptions {
  std::string hyp;       // folder with kserv.img, *.guest and planted/*.elf
  std::string programs;  // folder with the bare-metal kernels
  std::vector<std::string> modes{"normal"};
  unsigned seeds = 1;  // tried one after the other until one kills
  std::uint64_t max_instructions = 40'000'000;
};

struct BugRun {
  std::map<check::Rule, std::string> caught;  // rule, and the sentence of its first violation
  std::string end;                            // how the run ended, when it was cut short
  double seconds = 0;
};

// One image once, in a process of its own. `bug` is a name of planted_bugs() or "none".
BugRun run_planted(const BugOptions& options, std::string_view bug, std::string_view mode,
                   std::uint64_t seed);

}  // namespace armature::platform
