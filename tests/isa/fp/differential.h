// Every floating-point row of the decode table against qemu-aarch64, on many states.
#pragma once

#include <cstdint>
#include <string>

namespace armature::isa::fp {

struct DifferentialOptions {
  std::string guest;  // path of the guest program
  std::uint64_t seed = 1;
  std::uint64_t states = 1'000'000;  // at least so many states in all
  std::string row{};                 // only rows whose name contains this
};

struct DifferentialReport {
  std::uint64_t instructions = 0;  // words tried
  std::uint64_t states = 0;        // results compared
  std::uint64_t undefined = 0;     // words UNDEFINED on both sides
  std::uint64_t differences = 0;
  std::string first{};  // descriptions of the first differences
};

// Throws std::runtime_error when the guest cannot run.
DifferentialReport run_differential(const DifferentialOptions& options);

}  // namespace armature::isa::fp
