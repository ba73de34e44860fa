// Time of one scalar double handler, decoded once and called through its pointer:
// armature_fp_bench [calls]
#include <fmt/format.h>

#include <bit>
#include <chrono>
#include <cstdlib>

#include "cpu/decode.h"
#include "tests/cpu/core_fixture.h"

namespace {

using armature::cpu::Core;
using armature::cpu::Insn;

struct Case {
  const char* name;
  std::uint32_t word;  // Vd = V0, sources V1, V2, V3
};
constexpr Case kCases[] = {
    {"fadd d0, d1, d2", 0x1e622820},
    {"fmul d0, d1, d2", 0x1e620820},
    {"fdiv d0, d1, d2", 0x1e621820},
    {"fmadd d0, d1, d2, d3", 0x1f420c20},
    {"fadd v0.2d, v1.2d, v2.2d", 0x4e62d420},
    {"fmla v0.4s, v1.4s, v2.4s", 0x4e22cc20},
    {"fcmp d1, d2", 0x1e622020},
    {"scvtf d0, x1", 0x9e620020},
    {"fcvtzs x0, d1", 0x9e780020},
    {"fmax d0, d1, d2", 0x1e624820},
};

double nanoseconds_per_call(Core& core, const Insn& insn, std::uint64_t calls, bool inexact_set) {
  using Clock = std::chrono::steady_clock;
  core.state.v[0] = {};
  const auto begin = Clock::now();
  for (std::uint64_t n = 0; n < calls; ++n) {
    if (!inexact_set) core.state.fpsr = 0;
    insn.handler(core, insn);
  }
  return std::chrono::duration<double, std::nano>(Clock::now() - begin).count() /
         static_cast<double>(calls);
}

}  // namespace

int main(int argc, char** argv) {
  const std::uint64_t calls = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 20'000'000;
  armature::cpu::testing::TestMachine machine;
  Core& core = machine.core();
  const double values[] = {0, 1.1, 2.3, 3.7};
  const float singles[] = {1.1f, 2.3f, 3.7f};
  fmt::print("{:28} {:>10} {:>10}\n", "ns a call", "IXC set", "IXC clear");
  for (const Case& c : kCases) {
    const bool single = c.word == 0x4e22cc20;
    for (unsigned reg = 1; reg < 4; ++reg) {
      const std::uint64_t pair = std::bit_cast<std::uint32_t>(singles[reg - 1]) * 0x1'0000'0001ull;
      const std::uint64_t bits = single ? pair : std::bit_cast<std::uint64_t>(values[reg]);
      core.state.v[reg] = {{bits, bits}};
      core.state.x[reg] = 12345;
    }
    Insn insn;
    armature::cpu::decode(c.word, {.costs = &machine.preset.costs}, insn);
    core.state.fpsr = 1u << 4;  // IXC
    const double with = nanoseconds_per_call(core, insn, calls, true);
    const double without = nanoseconds_per_call(core, insn, calls, false);
    fmt::print("{:28} {:10.2f} {:10.2f}\n", c.name, with, without);
  }
}
