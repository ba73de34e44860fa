// What every statistics file and log says about the run it came from.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace armature {

struct RunMetadata {
  std::string preset;
  std::uint64_t quantum = 0;  // cycles a window; 0 = instruction by instruction
  std::uint64_t seed = 0;
  unsigned cores = 1;
  std::vector<std::pair<std::string, std::string>> more;  // further keys, in the order given
  // The whole configuration as dump_toml() gives it; logs keep it, statistics files do not.
  std::string configuration;
};

}  // namespace armature
