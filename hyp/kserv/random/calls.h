// Every call that a player makes: counted, and held against what must come of it.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "hyp/kserv/machine.h"

namespace armature::kserv::random {

enum class Expect : std::uint8_t {
  accepted,
  refused,
  either,  // another core may have been faster
};

// Makes the call. A result that is not as expected is said, and counted as wrong.
std::int64_t make(Expect expect, abi::Call number, std::uint64_t x1 = 0, std::uint64_t x2 = 0,
                  std::uint64_t x3 = 0, std::uint64_t x4 = 0);

// Anything else that must be so: what a page holds, what a guest reports.
void must(bool is_so, const char* what, std::uint64_t where, std::uint64_t found = 0);

std::uint64_t calls_made();
// Prints how often each call was accepted and refused, and the sum.
void print_calls(std::uint64_t seed);

}  // namespace armature::kserv::random
