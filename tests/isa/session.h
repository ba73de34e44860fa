// A fuzz run: batches of cases through both sides, differences narrowed and counted by row.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "compare.h"
#include "generator.h"

namespace armature::isa {

struct SessionOptions {
  std::uint64_t seed = 1;
  std::uint64_t instructions = 100'000;  // at least so many are run
  std::uint64_t first_case = 0;
  unsigned reports_max = 1;  // differences narrowed and described
  bool fast = true;
  GeneratorOptions generator{};
  std::string runner{};         // path of the QEMU runner
  std::string replay_prefix{};  // command line that a report repeats
};

struct SessionResult {
  std::uint64_t cases = 0, instructions = 0, different = 0, faulted = 0;
  std::map<std::string, unsigned> by_row{};  // of the narrowed differences
  std::string report{};
};

// Sequences: equal final registers, flags, vectors, FPSR, memory and faults.
SessionResult run_sequences(const SessionOptions& options);

// Single words near the allocated space: both sides agree on what is UNDEFINED, and on the result
// where neither does. Known laxities of QEMU are listed in laxities.cc.
SessionResult run_words(const SessionOptions& options);

// Why this word may differ from QEMU, or nothing.
const char* known_laxity(std::uint32_t word);

}  // namespace armature::isa
